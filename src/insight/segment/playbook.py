"""The playbook: what each customer should get, by whom and why, from ``params/playbook.yaml``.

A rule says for whom it is by stage, value tier, traits of the behaviour group, and tags; the first rule that holds of
a customer counts, and the last one holds of everybody. So everybody gets one thing, and rules add up to all customers.

A rule that can hold of nobody is an error of the playbook, said when it is read: its conditions exclude each other, or
the rules before it take everybody. That a rule holds of nobody *in one business* is none: businesses share a playbook,
and one of them may have nobody in a stage this quarter, no data for a tag, or no group called so. Such a rule is idle
there, and the page says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError

from insight.config.parameters import PLAYBOOK, Bilingual, project_root
from insight.config.strict import Strict
from insight.config.yaml_text import read_yaml
from insight.contracts.tables.segment import STAGES, VALUE_TIERS
from insight.errors import ParameterError, did_you_mean, listed
from insight.profile.tagging.tags import Purpose, Tag
from insight.segment.traits import CATEGORY

TRAITS = (
    *("often", "basket", "range", "promoted", "discount", "weekend", "morning", "evening"),
    *("fees", "instalments"),
)
#: What each of them lists, in the order in which a rule's words name them.
_ASKED = ("stages", "tiers", "traits", "tags", "without_tags")


class Rule(Strict):
    """Who should get what: everything that ``who`` lists must hold; of several stages or tiers, one."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="name of the rule")
    stages: tuple[str, ...] = Field(default=(), description="stages that it is for; all where none is named")
    tiers: tuple[str, ...] = Field(default=(), description="value tiers that it is for; all where none is named")
    traits: dict[str, Literal["high", "low"]] = Field(default={}, description="what the group is called by")
    tags: tuple[str, ...] = Field(default=(), description="tags that the customer must have")
    without_tags: tuple[str, ...] = Field(default=(), description="tags that the customer must not have")
    action: Bilingual = Field(description="what is done")
    reason: Bilingual = Field(description="why")
    owner: Bilingual = Field(description="who does it")
    channel: Literal["none", "call", "message", "mail", "service"] = Field(
        description="by what the customer is reached"
    )
    purpose: Purpose = Field(description="what tags are used for here; each tag must allow it")

    @property
    def is_for_all(self) -> bool:
        """Say whether it holds of everybody."""
        return not any(getattr(self, name) for name in _ASKED)


def read_playbook(library: Sequence[Tag], path: Path | None = None) -> tuple[Rule, ...]:
    """Read and check the rules, in their order.

    Parameters
    ----------
    library
        The tags that rules may name, from `insight.profile.tagging.tags.read_library`.
    path
        ``params/playbook.yaml`` of the project when not given.

    Raises
    ------
    ParameterError
        Listing every problem: the rule, the key, and what is expected.
    """
    path = path or project_root() / "params" / f"{PLAYBOOK}.yaml"
    if not path.is_file():
        raise ParameterError(
            f"params/{path.name}: there is no such file. It says what each stage and group of customers should get: "
            "copy the one that comes with the project."
        )
    given = read_yaml(path).get("rules")
    if not isinstance(given, list) or not given:
        raise ParameterError(f"params/{path.name}: `rules`: expected a list of rules. Write at least one.")
    rules: list[Rule] = []
    problems: list[str] = []
    for place, one in enumerate(given, start=1):
        name = one.get("id", f"rule {place}") if isinstance(one, dict) else f"rule {place}"
        try:
            rules.append(Rule.model_validate(one))
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                inside = ".".join(map(str, problem["loc"])) or "it"
                problems.append(f"{name}: `{inside}`: {problem['msg'].removeprefix('Value error, ')}")
            continue
        problems += [f"{name}: {said}" for said in _wrong_names(rules[-1], library)]
    problems += [] if problems else _nobody_left(rules)
    if problems:
        raise ParameterError(f"params/{path.name}: what is written there cannot be a playbook" + listed(problems))
    return tuple(rules)


def _wrong_names(rule: Rule, library: Sequence[Tag]) -> Iterable[str]:
    tags = {tag.id: tag for tag in library if tag.table is None}  # others are decided after the page that counts
    known = {"stages": STAGES, "tiers": VALUE_TIERS, "traits": TRAITS, "tags": tuple(tags), "without_tags": tuple(tags)}
    for key in _ASKED:
        for name in getattr(rule, key):
            if name not in known[key] and not (key == "traits" and name.startswith(CATEGORY)):
                near = did_you_mean(name, known[key])
                yield f"`{key}`: expected one of those that there are before stages are counted, found `{name}`{near}"
    for name in (*rule.tags, *rule.without_tags):
        if name in tags and rule.purpose not in tags[name].purposes:
            allowed = ", ".join(tags[name].purposes)
            yield f"`purpose`: the tag `{name}` may not be used for `{rule.purpose}`, but for: {allowed}"
    both = sorted({*rule.tags} & {*rule.without_tags})
    if both:
        yield f"holds of nobody: `{both[0]}` stands under `tags` and under `without_tags`"


