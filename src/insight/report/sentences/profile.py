"""Sentences of notebook 20: who the customers are, and how much rests on how few."""

from insight.report.language import Message, _, count, day, interval, money, number, percent


def source(n, *, who, until, first=None) -> Message:
    """Say which purchases a figure rests on.

    Examples
    --------
    >>> str(source(2469, who="households", until="2017-12-31"))
    'Source: purchases up to 31 December 2017; n = 2,469 households.'
    """
    if first is None:
        return _("Source: purchases up to {until}; n = {n} {who}.", until=day(until), n=count(n), who=who)
    return _(
        "Source: purchases from {first} to {until}; n = {n} {who}.",
        first=day(first),
        until=day(until),
        n=count(n),
        who=who,
    )


def lead(*, who, quiet_share, quiet_days, best_share) -> Message:
    """Answer the page's question in two sentences.

    Examples
    --------
    >>> print(lead(who="households", quiet_share=0.1, quiet_days=56, best_share=0.55))
    Of all households, 90% have bought within the last 56 days; the others have gone quiet. The best fifth has
    brought 55% of sales.
    """
    return _(
        "Of all {who}, {active} have bought within the last {days} days; the others have gone quiet. "
        "The best fifth has brought {share} of sales.",
        who=who,
        active=percent(1 - quiet_share),
        days=count(quiet_days),
        share=percent(best_share),
    )


def lead_small(n, *, who, minimum) -> Message:
    """Say under the title that there are too few customers to speak of.

    Examples
    --------
    >>> str(lead_small(3, who="customers", minimum=10))
    'Fewer than 10 customers have bought so far: too few to say anything about them without naming them.'
    """
    if n == 0:
        return _("Nobody has bought anything so far.")
    return _(
        "Fewer than {minimum} {who} have bought so far: too few to say anything about them without naming them.",
        minimum=count(minimum),
        who=who,
    )


def lead_plain(n, *, who) -> Message:
    """Say under the title what can be said of a small or short history.

    Examples
    --------
    >>> str(lead_plain(20, who="customers"))
    '20 customers have bought so far: enough to count, too few to say how the sales spread and what a silence means.'
    """
    return _(
        "{n} {who} have bought so far: enough to count, too few to say how the sales spread and what a silence means.",
        n=count(n),
        who=who,
    )


# --- 1 · what it rests on


def whose(name) -> Message:
    """Name whose amounts a row of the account holds.

    Examples
    --------
    >>> str(whose("others"))
    'Refunds only, or nothing paid'
    """
    return {
        "buyers": _("Customers who have bought"),
        "others": _("Refunds only, or nothing paid"),
        "unassigned": _("No customer known"),
    }[name]


def accounted(known_share, *, free_baskets, baskets) -> Message:
    """Say how much of the sales belongs to known customers, and which visits do not count as purchases.

    Examples
    --------
    >>> str(accounted(1.0, free_baskets=0, baskets=10))
    'Every sale belongs to a known customer.'
    >>> print(accounted(0.85, free_baskets=478, baskets=155848))
    85% of sales belong to known customers; this page is about those. In 478 of 156,326 baskets nothing had to
    be paid: they are not counted as purchases.
    """
    if known_share >= 1:
        told = _("Every sale belongs to a known customer.")
    else:
        told = _("{share} of sales belong to known customers; this page is about those.", share=percent(known_share))
    if not free_baskets:
        return told
    return _(
        "{told} In {free} of {all} baskets nothing had to be paid: they are not counted as purchases.",
        told=told,
        free=count(free_baskets),
        all=count(free_baskets + baskets),
    )


# --- 4 · concentration


def fifths_finding(parts) -> Message:
    """Say how much more the best fifth spends than the lowest.

    Examples
    --------
    >>> import pandas as pd
    >>> parts = pd.DataFrame({"part": [1, 5], "mean": [176.0, 5077.0], "share": [0.02, 0.546]})
    >>> str(fifths_finding(parts))
    'The best fifth brings 55% of sales and spends 29 times what the lowest does'
    """
    lowest, best = parts["mean"].iloc[0], parts["mean"].iloc[-1]
    if lowest <= 0:
        return _("The best fifth brings {share} of sales", share=percent(parts["share"].iloc[-1]))
    return _(
        "The best fifth brings {share} of sales and spends {times} times what the lowest does",
        share=percent(parts["share"].iloc[-1]),
        times=number(best / lowest, digits=0 if best >= 10 * lowest else 1),
    )


def fifths_what(*, who) -> Message:
    """Name what the fifths plot.

    Examples
    --------
    >>> str(fifths_what(who="households"))
    'Mean sales after refunds per fifth of all households, with 95% intervals'
    """
    return _("Mean sales after refunds per fifth of all {who}, with {level} intervals", who=who, level=percent(0.95))


def fifths_alt(parts, *, currency) -> Message:
    """Describe the fifths.

    Examples
    --------
    >>> import pandas as pd
    >>> str(fifths_alt(pd.DataFrame({"mean": [176.2, 5077.1]}), currency="USD"))
    '2 points with intervals, from $176.20 in the lowest fifth to $5,077 in the best.'
    """
    return _(
        "{n} points with intervals, from {low} in the lowest fifth to {high} in the best.",
        n=count(len(parts)),
        low=money(parts["mean"].iloc[0], currency),
        high=money(parts["mean"].iloc[-1], currency),
    )


def fifths_so_what(parts, *, who) -> Message:
    """Say what the concentration means for the business.

    Examples
    --------
    >>> import pandas as pd
    >>> part = {"customers": 494, "share": 0.546, "share_low": 0.532, "share_high": 0.559}
    >>> print(fifths_so_what(pd.DataFrame([part]), who="households"))
    494 households carry 55% of sales (95% interval: 53% to 56%): losing one in ten of them would cost about
    5.5% of sales.
    """
    best = parts.iloc[-1]
    return _(
        "{n} {who} carry {share} of sales ({level} interval: {interval}): losing one in ten of them would cost about "
        "{loss} of sales.",
        n=count(best["customers"]),
        who=who,
        share=percent(best["share"]),
        level=percent(0.95),
        interval=interval(percent(best["share_low"]), percent(best["share_high"])),
        loss=percent(best["share"] / 10, digits=1),
    )
