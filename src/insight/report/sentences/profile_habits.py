"""Sentences of notebook 20 on when, what and at what price customers buy, on tags and on portraits."""

from insight.report.language import Message, _, count, day, listing, percent
from insight.report.sentences.known_names import in_words
from insight.report.sentences.profile_names import trait_name, weekday

# --- 5 · when, what, at what price


def _busiest(shares) -> tuple[int, int, float]:
    """Find the three neighbouring hours with most baskets: from, to, and their share."""
    by_hour = shares.sum(axis=0)
    sums = by_hour.rolling(min(3, len(by_hour))).sum()
    last = int(sums.idxmax())
    return last - min(3, len(by_hour)) + 1, last + 1, float(sums.max())


def hours_finding(shares) -> Message:
    """Say when in the day most is bought, and when in the week.

    Examples
    --------
    >>> import pandas as pd
    >>> print(hours_finding(pd.DataFrame({16: [0.1, 0.1], 17: [0.2, 0.3], 18: [0.1, 0.2]}, index=[4, 5])))
    100% of purchases are made between 16:00 and 19:00; the peak of the week is Saturday at 17:00
    """
    start, end, share = _busiest(shares)
    best_day, best_hour = shares.stack().idxmax()
    return _(
        "{share} of purchases are made between {start}:00 and {end}:00; the peak of the week is {weekday} at {hour}:00",
        share=percent(share),
        start=str(start),
        end=str(end),
        weekday=weekday(best_day),
        hour=str(best_hour),
    )


def hours_alt(shares) -> Message:
    """Describe the heat map of the week.

    Examples
    --------
    >>> import pandas as pd
    >>> str(hours_alt(pd.DataFrame({16: [0.1, 0.2], 17: [0.3, 0.4]}, index=[4, 5])))
    'A grid of weekdays by hours, darkest on Saturday at 17:00 with 40.0% of purchases.'
    """
    best_day, best_hour = shares.stack().idxmax()
    return _(
        "A grid of weekdays by hours, darkest on {weekday} at {hour}:00 with {share} of purchases.",
        weekday=weekday(best_day),
        hour=str(best_hour),
        share=percent(shares.stack().max(), digits=1),
    )


def hours_what() -> Message:
    """Name what the grid of the week plots."""
    return _("Share of purchases by weekday and hour, in the business time zone")


def weekdays_finding(shares) -> Message:
    """Say on which weekday most is bought, and on which least.

    Examples
    --------
    >>> import pandas as pd
    >>> str(weekdays_finding(pd.Series([0.1, 0.3], index=[0, 5])))
    'Most purchases are made on Saturday (30%), fewest on Monday (10%)'
    """
    return _(
        "Most purchases are made on {most} ({most_share}), fewest on {least} ({least_share})",
        most=weekday(shares.idxmax()),
        most_share=percent(shares.max()),
        least=weekday(shares.idxmin()),
        least_share=percent(shares.min()),
    )


def weekdays_alt(shares) -> Message:
    """Describe the bars of the week."""
    return _("{n} bars, one per weekday; {finding}.", n=count(len(shares)), finding=weekdays_finding(shares))


def weekdays_what() -> Message:
    """Name what the bars of the week plot."""
    return _("Share of purchases by weekday; this business delivers days, no hours")


def no_week(minimum: int) -> Message:
    """Say why the week is not shown.

    Examples
    --------
    >>> str(no_week(10))
    'The week: not shown, as all purchases fall on one weekday, or fewer than 10 customers on some.'
    """
    return _(
        "The week: not shown, as all purchases fall on one weekday, or fewer than {minimum} customers on some.",
        minimum=count(minimum),
    )


def categories_finding(totals) -> Message:
    """Say which category brings most.

    Examples
    --------
    >>> import pandas as pd
    >>> str(categories_finding(pd.DataFrame({"category": ["BEEF", "TEA"], "share": [0.05, 0.03]})))
    'The largest category, BEEF, brings 5% of sales; the 2 shown bring 8%'
    """
    return _(
        "The largest category, {category}, brings {share} of sales; the {n} shown bring {together}",
        category=in_words(totals["category"].iloc[0]),
        share=percent(totals["share"].iloc[0]),
        n=count(len(totals)),
        together=percent(totals["share"].sum()),
    )


def categories_what() -> Message:
    """Name what the bars of the categories plot."""
    return _("The largest categories: share of sales, and of those who have ever bought from it")


def categories_alt(totals) -> Message:
    """Describe the bars of the categories."""
    return _(
        "Two bars for each of {n} categories, largest first: {names}.",
        n=count(len(totals)),
        names=listing(totals["category"].head(3).map(in_words)),
    )


def no_categories(delivered: bool, minimum: int) -> Message:
    """Say why there are no categories.

    Examples
    --------
    >>> str(no_categories(False, 10))
    'Categories: this business delivers none with its transactions.'
    """
    if not delivered:
        return _("Categories: this business delivers none with its transactions.")
    return _("Categories: not shown, as none was bought by {minimum} customers or more.", minimum=count(minimum))


def no_promotion(delivered: bool, minimum: int) -> Message:
    """Say why nothing is said about promotions.

    Examples
    --------
    >>> str(no_promotion(False, 10))
    'Promotions: this business does not say what was bought on promotion.'
    """
    if not delivered:
        return _("Promotions: this business does not say what was bought on promotion.")
    return _("Promotions: not shown, as a fifth would hold fewer than {minimum} customers.", minimum=count(minimum))


