"""The headlines of notebook 20: value, interval, label and sentence, or why there is no value."""

from insight.report.language import Message, _, count, day, interval, money, percent


def _none(what: Message, minimum: int) -> dict:
    return {
        "value": None,
        "sentence": _(
            "{what}: not shown, as this would be about fewer than {minimum} customers.",
            what=what,
            minimum=count(minimum),
        ),
    }


def customers(n: int, *, who, until, minimum: int) -> dict:
    """State how many have bought.

    Examples
    --------
    >>> print(customers(2469, who="households", until="2017-12-31", minimum=10)["sentence"])
    2,469 households had bought something by 31 December 2017.
    """
    if 0 < n < minimum:
        return _none(_("Customers"), minimum)
    return {
        "value": n,
        "unit": "customers",
        "label": _("{who} have bought", who=who),
        "note": _("by {until}", until=day(until, style="short")),
        "sentence": _("{n} {who} had bought something by {until}.", n=count(n), who=who, until=day(until)),
    }


def sales(value, n: int, *, currency: str, first, until, minimum: int) -> dict:
    """State the sales after refunds, with or without a known customer; ``n`` are all those who are known.

    Examples
    --------
    >>> told = sales(4596039.58, 2469, currency="USD", first="2017-01-01", until="2017-12-31", minimum=10)
    >>> print(told["sentence"])
    Sales after refunds came to $4,596,040 from 1 January 2017 to 31 December 2017.
    """
    if 0 < n < minimum:
        return _none(_("Sales"), minimum)
    return {
        "value": value,
        "unit": currency,
        "label": _("sales after refunds"),
        "note": interval(day(first, style="short"), day(until, style="short")),
        "sentence": _(
            "Sales after refunds came to {sales} from {first} to {until}.",
            sales=money(value, currency),
            first=day(first),
            until=day(until),
        ),
    }


def best_fifth(parts, *, who, minimum: int) -> dict:
    """State what the best fifth brings; without fifths, that there are too few customers.

    Examples
    --------
    >>> import pandas as pd
    >>> part = {"customers": 494, "share": 0.546, "share_low": 0.532, "share_high": 0.559}
    >>> print(best_fifth(pd.DataFrame([part]), who="households", minimum=10)["sentence"])
    The best fifth (494 households) brings 55% of sales (95% interval: 53% to 56%).
    """
    if not len(parts) or parts["share"].isna().any():
        return _none(_("The best fifth"), minimum)
    best = parts.iloc[-1]
    return {
        "value": best["share"],
        "low": best["share_low"],
        "high": best["share_high"],
        "unit": "share",
        "label": _("of sales come from the best fifth"),
        "sentence": _(
            "The best fifth ({n} {who}) brings {share} of sales ({level} interval: {interval}).",
            n=count(best["customers"]),
            who=who,
            share=percent(best["share"]),
            level=percent(0.95),
            interval=interval(percent(best["share_low"]), percent(best["share_high"])),
        ),
    }


def quiet(n_quiet: int, n: int, *, who, days: int, bounds: tuple[float, float], minimum: int) -> dict:
    """State how many have gone quiet, with the interval that a share of so many people has.

    Examples
    --------
    >>> told = quiet(240, 2469, who="households", days=56, bounds=(0.086, 0.11), minimum=10)
    >>> print(told["sentence"])
    10% of households (240) have been silent for more than 56 days (95% interval of the share: 9% to 11%).
    """
    if n_quiet < minimum or n - n_quiet < minimum:
        return _none(_("Gone quiet"), minimum)
    return {
        "value": n_quiet / n,
        "low": bounds[0],
        "high": bounds[1],
        "unit": "share",
        "label": _("quiet for over {days} days", days=count(days)),
        "sentence": _(
            "{share} of {who} ({quiet}) have been silent for more than {days} days ({level} interval of the share: "
            "{interval}).",
            share=percent(n_quiet / n),
            who=who,
            quiet=count(n_quiet),
            days=count(days),
            level=percent(0.95),
            interval=interval(percent(bounds[0]), percent(bounds[1])),
        ),
    }


def quiet_days(threshold, *, who, within: int) -> dict:
    """State the silence that halves the chance of a return.

    Examples
    --------
    >>> from insight.profile.silence import Threshold
    >>> print(quiet_days(Threshold(56, 50, 61), who="households", within=28)["sentence"])
    A silence of 56 days halves the chance that households come back within 28 days.
    """
    if threshold.days is None:
        return {
            "value": None,
            "sentence": _("No silence seen so far is known to halve the chance that {who} come back.", who=who),
        }
    return {
        "value": threshold.days,
        "low": threshold.low,
        "high": threshold.high,
        "unit": "days",
        "sentence": _(
            "A silence of {days} days halves the chance that {who} come back within {within} days.",
            days=count(threshold.days),
            who=who,
            within=count(within),
        ),
    }
