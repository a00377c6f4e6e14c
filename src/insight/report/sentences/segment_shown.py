"""What stands around the figures and tables of notebook 30: finding, source, numbers, heads."""

import pandas as pd

from insight.report.language import _, count, percent
from insight.report.sentences import segment
from insight.report.sentences import segment_names as names
from insight.report.tables import Col

_INTERVAL = _("{level} interval", level=percent(0.95))


def tiers(frame: pd.DataFrame, *, who, currency: str, source) -> dict:
    """Describe the value tiers."""
    return {
        "finding": segment.tiers_finding(frame, who=who),
        "what": _("Share of {who} and of sales by value tier", who=who),
        "alt": _(
            "Two bars for each of {n} value tiers. {finding}.",
            n=count(len(frame)),
            finding=segment.tiers_finding(frame, who=who),
        ),
        "source": source,
        "numbers": frame.assign(name=[names.tier_name(tier) for tier in frame["tier"]]),
        "columns": {
            "name": Col(_("Value tier")),
            "customers": Col(_("Customers"), "count"),
            "share_customers": Col(_("Share of {who}", who=who), "percent"),
            "monetary": Col(_("Sales"), "money", currency=currency, digits=0),
            "share_sales": Col(_("Share of sales"), "percent"),
        },
    }


def grid(shares: pd.DataFrame, *, tiers: int, who, source) -> dict:
    """Describe the grid of recency and frequency."""
    finding = segment.grid_finding(shares, tiers=tiers, who=who)
    return {
        "finding": finding,
        "what": _("Share of {who} by recency score and frequency score; blank: too few to show", who=who),
        "alt": _("A grid of {n} by {n} scores. {finding}.", n=count(len(shares)), finding=finding),
        "source": source,
    }


def choice(tried: pd.DataFrame, *, rounds: int, source) -> dict:
    """Describe how the number of groups was chosen."""
    finding = segment.choice_finding(tried)
    return {
        "finding": finding,
        "what": _(
            "Agreement of the groups over {rounds} resamples (adjusted Rand index: mean and {level} of them) by number "
            "of groups; rings: silhouette",
            rounds=count(rounds),
            level=percent(0.95),
        ),
        "alt": _(
            "A dot with a line for each of {n} numbers of groups. {finding}.", n=count(len(tried)), finding=finding
        ),
        "source": source,
        "numbers": tried,
        "columns": {
            "groups": Col(_("Number of groups"), "count"),
            "agreement": Col(_("Agreement"), "number", digits=2),
            "low": Col(_("{level} of resamples", level=percent(0.95)), "number", digits=2, to="high"),
            "silhouette": Col(_("Silhouette"), "number", digits=2),
            "smallest": Col(_("Smallest group"), "count"),
        },
    }


def traits(middles: pd.DataFrame, named: pd.DataFrame, *, who, source) -> dict:
    """Describe what sets the groups apart."""
    finding = segment.traits_finding(named, who=who)
    return {
        "finding": finding,
        "what": _("How far each group lies from the average customer, by trait"),
        "alt": _(
            "A dot for each of {n} groups on each of {m} traits. {finding}.",
            n=count(len(middles)),
            m=count(middles.shape[1]),
            finding=finding,
        ),
        "source": source,
    }


def groups(named: pd.DataFrame, *, who, currency: str) -> dict:
    """Lay out the groups."""
    labels = [names.group_label(row.group, row.name) for row in named[["group", "name"]].itertuples(index=False)]
    return {
        "frame": named.assign(label=labels),
        "title": _("The groups, with the highest mean spending first"),
        "columns": {
            "label": Col(_("Behaviour group")),
            "customers": Col(_("Customers"), "count"),
            "share_sales": Col(_("Share of sales"), "percent"),
            "frequency": Col(_("Number of purchases"), "number", digits=0),
            "basket_mean": Col(_("Spend per purchase"), "money", currency=currency, digits=0),
            "recency_days": Col(_("Days silent"), "number", digits=0),
        },
        "note": _(
            "Purchases, spend per purchase and days silent are those of the middle customer (median) of each group."
        ),
    }


def stages(frame: pd.DataFrame, *, who, source) -> dict:
    """Describe the stages."""
    finding = segment.stages_finding(frame, who=who)
    return {
        "finding": finding,
        "what": _("Share of {who} and of what they have spent, by lifecycle stage", who=who),
        "alt": _("Two bars for each of {n} stages. {finding}.", n=count(len(frame)), finding=finding),
        "source": source,
        "numbers": frame.assign(name=[names.stage_name(stage) for stage in frame["stage"]]),
        "columns": {
            "name": Col(_("Stage")),
            "customers": Col(_("Customers"), "count"),
            "share": Col(_("Share of {who}", who=who), "percent"),
            "share_sales": Col(_("Share of sales"), "percent"),
        },
    }


def moves(shares: pd.DataFrame, stayed: float, *, days: int, who, source) -> dict:
    """Describe who moved to which stage."""
    finding = segment.moves_finding(stayed, days, who=who)
    numbers = shares.set_axis(list(shares.columns), axis=1).reset_index()
    numbers["from_stage"] = [names.stage_name(stage) for stage in shares.index]
    heads = {stage: Col(names.stage_name(stage), "percent") for stage in shares.columns}
    return {
        "finding": finding,
        "what": _(
            "Where the {who} of each earlier stage are now, as a share of the row; blank: too few to show", who=who
        ),
        "alt": _(
            "A grid of {n} earlier by {m} later stages. {finding}.",
            n=count(len(shares)),
            m=count(shares.shape[1]),
            finding=finding,
        ),
        "source": source,
        "numbers": numbers,
        "columns": {"from_stage": Col(_("Stage before")), **heads},
    }


def followed(frame: pd.DataFrame, *, days: int, source) -> dict:
    """Describe how many of each earlier stage have bought since."""
    finding = segment.followed_finding(frame, days)
    return {
        "finding": finding,
        "what": _(
            "Share that bought in the {days} days that followed, by the stage before; {level} intervals",
            days=count(days),
            level=percent(0.95),
        ),
        "alt": _("A dot with its interval for each of {n} stages. {finding}.", n=count(len(frame)), finding=finding),
        "source": source,
        "numbers": frame.assign(name=[names.stage_name(stage) for stage in frame["stage"]]),
        "columns": {
            "name": Col(_("Stage before")),
            "customers": Col(_("Customers"), "count"),
            "share": Col(_("Bought since"), "percent"),
            "low": Col(_INTERVAL, "percent", to="high"),
        },
    }
