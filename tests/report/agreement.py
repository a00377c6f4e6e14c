"""Whether what pages state agrees: the same measure of the same thing, parts with what they are part of, shares."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from insight.config.definitions import definitions

Statement = Mapping[str, Any]


def _known(stated: Iterable[Statement]) -> list[Statement]:
    return [one for one in stated if one["value"] is not None]


def _told(*ones: Statement) -> str:
    where = (f"{one['shown']} ({one['page']}, {one['finding']}, {one['part']})" for one in ones)
    return f"{ones[0]['measure']} of “{ones[0]['scope']}”: {' and '.join(where)}"


def contradictions(stated: Iterable[Statement]) -> list[str]:
    """List the pairs of statements of one measure of one thing that differ by more than they are rounded."""
    same = defaultdict(list)
    for one in _known(stated):
        same[one["measure"], one["bound"], one["scope"]].append(one)
    return [
        _told(first, other)
        for ones in same.values()
        for first, other in ((ones[0], other) for other in ones[1:])
        if abs(first["value"] - other["value"]) > (0 if first["step"] == other["step"] else _slack(first, other))
    ]


def _slack(*ones: Statement) -> float:
    """Say how far values may be from what is shown of them; whole counts are shown as they are."""
    return sum(one["step"] * 0.5001 for one in ones if one["step"] != 1 or one["value"] != round(one["value"]))


def _by_measure(stated: Iterable[Statement]) -> dict[tuple[str, str], Statement]:
    """Give the statement of each measure and scope that is rounded least; rounded counts are none."""
    found: dict[tuple[str, str], Statement] = {}
    for one in sorted(_known(stated), key=lambda one: -one["step"]):
        if one["bound"] == "value" and not one.get("of_rounded"):
            found[one["measure"], one["scope"]] = one
    return found


def parts_larger_than_the_whole(stated: Iterable[Statement]) -> list[str]:
    """List the counts that are larger than the population that the dictionary says they lie within."""
    found, measures = _by_measure(stated), definitions().measures
    wholes = {name: found.get((name, "")) for name in measures}
    return [
        f"{_told(one)} is more than {_told(whole)}"
        for (name, _scope), one in found.items()
        for whole in (wholes[other] for other in definitions().populations(name)[1:])
        if whole is not None and one["value"] - _slack(one) > whole["value"] + _slack(whole)
    ]


def wrong_shares(stated: Iterable[Statement]) -> list[str]:
    """List the shares that are not what is stated of their numerator over what is stated of their denominator."""
    found, measures, wrong = _by_measure(stated), definitions().measures, []
    for (name, scope), one in found.items():
        measure = measures[name]
        if measure.unit != "share" or not measure.numerator:
            continue
        part = found.get((measure.numerator, scope))
        whole = found.get((str(measure.denominator), scope)) or found.get((str(measure.denominator), ""))
        if part is None or whole is None or not whole["value"] or part is whole:
            continue
        low = (part["value"] - _slack(part)) / (whole["value"] + _slack(whole))
        high = (part["value"] + _slack(part)) / max(whole["value"] - _slack(whole), 1e-9)
        if not low - _slack(one) <= one["value"] <= high + _slack(one):
            wrong.append(f"{_told(one)} is not {_told(part)} over {_told(whole)}")
    return wrong
