"""Issued ids in place of the sources' own keys: every delivered table under `customer_id`, and `customers` itself."""

from collections.abc import Mapping

import ibis
import pandas as pd
from ibis.expr.types import Table

from insight.contracts import CONTRACTS
from insight.unify.own_keys import CALLED, without_own_keys

KEYS = ("source_system", "source_record_id")


def known_by_key_alone(tables: Mapping[str, Table], records: Table) -> pd.DataFrame:
    """List customers whom some table names by a system's key, and whom no record describes.

    Returns
    -------
    DataFrame
        ``source_system, source_record_id``, in order. Each is a customer of whom nothing else is known.
    """
    named = [
        table.filter(table.customer_id.notnull()).select(called=table.customer_id).distinct()
        for table in tables.values()
        if "customer_id" in table.columns
    ]
    if not named:
        return pd.DataFrame(columns=list(KEYS), dtype=object)
    everyone = (ibis.union(*named) if len(named) > 1 else named[0]).distinct()
    described = records.select(called=records.source_system + ":" + records.source_record_id)
    lost = everyone.anti_join(described, "called").order_by("called").to_pandas()["called"]
    parts = [key.partition(":") for key in lost]
    return pd.DataFrame([(system, key) for system, _, key in parts], columns=list(KEYS), dtype=object)


def crosswalk_table(crosswalk: pd.DataFrame, con: ibis.BaseBackend) -> Table:
    """Put the crosswalk into the engine, with ``called``: the customer as other tables call them."""
    called = crosswalk[KEYS[0]] + ":" + crosswalk[KEYS[1]]
    frame = crosswalk[[*KEYS, "customer_id"]].assign(called=called).astype("str")
    return con.create_table("issued_ids", frame, temp=True, overwrite=True)


def under_issued_ids(tables: Mapping[str, Table], crosswalk: Table) -> dict[str, Table]:
    """Give the tables with the issued id in place of the source's key, which no name of a row tells any more.

    A missing key stays missing.
    """
    issued = {
        name: _issued(table, crosswalk) if "customer_id" in table.columns else table for name, table in tables.items()
    }
    keys = {name: list(CONTRACTS[name].key) for name in tables}
    return {
        name: _one_per_key(table, keys[name]) if "customer_id" in keys[name] else table
        for name, table in without_own_keys(issued).items()
    }


def _issued(table: Table, crosswalk: Table) -> Table:
    ids = crosswalk.select(called_by=crosswalk.called, issued_id=crosswalk.customer_id)
    joined = table.left_join(ids, table.customer_id == ids.called_by)
    under_ids = {name: joined["issued_id"] if name == "customer_id" else joined[name] for name in table.columns}
    return joined.select(**under_ids, **{CALLED: joined.called_by})


def _one_per_key(table: Table, key: list[str]) -> Table:
    """Let what two records of one person say of one day be one row: the lowest counts, as a careful lender reads it."""
    rest = [column for column in table.columns if column not in key]
    found = table.group_by(key).aggregate(kept=ibis.struct({column: table[column] for column in rest}).min())
    return found.select(*key, **{column: found.kept[column] for column in rest}).select(table.columns)


def customers_from(golden: Table, records: Table, crosswalk: Table) -> Table:
    """Make ``customers``: one row per issued id, without direct identifiers.

    Parameters
    ----------
    golden
        One row per customer: the chosen value of each field.
    records
        The records with their ``customer_id``: since when a customer is known, and who knew them first.
    crosswalk
        All issued ids, those without a record included.
    """
    contract = CONTRACTS["customers"]
    first = records.group_by("customer_id").aggregate(
        first_seen_on=records.first_seen_on.min(),
        origin=records.source_system.argmin(
            ibis.struct({"day": records.first_seen_on, **{key: records[key] for key in KEYS}}),
            where=records.first_seen_on.notnull(),
        ),
    )
    everyone = crosswalk.select("customer_id").distinct()
    known = everyone.left_join(golden, "customer_id").drop("customer_id_right")
    known = known.drop(*({"first_seen_on", "origin"} & set(known.columns)))
    known = known.left_join(first, "customer_id").drop("customer_id_right")
    born = contract.column("birth_year")
    year = known.birth_date.year().cast("int64")
    made = {
        "birth_year": year.between(born.minimum, born.maximum).ifelse(year, ibis.null("int64")),
        "region": known.city,
    }
    return known.select(
        **{
            column.name: made.get(
                column.name, known[column.name] if column.name in known.columns else ibis.null(column.engine_type)
            )
            for column in contract.columns
        }
    )
