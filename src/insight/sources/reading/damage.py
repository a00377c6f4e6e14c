"""What a spreadsheet did to values when it opened and saved them: shortened numbers, lost zeros, codes made days.

Such values look whole and are not, and what they were cannot be had from them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import ibis
from ibis.expr.types import StringValue

from insight.sources.reading.raw import Raw

Use = Literal["id", "moment", "other"]
_MONTHS = "Jan|Feb|Mar|Mrz|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez"
#: What to look for; the same in Python and in the engine.
_PATTERNS = {
    "shortened": r"^[+-]?\d([.,]\d{1,9})?[eE]\+\d{1,3}$",
    "failed": r"^#(N/A|NV|REF!|BEZUG!|VALUE!|WERT!|DIV/0!|NAME\?|NUM!|ZAHL!|NULL!|##+)$",
    "made_days": rf"^(\d{{1,2}}[-. ]({_MONTHS})|({_MONTHS})[-. ]\d{{2}})\.?$",
    "serial": r"^[345]\d{4}([.,]\d+)?$",
    "as_text": r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}",
    "as_text_over_12": r"^(1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{4}",
    "as_date": r"^\d{4}-\d{2}-\d{2}",
    "as_date_to_12": r"^\d{4}-\d{2}-(0\d|1[0-2])",
    "cut_to_fifteen": r"^[1-9]\d{14}0+$",
    "over_fifteen": r"^\d{16,}$",
    "digits": r"^\d+$",
    "zero_first": r"^0\d+$",
}
_SHORTEST_CODE, _LIKELY_DAMAGE, _LONGEST, _FEW = 8, 0.9, 20, 4


@dataclass(frozen=True)
class Found:
    """How many values of a column look how: ``filled``, by pattern, and those of digits by their length."""

    filled: int
    patterns: Mapping[str, int]
    lengths: Mapping[int, int]

    def in_words(self, use: Use) -> list[str]:
        """Say what looks damaged, where the column is used as an id, as a day or time, or otherwise."""
        seen, said = self.patterns, []
        if seen["shortened"]:
            said.append(
                f"{seen['shortened']:,} value(s) are numbers shortened to the form 1.23E+11, their other digits lost"
                + ("; who or what shares one cannot be told apart" if use == "id" else "")
            )
        if seen["failed"]:
            said.append(f"{seen['failed']:,} value(s) are errors of formulas, or of columns too narrow to show them")
        if seen["over_fifteen"] > 9 and seen["cut_to_fifteen"] > _LIKELY_DAMAGE * seen["over_fifteen"]:
            said.append(f"{seen['cut_to_fifteen']:,} number(s) have nothing but 0 after their fifteenth digit")
        if use == "id":
            said += self._of_ids()
        if use == "moment" and seen["serial"]:
            said.append(
                f"{seen['serial']:,} day(s) are serial numbers, read by `excel` among its dates: were day and month "
                "exchanged on the way?"
            )
        halves = min(seen["as_text"], seen["as_date"])
        if use == "moment" and halves > _FEW and self._are_split_at_12:
            said.append(
                f"{seen['as_date']:,} day(s) of a month up to the 12th are dates, and {seen['as_text']:,} above it are "
                "text: it took days for months, and exchanged them where it could"
            )
        return said

    @property
    def _are_split_at_12(self) -> bool:
        seen = self.patterns
        return seen["as_text"] == seen["as_text_over_12"] and seen["as_date"] == seen["as_date_to_12"]

    def _of_ids(self) -> list[str]:
        said = []
        if 0 < self.patterns["made_days"] < 0.5 * self.filled:
            said.append(f"{self.patterns['made_days']:,} code(s) became days, as 3-1 becomes 1-Mar")
        longest = max(self.lengths, default=0)
        shorter = sum(self.lengths.values()) - self.lengths.get(longest, 0)
        is_code = self.patterns["digits"] > _LIKELY_DAMAGE * self.filled and longest >= _SHORTEST_CODE
        if is_code and not self.patterns["zero_first"] and 0 < shorter < 0.2 * self.patterns["digits"]:
            said.append(
                f"{shorter:,} of {self.patterns['digits']:,} numbers have fewer than {longest} digits and none begins "
                "with 0: were zeros at the beginning lost?"
            )
        return said


def found_in_values(counts: Mapping[str, int]) -> Found:
    """Look at values that are counted already.

    Examples
    --------
    >>> found_in_values({"2.21E+11": 4, "4.13E+11": 1, "C7": 1}).in_words("other")
    ['5 value(s) are numbers shortened to the form 1.23E+11, their other digits lost']
    >>> found_in_values({"45012": 3, "13/02/2023": 9}).in_words("moment")[0][:28]
    '3 day(s) are serial numbers,'
    """
    patterns = {
        name: sum(times for text, times in counts.items() if re.search(pattern, text))
        for name, pattern in _PATTERNS.items()
    }
    lengths: dict[int, int] = {}
    for text, times in counts.items():
        if text.isdecimal():
            lengths[len(text)] = lengths.get(len(text), 0) + times
    return Found(sum(counts.values()), patterns, lengths)


def damage_in(raw: Raw, uses: Mapping[str, Use]) -> list[str]:
    """Say of which delivered columns values look damaged, and how; ``uses`` are those that are looked at."""
    said = []
    for name, use in uses.items():
        said += [f"column {name!r}: {words}" for words in _found_in(raw, raw.text(name).strip()).in_words(use)]
    return said


def _found_in(raw: Raw, text: StringValue) -> Found:
    rows = raw.table.select(text=text)
    length = rows.text.re_search(_PATTERNS["digits"]).ifelse(rows.text.length(), ibis.null("int64"))
    counts = {
        **{name: rows.text.re_search(pattern).cast("int64").sum() for name, pattern in _PATTERNS.items()},
        **{f"length_{n}": (length == n).cast("int64").sum() for n in range(1, _LONGEST + 1)},
        "filled": rows.text.nullif("").count(),
    }
    (told,) = rows.aggregate(**counts).to_pyarrow().to_pylist()
    lengths = {n: times for n in range(1, _LONGEST + 1) if (times := told[f"length_{n}"])}
    return Found(told["filled"], {name: told[name] or 0 for name in _PATTERNS}, lengths)
