"""The state between runs, in the vault: issued ids, decisions of reviewers, the trained model."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

from insight.unify.clusters.decisions import KEYS, Decisions
from insight.unify.identity.identity import CROSSWALK_COLUMNS, LOG_COLUMNS, MOVES_COLUMNS, Identities
from insight.unify.privacy.vault import Vault

#: Decisions about pairs of records, and about merges, one row each; written by `insight review`.
DECISIONS = "decisions"
DECIDED_COLUMNS = ["decision", *(f"{key}_{side}" for side in "12" for key in KEYS), "customer_id"]
SAME, APART, UNDO = "same", "apart", "undo"
_STATES = {"crosswalk": CROSSWALK_COLUMNS, "moves": MOVES_COLUMNS, "log": LOG_COLUMNS}
_BEFORE = "before_"


@dataclass(frozen=True)
class Memory:
    """What a run starts from.

    Attributes
    ----------
    now
        Ids as the last run left them.
    before
        Ids as the last run found them.
    clusters
        Digest of the clusters and decisions that made ``now`` out of ``before``.
    model
        The learned model with the settings that it was learned under; None on the first run.
    decided
        Decisions of people, as kept.
    """

    now: Identities = field(default_factory=Identities)
    before: Identities = field(default_factory=Identities)
    clusters: str = ""
    model: dict[str, Any] | None = None
    decided: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DECIDED_COLUMNS, dtype=object))

    @property
    def decisions(self) -> Decisions:
        """The decisions as `assign_ids` takes them."""
        return as_decisions(self.decided)


def load_state(vault: Vault) -> Memory:
    """Load the state of the last run; an empty one on the first."""
    there = set(vault.tables())
    decided = _frame(vault, DECISIONS) if DECISIONS in there else Memory().decided
    if "crosswalk" not in there:
        return Memory(decided=decided)
    facts = json.loads(vault.read("memory")["facts"][0].as_py())
    now, before = (_identities(vault, prefix) for prefix in ("", _BEFORE))
    return Memory(now, before, facts["clusters"], facts["model"], decided)


def as_tables(memory: Memory) -> dict[str, pa.Table]:
    """Give the state as tables of the vault, without decisions, which are written when they are made."""
    tables = {}
    for prefix, state in (("", memory.now), (_BEFORE, memory.before)):
        for name in _STATES:
            frame = getattr(state, name)
            tables[f"{prefix}{name}"] = pa.Table.from_pandas(frame, preserve_index=False)
    facts = json.dumps({"clusters": memory.clusters, "model": memory.model})
    return tables | {"memory": pa.table({"facts": [facts]})}


def as_decisions(decided: pd.DataFrame) -> Decisions:
    """Turn the rows of the decisions table into `Decisions`.

    Examples
    --------
    >>> as_decisions(pd.DataFrame([["undo", None, None, None, None, "C7"]], columns=DECIDED_COLUMNS)).undo
    ('C7',)
    """

    def pairs(kind: str) -> tuple:
        rows = decided[decided["decision"] == kind]
        sides = [[f"{key}_{side}" for key in KEYS] for side in "12"]
        return tuple(zip(*(rows[side].itertuples(index=False, name=None) for side in sides), strict=True))

    return Decisions(pairs(SAME), pairs(APART), tuple(decided.loc[decided["decision"] == UNDO, "customer_id"]))


def digest_of(clusters: pd.DataFrame, decided: pd.DataFrame) -> str:
    """Hash the clusters and decisions of a run: the same hash means that the same ids must come out."""
    told = hashlib.sha256()
    for frame in (clusters, decided.astype(str)):
        told.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes() + b"|")
    return told.hexdigest()


def _identities(vault: Vault, prefix: str) -> Identities:
    frames = {}
    for name, columns in _STATES.items():
        frame = _frame(vault, f"{prefix}{name}")
        frames[name] = frame.astype(object)[columns] if frame.empty else frame[columns]
    return Identities(**frames)


def _frame(vault: Vault, table: str) -> pd.DataFrame:
    return vault.read(table).to_pandas()
