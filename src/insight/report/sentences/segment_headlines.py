"""The headlines of notebook 30: value, interval, label and sentence, or why there is no value."""

from insight.report.language import Message, _, count, interval, number, percent
from insight.report.sentences.segment import no_groups


def _none(what: Message, minimum: int) -> dict:
    return {
        "value": None,
        "sentence": _(
            "{what}: not shown, as this would be about fewer than {minimum} customers.",
            what=what,
            minimum=count(minimum),
        ),
    }


def groups(found: int) -> dict:
    """State how many groups there are; one is none.

    Examples
    --------
    >>> print(groups(4)["sentence"])
    4 groups of customers buy differently.
    """
    if found < 2:
        return {"value": None, "sentence": no_groups()}
    return {
        "value": found,
        "unit": "groups",
        "label": _("groups that buy differently"),
        "sentence": _("{n} groups of customers buy differently.", n=count(found)),
    }


def agreement(told: tuple[float, float, float] | None, *, rounds: int) -> dict:
    """State how well the groups hold over resamples.

    Examples
    --------
    >>> print(agreement((0.85, 0.72, 0.94), rounds=100)["sentence"])
    Over 100 resamples, the groups agree with themselves at 0.85 (adjusted Rand index; in 95% of them 0.72 to 0.94).
    """
    if told is None:
        return {"value": None, "sentence": no_groups()}
    mean, low, high = told
    return {
        "value": mean,
        "low": low,
        "high": high,
        "label": _("agreement over resamples; 1: the same groups"),
        "sentence": _(
            "Over {rounds} resamples, the groups agree with themselves at {mean} (adjusted Rand index; in {level} of "
            "them {interval}).",
            rounds=count(rounds),
            mean=number(mean, digits=2),
            level=percent(0.95),
            interval=interval(number(low, digits=2), number(high, digits=2)),
        ),
    }


def half_of_sales(told: tuple[float, ...], n: int, *, who, minimum: int) -> dict:
    """State how few bring half of the sales.

    Examples
    --------
    >>> print(half_of_sales((0.173, 0.166, 0.181), 2469, who="households", minimum=10)["sentence"])
    17% of households bring half of the sales (95% interval: 17% to 18%).
    """
    share, low, high = told
    if not share * n >= minimum:
        return _none(_("Who brings half of the sales"), minimum)
    return {
        "value": share,
        "low": low,
        "high": high,
        "unit": "share",
        "label": _("of {who} bring half of the sales", who=who),
        "sentence": _(
            "{share} of {who} bring half of the sales ({level} interval: {interval}).",
            share=percent(share),
            who=who,
            level=percent(0.95),
            interval=interval(percent(low), percent(high)),
        ),
    }


def stage(name: str, some: int, n: int, *, bounds: tuple[float, float] | None, who, minimum: int) -> dict:
    """State how many are in a stage: drifting or lapsed.

    Examples
    --------
    >>> print(stage("lapsed", 164, 2469, bounds=(0.057, 0.077), who="households", minimum=10)["sentence"])
    7% of households (164) have lapsed (95% interval of the share: 6% to 8%).
    """
    label = {"lapsed": _("of {who} have lapsed", who=who), "drifting": _("of {who} are drifting", who=who)}[name]
    if some < minimum or n - some < minimum:
        return _none({"lapsed": _("Lapsed"), "drifting": _("Drifting")}[name], minimum)
    about = {
        "share": percent(some / n),
        "who": who,
        "n": count(some),
        "level": percent(0.95),
        "interval": interval(percent(bounds[0]), percent(bounds[1])),
    }
    told = {
        "lapsed": _("{share} of {who} ({n}) have lapsed ({level} interval of the share: {interval}).", **about),
        "drifting": _("{share} of {who} ({n}) are drifting ({level} interval of the share: {interval}).", **about),
    }
    return {
        "value": some / n,
        "low": bounds[0],
        "high": bounds[1],
        "unit": "share",
        "label": label,
        "sentence": told[name],
    }
