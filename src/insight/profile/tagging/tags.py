"""Tags: short names for what is true of a customer, from a library that is data.

The library is ``params/tags/*.yaml``, a file for each theme: what the theme is called, what its tags have in
``common``, and its ``tags``. Each has a bilingual label and meaning, a kind (``fact``: counted; ``rule``: a judgement
by a threshold; ``model``: read from what a later notebook has estimated), an owner, how often it is renewed, how long
it may be relied on, how sensitive it is and what it may be used for.
"""

import difflib
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import ibis
import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from insight.config.definitions import share
from insight.config.parameters import Bilingual, project_root
from insight.contracts.table import MONEY
from insight.errors import ParameterError, listed
from insight.profile.tagging.conditions import ATTRIBUTES, Condition, comparisons, holds, known_columns, quantiles_asked

Purpose = Literal["insight", "service", "contact", "offer", "research"]


class Tag(BaseModel):
    """One entry of the tag library."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="name of the tag")
    theme: str = Field(description="name of its file")
    label: Bilingual = Field(description="as reports show it")
    meaning: Bilingual = Field(description="what it says, in words")
    kind: Literal["fact", "rule", "model"] = Field(description="counted, a judgement by a threshold, or estimated")
    table: Literal["churn_scores", "value"] | None = Field(
        default=None, description="of a model: the table of a later notebook that its condition looks at"
    )
    when: tuple[Condition, ...] = Field(min_length=1, description="all must hold")
    owner: str = Field(min_length=1, max_length=60, description="who answers for it")
    refresh: Literal["daily", "weekly", "monthly"] = Field(description="how often it is renewed at least")
    validity_days: int = Field(ge=1, le=3660, description="days for which it may be relied on")
    sensitivity: Literal["plain", "sensitive"] = Field(description="what must be guarded about it")
    purposes: tuple[Purpose, ...] = Field(min_length=1, description="what it may be used for")

    @model_validator(mode="after")
    def _looks_at_what_there_is(self) -> "Tag":
        if (self.kind == "model") != (self.table is not None):
            raise ValueError("expected a `table` for a tag of the kind model, and for no other")
        for one in comparisons(self.when):
            one.check(known_columns(self.table))
        return self

    @property
    def columns(self) -> set[str]:
        """The columns of the profile that it looks at."""
        return set().union(*(one.columns for one in self.when))

    def lacks(self, known: Collection[str]) -> list[str]:
        """Name the columns and measures without which it cannot be decided, and that are not known."""
        return sorted(set().union(*(one.lacks(known) for one in self.when)))


class Theme(BaseModel):
    """One file of the library."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: Bilingual
    common: dict[str, Any] = Field(default_factory=dict)
    tags: list[dict[str, Any]] = Field(min_length=1)


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
        theme = _theme(path, problems)
        if theme is None:
            continue
        for place, given in enumerate(theme.tags):
            try:
                tags.append(Tag.model_validate({**theme.common, **given, "theme": path.stem}))
            except ValidationError as error:
                name = f"{path.name}: {given.get('id', f'entry {place}')}"
                problems += [_in_words(name, problem) for problem in error.errors(include_url=False)]
    seen = [tag.id for tag in tags]
    twice = sorted({name for name in seen if seen.count(name) > 1})
    problems += [f"{name}: given {seen.count(name)} times" for name in twice]
    if not tags and not problems:
        problems = [f"no tag in {len(list(folder.glob('*.yaml')))} file(s) *.yaml; write at least one"]
    if problems:
        raise ParameterError("params/tags: what is written there cannot be a tag library" + listed(problems))
    return tuple(tags)


def read_themes(folder: Path | None = None) -> dict[str, Bilingual]:
    """Give what each theme of the library is called."""
    folder = folder or project_root() / "params" / "tags"
    return {path.stem: theme.theme for path in sorted(folder.glob("*.yaml")) if (theme := _theme(path, []))}


def _theme(path: Path, problems: list[str]) -> Theme | None:
    """Read one file; what is wrong with it is added to the problems."""
    try:
        return Theme.model_validate(yaml.safe_load(path.read_text(encoding="utf-8-sig")))
    except (yaml.YAMLError, UnicodeDecodeError):
        problems.append(f"{path.name}: expected YAML in UTF-8")
    except ValidationError as error:
        problems += [_in_words(path.name, problem) for problem in error.errors(include_url=False)]
    return None


