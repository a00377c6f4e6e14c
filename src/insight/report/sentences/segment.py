"""Sentences of notebook 30: which groups there are, whether they hold, and who moved."""

from insight.report.language import Message, _, count, day, number, percent
from insight.report.sentences.segment_names import stage_name
from insight.segment.groups import holds

# --- lead


def lead(groups: int, agreement: tuple[float, float, float] | None, *, who, lapsed: float | None) -> Message:
    """Answer the page's question.

    Examples
    --------
    >>> print(lead(4, (0.85, 0.72, 0.94), who="households", lapsed=0.066))
    There are 4 groups that buy differently, and they hold: drawn from other samples of households, their agreement is
    0.85 (1 would be the same groups). 7% of households have lapsed.
    """
    if agreement is None:
        told = _("These {who} are too few or too alike to be grouped by how they buy.", who=who)
    elif holds(*agreement[:2]):
        told = _(
            "There are {groups} groups that buy differently, and they hold: drawn from other samples of {who}, their "
            "agreement is {agreement} (1 would be the same groups).",
            groups=count(groups),
            who=who,
            agreement=number(agreement[0], digits=2),
        )
    else:
        told = _(
            "{groups} groups can be drawn, but they do not hold well: drawn from other samples of {who}, their "
            "agreement is {agreement} (1 would be the same groups).",
            groups=count(groups),
            who=who,
            agreement=number(agreement[0], digits=2),
        )
    if lapsed is None:
        return told
    return _("{told} {share} of {who} have lapsed.", told=told, share=percent(lapsed), who=who)


# --- 1 · tiers


def tiers_finding(tiers, *, who) -> Message:
    """Say how few bring half of the sales.

    Examples
    --------
    >>> import pandas as pd
    >>> tiers = pd.DataFrame({"tier": ["top", "middle", "base"], "share_customers": [0.17, 0.24, 0.59]})
    >>> str(tiers_finding(tiers, who="households"))
    '17% of households bring half of the sales'
    """
    top = tiers.set_index("tier")["share_customers"]["top"]
    return _("{share} of {who} bring half of the sales", share=percent(top), who=who)


def tiers_so_what(tiers, *, who) -> Message:
    """Say what the tiers are for.

    Examples
    --------
    >>> import pandas as pd
    >>> tiers = pd.DataFrame({"tier": ["top", "base"], "customers": [428, 1438]}).set_index("tier", drop=False)
    >>> str(tiers_so_what(tiers, who="households"))
    'Know the 428 households of the top tier one by one; serve the 1,438 of the base tier at low cost.'
    """
    number_in = tiers.set_index("tier")["customers"]
    return _(
        "Know the {top} {who} of the top tier one by one; serve the {base} of the base tier at low cost.",
        top=count(number_in["top"]),
        base=count(number_in["base"]),
        who=who,
    )


def grid_finding(grid, *, tiers: int, who) -> Message:
    """Say how many are best at both recency and frequency, and how many at neither.

    Examples
    --------
    >>> import pandas as pd
    >>> grid = pd.DataFrame({1: [0.2, 0.1], 2: [0.3, 0.4]}, index=[1, 2])
    >>> str(grid_finding(grid, tiers=2, who="customers"))
    '40% of customers score highest on both recency and frequency, 20% lowest on both'
    """
    return _(
        "{best} of {who} score highest on both recency and frequency, {worst} lowest on both",
        best=percent(grid.at[tiers, tiers]),
        worst=percent(grid.at[1, 1]),
        who=who,
    )


def no_grid(minimum: int) -> Message:
    """Say why the grid of scores is not shown.

    Examples
    --------
    >>> str(no_grid(10))
    'Recency by frequency: not shown, as most cells would hold fewer than 10 customers.'
    """
    return _(
        "Recency by frequency: not shown, as most cells would hold fewer than {minimum} customers.",
        minimum=count(minimum),
    )


# --- 2 · groups


def choice_finding(choice) -> Message:
    """Say how many groups were taken and why.

    Examples
    --------
    >>> import pandas as pd
    >>> tried = pd.DataFrame({"groups": [2, 4], "agreement": [0.91, 0.84], "low": 0.7, "chosen": [False, True]})
    >>> str(choice_finding(tried))
    '4 groups is the finest division that holds (agreement 0.84)'
    >>> str(choice_finding(tried.assign(agreement=[0.4, 0.6])))
    'No division holds well; 4 groups holds best (agreement 0.60)'
    """
    taken = choice[choice["chosen"]].iloc[0]
    about = {"groups": count(taken["groups"]), "agreement": number(taken["agreement"], digits=2)}
    if holds(taken["agreement"], taken["low"]):
        return _("{groups} groups is the finest division that holds (agreement {agreement})", **about)
    return _("No division holds well; {groups} groups holds best (agreement {agreement})", **about)


