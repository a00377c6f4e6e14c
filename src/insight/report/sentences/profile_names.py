"""Names that notebook 20 shows: weekdays, fifths, lengths of silence, traits."""

from insight.report.language import Message, _, count, interval
from insight.report.sentences.known_names import in_words

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
    return _("{trait}: {level}", trait=_TRAITS.get(trait, trait), level=in_words(level))