def _in_words(place: str, problem: Mapping[str, Any]) -> str:
    inside = ".".join(str(part) for part in problem["loc"] if part not in ("comparison", "any")) or "it"
    return f"{place}: `{inside}`: {problem['msg'].removeprefix('Value error, ')}"


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


def looked_at_by(library: tuple[Tag, ...]) -> set[str]:
    """Name every column that a tag of the library looks at."""
    return set().union(*(tag.columns for tag in library))


def months(day: date) -> dict[str, float | None]:
    """Give the measures ``month`` and ``next_month`` of a day, 1 to 12."""
    return {"month": day.month, "next_month": day.month % 12 + 1}


def share_in(library: tuple[Tag, ...], shares: ibis.Table) -> pd.DataFrame:
    """Give each customer's share of spend in every set of categories that the library asks for.

    A set of which the business has no category at all is left out.

    Parameters
    ----------
    library
        From `read_library`.
    shares
        From `features.category_shares`.
    """
    asked = {one.name: one.share_in for tag in library for one in comparisons(tag.when) if one.share_in}
    sums = {name: shares.amount.sum(where=shares.category.isin(some)).cast(MONEY) for name, some in asked.items()}
    spent = shares.group_by("customer_id").aggregate(whole=shares.amount.sum().cast(MONEY), **sums)
    whole = spent.whole.cast("float64").nullif(0.0)
    parts = {name: spent[name].cast("float64") / whole for name in asked}
    found = spent.select("customer_id", **parts).order_by("customer_id").to_pandas()
    return found.dropna(axis="columns", how="all").fillna(dict.fromkeys(asked, 0.0))


def looked_at(profile: ibis.Table, people: ibis.Table, shares: pd.DataFrame) -> ibis.Table:
    """Put together what conditions look at: the profile, what is known of people, and shares of `share_in`.

    All three are brought into memory first: a table in memory that is joined in Spark loses what it has of nulls.
    """
    known = people.select("customer_id", *(name for name in ATTRIBUTES if name in people.columns))
    together, *parts = (ibis.memtable(table.to_pyarrow()) for table in (profile, known))
    for part in [*parts, ibis.memtable(shares)] if len(shares.columns) > 1 else parts:
        together = together.left_join(part, "customer_id").drop("customer_id_right")
    return together


def lacking(
    table: ibis.Table, library: tuple[Tag, ...], *, measures: Mapping[str, float | None] | None = None
) -> dict[str, list[str]]:
    """Say which tags a business cannot decide: those that look at a column without any value, or at no known measure.

    Returns
    -------
    dict
        The columns and measures that each of them lacks.
    """
    needed = sorted(looked_at_by(library) & set(table.columns))
    counts = table.aggregate([table.count().name("rows"), *(table[name].count().name(name) for name in needed)])
    known = {name for name, rows in counts.to_pyarrow().to_pylist()[0].items() if rows}
    known |= {name for name, value in (measures or {}).items() if value is not None}
    return {tag.id: lacks for tag in library if (lacks := tag.lacks(known))}


def mark(
    table: ibis.Table,
    library: tuple[Tag, ...],
    *,
    measures: Mapping[str, float | None] | None = None,
    of: str | None = None,
) -> pd.DataFrame:
    """Tell which customer has which tag: true or false, one row per customer, one column per tag that can be decided.

    Parameters
    ----------
    table
        What the conditions look at: from `looked_at`, or a profile.
    library
        From `read_library`.
    measures
        Numbers that conditions may name, e.g. ``{"quiet_days": 56}``.
    of
        The table of a later notebook that is looked at; none: the tags that notebook 20 decides.
    """
    measures = measures or {}
    library = tuple(tag for tag in library if tag.table == of)
    lacks = lacking(table, library, measures=measures)
    able = [tag for tag in library if tag.id not in lacks]
    quantiles = _thresholds(table, able)
    marks = {tag.id: holds(table, tag.when, quantiles=quantiles, measures=measures) for tag in able}
    return table.select("customer_id", **marks).order_by("customer_id").to_pandas().set_index("customer_id")


