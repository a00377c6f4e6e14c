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
    """Say under the title what can be said where there is little.

    Examples
    --------
    >>> print(lead_small(3, who="customers", minimum=10))
    Fewer than 10 customers have bought so far: too few to say anything about them without naming them.
    >>> print(lead_small(20, who="customers", minimum=10))
    20 customers have bought so far. That is too little to say who has gone quiet and how much rests on how few.
    """
    if n == 0:
        return _("Nobody has bought anything so far.")
    if n < minimum:
        return _(
            "Fewer than {minimum} {who} have bought so far: too few to say anything about them without naming them.",
            minimum=count(minimum),
            who=who,
        )
    return _(
        "{n} {who} have bought so far. That is too little to say who has gone quiet and how much rests on how few.",
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


def accounted(account, *, free_baskets, baskets) -> Message:
    """Say how much of the sales belongs to known customers, and which visits do not count as purchases.

    Examples
    --------
    >>> import pandas as pd
    >>> known = pd.DataFrame({"who": ["buyers"], "sales": [100.0]})
    >>> str(accounted(known, free_baskets=0, baskets=10))
    'All sales belong to customers who have bought; this page is about them.'
    >>> both = pd.DataFrame({"who": ["buyers", "unassigned"], "sales": [85.0, 15.0]})
    >>> print(accounted(both, free_baskets=4, baskets=96))
    85% of sales belong to customers who have bought; this page is about them. In 4 of 100 orders nothing had to be
    paid: they are not counted as purchases.
    """
    sales = account.set_index("who")["sales"].astype(float)
    if sales.drop("buyers").abs().sum() == 0 or sales.sum() <= 0:
        told = _("All sales belong to customers who have bought; this page is about them.")
    else:
        share = percent(sales["buyers"] / sales.sum())
        told = _("{share} of sales belong to customers who have bought; this page is about them.", share=share)
    if not free_baskets:
        return told
    return _(
        "{told} In {free} of {all} orders nothing had to be paid: they are not counted as purchases.",
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
