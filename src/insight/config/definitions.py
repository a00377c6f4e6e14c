"""The dictionary of definitions: every measure that a page states, read from ``params/definitions.yaml``.

A measure says what it counts, of which population, and for a share what of what: its numerator lies within
its denominator, which is checked when the dictionary is read, and again when `share` divides.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from insight.config.parameters import DICTIONARY, Bilingual, project_root
from insight.errors import ParameterError, listed

FILE = f"params/{DICTIONARY}.yaml"
Unit = Literal[
    "customers",
    "rows",
    "records",
    "count",
    "days",
    "weeks",
    "currency",
    "share",
    "points",
    "number",
    "index",
    "score",
    "hours",
]


class Measure(BaseModel):
    """One entry of the dictionary.

    Parameters
    ----------
    within
        The measure of the population that a count is part of: who is quiet is a buyer.
    numerator, denominator
        Of a share or a mean, the measures that are divided.
    source
        Tables and columns that it is computed of, as ``table.column``; a parameter as ``params.name``.
    owner
        Who answers for the definition.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Bilingual
    definition: Bilingual
    unit: Unit
    within: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    source: tuple[str, ...] = Field(min_length=1)
    owner: str


class Definitions(BaseModel):
    """The dictionary: the owners and the measures, each by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owners: dict[str, Bilingual]
    measures: dict[str, Measure]

    def populations(self, measure: str) -> list[str]:
        """List a measure and the populations that it lies within, the nearest first."""
        found: list[str] = []
        name: str | None = measure
        while name is not None and name not in found:
            found.append(name)
            name = self.measures[name].within if name in self.measures else None
        return found

    def problems(self) -> list[str]:
        """List what contradicts itself: names that are not defined, circles, shares of what does not hold them."""
        found = []
        for name, measure in self.measures.items():
            named = {part: getattr(measure, part) for part in ("within", "numerator", "denominator")}
            unknown = [f"{part} `{other}`" for part, other in named.items() if other and other not in self.measures]
            found += [f"{name}: {each} is not defined" for each in unknown]
            if measure.owner not in self.owners:
                found.append(f"{name}: owner `{measure.owner}` is not among the owners")
            if bool(measure.numerator) != bool(measure.denominator):
                found.append(f"{name}: a numerator and a denominator go together")
            if unknown:
                continue
            if getattr(self.measures.get(self.populations(name)[-1]), "within", None):
                found.append(f"{name}: lies within itself")
            parts = self.populations(measure.numerator) if measure.unit == "share" and measure.numerator else []
            if parts and measure.denominator not in parts:
                found.append(f"{name}: `{measure.numerator}` does not lie within `{measure.denominator}`")
        return found


def read_definitions(path: Path, *, shipped: Definitions | None = None) -> Definitions:
    """Read and check a dictionary of definitions; what it does not define is as in the ``shipped`` one.

    Raises
    ------
    ParameterError
        Listing every problem with the measure that it is about.
    """
    try:
        read = Definitions.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER))
        if shipped:
            owners, measures = shipped.owners | read.owners, shipped.measures | read.measures
            read = Definitions(owners=owners, measures=measures)
        problems = read.problems()
    except OSError:
        problems = ["the file cannot be read"]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problems = [f"line {mark.line + 1}: expected YAML" if mark else "expected YAML in UTF-8"]
    except ValidationError as error:
        problems = [_in_words(problem) for problem in error.errors(include_url=False)]
    if problems:
        raise ParameterError(f"{FILE}: what is written there cannot be a dictionary" + listed(problems))
    return read


def _in_words(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"]) or "the file"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def definitions() -> Definitions:
    """Give the dictionary of the project; a measure that it lacks is defined as in that of this installation.

    A project may be older than the installation. What it does not define can only be what this installation counts,
    so the shipped definition is the right one, and no page has to wait for it.
    """
    own, shipped = project_root() / FILE, Path(__file__).parents[3] / FILE
    if not own.is_file() or own == shipped:
        return read_definitions(shipped)
    return read_definitions(own, shipped=read_definitions(shipped) if shipped.is_file() else None)


def share(measure: str, numerator: Any, denominator: Any) -> Any:
    """Divide two counts or amounts, or two columns of them, into a share as the dictionary defines it; NaN of none.

    Raises
    ------
    ValueError
        If the measure is no share, or if there is more above than below, so that one is not part of the other.

    Examples
    --------
    >>> float(share("quiet_share", 40, 200))
    0.2
    """
    defined = definitions().measures[measure]
    if defined.unit != "share" or not defined.numerator:
        raise ValueError(f"{measure}: expected a share with a numerator and a denominator in {FILE}")
    if np.any(numerator < 0) or np.any(numerator > denominator):
        raise ValueError(
            f"{measure}: expected `{defined.numerator}` to be part of `{defined.denominator}`, found more of it than "
            "there is. Count both of the same population."
        )
    with np.errstate(invalid="ignore"):
        return np.divide(numerator, denominator, dtype=float)


def shares_of_sum(measure: str, parts: Any) -> Any:
    """Give each of several net amounts as a share of their sum; NaN for one that is no part of it, refunds being more.

    Examples
    --------
    >>> shares_of_sum("spend_share", np.array([60.0, 45.0, -5.0])).tolist()
    [0.6, 0.45, nan]
    """
    whole = parts.sum()
    is_part = (parts >= 0) & (parts <= whole) & (whole > 0)
    return share(measure, np.where(is_part, parts, np.nan), whole if whole > 0 else np.nan)
