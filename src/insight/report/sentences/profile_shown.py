"""What stands around the figures and tables of notebook 20: finding, source, numbers, heads."""

import pandas as pd

from insight.report.disclosure import suppress
from insight.report.language import _, percent
from insight.report.sentences import profile, profile_habits, profile_names, profile_silence
from insight.report.sentences.common import fewer_than
from insight.report.tables import Col

_INTERVAL = _("{level} interval", level=percent(0.95))


def account(rows: pd.DataFrame, *, currency: str, minimum: int) -> dict:
    """Lay out whose every amount is; customers are counted only where there are enough."""
    named = rows.assign(who=[profile.whose(name) for name in rows["who"]])
    known = named[rows["who"] != "unassigned"].astype({"lines": int, "customers": int})
    shown = suppress(known, "customers", minimum)
    hidden = shown.index[[not isinstance(n, int) for n in shown["customers"]]]
    shown[["purchases", "refunds", "sales"]] = known[["purchases", "refunds", "sales"]].astype(float)
    shown.loc[hidden, ["purchases", "refunds", "sales"]] = None
    rest = named[rows["who"] == "unassigned"].assign(customers=None)
    money = {name: Col(head, "money", digits=2, currency=currency) for name, head in _ACCOUNT.items()}
    return {
        "frame": pd.concat([shown, rest.astype(dict.fromkeys(_ACCOUNT, float))]) if len(rest) else shown,
        "title": _("Whose every amount is"),
        "columns": {
            "who": Col(_("Belongs to")),
            "customers": Col(_("Customers"), "count"),
            "lines": Col(_("Lines"), "count"),
            **money,
        },
    }


_ACCOUNT = {"purchases": _("Purchases"), "refunds": _("Refunds"), "sales": _("Sales")}


def curve(points: pd.DataFrame, threshold, *, within: int, first, until) -> dict:
    """Describe the chance of a return by length of silence."""
    marks = [0, 7, 14, 28, 42, 56, 84, 112, 168, 224, 336]
    kept = points[points["silence_days"].isin(marks if threshold.days is None else sorted({*marks, threshold.days}))]
    return {
        "finding": profile_silence.curve_finding(threshold, points, return_days=within),
        "what": profile_silence.curve_what(return_days=within),
        "alt": profile_silence.curve_alt(points, threshold),
        "source": profile_silence.curve_source(points["silences"].iloc[0], first=first, until=until),
        "numbers": kept.tail(12),
        "columns": {
            "silence_days": Col(_("Days of silence"), "count"),
            "silences": Col(_("Silences"), "count"),
            "chance": Col(_("Come back"), "percent"),
            "low": Col(_INTERVAL, "percent", to="high"),
        },
    }


def bands(rows: pd.DataFrame, told: dict, *, who, until, n: int) -> dict:
    """Describe customers and sales by length of silence; ``told`` is what the finding needs."""
    named = rows.assign(band=[profile_names.band_name(row.from_days, row.to_days) for row in rows.itertuples()])
    return {
        "finding": profile_silence.quiet_finding(n=n, who=who, **told),
        "what": _("Share of {who} and of what they have spent, by days since the last purchase", who=who),
        "alt": profile_silence.bands_alt(rows),
        "source": profile.source(n, who=who, until=until),
        "numbers": named,
        "columns": {
            "band": Col(_("Days since the last purchase")),
            "customers": Col(_("Customers"), "count"),
            "share": Col(_("Share of {who}", who=who), "percent"),
            "share_sales": Col(_("Share of sales"), "percent"),
        },
    }