def traits_finding(named, *, who) -> Message:
    """Name the groups in one sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> named = pd.DataFrame({"group": ["A"], "name": ["come often"], "share": [0.3], "share_sales": [0.6]})
    >>> str(traits_finding(named, who="households"))
    'Group A (come often) holds 30% of households and brings 60% of sales'
    """
    strongest = named.loc[(named["share_sales"] / named["share"]).idxmax()]
    return _(
        "Group {letter} ({name}) holds {share} of {who} and brings {sales} of sales",
        letter=strongest["group"],
        name=strongest["name"],
        share=percent(strongest["share"]),
        who=who,
        sales=percent(strongest["share_sales"]),
    )


def groups_so_what(agreement: float, *, low: float, high: float, rounds: int) -> Message:
    """Say what the groups may be used for, given how well they hold.

    Examples
    --------
    >>> print(groups_so_what(0.85, low=0.72, high=0.94, rounds=100))
    The groups hold over 100 resamples (agreement 0.85; between 0.72 and 0.94 in 95% of them): plan offers and contents
    by group.
    """
    about = {
        "rounds": count(rounds),
        "agreement": number(agreement, digits=2),
        "low": number(low, digits=2),
        "high": number(high, digits=2),
        "level": percent(0.95),
    }
    if holds(agreement, low):
        return _(
            "The groups hold over {rounds} resamples (agreement {agreement}; between {low} and {high} in {level} of "
            "them): plan offers and contents by group.",
            **about,
        )
    return _(
        "The groups do not hold well over {rounds} resamples (agreement {agreement}; between {low} and {high} in "
        "{level} of them): use them to describe, not to decide on one customer.",
        **about,
    )


def no_groups() -> Message:
    """Say why there are no groups."""
    return _("No groups: there are too few customers, or they buy too much alike, to be told apart.")


# --- 3 · stages


def ruler(read, *, who) -> Message:
    """Say by which measure silences are judged.

    Examples
    --------
    >>> from insight.segment.stages import Ruler
    >>> print(ruler(Ruler(8.7, 1.94, 4.33, 56), who="households"))
    The typical customer who comes back does so every 8.7 days. Nine in ten silences end before 1.9 times, ninety-nine
    in a hundred before 4.3 times the customer's own rhythm. Nobody is called lapsed before day 56.
    """
    if not read.has_returns:
        return _(
            "Nobody has come back yet, so silences are judged by a rhythm of {usual} days.",
            usual=count(read.usual_days),
        )
    told = _(
        "The typical customer who comes back does so every {usual} days. Nine in ten silences end before {drift} "
        "times, ninety-nine in a hundred before {lapse} times the customer's own rhythm.",
        usual=number(read.usual_days, digits=1),
        drift=number(read.drift_times, digits=1),
        lapse=number(read.lapse_times, digits=1),
    )
    if not read.quiet_days:
        return told
    return _("{told} Nobody is called lapsed before day {quiet}.", told=told, quiet=count(read.quiet_days))


def stages_finding(stages, *, who) -> Message:
    """Say how many are drifting or have lapsed, as far as it may be shown; else which stage is the largest.

    Examples
    --------
    >>> import pandas as pd
    >>> stages = pd.DataFrame({"stage": ["active", "drifting", "lapsed"], "share": [0.86, 0.08, 0.06]})
    >>> str(stages_finding(stages, who="households"))
    '8% of households are drifting and 6% have lapsed'
    >>> str(stages_finding(stages.assign(share=[0.86, None, 0.06]), who="households"))
    'Most households are in the stage “active”: 86%'
    """
    share = stages.set_index("stage")["share"].astype(float)
    if share.reindex(["drifting", "lapsed"]).isna().any():
        return _(
            "Most {who} are in the stage “{stage}”: {share}",
            who=who,
            stage=stage_name(share.idxmax()),
            share=percent(share.max()),
        )
    return _(
        "{drifting} of {who} are drifting and {lapsed} have lapsed",
        drifting=percent(share["drifting"]),
        lapsed=percent(share["lapsed"]),
        who=who,
    )


