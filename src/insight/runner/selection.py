"""Which notebooks a run executes: those that were asked for, what they need, and what must have run before them."""

from insight.config.parameters import Parameters
from insight.errors import ParameterError
from insight.runner.freshness import Step
from insight.storage.store import Store


def choose(steps: list[Step], only: list[str]) -> list[Step]:
    """Choose the notebooks whose names begin with what was asked for; all where nothing was."""
    chosen = [step for step in steps if not only or any(step.name.startswith(name) for name in only)]
    for name in only:
        if not any(step.name.startswith(name) for step in steps):
            raise ParameterError(
                f"--only: no notebook begins with `{name}`. There are: {', '.join(s.name for s in steps)}."
            )
    return chosen


def refuse_without_what_comes_before(chosen: list[Step], steps: list[Step], store: Store, params: Parameters) -> None:
    """Refuse to run notebooks before those that make what they need, and name these."""
    others = [step for step in steps if step not in chosen]
    first = {other.name for step in chosen for other in _unmade(step, others, store, params)}
    if first:
        named = " ".join(f"--only {name.split('_')[0]}" for name in sorted(first))
        raise ParameterError(
            f"--only: {', '.join(step.name for step in chosen)} cannot run before {', '.join(sorted(first))}. "
            f"Run: insight run {store.folder.name} {named}"
        )


def _unmade(step: Step, others: list[Step], store: Store, params: Parameters) -> list[Step]:
    """List those of the other notebooks that could run and would make what this one needs, and have not run."""
    lacking, ran = {item.split(".")[0] for item in missing(step, store, params)}, store.manifest()["steps"]
    unmade = []
    for other in others:
        if other.name not in ran and step.follows(other) and not lacking.isdisjoint(other.writes):
            before = _unmade(other, others, store, params)
            made = {table for one in before for table in one.writes}
            if made.issuperset(item.split(".")[0] for item in missing(other, store, params)):
                unmade += [*before, other]
    return unmade


def missing(step: Step, store: Store, params: Parameters) -> list[str]:
    """List the tables and columns that a notebook needs and the business does not have."""
    from insight.sources.records import PEOPLE
    from insight.unify.privacy.vault_session import brings_people

    outputs = store.outputs()

    def is_there(item: str) -> bool:
        table, _, column = item.partition(".")
        described = outputs.get(f"{table}.parquet")
        if item == "raw":
            return True
        if item == PEOPLE:
            return brings_people(params)  # in the vault, where the manifest does not look
        if described is None or not column:
            return described is not None
        return described["filled"].get(column, 0) > 0

    return [item for item in step.needs if not is_there(item)]
