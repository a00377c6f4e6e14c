"""The headlines of a notebook, shown large: the figure, what it counts, how sure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insight.report.numerals import count, is_missing, language, money, number, percent
from insight.report.text import interval, render

MOST = 4
LEVEL = 0.95
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Tile:
    """One headline as it stands on a page."""

    value: str
    label: str
    beneath: str = ""


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
    unit, low, high = line.get("unit", ""), line.get("low"), line.get("high")
    value, beneath = in_unit(line["value"], unit), []
    if not is_missing(low) and not is_missing(high):
        bounds = [in_unit(bound, unit) for bound in (low, high)]
        if unit == "share" and low != high and render(bounds[0]) == render(bounds[1]):
            value, *bounds = (percent(part, digits=1) for part in (line["value"], low, high))
        beneath.append(render(interval(*bounds, level=LEVEL)))
    if line.get("note"):
        beneath.append(line["note"][lang])
    return Tile(render(value), line["label"][lang], " · ".join(beneath))


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
