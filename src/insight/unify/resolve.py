"""Customers from records: linked, with persistent ids and a golden record, kept in the vault."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.contracts import RECORD_KEY
from insight.errors import Unavailable, no_values
from insight.sources.records import PEOPLE, column_name
from insight.unify.evaluate.costs import per_record
from insight.unify.identity.golden import golden_records
from insight.unify.identity.identity import Identities, assign_ids, ids_kept
from insight.unify.identity.issued import crosswalk_table, customers_from, known_by_key_alone, under_issued_ids
from insight.unify.identity.memory import Memory, as_tables, digest_of, load_state
from insight.unify.link import Linked, LinkSettings, link_records
from insight.unify.model.model import restored
from insight.unify.privacy.free_text import without_people
from insight.unify.privacy.staged import staged_truth
from insight.unify.privacy.vault_session import VaultSession
from insight.unify.standardise.phone_region import region_of

# a model that was learned on fewer than half of today's records is learned again
_OUTGROWN = 2


@dataclass(frozen=True)
class People:
    """What became of the records of people.

    Attributes
    ----------
    tables
        What was delivered, under issued ids and with ``customers``; the records themselves are not in it.
    records
        The delivered records with ``customer_id``, on the vault's connection.
    linked
        Pairs, model, clusters, and everything that explains them.
    customer_id
        Each record's issued id, in the order of ``linked.records``.
    truth
        Who is behind each record, in the same order.
    memory
        Ids before and now, decisions, model: what the next run starts from.
    review
        Uncertain pairs that nobody has decided yet, numbered from 1.
    totals
        What each record bought, and how often it was contacted, in the same order.
    known_by_key
        How many customers are known by a key alone.
    """

    tables: dict[str, Table]
    records: Table
    golden: Table
    linked: Linked
    customer_id: np.ndarray
    truth: np.ndarray | Unavailable
    memory: Memory
    review: pd.DataFrame
    totals: pd.DataFrame
    known_by_key: int

    @property
    def customers(self) -> int:
        """How many customers the records are of."""
        return len(np.unique(self.customer_id))

    @property
    def ids_kept(self) -> tuple[int, int]:
        """Count the customers whose records are the same as in the run before, and those who kept their id."""
        return ids_kept(self.memory.before.crosswalk, self.memory.now.crosswalk)


def resolve(delivered: Mapping[str, Table], session: VaultSession, params: Parameters) -> People:
    """Give the customers that the records are of.

    Parameters
    ----------
    delivered
        What was accepted and staged, on the session's connection.
    session
        The open vault.
    params
        ``linking``, ``engine`` and ``seed`` count here.

    Raises
    ------
    LinkError
        If anything fails: where, never with what values.
    """
    with no_values("linking"):
        return _resolve(delivered, session, params)


def keep(people: People, session: VaultSession) -> None:
    """Write the personal tables, and the state for the next run, into the vault, all or nothing."""
    with no_values("vault"):
        personal = {
            PEOPLE: people.records,
            "golden": people.golden,
            "review": pa.Table.from_pandas(people.review, preserve_index=False),
        }
        session.vault.write(**personal, **as_tables(people.memory))


def link_settings(params: Parameters) -> LinkSettings:
    """Put together what the parameters say about linking."""
    said = params.linking
    columns = {column_name(name): role for name, role in said.columns.items()}
    return LinkSettings(
        **said.model_dump(exclude={"columns", "region"}),
        columns=columns,
        region=said.region or region_of(params.time_zone),
        seed=params.seed,
    )


def _resolve(delivered: Mapping[str, Table], session: VaultSession, params: Parameters) -> People:
    people, others = delivered[PEOPLE], {name: table for name, table in delivered.items() if name != PEOPLE}
    settings, past = link_settings(params), load_state(session.vault)
    frame = people.to_pyarrow().to_pandas()
    model = _model_to_use(past, settings, records=len(frame))
    linked = link_records(frame, settings=settings, con=session.con, model=model)
    strangers = known_by_key_alone(others, people)
    day = _last_day(delivered, params)
    memory = _identified(linked, strangers, past, seed=params.seed, day=day)
    memory = replace(memory, model=_model_to_keep(past, model, linked, settings))
    here = _of_this_delivery(memory.now.crosswalk, linked.records, strangers)
    crosswalk = crosswalk_table(here, session.con)
    records = session.con.create_table("records_of_customers", _with_ids(people, crosswalk), temp=True, overwrite=True)
    golden = golden_records(records, params.linking.golden)
    golden = session.con.create_table("golden_records", golden, temp=True, overwrite=True)
    customers = customers_from(golden, records, crosswalk, until=day)
    tables = without_people(under_issued_ids(others, crosswalk) | {"customers": customers}, records)
    ids = linked.records.merge(here, on=list(RECORD_KEY), how="left", validate="one_to_one")["customer_id"]
    return People(
        tables=tables,
        records=records,
        golden=golden,
        linked=linked,
        customer_id=ids.to_numpy(dtype=object),
        truth=_truth(linked.records, session),
        memory=memory,
        review=_undecided(linked.review, past.decided),
        totals=per_record(linked.records, others),
        known_by_key=len(strangers),
    )


def _identified(linked: Linked, strangers: pd.DataFrame, past: Memory, *, seed: int, day: date | None) -> Memory:
    """Assign every cluster its id; a run on the same clusters gives the same ids.

    So a run that was killed after it had issued ids, and is made again, ends in the same bytes.
    """
    alone = strangers.assign(cluster=-1 - np.arange(len(strangers)), match_probability=1.0)
    clusters = pd.concat([linked.assignment, alone], ignore_index=True) if len(alone) else linked.assignment
    options: dict[str, Any] = {"decisions": past.decisions, "seed": seed, "day": day}
    digest = digest_of(clusters, past.decided)
    if digest == past.clusters:
        again = assign_ids(clusters, past.before, **options)
        if _same_ids(again, past.now):
            return replace(past, now=again)
    return replace(past, now=assign_ids(clusters, past.now, **options), before=past.now, clusters=digest)


def _same_ids(one: Identities, other: Identities) -> bool:
    named = [state.crosswalk[[*RECORD_KEY, "customer_id"]].astype(str).reset_index(drop=True) for state in (one, other)]
    return named[0].equals(named[1])


def _model_to_use(past: Memory, settings: LinkSettings, *, records: int) -> dict | None:
    """Give the learned model, unless it was learned under other settings or on far fewer records."""
    if past.model is None or past.model["settings"] != _learned_under(settings):
        return None
    return past.model["figures"] if records <= _OUTGROWN * past.model["figures"]["records"] else None


def _model_to_keep(past: Memory, used: dict | None, linked: Linked, settings: LinkSettings) -> dict[str, Any]:
    comparisons = list(linked.model.comparisons)
    is_kept = used is not None and restored(used, comparisons, records=len(linked.records)) is not None
    if past.model is not None and is_kept:
        return past.model
    return {"settings": _learned_under(settings), "figures": linked.model.as_saved()}


def _learned_under(settings: LinkSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", include={"columns", "region", "max_block", "seed"})


def _last_day(tables: Mapping[str, Table], params: Parameters) -> date | None:
    """Give the last day of the data: of the transactions, else of the records; none where there are no days."""
    if params.as_of:
        return params.as_of
    records = tables[PEOPLE]
    days = [tables["transactions"].occurred_on] if "transactions" in tables else []
    for days_of in (days, [records.updated_at.date(), records.first_seen_on]):
        found = [value for day in days_of if not pd.isna(value := day.max().execute())]
        if found:
            return max(pd.Timestamp(value).date() for value in found)
    return None


def _of_this_delivery(crosswalk: pd.DataFrame, records: pd.DataFrame, strangers: pd.DataFrame) -> pd.DataFrame:
    """Give the crosswalk's records that are in this delivery; the others keep their ids for later."""
    here = pd.concat([records[list(RECORD_KEY)], strangers], ignore_index=True).astype(object)
    return here.merge(crosswalk.astype(dict.fromkeys(RECORD_KEY, object)), on=list(RECORD_KEY), how="left")


