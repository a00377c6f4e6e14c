"""Persistent ids: the issued ``customer_id`` of each cluster, run after run.

A cluster's label says nothing about tomorrow: it is the number of its first record. So ids are
*issued* from a counter and remembered, record by record, in the crosswalk. A pure function of the
clusters, of what was known before and of the decisions of people: nothing is trained or drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from insight.errors import ContractError, listed
from insight.unify.clusters.decisions import KEYS, Decisions, apply_decisions
from insight.unify.identity.issue import claim, issue

CROSSWALK_COLUMNS = [*KEYS, "customer_id", "match_probability", "since"]
MOVES_COLUMNS = ["entry", "day", "kind", "old_customer_id", "new_customer_id", *KEYS]
LOG_COLUMNS = ["entry", "day", "kind", "old_customer_id", "new_customer_id", "records", "customers"]


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})


@dataclass(frozen=True)
class Identities:
    """What is known of ids after a run, and what the next run starts from.

    Attributes
    ----------
    crosswalk
        One row per record ever delivered: its keys, ``customer_id``, ``match_probability``, ``since``.
    moves
        One row per record that changed its id: ``entry`` of the log, ``day``, ``kind``, old and new
        id, the record's keys. Like the crosswalk it names records, and belongs into the vault.
    log
        One row per change, without records' keys: ``issued`` once a run (the last id and how many
        ``customers``), ``merged``, ``split`` and ``restored`` with old and new id and how many ``records``.
    """

    crosswalk: pd.DataFrame = field(default_factory=lambda: _empty(CROSSWALK_COLUMNS))
    moves: pd.DataFrame = field(default_factory=lambda: _empty(MOVES_COLUMNS))
    log: pd.DataFrame = field(default_factory=lambda: _empty(LOG_COLUMNS))


def assign_ids(
    clusters: pd.DataFrame,
    known: Identities | None = None,
    *,
    decisions: Decisions | None = None,
    seed: int,
    day: date | None,
) -> Identities:
    """Assign every cluster the previous id of most of its records, or a new one where they have none.

    Parameters
    ----------
    clusters
        One row per record of this run: ``source_system``, ``source_record_id``, ``cluster`` (any
        label) and, where it is known, ``match_probability``. In any order.
    known
        What the last run returned; nothing on the first.
    decisions
        What people decided about pairs and merges; honoured on every run that is given them.
    seed
        Key of the order in which ids are issued; keep it between runs.
    day
        Last day of the data, for the log; none where the data has no days.

    Returns
    -------
    Identities
        Sorted, and the same for the same input in any order.

    Raises
    ------
    ContractError
        If a record's key is missing or repeats, or decisions contradict one another.

    Notes
    -----
    Where two clusters hold records of one id, the one with more of them keeps it; ties go to the
    id that is in use for longest, then to the record whose key comes first. A cluster left over
    takes the id that most of its records had *before* a merge took it away, so that undoing a
    merge, or linking that changes its mind, restores ids instead of issuing others. Records that
    are not delivered any more keep their id, and follow it when it is merged.

    Examples
    --------
    >>> clusters = pd.DataFrame({"source_system": "crm", "source_record_id": ["a", "b", "c"], "cluster": [0, 0, 1]})
    >>> first = assign_ids(clusters, seed=1, day=date(2024, 1, 1))
    >>> first.crosswalk["customer_id"].nunique()
    2
    >>> merged = assign_ids(clusters.assign(cluster=0), first, seed=1, day=date(2024, 2, 1))
    >>> merged.log["kind"].tolist()
    ['issued', 'merged']
    """
    known = known or Identities()
    records = _checked(clusters)
    before = records[KEYS].merge(known.crosswalk.assign(row=range(len(known.crosswalk))), on=KEYS, how="left")
    if len(before) > len(records):
        raise ContractError("crosswalk: a record stands in it twice. Restore the vault from a backup.")
    was = before["customer_id"].astype(object)
    decisions = decisions or Decisions()
    parts, reserved = apply_decisions(records, decisions, was=was, moves=known.moves)
    ids, restored = _named(parts, was, records, known=known, reserved=reserved)
    fresh = ids.isna()
    new_ids = issue(int(fresh.sum()), seed=seed, issued=_issued(known), taken=_taken(known))
    ids[fresh] = new_ids
    now = ids.to_numpy()[parts]
    crosswalk = _crosswalk(records, now, before, day=day)
    changes = _changes(records, was, now)
    absent, followed = _absent(known.crosswalk, before["row"], changes, day=day)
    changes = pd.concat([changes, followed], ignore_index=True)
    moves, log = _logged(changes, restored, known=known, day=day, new_ids=new_ids)
    crosswalk = _whole([crosswalk, absent]).sort_values(KEYS, ignore_index=True)
    return Identities(crosswalk[CROSSWALK_COLUMNS], _whole([known.moves, moves]), _whole([known.log, log]))


def ids_kept(before: pd.DataFrame, after: pd.DataFrame) -> tuple[int, int]:
    """Count the customers whose records are the same as before, and how many of them kept their id.

    Parameters
    ----------
    before, after
        Crosswalks of two runs.

    Returns
    -------
    (int, int)
        Those that kept their id, and all that were left untouched.

    Examples
    --------
    >>> before = pd.DataFrame({"source_system": "crm", "source_record_id": ["a", "b"], "customer_id": ["C1", "C2"]})
    >>> ids_kept(before, before.assign(customer_id=["C1", "C9"]))
    (1, 2)
    """
    both = before[[*KEYS, "customer_id"]].merge(
        after[[*KEYS, "customer_id"]], on=KEYS, how="outer", suffixes=("_old", "_new")
    )
    pairs = both[["customer_id_old", "customer_id_new"]].drop_duplicates()
    # a customer that lost, gained or exchanged a record stands in two pairs, or in one with nobody
    one_way = ~pairs["customer_id_old"].duplicated(keep=False) & ~pairs["customer_id_new"].duplicated(keep=False)
    pairs = pairs[one_way].dropna()
    return int((pairs["customer_id_old"] == pairs["customer_id_new"]).sum()), len(pairs)


def _whole(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate the parts that have rows: an empty frame would change the types."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0].iloc[:0].copy()


def _checked(clusters: pd.DataFrame) -> pd.DataFrame:
    """Sort the records by key, the order in which ids are issued, and refuse keys that repeat or are missing."""
    keys = clusters[KEYS]
    problems = []
    if missing := int(keys.isna().any(axis=1).sum()):
        problems.append(f"a key is missing in {missing} row(s)")
    if repeated := int(keys.duplicated().sum()):
        problems.append(f"a record repeats in {repeated} row(s) (one row should be one record)")
    if unlabelled := int(clusters["cluster"].isna().sum()):
        problems.append(f"cluster is missing in {unlabelled} row(s)")
    if problems:
        raise ContractError(f"clusters: {len(problems)} problem(s){listed(problems)}")
    records = clusters.sort_values(KEYS, ignore_index=True)
    records[KEYS] = records[KEYS].astype(object)
    if "match_probability" not in records:
        records["match_probability"] = np.nan
    return records


def _named(
    parts: np.ndarray, was: pd.Series, records: pd.DataFrame, *, known: Identities, reserved: dict[int, str]
) -> tuple[pd.Series, set[str]]:
    """Find each cluster's id among the current and earlier ids of its records; missing where there is none."""
    ids = pd.Series([None] * (int(parts.max(initial=-1)) + 1), dtype=object)
    for part, customer in reserved.items():
        ids[part] = customer
    since = pd.to_datetime(known.crosswalk["since"]).groupby(known.crosswalk["customer_id"]).min()
    claim(ids, parts, was, since=since)
    living = _distinct(known.crosswalk["customer_id"])
    if ids.isna().any() and len(known.moves):
        # a record's last id before its current one, if no record has it now
        last = known.moves.drop_duplicates(KEYS, keep="last").rename(columns={"old_customer_id": "previous"})
        previous = records[KEYS].merge(last[[*KEYS, "previous"]], on=KEYS, how="left")["previous"]
        claim(ids, parts, previous.mask(previous.isin(living)), since=since)
    return ids, set(ids.dropna()) - living


