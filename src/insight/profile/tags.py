"""Tags: short names for what is true of a customer, from a library that is data.

The library is ``params/tags/*.yaml``: each tag has a bilingual label and meaning, a kind (``fact``:
counted; ``rule``: a judgement by a threshold), an owner, how long it may be relied on, how
sensitive it is and what it may be used for.
"""

import difflib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import ibis
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from insight.config.definitions import share
from insight.config.parameters import Bilingual, project_root
from insight.errors import ParameterError, listed
from insight.profile.conditions import Condition, comparisons, holds, quantiles_asked

Purpose = Literal["insight", "service", "contact", "offer", "research"]


class Tag(BaseModel):
    """One entry of the tag library."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="name of the tag")
    label: Bilingual = Field(description="as reports show it")
    meaning: Bilingual = Field(description="what it says, in words")
    kind: Literal["fact", "rule"] = Field(description="counted, or a judgement by a threshold")
    when: tuple[Condition, ...] = Field(min_length=1, description="all must hold")
    owner: str = Field(min_length=1, max_length=60, description="who answers for it")
    validity_days: int = Field(ge=1, le=3660, description="days for which it may be relied on")
    sensitivity: Literal["plain", "sensitive"] = Field(description="what must be guarded about it")
    purposes: tuple[Purpose, ...] = Field(min_length=1, description="what it may be used for")

    @property
    def columns(self) -> set[str]:
        """The columns of the profile that it looks at."""
        return set().union(*(one.columns for one in self.when))


def read_library(folder: Path | None = None) -> tuple[Tag, ...]:
    """Read and check every tag in a folder of YAML files, in order of file and place.

    Parameters
    ----------
    folder
        ``params/tags`` of the project when not given.

    Raises
    ------
    ParameterError
        Listing every problem: file, tag and key, and what is expected.
    """
    folder = folder or project_root() / "params" / "tags"
    tags: list[Tag] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            given = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
            tags += TypeAdapter(list[Tag]).validate_python(given or [])
        except (yaml.YAMLError, UnicodeDecodeError):
            problems.append(f"{path.name}: expected YAML in UTF-8")
        except ValidationError as error:
            problems += [_in_words(path.name, given, problem) for problem in error.errors(include_url=False)]
    seen = [tag.id for tag in tags]
    twice = sorted({name for name in seen if seen.count(name) > 1})
    problems += [f"{name}: given {seen.count(name)} times" for name in twice]
    if not tags and not problems:
        problems = [f"no tag in {len(list(folder.glob('*.yaml')))} file(s) *.yaml; write at least one"]
    if problems:
        raise ParameterError("params/tags: what is written there cannot be a tag library" + listed(problems))
    return tuple(tags)


def _in_words(file: str, given: Any, problem: Mapping[str, Any]) -> str:
    place, *rest = problem["loc"] or ("list",)
    entry = given[place] if isinstance(given, list) and isinstance(place, int) else {}
    name = entry.get("id", f"entry {place}") if isinstance(entry, dict) else f"entry {place}"
    inside = ".".join(str(part) for part in rest if part not in ("comparison", "any")) or "it"
    return f"{file}: {name}: `{inside}`: {problem['msg'].removeprefix('Value error, ')}"


def find(library: tuple[Tag, ...], name: str) -> Tag:
    """Find a tag by its name.

    Raises
    ------
    ParameterError
        If there is none; the nearest names are given.
    """
    for tag in library:
        if tag.id == name:
            return tag
    near = difflib.get_close_matches(name, [tag.id for tag in library], n=3, cutoff=0)
    raise ParameterError(f"portrait_of: expected a tag of params/tags, found `{name}`. Near: {', '.join(near)}.")


def thresholds(profile: ibis.Table, library: tuple[Tag, ...]) -> dict[tuple[str, float], float | None]:
    """Compute every quantile that the library asks for, in one pass."""
    asked = sorted(set().union(*(quantiles_asked(tag.when) for tag in library)))
    if not asked:
        return {}
    named = {f"q{n}": profile[column].cast("float64").quantile(q) for n, (column, q) in enumerate(asked)}
    found = profile.aggregate(**named).to_pyarrow().to_pylist()[0]
    return {key: found[f"q{n}"] for n, key in enumerate(asked)}


def assign(
    profile: ibis.Table,
    library: tuple[Tag, ...],
    *,
    as_of: date,
    measures: dict[str, float | None] | None = None,
) -> ibis.Table:
    """Tell which customer bears which tag: the ``tags`` table, one row per customer and tag.

    Parameters
    ----------
    profile
        The ``profile`` table.
    library
        From `read_library`.
    as_of
        Day of the profile; tags are valid from it for their ``validity_days``.
    measures
        Numbers that the library's conditions may name, e.g. ``{"quiet_days": 56}``. A tag whose
        measure is None or not given is not assigned to anybody.
    """
    quantiles = thresholds(profile, library)
    parts = [_bearers(profile.filter(ibis.literal(False)), library[0], as_of=as_of)]
    for tag in library:
        true = holds(profile, tag.when, quantiles=quantiles, measures=measures or {})
        if true is not None:
            parts.append(_bearers(profile.filter(true), tag, as_of=as_of))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _bearers(profile: ibis.Table, tag: Tag, *, as_of: date) -> ibis.Table:
    return profile.select(
        customer_id=profile.customer_id,
        tag=ibis.literal(tag.id),
        kind=ibis.literal(tag.kind),
        since=ibis.literal(as_of),
        valid_until=ibis.literal(as_of + timedelta(days=tag.validity_days)),
    )


def applicable(library: tuple[Tag, ...], profile: pd.DataFrame, measures: dict[str, float | None]) -> list[Tag]:
    """Keep the tags that this business's data can decide: columns with a value, measures known."""
    known = {name for name in profile.columns if profile[name].notna().any()}
    named = {name for name, value in measures.items() if value is not None}
    return [
        tag
        for tag in library
        if tag.columns <= known and {one.measure for one in comparisons(tag.when) if one.measure} <= named
    ]


def reach(tags: pd.DataFrame, library: list[Tag], *, customers: int) -> pd.DataFrame:
    """Count the bearers of each tag, most frequent first; tags of nobody are left out.

    Returns
    -------
    DataFrame
        ``tag`` (its name), ``label`` and ``meaning`` (bilingual), ``kind``, ``customers``, ``share``.
    """
    counts = tags.groupby("tag").size()
    found = pd.DataFrame(
        {
            "tag": [tag.id for tag in library],
            "label": [tag.label for tag in library],
            "meaning": [tag.meaning for tag in library],
            "kind": [tag.kind for tag in library],
            "customers": [int(counts.get(tag.id, 0)) for tag in library],
            "share": [share("group_share", counts.get(tag.id, 0), customers) for tag in library],
        }
    )
    return found[found["customers"] > 0].sort_values("customers", ascending=False, kind="stable", ignore_index=True)