def fifths(parts: pd.DataFrame, *, who, currency: str, first, until, n: int) -> dict:
    """Describe what the fifths spend."""
    return {
        "finding": profile.fifths_finding(parts),
        "what": profile.fifths_what(who=who),
        "alt": profile.fifths_alt(parts, currency=currency),
        "source": profile.source(n, who=who, until=until, first=first),
        "numbers": parts.assign(name=[profile_names.part_name(part) for part in parts["part"]]),
        "columns": {
            "name": Col(_("Fifth")),
            "customers": Col(_("Customers"), "count"),
            "mean": Col(_("Mean sales"), "money", currency=currency),
            "low": Col(_INTERVAL, "number", to="high"),
            "share": Col(_("Share of sales"), "percent"),
        },
    }


def hours(shares: pd.DataFrame, *, source) -> dict:
    """Describe the hours of the week; the numbers are by part of the day."""
    parts = [(0, 11, "to12"), (12, 16, "to17"), (17, 23, "later")]
    sums = {name: shares[[h for h in shares if low <= h <= high]].sum(axis=1) for low, high, name in parts}
    return {
        "finding": profile_habits.hours_finding(shares),
        "what": profile_habits.hours_what(),
        "alt": profile_habits.hours_alt(shares),
        "source": source,
        "numbers": pd.DataFrame(sums).assign(weekday=[profile_names.weekday(day) for day in shares.index]),
        "columns": {
            "weekday": Col(_("Weekday")),
            "to12": Col(_("Before 12:00"), "percent"),
            "to17": Col(_("12:00 to 17:00"), "percent"),
            "later": Col(_("From 17:00"), "percent"),
        },
    }


def weekdays(shares: pd.Series, *, source) -> dict:
    """Describe the days of the week."""
    return {
        "finding": profile_habits.weekdays_finding(shares),
        "what": profile_habits.weekdays_what(),
        "alt": profile_habits.weekdays_alt(shares),
        "source": source,
    }


def categories(totals: pd.DataFrame, *, source) -> dict:
    """Describe the largest categories."""
    return {
        "finding": profile_habits.categories_finding(totals),
        "what": profile_habits.categories_what(),
        "alt": profile_habits.categories_alt(totals),
        "source": source,
    }


def promotion(parts: pd.DataFrame, *, source) -> dict:
    """Describe how much the fifths buy on promotion."""
    return {
        "finding": profile_habits.promotion_finding(parts),
        "what": profile_habits.promotion_what(),
        "alt": profile_habits.promotion_alt(parts),
        "source": source,
    }


def tags(reach: pd.DataFrame, *, who, until, n: int, minimum: int) -> dict:
    """Lay out who bears which tag; one that few bear, or few do not, is named without its number."""
    few = (reach["customers"] < minimum) | (n - reach["customers"] < minimum)
    hidden = [fewer_than(minimum) if bearers < minimum else _("not shown") for bearers in reach["customers"]]
    return {
        "frame": reach.assign(
            customers=reach["customers"].astype(object).mask(few, pd.Series(hidden, dtype=object)),
            share=reach["share"].mask(few),
        ),
        "title": profile_habits.tags_title(who=who),
        "columns": {
            "label": Col(_("Tag")),
            "meaning": Col(_("What it says")),
            "customers": Col(_("Customers"), "count"),
            "share": Col(_("Share of {who}", who=who), "percent"),
        },
        "note": profile_habits.tags_note(until),
    }


def portrait(compared: pd.DataFrame, group, *, source) -> dict:
    """Describe the portrait of a group."""
    named = compared.assign(name=[profile_names.trait_name(row.trait, row.level) for row in compared.itertuples()])
    return {
        "finding": profile_habits.portrait_finding(compared, group),
        "what": profile_habits.portrait_what(group),
        "alt": profile_habits.portrait_alt(compared),
        "source": source,
        "numbers": named,
        "columns": {
            "name": Col(_("Trait")),
            "share_group": Col(_("Share of “{group}”", group=group), "percent"),
            "share_all": Col(_("Share of everyone"), "percent"),
            "tgi": Col(_("TGI"), "number", digits=0),
            "low": Col(_INTERVAL, "number", digits=0, to="high"),
        },
    }
