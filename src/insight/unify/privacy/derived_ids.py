"""Row ids that contain a customer's key, such as a call named by the caller's number, replaced by derived ones.

A source's own key of a person is a direct identifier, and may be a telephone or an e-mail address. It
comes back in names that are made of it (of a visit, a basket, an application), and in the digest that
names a row without a name: whoever knows the rest of the row can try all telephones.
"""

from collections.abc import Mapping

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table

from insight.contracts import CONTRACTS

#: Column that holds the source's name of a row's customer beside the issued ``customer_id``.
CALLED = "called_at_source"
_LONG = 6  # characters of a key that no other row id holds by chance
_DIGEST = r"^[0-9a-f]{32}(-[0-9]+)?$"
_BETWEEN = r"[^\p{L}\p{N}]+"
#: Columns that name a row, or several, of somebody.
ROW_NAMES = frozenset(
    contract.key[0]
    for contract in CONTRACTS.values()
    if contract.delivered and len(contract.key) == 1 and "customer_id" in contract.names[1:]
) | {"basket_id"}


def with_derived_ids(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Give the tables with every row id that contains its customer's source key replaced, the same in every table.

    Parameters
    ----------
    tables
        Under issued ids; with ``called_at_source``, ``<system>:<key>``, where a row is somebody's.

    Returns
    -------
    dict
        Without ``called_at_source``. The new name is the issued id and a number, counted in the order
        of the old names: ``C000017:3``.
    """
    fresh = {column: names for column in sorted(ROW_NAMES) if (names := _new_names(column, tables)) is not None}
    return {name: _under_new_names(table, fresh) for name, table in tables.items()}


def _new_names(column: str, tables: Mapping[str, Table]) -> Table | None:
    """Give old and new row ids where any contains a key; None where none does."""
    telling = [_telling(table, column) for table in tables.values() if {column, CALLED} <= set(table.columns)]
    if not telling:
        return None
    together = ibis.union(*telling) if len(telling) > 1 else telling[0]
    once = together.group_by("old").aggregate(customer_id=together.customer_id.min())
    counted = once.mutate(number=ibis.row_number().over(ibis.window(group_by="customer_id", order_by="old")) + 1)
    named = counted.select("old", new=counted.customer_id + ":" + counted.number.cast("string"))
    kept = named.get_backend().create_table(ibis.util.gen_name("named"), named, temp=True)
    return kept if kept.count().execute() else None


def _telling(table: Table, column: str) -> Table:
    key = table[CALLED].substr(table[CALLED].find(":") + 1)
    told = table.filter(table.customer_id.notnull() & _tells(table[column], key))
    return told.select(old=told[column], customer_id=told.customer_id)


def _tells(name: StringValue, key: StringValue) -> BooleanValue:
    """Say whether a row id holds the key as one of its words, or a long key anywhere, or is a digest."""
    # what is found without looking for words comes first: hardly any row needs more
    holds = name.contains(key) & ((key.length() >= _LONG) | _words(name).contains(_words(key)))
    return holds | (name.length().between(32, 44) & name.re_search(_DIGEST))


def _words(text: StringValue) -> StringValue:
    return ibis.literal(" ") + text.re_replace(_BETWEEN, " ") + " "


def _under_new_names(table: Table, fresh: Mapping[str, Table]) -> Table:
    columns = [name for name in table.columns if name != CALLED]
    for column in [name for name in columns if name in fresh]:
        names = fresh[column]
        joined = table.left_join(names, table[column] == names.old)
        new = ibis.coalesce(joined.new, joined[column])
        table = joined.select(**{name: new if name == column else joined[name] for name in columns})
    return table.select(columns)