def too_alike(who) -> Message:
    """Say that there is nothing to tell apart.

    Examples
    --------
    >>> str(too_alike("customers"))
    'Not shown: as far as may be told, all customers are alike in this.'
    """
    return _("Not shown: as far as may be told, all {who} are alike in this.", who=who)


def stages_so_what(stages, *, who) -> Message:
    """Say where to act first.

    Examples
    --------
    >>> import pandas as pd
    >>> stages = pd.DataFrame({"stage": ["drifting"], "customers": [179], "share_sales": [0.03]})
    >>> print(stages_so_what(stages, who="households"))
    Act on those who drift before they lapse: 179 households, who have brought 3% of sales so far.
    """
    drifting = stages[stages["stage"] == "drifting"].iloc[0]
    return _(
        "Act on those who drift before they lapse: {n} {who}, who have brought {share} of sales so far.",
        n=count(drifting["customers"]),
        who=who,
        share=percent(drifting["share_sales"]),
    )


# --- 4 · moves


def moves_finding(stayed: float, days: int, *, who) -> Message:
    """Say how many kept their stage.

    Examples
    --------
    >>> str(moves_finding(0.45, 90, who="households"))
    '45% of households are in the same stage as 90 days before'
    """
    return _(
        "{share} of {who} are in the same stage as {days} days before", share=percent(stayed), who=who, days=count(days)
    )


def followed_finding(followed, days: int) -> Message:
    """Say whether stages told who would buy.

    Examples
    --------
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"stage": ["active", "drifting", "lapsed"], "share": [0.97, 0.86, 0.6]})
    >>> str(followed_finding(seen, 90))
    'In the 90 days that followed, 97% of the active bought, 86% of the drifting and 60% of the lapsed'
    """
    share = followed.set_index("stage")["share"]
    if share.max() == share.min():
        return _(
            "In the {days} days that followed, {share} of every stage bought",
            days=count(days),
            share=percent(share.max()),
        )
    if not {"active", "drifting", "lapsed"} <= set(share.index):
        best, worst = share.idxmax(), share.idxmin()
        return _(
            "In the {days} days that followed, {high} of those in the stage “{best}” bought and {low} of those in "
            "“{worst}”",
            days=count(days),
            high=percent(share[best]),
            best=stage_name(best),
            low=percent(share[worst]),
            worst=stage_name(worst),
        )
    return _(
        "In the {days} days that followed, {active} of the active bought, {drifting} of the drifting and {lapsed} of "
        "the lapsed",
        days=count(days),
        active=percent(share["active"]),
        drifting=percent(share["drifting"]),
        lapsed=percent(share["lapsed"]),
    )


def moves_so_what(followed, days: int) -> Message:
    """Say whether stages can be relied on to tell who will buy.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"stage": ["active", "lapsed"], "share": [0.97, 0.6], "low": [0.96, 0.5], "high": [0.98, 0.7]}
    >>> str(moves_so_what(pd.DataFrame(rows), 90))
    'Stages seen 90 days ago told who would buy since: the first and the last do not overlap.'
    """
    first, last = followed.loc[followed["share"].idxmax()], followed.loc[followed["share"].idxmin()]
    if first["low"] > last["high"]:
        return _(
            "Stages seen {days} days ago told who would buy since: the first and the last do not overlap.",
            days=count(days),
        )
    return _(
        "Stages seen {days} days ago did not clearly tell who would buy since: the intervals overlap.", days=count(days)
    )


def no_moves(days: int) -> Message:
    """Say why there are no moves to show.

    Examples
    --------
    >>> str(no_moves(90))
    'Not shown: 90 days ago there were too few customers to compare.'
    """
    return _("Not shown: {days} days ago there were too few customers to compare.", days=count(days))


def moves_source(n: int, *, who, from_day, to_day) -> Message:
    """Say between which days customers were compared.

    Examples
    --------
    >>> str(moves_source(2447, who="households", from_day="2017-10-02", to_day="2017-12-31"))
    'Source: purchases to 2 Oct 2017 and to 31 Dec 2017; n = 2,447 households on the earlier day.'
    """
    return _(
        "Source: purchases to {from_day} and to {to_day}; n = {n} {who} on the earlier day.",
        from_day=day(from_day, style="short"),
        to_day=day(to_day, style="short"),
        n=count(n),
        who=who,
    )


def mind_groups() -> Message:
    """Say what groups are not."""
    return _(
        "Groups are a way of looking at people who differ by degrees: near an edge, a customer might as well be in the "
        "next group."
    )
