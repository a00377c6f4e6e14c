"""Read each source as it was delivered, into canonical tables with the place of every row."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType

import ibis
from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.contracts import CONTRACTS
from insight.simulate.futures import Future
from insight.sources.labelled import flat_table
from insight.sources.readers import cardbank, cdnow, complete_journey, database, files
from insight.sources.readers.described import Delivered

#: Who reads a kind of source: the ``kind`` of ``source`` in the parameters.
READERS: dict[str, ModuleType] = {
    "cardbank": cardbank,
    "cdnow": cdnow,
    "complete_journey": complete_journey,
    "database": database,
    "files": files,
}


def inputs(params: Parameters) -> list[Path]:
    """List the raw files of a business; their content says whether anything has to be made again."""
    return _reader(params).inputs(params)


def deliver(params: Parameters, con: ibis.BaseBackend) -> dict[str, Table]:
    """Give every table that a business brings, as delivered: one expression each.

    Parameters
    ----------
    params
        The business; ``params.source.kind`` says who reads it.
    con
        A local DuckDB connection, which the expressions belong to.

    Returns
    -------
    dict
        By canonical name. Beside the canonical columns each table has ``source_file``,
        ``source_line`` (the physical line, or row, that it came from) and ``fault``: null, or
        the fault of `contracts.rules` where the record could not be read. Every record delivered is there once.
    """
    return _reader(params).deliver(params, con)


def read(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> dict[str, Delivered]:
    """Give what `deliver` gives, with what was seen in files and looked up, read into the folder ``temp``."""
    read_tables = getattr(_reader(params), "read_tables", None)
    if read_tables:
        return read_tables(params, con, temp=temp)
    return {name: Delivered(rows) for name, rows in deliver(params, con).items()}


def truth(params: Parameters, con: ibis.BaseBackend) -> Table | None:
    """Give each record's true person: ``source_system, source_record_id, person``; None where it is not known.

    To score with, and for nothing else.
    """
    told = getattr(_reader(params), "truth", None)
    return told(params, con) if told else None


def future(params: Parameters) -> Future | None:
    """Give a made-up business as it stands after what it delivered, to be played on; None where it is a real one."""
    told = getattr(_reader(params), "future", None)
    return told(params) if told else None


def true_frauds(params: Parameters, con: ibis.BaseBackend) -> Table | None:
    """Give each purchase's true probability of being a thief's: ``purchase_id, chance``; None where it is not known.

    To score with, and for nothing else.
    """
    told = getattr(_reader(params), "true_frauds", None)
    return told(params, con) if told else None


def true_tickets(params: Parameters, con: ibis.BaseBackend) -> Table | None:
    """Give what each ticket truly asks for: a row per wish, as ``true_tickets`` holds it; None where it is not known.

    To score with, and for nothing else.
    """
    told = getattr(_reader(params), "true_tickets", None)
    return told(params, con) if told else None


def true_contacts(params: Parameters, con: ibis.BaseBackend) -> Table | None:
    """Give how likely each contact's customer responds without it and with it; None where it is not known.

    ``contact_id, chance_without, chance_with``; to score with, and for nothing else.
    """
    told = getattr(_reader(params), "true_contacts", None)
    return told(params, con) if told else None


def naming_customers(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> list[Table]:
    """Give rows that name a customer and are no table's own: ``customer_id, source_file, source_line``."""
    told = getattr(_reader(params), "naming_customers", None)
    return told(params, con, temp=temp) if told else []


def erase(
    params: Parameters, places: Mapping[str, Collection[int]], *, named: Collection[str]
) -> dict[str, int] | None:
    """Take records out of what was delivered; give how many each file still holds.

    None where they cannot be taken out: what is made up is made again, and a database is its owner's.
    """
    taken = getattr(_reader(params), "erase", None)
    return taken(params, places, named=named) if taken else None


def described(params: Parameters) -> dict[str, frozenset[str]]:
    """Name the tables and columns that a business's source describes, without reading any of it.

    Whether a column holds anything, and whether rows pass, is known only when they have arrived.
    """
    tables = getattr(params.source, "tables", None)
    tables = _reader(params).COLUMNS if tables is None else tables
    found = {name: frozenset(getattr(table, "columns", table)) for name, table in tables.items()}
    if flat := flat_table(params.source):
        found[flat] = frozenset(CONTRACTS[flat].names)
    if getattr(params.source, "records", None):
        found["customer_records"] = frozenset(CONTRACTS["customer_records"].names)
    if "customer_records" in found:
        found["customers"] = frozenset(CONTRACTS["customers"].names)
    if "is_random" in found.get("contacts", ()) and {"offers", "responses"} <= found.keys():
        found["trials"] = frozenset(["is_random"])  # no table of its own: what randomised contacts are called together
    if "customer_id" in found.get("transactions", ()):
        found.setdefault("customers", frozenset(["customer_id"]))
    return found


def found_elsewhere(params: Parameters) -> frozenset[str]:
    """Name the tables that are found in the rows of another one: nobody delivered their rows."""
    tables = getattr(params.source, "tables", None) or {}
    return frozenset(name for name, table in tables.items() if getattr(table, "found_in", None))


def _reader(params: Parameters) -> ModuleType:
    return READERS[params.source.kind]