def promotion_finding(parts) -> Message:
    """Say whether the best customers buy more or less on promotion.

    Examples
    --------
    >>> import pandas as pd
    >>> parts = pd.DataFrame({"mean": [0.53, 0.47], "low": [0.52, 0.46], "high": [0.54, 0.48]})
    >>> str(promotion_finding(parts))
    'The best fifth buys less on promotion than the lowest: 47% against 53% of purchases'
    """
    lowest, best = parts.iloc[0], parts.iloc[-1]
    shares = {"best": percent(best["mean"]), "lowest": percent(lowest["mean"])}
    if best["high"] < lowest["low"]:
        return _(
            "The best fifth buys less on promotion than the lowest: {best} against {lowest} of purchases", **shares
        )
    if best["low"] > lowest["high"]:
        return _(
            "The best fifth buys more on promotion than the lowest: {best} against {lowest} of purchases", **shares
        )
    return _("The best and the lowest fifth buy alike on promotion: {best} and {lowest} of purchases", **shares)


def promotion_what() -> Message:
    """Name what the points of the promotion figure are."""
    return _("Share of purchases bought on promotion, by fifth of spending; {level} intervals", level=percent(0.95))


def promotion_alt(parts) -> Message:
    """Describe the points of the promotion figure."""
    return _("{n} points with intervals. {finding}.", n=count(len(parts)), finding=promotion_finding(parts))


def habits_so_what(shares, *, by_hour) -> Message:
    """Say when to reach customers.

    Examples
    --------
    >>> import pandas as pd
    >>> str(habits_so_what(pd.Series([0.1, 0.3], index=[0, 5]), by_hour=False))
    'Messages that ask for a visit arrive best just before Saturday.'
    """
    if by_hour:
        return _("Messages that ask for a visit arrive best shortly before {hour}:00.", hour=str(_busiest(shares)[0]))
    return _("Messages that ask for a visit arrive best just before {weekday}.", weekday=weekday(shares.idxmax()))


# --- 6 · tags and portrait


def tags_title(*, who) -> Message:
    """Head the table of tags."""
    return _("Tags borne by {who}, most frequent first", who=who)


def tags_note(until) -> Message:
    """Say from when the tags are."""
    return _("As of {until}; one customer may bear several. The library is params/tags.", until=day(until))


def portrait_finding(compared, group) -> Message:
    """Say what is most over-represented in a group.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"trait": "household_size", "level": "4", "share_group": 0.09, "share_all": 0.07}
    >>> row |= {"tgi": 133.0, "low": 107.0, "high": 165.0}
    >>> str(portrait_finding(pd.DataFrame([row]), "best fifth"))
    'Most over-represented among “best fifth”: household size: 4 (9% against 7% of everyone, index 133)'
    """
    above = compared[compared["low"] > 100]
    if above.empty:
        return _("Nothing known is clearly over-represented among “{group}”", group=group)
    first = above.iloc[0]
    return _(
        "Most over-represented among “{group}”: {trait} ({share} against {all} of everyone, index {tgi})",
        group=group,
        trait=trait_name(first["trait"], first["level"]),
        share=percent(first["share_group"]),
        all=percent(first["share_all"]),
        tgi=count(first["tgi"]),
    )


def portrait_what(group) -> Message:
    """Name what the portrait plots.

    Examples
    --------
    >>> str(portrait_what("best fifth"))
    'TGI = 100 × share among “best fifth” / share among everyone, with 95% intervals; grey: no clear difference'
    """
    return _(
        "TGI = 100 × share among “{group}” / share among everyone, with {level} intervals; grey: no clear difference",
        group=group,
        level=percent(0.95),
    )


def portrait_alt(compared) -> Message:
    """Describe the portrait."""
    return _(
        "{n} points with intervals around a line at 100, from index {high} down to {low}.",
        n=count(len(compared)),
        high=count(compared["tgi"].iloc[0]),
        low=count(compared["tgi"].iloc[-1]),
    )


def portrait_so_what(compared, group) -> Message:
    """Say in what a group differs for certain.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"trait": "age_band", "level": "65+", "tgi": 63.0, "low": 44.0, "high": 90.0}
    >>> print(portrait_so_what(pd.DataFrame([row]), "best fifth"))
    Of 1 traits compared, 1 differ clearly: 0 are more frequent among “best fifth” and 1 less. Describe the
    group by these, not by the rest.
    """
    more, less = int((compared["low"] > 100).sum()), int((compared["high"] < 100).sum())
    return _(
        "Of {n} traits compared, {told} differ clearly: {more} are more frequent among “{group}” and {less} less. "
        "Describe the group by these, not by the rest.",
        n=count(len(compared)),
        told=count(more + less),
        more=count(more),
        less=count(less),
        group=group,
    )


def portrait_mind() -> Message:
    """Say what a portrait is not."""
    return _(
        "About one in twenty of such comparisons looks clear by chance alone, and a trait that is frequent in a group "
        "is no reason for belonging to it."
    )


def no_portrait(group, minimum) -> Message:
    """Say why there is no portrait.

    Examples
    --------
    >>> print(no_portrait("best fifth", 10))
    No portrait of “best fifth”: nothing that is known of these customers is shared by 10 or more of them and of
    the others.
    """
    return _(
        "No portrait of “{group}”: nothing that is known of these customers is shared by {minimum} or more of them "
        "and of the others.",
        group=group,
        minimum=count(minimum),
    )
