"""The features that are declared in ``features.yaml``: name, meaning, unit, what each is counted of, and its window."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insight.config.yaml_text import read_yaml
from insight.contracts.table import Column, Type

#: What a kind of feature is: its type, its unit, whether a customer without a row has 0, and its bounds.
_KINDS: dict[str, tuple[Type, str, bool, float | None, float | None]] = {
    "count": ("integer", "", True, 0, None),
    "sum": ("money", "currency", True, None, None),
    "amount": ("money", "currency", False, None, None),
    "mean": ("number", "currency", False, None, None),
    "days": ("integer", "days", False, 0, None),
    "gap": ("number", "days", False, 0, None),
    "points": ("integer", "points", True, None, None),
    "level": ("number", "points", False, None, None),
    "number": ("integer", "", False, None, None),
    "share": ("number", "share", False, 0, 1),
    "ratio": ("number", "share", False, None, None),
    "change": ("number", "share", False, -1, 1),
    "day": ("day", "", False, None, None),
    "text": ("text", "", False, None, None),
}


#: The view of what every business has.
SUMMARY = "summary"


@dataclass(frozen=True)
class Feature(Column):
    """A column of the profile that is counted over the rows of one view.

    Parameters
    ----------
    family, view
        What it is about, and which rows it counts (`profile.known.VIEWS`).
    sources
        The tables that these rows are made of.
    window
        Days up to the day in question that it looks at; all where there is none.
    needs
        Columns of the first of these tables without which it says nothing.
    zero
        Whether it is 0, rather than empty, for a customer without such rows.
    """

    family: str = ""
    view: str = ""
    sources: tuple[str, ...] = ()
    window: int | None = None
    needs: tuple[str, ...] = ()
    zero: bool = False


def declared(described: dict[str, Any]) -> tuple[Feature, ...]:
    """Read the features of a declaration, in its order."""
    return tuple(
        _feature(name, family, view, described["views"][view].split(), **about)
        for family, views in described["families"].items()
        for view, features in views.items()
        for name, about in features.items()
    )


def _feature(name: str, family: str, view: str, sources: list[str], *, kind: str, en: str, zh: str, **more) -> Feature:
    type_, unit, zero, minimum, maximum = _KINDS[kind]
    needs = tuple(more.pop("needs", "").split())
    about: dict[str, Any] = {"family": family, "view": view, "sources": tuple(sources), "needs": needs, "zero": zero}
    rules: dict[str, Any] = {"unit": unit, "minimum": minimum, "maximum": maximum, "if_delivered": view != SUMMARY}
    return Feature(name, type_, en, zh, **{**rules, **more}, **about)


FEATURES = declared(read_yaml(Path(__file__).with_suffix(".yaml")))
