"""The currency of a business and its time zone, told by codes, signs, names and places in its files."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from insight.sources.drafting.survey import Survey
from insight.sources.drafting.tables import Decided
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import score, words


def guess_currency(surveys: Sequence[Survey], decided: Decided) -> tuple[str, str, str]:
    """Give currency, time zone, and what told them: a column, signs, names, places.

    Letters beyond ASCII tell nothing where the encoding that makes them is itself a guess, unless words of
    tables come out of it.
    """
    found: Counter[str] = Counter()
    surveys = [_in_ascii(survey) if survey.doubt and not _has_known_words(survey) else survey for survey in surveys]
    written = decided.column("currency")
    codes = {text.upper() for text in written[1].held} if written else set()
    for code, told in words()["currencies"].items():
        signs = told["signs"].split()
        for survey in surveys:
            names = " ".join(survey.header).lower()
            found[code] += 3 * any(re.search(rf"(?<![a-z]){re.escape(sign)}(?![a-z])", names) for sign in signs)
            found[code] += sum(_tells(column, signs, told["places"]) for column in survey.columns)
        found[code] += 1000 * (code in codes) * (written[1].held.get(code, 1) if written else 1)
    code, weight = max(found.items(), key=lambda pair: pair[1])
    if not weight:
        language = "".join(name for survey in surveys for name in survey.header).lower()
        german = re.search(r"kunde|datum|betrag|menge|umsatz", language)
        code = "CNY" if re.search(r"[\u4e00-\u9fff]", language) else "EUR" if german else "USD"
        why = "the files do not tell; guessed from the language of the columns"
    else:
        why = "as the files seem to tell (signs, codes, places)"
    return code, words()["currencies"][code]["time_zone"], why


def _has_known_words(survey: Survey) -> bool:
    """Say whether a guessed encoding is borne out, by a column's name beyond ASCII that is known."""
    beyond = [name for name in survey.header if not name.isascii()]
    return any(score(name, role) == 100 for name in beyond for role in words()["roles"])


def _in_ascii(survey: Survey) -> Survey:
    """Leave out every name and value that a guessed encoding has made."""
    header = tuple(name for name in survey.header if name.isascii())
    columns = [
        Column(column.name, {text: times for text, times in column.counts.items() if text.isascii()}, column.rows)
        for column in survey.columns
    ]
    return replace(survey, header=header, columns=tuple(columns))


def _tells(column: Column, signs: Sequence[str], places: str) -> int:
    if column.numbers and any(sign.lower() in signs for sign in column.numbers.signs):
        return 10
    common = [text.lower() for text, _ in Counter(column.held).most_common(3)]
    return 2 * any(re.search(places, text) for text in common) if column.numbers is None else 0
