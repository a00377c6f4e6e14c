"""The made-up card bank: its dozen source systems read into canonical tables.

The files are made when they are first asked for, and again when the parameters or the code that
makes them change. Where a table belongs to a customer, ``customer_id`` holds the source's own key,
``<system>:<key>``; `insight.unify` puts the issued one in its place.
"""

import hashlib
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import yaml
from ibis.expr.types import Table
from pydantic import Field

from insight import simulate
from insight.config.parameters import Parameters, project_root
from insight.config.source import CardBank, FileFormat, Files, FileTable, Join, source_as
from insight.contracts import BESIDE, CONTRACTS
from insight.errors import SourceError
from insight.simulate.delivery import bank
from insight.simulate.futures import Future
from insight.simulate.marketing.offers import CATALOGUE
from insight.sources.mapping.canonical import Business, to_canonical, used_columns
from insight.sources.readers.described import Part, read_rows, reading_folder
from insight.sources.readers.typed import read_typed
from insight.sources.reading.folder import find_files
from insight.sources.reading.raw import Raw, Request, read_raw
from insight.sources.records import PEOPLE
from insight.storage.owner_only import owner_only

_TRUTH, _NOT_READ = "truth", "not_read"
_BEGUN = ("default", "in_trouble_when_booked")  # events from which on a person is short of money for good


class _Part(FileTable):
    """A canonical table's part that one system delivers."""

    only_with: str | None = Field(default=None, description="a delivered column: rows without it say nothing here")


@cache
def _described() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


@cache
def _parts() -> dict[str, list[_Part]]:
    tables = {name: parts for name, parts in _described().items() if name != _NOT_READ}
    return {name: [_Part.model_validate(part) for part in parts] for name, parts in tables.items()}


def read_columns() -> dict[str, set[str]]:
    """Name the delivered columns that are read, by file without what tells its parts apart."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in (part for parts in _parts().values() for part in parts):
        names = [*(name for rule in part.columns.values() for name in rule.sources), *part.renamed]
        for key, join in part.join.items():
            names += [*join.by, *(f"{key}.{theirs}" for theirs in join.by.values())]
        for name in names:
            key, _, column = name.partition(".")
            where, column = (part.join[key], column) if key in part.join else (part, name)
            for pattern in where.files:
                found[pattern.rpartition(".")[0].rstrip("-_*")].add(column)
    return dict(found)


def not_read() -> dict[str, dict[str, str]]:
    """Give the delivered columns that no canonical column holds, by file, with the reason of each."""
    return _described()[_NOT_READ]


def _columns_of(name: str) -> tuple[str, ...]:
    """Name the columns of a table that are described, or follow from those."""
    told = {column for part in _parts()[name] for column in part.columns}
    told |= {f"{column.removesuffix('_at')}_on" for column in told if column.endswith("_at")}
    told |= {f"{column.removesuffix('_on')}_at" for column in told if column.endswith("_on")}
    told |= {"hour", "currency"}
    return tuple(column for column in CONTRACTS[name].names if column in told)


#: What is delivered: columns by table.
COLUMNS = {name: _columns_of(name) for name in _parts()}


def inputs(params: Parameters) -> list[Path]:
    """Make the files where they are missing or made from something else, and list them."""
    folder = _made(params)
    return sorted(path for path in folder.rglob("*") if path.is_file() and _TRUTH not in path.parts)


_SENSES, _AHEAD = ("leaving", "closing", "silent"), (3, 6)  # what is true of leaving, and of how many months


def truth(params: Parameters, con: ibis.BaseBackend) -> Table:
    """Give each record's true person, its errors, and that person's ``group`` and last ``stage``; for scoring only.

    What the person would gain by each offer in the month after the last stands in ``net_gain_<offer>``, empty where the
    offer is not open to them; their chance of default within twelve months, seen from a month's first day while they
    hold a card, in ``default_12_<year>_<month>`` (1 where it has begun and shows in no payment yet); that of an
    application in ``default_12`` of its record. ``chance_<sense>_<months>`` is the true chance of deciding to leave, of
    closing and of falling silent within so many months of the day ``chances_on``, the last month's first;
    ``expected_margin`` is what they are expected to bring in the twelve months from it on.
    """
    folder = _made(params) / _TRUTH
    records, people = (con.read_parquet(f"{folder}/{name}-*.parquet") for name in ("records", "true_people"))
    told = people.select(someone="person", group=people.group.cast("string"), stage=people.stage.cast("string"))
    known = records.left_join(told, records.person == told.someone).drop("someone")
    effects = con.read_parquet(f"{folder}/true_effects-*.parquet")
    gains = effects.group_by(someone="person").aggregate(
        **{f"net_gain_{offer}": _open_gain(effects, offer) for offer in range(1, len(CATALOGUE))}
    )
    credit = con.read_parquet(f"{folder}/true_credit-*.parquet")
    begun = credit.filter(credit.event.cast("string").isin(_BEGUN)).group_by("person").aggregate(begun=credit.day.min())
    ahead = con.read_parquet(f"{folder}/true_ahead-*.parquet").left_join(begun, "person").drop("person_right")
    ahead = ahead.mutate(default_12=(ahead.begun < ahead.month).fill_null(False).ifelse(1.0, ahead.default_12))
    months = sorted(ahead.month.to_pyarrow().unique().to_pylist())
    chances = ahead.group_by(someone="person").aggregate(
        **{f"default_12_{month:%Y_%m}": ahead.default_12.max(where=ahead.month == month) for month in months}
    )
    asked = con.read_parquet(f"{folder}/true_applications-*.parquet").select("application", default_12="pd_12")
    last = ahead.filter(ahead.month == ahead.month.max())
    senses = {f"chance_{sense}_{months}": last[f"{sense}_{months}"] for sense in _SENSES for months in _AHEAD}
    leaving = last.select(someone="person", chances_on=last.month.cast("date"), expected_margin="margin", **senses)
    for more in (gains, chances, leaving):
        known = known.left_join(more, known.person == more.someone).drop("someone")
    return known.left_join(asked, "application").drop("application_right", "application")


def future(params: Parameters) -> Future:
    """Give the bank as it stands after the last month that it delivered."""
    return Future.read(_made(params) / _TRUTH)


def true_frauds(params: Parameters, con: ibis.BaseBackend) -> Table:
    """Give each purchase's probability of being a thief's, for who knows all else: ``purchase_id, chance``.

    Single precision's last digits are the processor's own: five decimals.
    """
    known = con.read_parquet(f"{_made(params) / _TRUTH}/true_fraud_probability-*.parquet")
    chance = known.probability.cast("float64").round(5)
    return known.select(purchase_id=known.transaction.cast("int64").cast("string"), chance=chance).order_by(
        "purchase_id"
    )


def true_tickets(params: Parameters, con: ibis.BaseBackend) -> Table:
    """Give each wish of each ticket: ``ticket_id, place, intent, family, answer, machine_may``."""
    known = con.read_parquet(f"{_made(params) / _TRUTH}/true_tickets-*.parquet")
    answer = known.answer.cast("int64")
    return known.select(
        ticket_id=known.ticket.cast("int64").cast("string"),
        place=known.place.cast("int64"),
        intent=known.intent.cast("string"),
        family=known.family.cast("int64"),
        answer=(answer >= 0).ifelse(answer.cast("string"), ibis.null("string")),
        machine_may=known.machine_may,
    ).order_by("ticket_id", "place")


def true_contacts(params: Parameters, con: ibis.BaseBackend) -> Table:
    """Give how likely each contact's customer responds without it and with it.

    ``contact_id, chance_without, chance_with``, to five decimals.
    """
    known = con.read_parquet(f"{_made(params) / _TRUTH}/true_contacts-*.parquet")
    chances = {f"chance_{side}": known[f"response_{side}"].cast("float64").round(5) for side in ("without", "with")}
    return known.select(contact_id=known.contact.cast("int64").cast("string"), **chances).order_by("contact_id")


def _open_gain(effects: Table, offer: int) -> ibis.Value:
    return effects.net_gain.max(where=(effects.offer == offer) & effects.eligible)  # one row each


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
    but ``authorisations``.
    """
    folder = _made(params)
    temp = reading_folder(con)
    business = Business(params.time_zone, params.currency)
    return {name: _read_table(name, business, folder=folder, con=con, temp=temp) for name in _parts()}


