"""The made-up bank on disk: chunk after chunk of its world, as its source systems would deliver it.

The files of a system stand in its folder, the truth in ``truth``; nothing of the truth is in any
other file. One chunk is in memory at a time, so a million customers need no more than 20,000.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insight.config.source import Dirt, Rates
from insight.simulate.delivery import deliveries
from insight.simulate.delivery.deliveries import Chunk
from insight.simulate.delivery.records import Members, Records, days, make_records, people_fields
from insight.simulate.delivery.systems import SYSTEMS, System
from insight.simulate.world import START, World, chunk_sizes, make_world

#: Written last: what the folder was made from, and so whether it is whole.
STAMP = "made_from.json"
_NEVER = np.datetime64("9999-12-31")
_ROW_GROUP = 250_000
_ENCODINGS = {system.name: system.encoding for system in SYSTEMS}
_MEMBERS_BY = {
    "core": (("accounts", "opened_on"),),
    "card": (("accounts", "opened_on"),),
    "app": (("app_events", "occurred_at"),),
    "crm": (("crm_events", "occurred_at"),),
    "call_centre": (("tickets", "opened_at"),),
    "bureau": (("bureau_scores", "scored_on"),),
    "rewards": (("rewards", "occurred_on"),),
    "wecom": (("wecom_friends", "added_on"), ("wecom_members", "joined_on")),
}


def simulate(
    folder: Path,
    *,
    seed: int,
    customers: int,
    months: int,
    rates: Rates | None = None,
    dirt: Dirt | None = None,
    start: date = START,
    made_from: dict[str, object] | None = None,
) -> None:
    """Make the bank's delivered files, and its truth, in a folder.

    Parameters
    ----------
    folder
        Where; what stood there is replaced, all at once and only when everything is written.
    seed, customers, months, start
        The world: the same give the same files, byte for byte.
    rates
        How often things happen; as usual when none are given.
    dirt
        What goes wrong in the records; the usual rates when none are given.
    made_from
        What to write into `STAMP`.
    """
    dirt, rates = dirt or Dirt(), rates or Rates()
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for number, size in enumerate(chunk_sizes(customers)):
        deliver(make_world(seed, number, size, months, start, rates), new, dirt=dirt)  # no chunk outlives its turn
    (new / STAMP).write_text(json.dumps(made_from or {}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def deliver(world: World, folder: Path, *, dirt: Dirt) -> None:
    """Write what every source system delivers of one chunk; text files grow from chunk to chunk."""
    rng = np.random.default_rng([world.seed, world.chunk, 4])
    people = people_fields(world.tables["people"])
    last_day = _last_day(world)
    half = np.datetime64(world.start) + (last_day - np.datetime64(world.start)) // 2
    records: dict[str, Records] = {}
    for system in SYSTEMS:
        one = make_records(
            system,
            _members(system, world),
            people,
            chunk=world.chunk,
            last_day=last_day,
            dirt=dirt.model_copy(update={"doubled": 0.0}) if system.name == "applications" else dirt,
            rng=rng,
        )
        for name, frame in _person_files(one, half):
            append_text(frame, folder / system.name / name, system.encoding)
        records[system.name] = replace(one, texts={})  # written, they need no memory any more
    del people
    chunk = Chunk.of(world, records, rng)
    parts: tuple[Callable[[], dict[str, pa.Table]], ...] = (
        lambda: deliveries.core_files(chunk),
        lambda: deliveries.card_files(chunk, rng),
        lambda: deliveries.application_files(chunk),
        lambda: deliveries.account_files(chunk, rng),
        lambda: deliveries.interaction_files(chunk, rng),
        lambda: deliveries.marketing_files(chunk, rng),
        lambda: deliveries.directory_files(world) if world.chunk == 0 else {},
        lambda: _truth_files(world, records),
    )
    (folder / "truth").mkdir(exist_ok=True)
    np.savez(folder / "truth" / f"state-{world.chunk:05d}.npz", **world.state)
    with ThreadPoolExecutor(2) as pool:
        for made in parts:  # one after the other, so that what is written needs no memory any more
            written = [pool.submit(_write, folder, name, table, world.chunk) for name, table in made().items()]
            for done in written:
                done.result()


def _members(system: System, world: World) -> Members:
    """Give the people of a source system, those who have anything booked there, with their first day in it."""
    if system.name == "applications":
        table = world.tables["applications"]
        return Members(_rows(world, table), days(table["applied_at"]))
    since = _since(system.name, world)
    if system.name == "crm":  # bought addresses: contacted, and known to nobody else
        unknown = np.all([_since(name, world) == _NEVER for name in deliveries.CAMPAIGN_LISTS], axis=0)
        contacts = world.tables["contacts"]
        contacted = np.full_like(since, _NEVER)
        np.minimum.at(contacted, _rows(world, contacts), days(contacts["sent_at"]))
        since = np.where(unknown, contacted, since)
    rows = np.flatnonzero(since < _NEVER)
    return Members(rows, since[rows])


def _since(system: str, world: World) -> np.ndarray:
    """Give each person's first day in a system; `_NEVER` where they have none."""
    since = np.full(world.customers, _NEVER, dtype="datetime64[D]")
    for name, column in _MEMBERS_BY[system]:
        table = world.tables[name]
        if system == "card":
            table = table.filter(pc.equal(table["kind"].cast(pa.string()), "credit_card"))
        np.minimum.at(since, _rows(world, table), days(table[column]))
    return since


