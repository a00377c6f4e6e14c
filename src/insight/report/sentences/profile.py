"""Sentences of notebook 20: who the customers are and who has gone quiet."""

from insight.report.language import Message, _, count, day, interval, money, number, percent
from insight.report.sentences.common import fewer_than

_WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
_FIFTHS = {1: _("lowest fifth"), 2: _("second fifth"), 3: _("third fifth"), 4: _("fourth fifth"), 5: _("best fifth")}
_TRAITS = {
    "age_band": _("age"),
    "household_size": _("household size"),
    "income_band": _("income"),
    "gender": _("gender"),
    "region": _("region"),
    "origin": _("origin"),
}


def weekday(number_of_day) -> Message:
    """Name a weekday; 0 is Monday.

    Examples
    --------
    >>> str(weekday(6))
    'Sunday'
    """
    return _WEEKDAYS[int(number_of_day)]


def part_name(part) -> Message:
    """Name a fifth of the ranking by spending.

    Examples
    --------
    >>> str(part_name(5))
    'best fifth'
    """
    return _FIFTHS[int(part)]


def band_name(from_days, to_days) -> Message:
    """Name a band of silence.

    Examples
    --------
    >>> str(band_name(8, 14)), str(band_name(113, float("nan")))
    ('8 to 14', 'over 112')
    """
    if to_days != to_days:
        return _("over {days}", days=count(from_days - 1))
    return interval(count(from_days), count(to_days))


def trait_name(trait, level) -> Message:
    """Name a trait with its level; a tag brings its own label.

    Examples
    --------
    >>> str(trait_name("age_band", "35-44"))
    'age: 35-44'
    """
    if hasattr(trait, "in_language"):
        return _("{tag}", tag=trait)
    return _("{trait}: {level}", trait=_TRAITS.get(trait, trait), level=level)


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
    >>> str(lead(who="households", quiet_share=0.1, quiet_days=56, best_share=0.55))
    'Of all households, 90% have bought within the last 56 days; the others have gone quiet. The best fifth has brought 55% of sales.'
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


def account_row(kind, known) -> Message:
    """Name a line of the account of all amounts.

    Examples
    --------
    >>> str(account_row("purchase", True))
    'Purchases of known customers'
    """
    return {
        ("purchase", True): _("Purchases of known customers"),
        ("purchase", False): _("Purchases without a customer"),
        ("refund", True): _("Refunds to known customers"),
        ("refund", False): _("Refunds without a customer"),
        "total": _("Sales after refunds"),
    }["total" if kind == "total" else (kind, bool(known))]


