"""The headlines of a notebook, shown large: the figure, what it counts, how sure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from insight.report.numerals import count, is_missing, language, money, number, percent
from insight.report.stated import Repeated, Stated, record
from insight.report.text import interval, render, told

MOST = 4
LEVEL = 0.95
_BETWEEN = " · "
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Tile:
    """One headline as it stands on a page; ``measure`` is what it states, ``numbers`` what those on it do."""

    value: str
    label: str
    beneath: str = ""
    measure: str = field(default="", compare=False, repr=False)
    numbers: Sequence[Mapping[str, Any]] = field(default=(), compare=False, repr=False)
    beneath_numbers: Sequence[Mapping[str, Any]] = field(default=(), compare=False, repr=False)


def tiles_of(headlines: Sequence[Mapping[str, Any]], *, lang: str) -> list[Tile]:
    """Make tiles of the first headlines that have a label and a value.

    Examples
    --------
    >>> tiles_of([{"name": "auc", "value": 0.8312, "unit": "", "low": 0.81, "high": 0.85,
    ...            "label": {"en": "AUC of the churn model", "zh": "流失模型的 AUC"}}], lang="en")
    [Tile(value='0.831', label='AUC of the churn model', beneath='0.81 to 0.85 (95% interval)')]
    """
    chosen = [line for line in headlines if line.get("label") and not is_missing(line.get("value"))]
    with language(lang):
        return [_tile(line, lang) for line in chosen[:MOST]]


def _tile(line: Mapping[str, Any], lang: str) -> Tile:
    unit, what = line.get("unit", ""), Stated(**line["what"]) if line.get("what") else None
    ends = {"value": line["value"], "low": line.get("low"), "high": line.get("high")}
    if is_missing(ends["low"]) or is_missing(ends["high"]):
        ends = {"value": line["value"]}
    shown = {end: in_unit(value, unit) for end, value in ends.items()}
    wide = unit == "share" and len(ends) > 1 and ends["low"] != ends["high"]
    if wide and render(shown["low"]) == render(shown["high"]):
        shown = {end: percent(value, digits=1) for end, value in ends.items()}
    parts = [told(interval(shown["low"], shown["high"], level=LEVEL))] if len(ends) > 1 else []
    parts += [told(Repeated.of(line, "note"))] if line.get("note") else []
    beneath, numbers = "", []
    for text, found in parts:
        start = len(beneath) + len(_BETWEEN) if beneath else 0
        numbers += [each | {"start": each["start"] + start, "end": each["end"] + start} for each in found]
        beneath += f"{_BETWEEN if beneath else ''}{text}"
    states = [] if what is None else [record(replace(what, bound=end), render(one), one) for end, one in shown.items()]
    value = render(shown["value"])
    return Tile(value, line["label"][lang], beneath, what.measure if what else "", states + numbers, numbers)


def in_unit(value: Any, unit: str) -> Any:
    """Format a headline's value by its unit: ``share``, a currency code, else a number or a count.

    Examples
    --------
    >>> [str(in_unit(value, unit)) for value, unit in ((0.55, "share"), (4604321.0, "USD"), (2469, "customers"))]
    ['55%', '$4.6M', '2,469']
    """
    if not isinstance(value, int | float):
        return value
    if unit in ("share", "%", "percent"):
        return percent(value, digits=1 if 0 < abs(value) < 0.1 else None)
    if _CURRENCY.fullmatch(unit):
        return money(value, unit, compact=True)
    return count(value) if value == int(value) else number(value)