def _made(params: Parameters) -> Path:
    """Give the folder of the files, made from these parameters by this code."""
    folder = project_root() / "data" / "raw" / params.dataset
    stamp = folder / bank.STAMP
    wanted = _made_from(params)
    if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == wanted:
        return owner_only(folder)
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
    return owner_only(folder)


def _made_from(params: Parameters) -> dict[str, object]:
    code = hashlib.sha256()
    folder = Path(simulate.__file__).parent
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.yaml")]):
        if path.stem not in ("next_month", "futures"):  # what follows the last month is no part of what is delivered
            code.update(path.read_bytes())
    return {"source": params.source.model_dump(mode="json"), "code": code.hexdigest()}


def _read_table(name: str, business: Business, *, folder: Path, con: ibis.BaseBackend, temp: Path) -> Table:
    """Give one canonical table from the files of all systems that deliver it."""
    read = []
    for at, part in enumerate(_parts()[name]):
        if part.files[0].endswith(".parquet"):
            rows = read_typed(name, part, business, folder=folder, con=con)
        else:
            rows = _from_text(name, part, business, folder=folder, con=con, temp=temp / f"{name}-{at}")
        read.append(_with_source(rows, part.system))
    columns = [column for column in CONTRACTS[name].names if any(column in table.columns for table in read)]
    return ibis.union(*[_widened(table, name, columns) for table in read]) if len(read) > 1 else read[0]


def _from_text(name: str, part: _Part, business: Business, *, folder: Path, con: ibis.BaseBackend, temp: Path) -> Table:
    personal = frozenset(column for people in _parts()[PEOPLE] for column in used_columns(people)) - {
        *used_columns(part)
    }

    def read_part(one: Part[FileTable | Join]) -> Raw:
        request = Request(
            place=f"cardbank.{name}.{part.system}",
            folder=folder,
            paths=find_files(folder, one.described.files, place=f"cardbank.{name}"),
            form=one.described.format,
            wanted=one.wanted,
            personal=personal,
            renamed=part.renamed,
        )
        return read_raw(request, con=con, temp=one.temp)

    tables = Files.model_construct(kind="files", tables={name: part}, format=FileFormat())
    raw = read_rows(tables, name, read_part, zone=business.time_zone, temp=temp)
    if part.only_with:
        raw = raw.on(raw.table.filter(raw.text(part.only_with).fill_null("") != ""))
    return to_canonical(raw, name, part, part.format, business)


def _with_source(rows: Table, system: str | None) -> Table:
    if system and "source_record_id" in rows.columns:
        return rows.mutate(source_system=ibis.literal(system))
    return rows


def _widened(rows: Table, name: str, columns: list[str]) -> Table:
    contract = CONTRACTS[name]
    held = {
        column: rows[column] if column in rows.columns else ibis.null(contract.column(column).engine_type)
        for column in columns
    }
    return rows.select(**held, **{place: rows[place] for place in BESIDE})
