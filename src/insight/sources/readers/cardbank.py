"""The made-up card bank: its dozen source systems read into canonical tables.

The files are made when they are first asked for, and again when the parameters or the code that
makes them change. Where a table belongs to a customer, ``customer_id`` holds the source's own key,
``<system>:<key>``; `insight.unify` puts the issued one in its place.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

import ibis
import yaml
from ibis.expr.types import Table
from pydantic import Field

from insight import simulate
from insight.config.parameters import Parameters, project_root
from insight.config.source import CardBank, FileTable, source_as
from insight.contracts import BESIDE, CONTRACTS
from insight.errors import SourceError
from insight.simulate.delivery import bank
from insight.sources.mapping.canonical import Business, to_canonical, used_columns
from insight.sources.readers import cardbank_events
from insight.sources.readers.described import reading_folder
from insight.sources.reading.folder import find_files
from insight.sources.reading.raw import Request, read_raw

_TRUTH = "truth"


class _Part(FileTable):
    """A canonical table's part that one system delivers as text."""

    system: str = Field(description="the source system, whose keys `customer_id` holds")


@cache
def _parts() -> dict[str, list[_Part]]:
    described = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return {name: [_Part.model_validate(part) for part in parts] for name, parts in described.items()}


#: What is delivered: columns by table.
COLUMNS = {name: tuple(CONTRACTS[name].names) for name in _parts()} | cardbank_events.COLUMNS


def inputs(params: Parameters) -> list[Path]:
    """Make the files where they are missing or made from something else, and list them."""
    folder = _made(params)
    return sorted(path for path in folder.rglob("*") if path.is_file() and _TRUTH not in path.parts)


def truth(params: Parameters, con: ibis.BaseBackend) -> Table:
    """Give each record's true person, ``source_system, source_record_id, person``, and its errors; for scoring only."""
    return con.read_parquet(f"{_made(params) / _TRUTH}/records-*.parquet")


def deliver(params: Parameters, con: ibis.BaseBackend) -> dict[str, Table]:
    """Give every table as delivered, one expression each; every record is one row.

    Parameters
    ----------
    params
        With a ``source`` of the kind ``cardbank``.
    con
        A local DuckDB connection; what is read from text stays in a temporary folder as long as it lives.

    Notes
    -----
    The systems write times as clocks in the bank's time zone show them, the app in milliseconds
    of UTC. Purchases that were declined or are still open post nothing: they are no transactions
    but touches (``interactions`` of the kind ``card: declined``, ``card: authorised``).
    """
    folder = _made(params)
    temp = reading_folder(con)
    tables = {name: _from_text(name, params, folder=folder, con=con, temp=temp) for name in _parts()}
    events = cardbank_events.read(folder, con, zone=params.time_zone, currency=params.currency)
    touches = ibis.union(tables["interactions"], events.pop("interactions"))
    return tables | events | {"interactions": touches}


def _made(params: Parameters) -> Path:
    """Give the folder of the files, made from these parameters by this code."""
    folder = project_root() / "data" / "raw" / params.dataset
    stamp = folder / bank.STAMP
    wanted = _made_from(params)
    if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == wanted:
        return folder
    if folder.is_dir() and any(folder.iterdir()) and not stamp.is_file():
        raise SourceError(
            f"data/raw/{params.dataset}: expected the files that the card bank makes; found others. "
            "Move them to a folder of another name, or delete them."
        )
    source = source_as(params.source, CardBank)
    bank.simulate(
        folder,
        seed=source.seed,
        customers=source.customers,
        months=source.months,
        rates=source.rates,
        dirt=source.dirt,
        start=source.start,
        made_from=wanted,
    )
    return folder


def _made_from(params: Parameters) -> dict[str, object]:
    code = hashlib.sha256()
    for path in sorted(Path(simulate.__file__).parent.rglob("*.py")):
        if path.stem != "next_month":  # the month after the last one is no part of what is delivered
            code.update(path.read_bytes())
    return {"source": params.source.model_dump(mode="json"), "code": code.hexdigest()}


def _from_text(name: str, params: Parameters, *, folder: Path, con: ibis.BaseBackend, temp: Path) -> Table:
    """Give one canonical table from the text files of all systems that deliver it."""
    read = [
        _with_source(_read_part(name, part, params, folder=folder, con=con, temp=temp / f"{name}-{at}"), part.system)
        for at, part in enumerate(_parts()[name])
    ]
    columns = [column for column in CONTRACTS[name].names if any(column in table.columns for table in read)]
    return ibis.union(*[_widened(table, name, columns) for table in read]) if len(read) > 1 else read[0]


def _read_part(name: str, part: _Part, params: Parameters, *, folder: Path, con: ibis.BaseBackend, temp: Path) -> Table:
    temp.mkdir(parents=True)
    request = Request(
        place=f"cardbank.{name}.{part.system}",
        folder=folder,
        paths=find_files(folder, part.files, place=f"cardbank.{name}"),
        form=part.format,
        wanted=tuple(used_columns(part)),
        renamed=part.renamed,
    )
    raw = read_raw(request, con=con, temp=temp)
    return to_canonical(raw, name, part, part.format, Business(params.time_zone, params.currency))


def _with_source(rows: Table, system: str) -> Table:
    if "source_record_id" in rows.columns:
        return rows.mutate(source_system=ibis.literal(system))
    return rows


def _widened(rows: Table, name: str, columns: list[str]) -> Table:
    contract = CONTRACTS[name]
    held = {
        column: rows[column] if column in rows.columns else ibis.null(contract.column(column).engine_type)
        for column in columns
    }
    return rows.select(**held, **{place: rows[place] for place in BESIDE})