def _rows(world: World, table: pa.Table) -> np.ndarray:
    return table["person"].to_numpy() - world.tables["people"]["person"][0].as_py()


def _last_day(world: World) -> np.datetime64:
    month = np.datetime64(world.start, "M") + world.months
    return month.astype("datetime64[D]") - np.timedelta64(timedelta(days=1))


def _person_files(records: Records, half: np.datetime64) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give a system's file of persons; one that drifted has two, of older and of newer records."""
    system, frame = records.system, records.frame()
    if not system.drifted:
        yield f"{system.file}.csv", frame
        return
    is_new = records.created[frame.index] > half
    yield f"{system.file}_1.csv", frame[~is_new]
    yield f"{system.file}_2.csv", frame.loc[is_new, frame.columns[::-1]].rename(columns=system.drifted)


def _truth_files(world: World, records: dict[str, Records]) -> dict[str, pa.Table]:
    persons, numbers = world.tables["people"]["person"].to_numpy(), world.tables["applications"]["application"]
    told = []
    for name, one in records.items():  # of an application the record tells which one it is
        rows = one.truth(persons)
        told.append(
            rows.append_column("application", numbers if name == "applications" else pa.nulls(len(rows), numbers.type))
        )
    return {
        "truth/records.parquet": pa.concat_tables(told),
        **{f"truth/true_{name}.parquet": table for name, table in world.truth.items()},
    }


def _write(folder: Path, name: str, table: pa.Table, chunk: int) -> None:
    path = folder / name
    if path.suffix == ".csv":
        append_text(_as_written(table), path, _ENCODINGS.get(path.parent.name, "utf-8"))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path.with_stem(f"{path.stem}-{chunk:05d}"), compression="zstd", row_group_size=_ROW_GROUP)


def _as_written(table: pa.Table) -> pd.DataFrame:
    """Give a table as a frame for a text file; pandas would write whole numbers beside gaps as 3.0."""
    whole = [name for name in table.column_names if pa.types.is_integer(table[name].type) and table[name].null_count]
    for name in whole:
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.string()))
    return table.to_pandas()


def append_text(frame: pd.DataFrame, path: Path, encoding: str) -> None:
    """Write a frame as CSV, with its header where the file is new; every line ends in a newline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    text = frame.to_csv(index=False, header=is_new, lineterminator="\n")
    with path.open("ab") as handle:
        handle.write(text.encode(encoding if is_new else encoding.removesuffix("-sig")))