def _nobody_left(rules: Sequence[Rule]) -> Iterable[str]:
    names = [rule.id for rule in rules]
    yield from (f"{name}: given {names.count(name)} times" for name in sorted({n for n in names if names.count(n) > 1}))
    for place, rule in enumerate(rules):
        taken = _taken_by(rules[:place], _most_fitting(rule, rules[:place]))
        if "" not in taken:
            before = ", ".join(f"`{name}`" for name in dict.fromkeys(taken))
            yield f"{rule.id}: holds of nobody: rules before it take everybody whom it could be for ({before})"
    if not rules[-1].is_for_all:
        yield f"{rules[-1].id}: expected the last rule to be for everybody, without stages, tiers, traits and tags"


def _most_fitting(rule: Rule, before: Sequence[Rule]) -> "Customers":
    """Describe customers whom a rule is for and whom rules before it are least likely to take, of every kind one."""
    groups = {"A": [(name, side == "high") for name, side in rule.traits.items()]}
    spared = {tag for one in before for tag in one.without_tags} - {*rule.without_tags}
    kinds = list(product(rule.stages or STAGES, rule.tiers or VALUE_TIERS, (set(), spared)))
    segments = pd.DataFrame([(stage, tier) for stage, tier, _ in kinds], columns=["stage", "tier"]).assign(group="A")
    held = [(place, tag) for place, (*_, more) in enumerate(kinds) for tag in sorted({*rule.tags} | more)]
    return Customers(segments, groups, pd.DataFrame(held, columns=["customer_id", "tag"]))


def _taken_by(rules: Sequence[Rule], customers: "Customers", *, otherwise: str = "") -> list[str]:
    """Name for each customer the first rule that holds."""
    taken = np.full(len(customers), otherwise, dtype=object)
    for rule in reversed(rules):
        taken[customers.meet(rule)] = rule.id
    return list(taken)


@dataclass(frozen=True)
class Customers:
    """What rules look at.

    Attributes
    ----------
    segments
        ``stage, tier, group``, indexed by customer.
    traits
        What each group is called by: trait and whether it is high.
    tags
        ``customer_id, tag``.
    """

    segments: pd.DataFrame
    traits: Mapping[str, Sequence[tuple[str, bool]]]
    tags: pd.DataFrame

    def __len__(self) -> int:
        """Count them."""
        return len(self.segments)

    def meet(self, rule: Rule) -> np.ndarray:
        """Say of whom all conditions of a rule hold."""
        return np.logical_and.reduce([np.ones(len(self), dtype=bool), *self.by_condition(rule).values()])

    def by_condition(self, rule: Rule) -> dict[str, np.ndarray]:
        """Say of whom each kind of its conditions holds: those of ``stage``, ``tier``, ``group`` and ``tag``."""
        found = {}
        for name, allowed in (("stage", rule.stages), ("tier", rule.tiers)):
            if allowed:
                found[name] = self.segments[name].isin(allowed).to_numpy()
        if rule.traits:
            asked = {(name, side == "high") for name, side in rule.traits.items()}
            called = [letter for letter, told in self.traits.items() if asked <= {*told}]
            found["group"] = self.segments["group"].isin(called).to_numpy()
        if rule.tags or rule.without_tags:
            wanted = [self._have(tag) for tag in rule.tags] + [~self._have(tag) for tag in rule.without_tags]
            found["tag"] = np.logical_and.reduce(wanted)
        return found

    def _have(self, tag: str) -> np.ndarray:
        return self.segments.index.isin(self.tags.loc[self.tags["tag"] == tag, "customer_id"])


def assign(rules: Sequence[Rule], customers: Customers) -> pd.Series:
    """Give each customer the first rule that holds."""
    taken = _taken_by(rules, customers, otherwise=rules[-1].id)
    return pd.Series(taken, index=customers.segments.index, name="rule")


def count(rules: Sequence[Rule], customers: Customers) -> pd.DataFrame:
    """Count the customers of each rule, and say why one is idle.

    Returns
    -------
    DataFrame
        ``rule, customers, idle``; the last is empty for a rule in use, else ``stage``, ``tier``, ``group`` or ``tag``
        where nobody meets its condition of that kind, ``together`` where nobody meets all of them, and ``earlier``
        where rules before it take everybody.
    """
    first = assign(rules, customers).value_counts()
    rows = [(rule.id, int(first.get(rule.id, 0)), _why_idle(rule, customers)) for rule in rules]
    found = pd.DataFrame(rows, columns=["rule", "customers", "idle"])
    return found.assign(idle=found["idle"].where(found["customers"] == 0, ""))


def _why_idle(rule: Rule, customers: Customers) -> str:
    met = customers.by_condition(rule)
    alone = next((kind for kind, held in met.items() if not held.any()), None)
    return alone or ("earlier" if customers.meet(rule).any() else "together")
