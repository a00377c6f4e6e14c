"""Sentences of notebook 20 on how long a silence means something, and who has gone quiet."""

from insight.report.language import Message, _, count, day, interval, percent
from insight.report.sentences.profile_names import band_name

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
    'No silence seen so far halves the chance of a return within 28 days (90% after a purchase)'
    """
    start = percent(curve["chance"].iloc[0])
    if threshold.days is None:
        return _(
            "No silence seen so far halves the chance of a return within {within} days ({start} after a purchase)",
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


def no_curve(minimum: int) -> Message:
    """Say why there is no curve.

    Examples
    --------
    >>> str(no_curve(50))
    'Not shown: fewer than 50 silences can be followed up in this data.'
    """
    return _("Not shown: fewer than {minimum} silences can be followed up in this data.", minimum=count(minimum))


def quiet_so_what(threshold, *, who, within, given=None) -> Message:
    """Say from when on a customer should be treated as quiet.

    Examples
    --------
    >>> from insight.profile.silence import Threshold
    >>> print(quiet_so_what(Threshold(56, 50, 60), who="households", within=28))
    Treat households as quiet after 56 days (95% interval: 50 to 60): from then on, waiting has cost half of the
    chance.
    """
    if given is not None:
        return _("The parameters say that {who} are quiet after {days} days.", who=who, days=count(given))
    if threshold.days is None:
        return _(
            "The silences seen so far give no day from which {who} should be treated as quiet. To count them all the "
            "same, {days} days are used below: the time within which a return is looked for.",
            who=who,
            days=count(within),
        )
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


def quiet_finding(*, quiet, n, sales_share, who, days, minimum) -> Message:
    """Say how many have gone quiet and what they have brought.

    Examples
    --------
    >>> str(quiet_finding(quiet=240, n=2469, sales_share=0.03, who="households", days=56, minimum=10))
    '240 of 2,469 households have been silent for more than 56 days; they have brought 3% of sales so far'
    >>> str(quiet_finding(quiet=3, n=2469, sales_share=0.03, who="households", days=56, minimum=10))
    'Fewer than 10 of 2,469 households have been silent for more than 56 days'
    >>> str(quiet_finding(quiet=15, n=20, sales_share=None, who="customers", days=56, minimum=10))
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
    >>> print(quiet_worth(0.03, 0.1, who="households"))
    Those who are quiet brought less than their number: win back the larger ones among them first, and do not
    chase all 10% of households.
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