def _issued(known: Identities) -> int:
    rows = known.log[known.log["kind"] == "issued"]
    return int(rows["customers"].sum())


def _taken(known: Identities) -> set[str]:
    logged = [_distinct(known.log[f"{which}_customer_id"]) for which in ("old", "new")]
    return _distinct(known.crosswalk["customer_id"]).union(*logged)


def _distinct(ids: pd.Series) -> set[str]:
    return set(ids.dropna().unique().tolist())


def _crosswalk(records: pd.DataFrame, now: np.ndarray, before: pd.DataFrame, *, day: date | None) -> pd.DataFrame:
    kept = before["customer_id"].to_numpy() == now
    return records[KEYS].assign(
        customer_id=now,
        match_probability=records["match_probability"].astype(float),
        since=np.where(kept, before["since"].to_numpy(dtype=object), np.array(day, object)),
    )


def _changes(records: pd.DataFrame, was: pd.Series, now: np.ndarray) -> pd.DataFrame:
    moved = was.notna().to_numpy() & (was.to_numpy() != now)
    changes = records.loc[moved, KEYS].assign(old_customer_id=was[moved], new_customer_id=now[moved])
    # an id that other records keep, or that went two ways, was split; one that went one way was merged
    gone = ~changes["old_customer_id"].isin(pd.unique(now))
    ways = changes.groupby("old_customer_id")["new_customer_id"].transform("nunique")
    return changes.assign(kind=np.where(gone & (ways == 1), "merged", "split"))


