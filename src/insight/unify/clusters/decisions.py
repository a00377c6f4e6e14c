"""Reviewers' decisions about pairs of records and merges, applied to the clusters of a run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.contracts import RECORD_KEY
from insight.errors import ContractError, listed
from insight.unify.clusters.cluster import components

KEYS = list(RECORD_KEY)
Record = tuple[str, str]


@dataclass(frozen=True)
class Decisions:
    """Decisions as they are kept between runs.

    Attributes
    ----------
    must_link
        Pairs of records, each ``(source_system, source_record_id)``, that are one person.
    cannot_link
        Pairs of records that are two people.
    undo
        Ids that a merge took away: their records leave the id that they were merged into, get
        their own again, and stay apart from then on.
    """

    must_link: Sequence[tuple[Record, Record]] = ()
    cannot_link: Sequence[tuple[Record, Record]] = ()
    undo: Sequence[str] = ()


def apply_decisions(
    records: pd.DataFrame, decisions: Decisions, *, was: pd.Series, moves: pd.DataFrame
) -> tuple[np.ndarray, dict[int, str]]:
    """Apply the decisions to the clusters: join, split, and give undone ids back.

    Parameters
    ----------
    records
        Sorted by key, with ``cluster``.
    was
        Each record's id in the last run.
    moves
        Records that changed their id, as `Identities` keeps them.

    Returns
    -------
    parts, reserved
        Part number of each record, from 0 in the order of first records; and the parts whose id
        was given back by an undo.

    Raises
    ------
    ContractError
        If decisions contradict one another, or an undo names an id that no merge took away.
    """
    parts = pd.factorize(records["cluster"])[0]
    if not (decisions.must_link or decisions.cannot_link or decisions.undo):
        return parts, {}
    number = dict(zip(records[KEYS].itertuples(index=False, name=None), range(len(records)), strict=True))
    undone = _undone(decisions.undo, moves, number)
    parts = _set_apart(parts, undone)
    must = _numbered(decisions.must_link, number)
    joined = _joined(parts, must)
    _refuse_joined_again(joined, undone, records["cluster"].to_numpy(), decisions.undo)
    cannot = _numbered(decisions.cannot_link, number)
    _refuse_contradictions(must, cannot, len(records))
    parts = pd.factorize(_parted(joined, must, cannot, was))[0]
    return parts, _reserved(parts, undone, decisions.undo)


def _numbered(pairs: Sequence[tuple[Record, Record]], number: dict[Record, int]) -> list[tuple[int, int, int]]:
    """Give each pair whose records were both delivered as row numbers, with its place among the decisions."""
    known = [(tuple(one), tuple(other), at) for at, (one, other) in enumerate(pairs, start=1)]
    return [(number[one], number[other], at) for one, other, at in known if one in number and other in number]


def _undone(ids: Sequence[str], moves: pd.DataFrame, number: dict[Record, int]) -> list[np.ndarray]:
    """Find the records that had each id when it was last merged into another."""
    found, unknown = [], []
    for at, customer in enumerate(ids, start=1):
        merges = moves[(moves["kind"] == "merged") & (moves["old_customer_id"] == customer)]
        if merges.empty:
            unknown.append(f"undo {at}: {customer} was not merged into another")
        last = merges[merges["entry"] == merges["entry"].max()]
        rows = [number[key] for key in last[KEYS].itertuples(index=False, name=None) if key in number]
        found.append(np.array(rows, dtype=int))
    if unknown:
        raise ContractError(
            f"decisions: {len(unknown)} id(s) cannot be given back{listed(unknown)}\n"
            "Take the old_customer_id of a row of the kind `merged` in identity_log."
        )
    return found


def _set_apart(parts: np.ndarray, undone: list[np.ndarray]) -> np.ndarray:
    marks = np.zeros(len(parts), dtype=int)
    for at, rows in enumerate(undone, start=1):
        marks[rows] = at
    return pd.factorize(pd.MultiIndex.from_arrays([parts, marks]))[0]


def _joined(parts: np.ndarray, must: list[tuple[int, int, int]]) -> np.ndarray:
    left = np.array([parts[one] for one, _, _ in must], dtype=int)
    right = np.array([parts[other] for _, other, _ in must], dtype=int)
    return components(int(parts.max(initial=-1)) + 1, left, right)[parts]


def _refuse_joined_again(
    joined: np.ndarray, undone: list[np.ndarray], clusters: np.ndarray, undo: Sequence[str]
) -> None:
    problems = []
    for customer, rows in zip(undo, undone, strict=True):
        others = np.setdiff1d(np.flatnonzero(np.isin(clusters, clusters[rows])), rows)
        if np.isin(joined[others], joined[rows]).any():
            problems.append(f"undo of {customer}: must_link joins its records with those it was merged with")
    _refuse(problems)


def _refuse_contradictions(must: list[tuple[int, int, int]], cannot: list[tuple[int, int, int]], records: int) -> None:
    atoms = _joined(np.arange(records), must)
    _refuse([f"cannot_link {at}: must_link says the same two are one" for a, b, at in cannot if atoms[a] == atoms[b]])


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ContractError(
            f"decisions: {len(problems)} contradict others{listed(problems)}\nTake one of each two back."
        )


def _parted(
    joined: np.ndarray, must: list[tuple[int, int, int]], cannot: list[tuple[int, int, int]], was: pd.Series
) -> np.ndarray:
    """Split the clusters that hold two records which cannot be one person."""
    broken = [(one, other) for one, other, _ in cannot if joined[one] == joined[other]]
    parts = joined + 0
    if not broken:
        return parts
    atoms = _joined(np.arange(len(joined)), must)
    enemies: dict[int, set[int]] = {}
    for one, other in broken:
        enemies.setdefault(atoms[one], set()).add(atoms[other])
        enemies.setdefault(atoms[other], set()).add(atoms[one])
    previous = was.to_numpy(dtype=object)
    for cluster in np.unique([joined[one] for one, _ in broken]):
        rows = np.flatnonzero(joined == cluster)
        parts[rows] = parts.max() + 1 + _colours(rows, atoms[rows], enemies, previous[rows])
    return parts


def _colours(rows: np.ndarray, atoms: np.ndarray, enemies: dict[int, set[int]], previous: np.ndarray) -> np.ndarray:
    """Assign each group of must-linked records to a part without a cannot-link, of its previous id if possible.

    Those with a cannot-link choose first, so that the others find the records of their id already in place.
    """
    order = sorted(dict.fromkeys(atoms.tolist()), key=lambda atom: (atom not in enemies, rows[atoms == atom][0]))
    members: list[set[int]] = []
    ids: list[set[str]] = []
    place: dict[int, int] = {}
    for atom in order:
        mine = {one for one in previous[atoms == atom] if isinstance(one, str)}
        free = [at for at, there in enumerate(members) if not there & enemies.get(atom, set())]
        liked = [at for at in free if ids[at] & mine]
        if not free:
            members.append(set())
            ids.append(set())
        at = (liked or free or [len(members) - 1])[0]
        members[at].add(atom)
        ids[at] |= mine
        place[atom] = at
    return np.array([place[atom] for atom in atoms.tolist()])


def _reserved(parts: np.ndarray, undone: list[np.ndarray], undo: Sequence[str]) -> dict[int, str]:
    """Assign each undone id to the part with most of its records, the first among equals."""
    reserved: dict[int, str] = {}
    for customer, rows in zip(undo, undone, strict=True):
        if len(rows):
            found, votes = np.unique(parts[rows], return_counts=True)
            reserved[int(found[np.argmax(votes)])] = customer
    return reserved