def _with_ids(records: Table, crosswalk: Table) -> Table:
    joined = records.join(crosswalk.drop("called"), list(RECORD_KEY))
    return joined.select("customer_id", *records.columns)


def _truth(records: pd.DataFrame, session: VaultSession) -> np.ndarray | Unavailable:
    told = staged_truth(session)
    if told is None:
        return Unavailable("unification", "no_truth")
    known = told.select(*RECORD_KEY, "person").to_pyarrow().to_pandas().astype(object)
    merged = records.astype(object).merge(known, on=list(RECORD_KEY), how="left", validate="one_to_one")
    return merged["person"].to_numpy(dtype=object)


def _undecided(review: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Give the pairs that nobody has decided, numbered from 1."""
    sides = [[f"{key}_{side}" for key in RECORD_KEY] for side in "12"]
    done = {frozenset(pair) for pair in _pairs(decided, sides)}
    open_ = [frozenset(pair) not in done for pair in _pairs(review, sides)]
    kept = review[np.array(open_, dtype=bool)].reset_index(drop=True)
    kept.insert(0, "number", np.arange(1, len(kept) + 1))
    return kept


def _pairs(frame: pd.DataFrame, sides: list[list[str]]) -> list[tuple[tuple, tuple]]:
    one, other = (frame[side].itertuples(index=False, name=None) for side in sides)
    return list(zip(one, other, strict=True))