def accounted(known_share, *, free_baskets, baskets) -> Message:
    """Say how much of the sales belongs to known customers, and which visits do not count as purchases.

    Examples
    --------
    >>> str(accounted(1.0, free_baskets=0, baskets=10))
    'Every sale belongs to a known customer.'
    >>> str(accounted(0.85, free_baskets=478, baskets=155848))
    '85% of sales belong to known customers; this page is about those. In 478 of 156,326 baskets nothing had to be paid: they are not counted as purchases.'
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


# --- 2 · silence


def curve_finding(threshold, curve, *, return_days) -> Message:
    """Say when a silence has halved the chance of a return.

    Examples
    --------
    >>> import pandas as pd
    >>> from insight.profile.silence import Threshold
    >>> curve = pd.DataFrame({"chance": [0.9, 0.6, 0.45]})
    >>> str(curve_finding(Threshold(2), curve, return_days=28))
    'After 2 days of silence, 45% come back within 28 days: half as many as right after a purchase (90%)'
    >>> str(curve_finding(Threshold(None), curve, return_days=28))
    'No silence seen so far halves the chance of a return within 28 days (90% right after a purchase)'
    """
    start = percent(curve["chance"].iloc[0])
    if threshold.days is None:
        return _(
            "No silence seen so far halves the chance of a return within {within} days ({start} right after a purchase)",
            within=count(return_days),
            start=start,
        )
    return _(
        "After {days} days of silence, {chance} come back within {within} days: half as many as right after a "
        "purchase ({start})",
        days=count(threshold.days),
        chance=percent(curve["chance"].iloc[threshold.days]),
        within=count(return_days),
        start=start,
    )


def curve_what(*, return_days) -> Message:
    """Name what the curve plots.

    Examples
    --------
    >>> str(curve_what(return_days=28))
    'Share of silences that end within 28 more days, by how long they have lasted; the band is the 95% interval'
    """
    return _(
        "Share of silences that end within {within} more days, by how long they have lasted; the band is the "
        "{level} interval",
        within=count(return_days),
        level=percent(0.95),
    )


def curve_alt(curve, threshold) -> Message:
    """Describe the curve to those who cannot see it.

    Examples
    --------
    >>> import pandas as pd
    >>> from insight.profile.silence import Threshold
    >>> str(curve_alt(pd.DataFrame({"silence_days": [0, 90], "chance": [0.97, 0.38]}), Threshold(None)))
    'A line goes from 97% at 0 days of silence to 38% at 90 days.'
    """
    line = _(
        "A line goes from {start} at {first} days of silence to {end} at {last} days.",
        start=percent(curve["chance"].iloc[0]),
        first=count(curve["silence_days"].iloc[0]),
        end=percent(curve["chance"].iloc[-1]),
        last=count(curve["silence_days"].iloc[-1]),
    )
    if threshold.days is None:
        return line
    return _("{line} A mark at day {days} shows where it has halved.", line=line, days=count(threshold.days))


def curve_source(silences, *, first, until) -> Message:
    """Say which silences the curve rests on.

    Examples
    --------
    >>> str(curve_source(124234, first="2017-01-01", until="2017-12-31"))
    'Source: 124,234 silences between 1 January 2017 and 31 December 2017, each only as far as its end can be seen.'
    """
    return _(
        "Source: {n} silences between {first} and {until}, each only as far as its end can be seen.",
        n=count(silences),
        first=day(first),
        until=day(until),
    )


def quiet_so_what(threshold, *, who, given=None) -> Message:
    """Say from when on a customer should be treated as quiet.

    Examples
    --------
    >>> from insight.profile.silence import Threshold
    >>> str(quiet_so_what(Threshold(56, 50, 60), who="households"))
    'Treat households as quiet after 56 days (95% interval: 50 to 60): from then on, waiting has cost half of the chance.'
    """
    if given is not None:
        return _("The parameters say that {who} are quiet after {days} days.", who=who, days=count(given))
    if threshold.days is None:
        return _("The silences seen so far give no day from which {who} should be treated as quiet.", who=who)
    if threshold.low is None or threshold.high is None:
        return _(
            "Treat {who} as quiet after about {days} days; the data is too little for an interval.",
            who=who,
            days=count(threshold.days),
        )
    return _(
        "Treat {who} as quiet after {days} days ({level} interval: {interval}): from then on, waiting has cost half of "
        "the chance.",
        who=who,
        days=count(threshold.days),
        level=percent(0.95),
        interval=interval(count(threshold.low), count(threshold.high)),
    )


# --- 3 · who has gone quiet


def quiet_finding(quiet, n, sales_share, *, who, days, minimum) -> Message:
    """Say how many have gone quiet and what they have brought.

    Examples
    --------
    >>> str(quiet_finding(240, 2469, 0.03, who="households", days=56, minimum=10))
    '240 of 2,469 households have been silent for more than 56 days; they have brought 3% of sales so far'
    >>> str(quiet_finding(3, 2469, 0.03, who="households", days=56, minimum=10))
    'Fewer than 10 of 2,469 households have been silent for more than 56 days'
    >>> str(quiet_finding(15, 20, None, who="customers", days=56, minimum=10))
    'Fewer than 10 of 20 customers have bought within the last 56 days'
    """
    about = {"n": count(n), "who": who, "days": count(days), "minimum": count(minimum)}
    if quiet < minimum:
        return _("Fewer than {minimum} of {n} {who} have been silent for more than {days} days", **about)
    if n - quiet < minimum:
        return _("Fewer than {minimum} of {n} {who} have bought within the last {days} days", **about)
    return _(
        "{quiet} of {n} {who} have been silent for more than {days} days; they have brought {share} of sales so far",
        quiet=count(quiet),
        share=percent(sales_share),
        **about,
    )


def bands_alt(bands) -> Message:
    """Describe the bands of silence.

    Examples
    --------
    >>> import pandas as pd
    >>> bands = pd.DataFrame({"from_days": [0, 57], "to_days": [56.0, float("nan")], "share": [0.9, 0.1]})
    >>> str(bands_alt(bands))
    'Two bars for each of 2 lengths of silence; the largest share of customers, 90%, is at 0 to 56 days.'
    """
    largest = bands.loc[bands["share"].idxmax()]
    return _(
        "Two bars for each of {n} lengths of silence; the largest share of customers, {share}, is at {band} days.",
        n=count(len(bands)),
        share=percent(largest["share"]),
        band=band_name(largest["from_days"], largest["to_days"]),
    )


def quiet_worth(sales_share, quiet_share, *, who) -> Message:
    """Say whether those who are quiet matter more or less than their number.

    Examples
    --------
    >>> str(quiet_worth(0.03, 0.1, who="households"))
    'Those who are quiet brought less than their number: win back the larger ones among them first, and do not chase all 10% of households.'
    """
    if sales_share < quiet_share:
        return _(
            "Those who are quiet brought less than their number: win back the larger ones among them first, and do "
            "not chase all {share} of {who}.",
            share=percent(quiet_share),
            who=who,
        )
    return _(
        "Those who are quiet brought at least as much as their number: {share} of {who} with {sales} of sales are "
        "worth a call.",
        share=percent(quiet_share),
        who=who,
        sales=percent(sales_share),
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
    >>> str(fifths_so_what(pd.DataFrame([part]), who="households"))
    '494 households carry 55% of sales (95% interval: 53% to 56%): losing one in ten of them would cost about 5.5% of sales.'
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
