"""Decisions about uncertain pairs and merges: listed from the vault, kept in it, honoured by the next run."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from insight.errors import MissingTableError, ParameterError, listed
from insight.storage.workspace import vault_folder
from insight.unify.identity.memory import APART, DECIDED_COLUMNS, DECISIONS, SAME, UNDO, load_state
from insight.unify.privacy.vault import Vault

_SIDES = [name for name in DECIDED_COLUMNS if name[-1] in "12"]


def decisions_file(dataset: str) -> Path:
    """Name the file of decisions, which is there once one was made: notebook 15 runs again when it changes."""
    return vault_folder(dataset) / f"{DECISIONS}.parquet"


def open_pairs(vault: Vault) -> pd.DataFrame:
    """Give the pairs that wait for a person, the most doubtful first.

    Returns
    -------
    DataFrame
        ``number``, the keys of both records, ``probability``, ``joined``, ``kind``, ``speaks_for``,
        ``speaks_against``. Numbers hold until the next run.
    """
    queue = _queue(vault)
    decided = load_state(vault).decided
    done = {tuple(row) for row in decided[_SIDES].itertuples(index=False)}
    return queue[[tuple(row) not in done for row in queue[_SIDES].itertuples(index=False)]].reset_index(drop=True)


def decide(
    vault: Vault, *, same: Sequence[int] = (), apart: Sequence[int] = (), undo: Sequence[str] = ()
) -> pd.DataFrame:
    """Keep decisions: pairs, by their number, that are one person or two; ids that a merge took and that come back.

    Raises
    ------
    ParameterError
        If a number or id is not there, or one pair is to be both.

    Returns
    -------
    DataFrame
        All decisions that are kept now.
    """
    queue, memory = _queue(vault).set_index("number"), load_state(vault)
    merged = set(memory.now.moves.loc[memory.now.moves["kind"] == "merged", "old_customer_id"])
    problems = [f"pair {number}: is not in the queue" for number in [*same, *apart] if number not in queue.index]
    problems += [f"pair {number}: cannot be the same and apart" for number in sorted(set(same) & set(apart))]
    problems += [f"id {customer}: was not merged into another" for customer in undo if customer not in merged]
    if problems:
        raise ParameterError(f"review: {len(problems)} decision(s) cannot be kept" + listed(problems))
    rows = [(SAME, *queue.loc[number, _SIDES], None) for number in same]
    rows += [(APART, *queue.loc[number, _SIDES], None) for number in apart]
    rows += [(UNDO, *[None] * len(_SIDES), customer) for customer in undo]
    fresh = pd.DataFrame(rows, columns=DECIDED_COLUMNS, dtype=object)
    both = pd.concat([memory.decided.astype(object), fresh], ignore_index=True)
    kept = both.drop_duplicates([*_SIDES, "customer_id"], keep="last", ignore_index=True)
    vault.write(**{DECISIONS: pa.Table.from_pandas(kept, preserve_index=False)})
    return kept


def _queue(vault: Vault) -> pd.DataFrame:
    if "review" not in vault.tables():
        raise MissingTableError(f"review: {vault.dataset} has not been linked yet. Run: insight link {vault.dataset}")
    return vault.read("review").to_pandas()