def _absent(
    crosswalk: pd.DataFrame, delivered: pd.Series, changes: pd.DataFrame, *, day: date | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the crosswalk's records that were not delivered, with the id that theirs was merged into."""
    here = np.zeros(len(crosswalk), dtype=bool)
    here[delivered.dropna().astype(int)] = True
    absent = crosswalk[~here].copy()
    merged = changes[changes["kind"] == "merged"].drop_duplicates("old_customer_id")
    goes = absent["customer_id"].map(merged.set_index("old_customer_id")["new_customer_id"])
    follows = goes.notna()
    followed = absent.loc[follows, KEYS].assign(
        old_customer_id=absent.loc[follows, "customer_id"], new_customer_id=goes[follows], kind="merged"
    )
    absent["customer_id"] = goes.where(follows, absent["customer_id"])
    absent.loc[follows, "since"] = day
    return absent, followed


def _logged(
    changes: pd.DataFrame, restored: set[str], *, known: Identities, day: date | None, new_ids: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the new entries of moves and log: one per pair of ids that records moved between, one for ids issued."""
    entry = int(known.log["entry"].max()) + 1 if len(known.log) else 1
    changes = changes.copy()
    changes.loc[changes["new_customer_id"].isin(restored), "kind"] = "restored"
    pair = ["kind", "old_customer_id", "new_customer_id"]
    rows = changes.groupby(pair, as_index=False).size().rename(columns={"size": "records"})
    rows = rows.sort_values(pair, ignore_index=True).assign(customers=0)
    if new_ids:
        issued = pd.DataFrame([("issued", None, new_ids[-1], 0, len(new_ids))], columns=[*pair, "records", "customers"])
        rows = _whole([issued.astype({"old_customer_id": object}), rows])
    rows = rows.assign(entry=np.arange(entry, entry + len(rows)), day=day)
    moves = changes.merge(rows[[*pair, "entry", "day"]], on=pair).sort_values(["entry", *KEYS], ignore_index=True)
    return moves[MOVES_COLUMNS], rows[LOG_COLUMNS]
