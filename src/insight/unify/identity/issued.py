"""Issued ids in place of the source systems' keys: every delivered table under `customer_id`, and `customers`."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import ibis
import pandas as pd
from ibis.expr.types import Table, Value

from insight.contracts import CONTRACTS, RECORD_KEY
from insight.unify.privacy.derived_ids import CALLED, with_derived_ids
from insight.unify.standardise.names import fold

# where one band of ages ends and the next begins
_AGES = (0, 18, 25, 35, 45, 55, 65)


def known_by_key_alone(tables: Mapping[str, Table], records: Table) -> pd.DataFrame:
    """List the keys of customers that some table names and no record of a person describes.

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
        return pd.DataFrame(columns=list(RECORD_KEY), dtype=object)
    everyone = (ibis.union(*named) if len(named) > 1 else named[0]).distinct()
    described = records.select(called=records.source_system + ":" + records.source_record_id)
    lost = everyone.anti_join(described, "called").order_by("called").to_pandas()["called"]
    parts = [key.partition(":") for key in lost]
    return pd.DataFrame([(system, key) for system, _, key in parts], columns=list(RECORD_KEY), dtype=object)


def crosswalk_table(crosswalk: pd.DataFrame, con: ibis.BaseBackend) -> Table:
    """Give the crosswalk in the engine, with ``called``: the customer's key as other tables write it."""
    called = crosswalk[RECORD_KEY[0]] + ":" + crosswalk[RECORD_KEY[1]]
    frame = crosswalk[[*RECORD_KEY, "customer_id"]].assign(called=called).astype("str")
    return con.create_table("issued_ids", frame, temp=True, overwrite=True)


def under_issued_ids(tables: Mapping[str, Table], crosswalk: Table) -> dict[str, Table]:
    """Give the tables with issued ids in place of source keys, also where a row's own id contains the key.

    A missing key stays missing.
    """
    issued = {
        name: _issued(table, crosswalk) if "customer_id" in table.columns else table for name, table in tables.items()
    }
    keys = {name: list(CONTRACTS[name].key) for name in tables}
    return {
        name: _one_per_key(table, keys[name]) if "customer_id" in keys[name] else table
        for name, table in with_derived_ids(issued).items()
    }


def _issued(table: Table, crosswalk: Table) -> Table:
    ids = crosswalk.select(called_by=crosswalk.called, issued_id=crosswalk.customer_id)
    joined = table.left_join(ids, table.customer_id == ids.called_by)
    under_ids = {name: joined["issued_id"] if name == "customer_id" else joined[name] for name in table.columns}
    return joined.select(**under_ids, **{CALLED: joined.called_by})


def _one_per_key(table: Table, key: list[str]) -> Table:
    """Keep one row per key where a person has several: the lowest value, as a careful lender reads it."""
    rest = [column for column in table.columns if column not in key]
    found = table.group_by(key).aggregate(kept=ibis.struct({column: table[column] for column in rest}).min())
    return found.select(*key, **{column: found.kept[column] for column in rest}).select(table.columns)


def one_spelling(counted: pd.DataFrame) -> pd.DataFrame:
    """Give each place in its most frequent spelling.

    Parameters
    ----------
    counted
        ``city, customers``: how often each spelling stands.

    Returns
    -------
    DataFrame
        ``city, region``.

    Examples
    --------
    >>> one_spelling(pd.DataFrame({"city": ["广州市", "廣州市", "LEEDS"], "customers": [9, 1, 2]})).values.tolist()
    [['广州市', '广州市'], ['廣州市', '广州市'], ['LEEDS', 'LEEDS']]
    """
    known = counted[counted["city"].notna()].assign(folded=lambda rows: rows["city"].map(fold))
    first = known.sort_values(["customers", "city"], ascending=[False, True]).drop_duplicates("folded")
    return known[["city"]].assign(region=known["folded"].map(first.set_index("folded")["city"]))


def customers_from(golden: Table, records: Table, crosswalk: Table, *, until: date | None = None) -> Table:
    """Make ``customers``: one row per issued id, without direct identifiers.

    Parameters
    ----------
    golden
        One row per customer: the chosen value of each field.
    records
        The records with their ``customer_id``: since when a customer is known, and who knew them first.
    crosswalk
        All issued ids, those without a record included.
    until
        Day on which ages count; none: no age bands.
    """
    contract = CONTRACTS["customers"]
    first = records.group_by("customer_id").aggregate(
        first_seen_on=records.first_seen_on.min(),
        origin=records.source_system.argmin(
            ibis.struct({"day": records.first_seen_on, **{key: records[key] for key in RECORD_KEY}}),
            where=records.first_seen_on.notnull(),
        ),
    )
    everyone = crosswalk.select("customer_id").distinct()
    known = everyone.left_join(golden, "customer_id").drop("customer_id_right")
    known = known.drop(*({"first_seen_on", "origin"} & set(known.columns)))
    known = known.left_join(first, "customer_id").drop("customer_id_right")
    counted = golden.group_by("city").aggregate(customers=golden.count()).to_pyarrow().to_pandas()
    places = one_spelling(counted).astype("str")
    places = golden.get_backend().create_table("places", places, temp=True, overwrite=True)
    known = known.left_join(places, "city").drop("city_right")
    known = known.mutate(birth_month=known.birth_date.month().cast("int64"))
    born = contract.column("birth_year")
    year = known.birth_date.year().cast("int64")
    made = {
        "birth_year": year.between(born.minimum, born.maximum).ifelse(year, ibis.null("int64")),
        "age_band": _age_band(known.birth_date, until) if until else ibis.null("string"),
        "region": known.region,
    }
    return known.select(
        **{
            column.name: made.get(
                column.name, known[column.name] if column.name in known.columns else ibis.null(column.engine_type)
            )
            for column in contract.as_delivered(known.columns).columns
        }
    )


def _age_band(birth_date: Value, until: date) -> Value:
    had_birthday = birth_date.month() * 100 + birth_date.day() <= until.month * 100 + until.day
    age = until.year - birth_date.year() - had_birthday.ifelse(0, 1)
    bands = [(age < upper, f"{lower}-{upper - 1}") for lower, upper in pairwise(_AGES)]
    return ibis.cases((age.isnull() | (age < 0), ibis.null("string")), *bands, else_=f"{_AGES[-1]}+")
