"""The headlines of a notebook, shown large: the figure, what it counts, how sure, and how it has changed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from insight.words.numerals import Rounded, Value, count, is_missing, language, money, number, out_of, percent
from insight.words.stated import Repeated, Stated, record
from insight.words.text import Text, interval, render, text, told

MOST = 4
#: Unit of a headline that is a difference of shares: it is shown as so many of a hundred, and is not a share itself.
PER_HUNDRED = "per 100"
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
    ends = {end: Rounded(value) for end, value in ends.items()} if line.get("of_rounded") else ends
    shown = {end: in_unit(value, unit) for end, value in ends.items()}
    if unit == "share" and len(ends) > 1:
        shown = {end: percent(value, digits=_digits_of(ends, shown)) for end, value in ends.items()}
    parts = [told(interval(shown["low"], shown["high"], level=LEVEL))] if len(ends) > 1 else []
    parts += [told(Repeated.of(line, "note"))] if line.get("note") else []
    beneath, numbers = "", []
    for words, found in parts:
        start = len(beneath) + len(_BETWEEN) if beneath else 0
        numbers += [each | {"start": each["start"] + start, "end": each["end"] + start} for each in found]
        beneath += f"{_BETWEEN if beneath else ''}{words}"
    states = [] if what is None else [record(replace(what, bound=end), render(one), one) for end, one in shown.items()]
    value = render(shown["value"])
    return Tile(value, line["label"][lang], beneath, what.measure if what else "", states + numbers, numbers)


def _digits_of(ends: Mapping[str, Any], shown: Mapping[str, Any]) -> int | None:
    """Give a share and its bounds as many decimals: as the finest of them has, more where bounds could not be told."""
    written = {end: render(one) for end, one in shown.items()}
    if any("<" in one or ">" in one for one in written.values()):
        return 2
    is_fine = any("." in one for one in written.values())
    return 1 if is_fine or (ends["low"] != ends["high"] and written["low"] == written["high"]) else None


def in_unit(value: Any, unit: str) -> Any:
    """Format a headline's value by its unit: ``share``, `PER_HUNDRED`, a currency code, else a number or a count.

    Examples
    --------
    >>> [str(in_unit(value, unit)) for value, unit in ((0.55, "share"), (4604321.0, "USD"), (2469, "customers"))]
    ['55%', '$4.6M', '2,469']
    >>> str(in_unit(0.0512, PER_HUNDRED))
    '5.1'
    """
    if not isinstance(value, int | float):
        return value
    if unit in ("share", "%", "percent"):
        return percent(value, digits=1 if 0 < abs(value) < 0.1 else None)
    if unit == PER_HUNDRED:
        return out_of(value, 100, digits=1)
    if _CURRENCY.fullmatch(unit):
        return money(value, unit, compact=True)
    return count(value) if value == int(value) else number(value)


# --- change


def finely_in_unit(value: Any, unit: str) -> Any:
    """Format a figure that stands beside its change, a share so finely that a change of a tenth of a point is seen.

    Examples
    --------
    >>> str(finely_in_unit(0.104, "share")), str(finely_in_unit(2469, "customers"))
    ('10.4%', '2,469')
    """
    return percent(value, digits=1) if unit == "share" and not is_missing(value) else in_unit(value, unit)


#: Size of a spark line, and the margin that its last dot needs.
_WIDE, _HIGH, _MARGIN = 120, 30, 4


@dataclass(frozen=True)
class Change:
    """A figure of the last period as it stands on a page: beside the period before and a year before, with its line."""

    value: str
    label: str
    beside: tuple[str, ...]
    lines: tuple[str, ...]
    dot: tuple[float, float]
    told: str
    measure: str = ""
    numbers: Sequence[Mapping[str, Any]] = ()


def changes_of(headlines: Sequence[Mapping[str, Any]], names: Sequence[str], *, lang: str) -> list[Change]:
    """Make tiles of the key figures of these names that are stated with their change, in this order."""
    found = {line["name"].removeprefix("kpi_"): line for line in headlines if line.get("change")}
    with language(lang):
        return [_change(found[name], lang, last=_last_day(found.values())) for name in names if name in found]


def periods_of(headlines: Sequence[Mapping[str, Any]]) -> Text | None:
    """Say which period the figures are of, and what they stand beside; none where no headline has one."""
    changes = [line["change"] for line in headlines if line.get("change")]
    return text("kpis.periods", **span(max(changes, key=lambda of: of["to"]))) if changes else None


def _last_day(headlines: Iterable[Mapping[str, Any]]) -> str:
    return max((line["change"]["to"] for line in headlines), default="")


def span(of: Mapping[str, Any]) -> dict[str, Any]:
    """Give the first and last day of a period, and its weeks."""
    first, last = (date.fromisoformat(of[side]) for side in ("from", "to"))
    return {"first": first, "last": last, "weeks": ((last - first).days + 1) // 7}


def _change(line: Mapping[str, Any], lang: str, *, last: str) -> Change:
    change, unit = line["change"], line["unit"]
    # a period that ends on another day than the heading says
    beside = [] if change["to"] == last else [render(text("kpis.beside.own", **span(change)))]
    beside += [_beside(line["value"], name, change[name], unit, span(change)["weeks"]) for name in ("before", "year")]
    known = [value for value in change["series"] if value is not None]
    ends = {"first": known[0], "last": known[-1], "low": min(known), "high": max(known)}
    facts = {name: finely_in_unit(value, unit) for name, value in ends.items()}
    told = text("kpis.series", n=len(change["series"]), weeks=span(change)["weeks"], **facts)
    drawn = _spark(change["series"])
    value, what = finely_in_unit(line["value"], unit), Stated(**line["what"]) if line.get("what") else Stated("")
    numbers = [record(what, render(value), value)] if what.measure else []
    return Change(render(value), line["label"][lang], tuple(beside), *drawn, render(told), what.measure, numbers)


def _beside(value: float, name: str, other: Mapping[str, Any] | None, unit: str, weeks: int) -> str:
    change = difference(value, other["value"], unit) if other else None
    if other is None or change is None:
        return render(text(f"kpis.beside.{name}.missing", weeks=weeks))
    certainty = {None: "counted", True: "significant", False: "chance"}[other["significant"]]
    return render(text(f"kpis.beside.{name}.{certainty}", change=change, weeks=weeks))


def difference(value: float, other: float | None, unit: str) -> Value | Text | None:
    """Write how far a figure is from an earlier one: a share in points, anything else in percent of the earlier one.

    Examples
    --------
    >>> [str(difference(*given)) for given in ((103, 100, "customers"), (0.08, 0.1, "share"), (100, 100, "EUR"))]
    ['+3.0%', '−2.0 points', 'unchanged']
    """
    if other is None or (unit != "share" and other <= 0):
        return None
    apart = 100 * (value - other if unit == "share" else value / other - 1)
    if round(apart, 1) == 0:
        return text("kpis.unchanged")
    written = number(apart, digits=1) if unit == "share" else percent(apart / 100, digits=1)
    signed = Value(apart, lambda lang: ("+" if apart > 0 else "") + written.in_language(lang))
    return text("kpis.points", points=signed) if unit == "share" else signed


def _spark(series: Sequence[float | None]) -> tuple[tuple[str, ...], tuple[float, float]]:
    """Lay a series out as the points of lines, one for each stretch without a gap, and the place of its last value."""
    known = [value for value in series if value is not None]
    low, reach = min(known), (max(known) - min(known)) or 1
    step, tall = (_WIDE - 2 * _MARGIN) / max(len(series) - 1, 1), _HIGH - 2 * _MARGIN
    stretches: list[list[str]] = [[]]
    for n, value in enumerate(series):
        if value is None:
            stretches.append([])
        else:
            dot = (round(_MARGIN + n * step, 1), round(_HIGH - _MARGIN - (value - low) / reach * tall, 1))
            stretches[-1].append("{},{}".format(*dot))
    return tuple(" ".join(stretch) for stretch in stretches if stretch), dot