def _thresholds(table: ibis.Table, library: list[Tag]) -> dict[tuple[str, float], float | None]:
    """Compute every quantile that the library asks for, in one pass."""
    wanted = set().union(*(quantiles_asked(tag.when) for tag in library))
    asked = sorted((column, q) for column, q in wanted if column in table.columns)
    if not asked:
        return {}
    named = {f"q{n}": table[column].cast("float64").quantile(q) for n, (column, q) in enumerate(asked)}
    found = table.aggregate(**named).to_pyarrow().to_pylist()[0]
    return {key: found[f"q{n}"] for n, key in enumerate(asked)}


def assign(marks: pd.DataFrame, library: tuple[Tag, ...], *, as_of: date) -> pd.DataFrame:
    """List who has which tag, and until when: the ``tags`` table, one row per customer and tag.

    Parameters
    ----------
    marks
        From `mark`.
    library
        From `read_library`.
    as_of
        Day of the profile; tags are valid from it for their ``validity_days``.
    """
    customer, tag = np.nonzero(marks.to_numpy(dtype=bool))
    found = pd.DataFrame({"customer_id": marks.index[customer], "tag": marks.columns[tag]})
    own = pd.DataFrame(
        [(tag.id, tag.kind, as_of, as_of + timedelta(days=tag.validity_days)) for tag in library],
        columns=["tag", "kind", "since", "valid_until"],
    )
    return found.merge(own, on="tag", how="left")


def assign_estimated(library: tuple[Tag, ...], tables: Mapping[str, pd.DataFrame], *, as_of: date) -> pd.DataFrame:
    """List who has which tag of the kind ``model``: the ``model_tags`` table, from the tables that they look at."""
    marks = {name: mark(ibis.memtable(frame), library, of=name) for name, frame in tables.items()}
    return pd.concat([assign(one, library, as_of=as_of) for one in marks.values()], ignore_index=True)


def reach(marks: pd.DataFrame, library: tuple[Tag, ...], lacks: Mapping[str, list[str]]) -> pd.DataFrame:
    """Say of each tag in the library how many have it, or why it says nothing.

    Returns
    -------
    DataFrame
        ``tag``, ``theme``, ``kind``, ``label``, ``meaning``, ``customers``, ``share``, ``lacks`` (a list), and
        ``state``: ``assigned``, ``nobody``, ``everybody``, ``lacks`` (the business has no such data) or ``later`` (of a
        later notebook).
    """
    rows = [
        {
            **{name: getattr(tag, name) for name in ("theme", "kind", "label", "meaning", "validity_days")},
            "tag": tag.id,
            "customers": int(marks[tag.id].sum()) if tag.id in marks else 0,
            "lacks": lacks.get(tag.id, []),
            "state": _state(tag, marks, lacks),
        }
        for tag in library
    ]
    found = pd.DataFrame(rows)
    return found.assign(share=share("group_share", found["customers"], max(len(marks), 1)))


def _state(tag: Tag, marks: pd.DataFrame, lacks: Mapping[str, list[str]]) -> str:
    if tag.table is not None:
        return "later"
    if tag.id in lacks:
        return "lacks"
    if marks[tag.id].any():
        return "everybody" if marks[tag.id].all() else "assigned"
    return "nobody"


def by_theme(found: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Sum the library up by theme: tags in it and in use, and the customers who have at least one, of themes in use.

    Returns
    -------
    DataFrame
        ``theme``, ``tags``, ``facts``, ``rules``, ``in_use``, ``customers``, ``share``; most customers first.
    """
    used = found[found["state"] == "assigned"]
    rows = []
    for theme, part in found.groupby("theme", sort=True):
        names = used.loc[used["theme"] == theme, "tag"]
        kinds = part["kind"].value_counts()
        counted = {f"{kind}s": int(kinds.get(kind, 0)) for kind in ("fact", "rule", "model")}
        having = int(marks[names].any(axis=1).sum())
        rows.append({"theme": theme, "tags": len(part), **counted, "in_use": len(names), "customers": having})
    themes = pd.DataFrame(rows)
    themes["share"] = share("group_share", themes["customers"], max(len(marks), 1))
    return themes.sort_values(["customers", "theme"], ascending=[False, True], kind="stable", ignore_index=True)
