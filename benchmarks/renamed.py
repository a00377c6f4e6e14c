"""Linking of sets whose columns have other names, or none that say anything: what is lost against them as they come.

``python benchmarks/renamed.py --data FOLDER`` writes ``benchmarks/results/renamed.json``. Each public set of people is
linked as it comes, with columns called c1, c2 and so on and its rows shuffled, and, where it has two systems, with each
system's columns in an order of its own and with one system's columns in German. Then people of a made-up bank, of whom
four systems (core, app, call centre, CRM) deliver records under column names of their own: mapped by hand, as they
come, and with names that say nothing. Nothing is mapped but by hand where it says so.
"""

import argparse
import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from linkage import KEYS, fake_1000, febrl, ours

from insight.config.source.kinds import Dirt
from insight.simulate.delivery.bank import deliver
from insight.simulate.world import make_world
from insight.unify.evaluate.score import score

RESULTS = Path(__file__).parent / "results" / "renamed.json"
GERMAN = {
    "given_name": "vorname",
    "surname": "nachname",
    "street_number": "hausnummer",
    "address_1": "strasse",
    "address_2": "adresszusatz",
    "suburb": "ort",
    "postcode": "plz",
    "state": "bundesland",
    "date_of_birth": "geburtsdatum",
    "soc_sec_id": "sozialversicherungsnummer",
}
#: Files of people by system, with the key of each.
FILES = {
    "core": ("core/cif.csv", "CIF_NO"),
    "app": ("app/app_users.csv", "user_id"),
    "call_centre": ("call_centre/callers_1.csv", "caller_no"),
    "crm": ("crm/leads.csv", "Lead ID"),
}
BY_HAND = {
    "full_name": ("CUST_NAME", "real_name", "caller_name", "Name"),
    "phone": ("MOBILE", "mobile", "phone", "Phone"),
    "email": ("mail", "E-mail"),
    "birth_date": ("BIRTH_DT", "birthday", "birth_date", "Birthday"),
    "document_number": ("ID_NO", "id_no"),
    "city": ("CITY", "city", "City"),
    "address": ("ADDR",),
    "latin_name": ("NAME_PY",),
    "gender": ("SEX",),
    "wechat": ("wx_unionid",),
}
CUSTOMERS, PEOPLE, SEEDS = 3_000, 1_500, (7, 8, 9)


def described(records: pd.DataFrame) -> list[str]:
    """Name the columns that describe people."""
    return [name for name in records.columns if name not in (*KEYS, "truth")]


def nameless(records: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Call the columns that are filled c1, c2 and so on in an order of chance, and shuffle the rows."""
    filled = [name for name in described(records) if records[name].notna().any()]
    order = np.random.default_rng(seed).permutation(filled)
    called = {name: f"c{place}" for place, name in enumerate(order, 1)}
    return records[[*KEYS, "truth", *filled]].rename(columns=called).sample(frac=1, random_state=seed)


def by_system(records: pd.DataFrame) -> pd.DataFrame:
    """Call each system's columns c1, c2 and so on in an order of its own."""
    return pd.concat([nameless(own, seed) for seed, (_system, own) in enumerate(records.groupby("source_system"))])


def in_german(records: pd.DataFrame) -> pd.DataFrame:
    """Give the second system's columns German names."""
    first, second = (own for _system, own in records.groupby("source_system"))
    return pd.concat([first, second.rename(columns=GERMAN)])


def bank(seed: int) -> pd.DataFrame:
    """Give the records of some people of a made-up bank as four systems deliver them, with the truth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        deliver(make_world(seed, 0, CUSTOMERS, 6), folder, dirt=Dirt())
        truth = pd.concat(map(pd.read_parquet, folder.glob("truth/records-*.parquet")))
        parts = [
            _read(folder / file).rename(columns={key: KEYS[1]}).drop_duplicates(KEYS[1]).assign(source_system=system)
            for system, (file, key) in FILES.items()
        ]
    truth = truth[[*KEYS, "person"]].rename(columns={"person": "truth"})
    records = pd.concat(parts, ignore_index=True).merge(truth.astype(dict.fromkeys(KEYS, "str")), on=KEYS)
    chosen = np.random.default_rng(seed).choice(np.sort(records["truth"].unique()), PEOPLE, replace=False)
    return records[records["truth"].isin(chosen)].reset_index(drop=True)


def _read(file: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(file, dtype=str)
    except UnicodeDecodeError:
        return pd.read_csv(file, dtype=str, encoding="gb18030")


def by_hand(records: pd.DataFrame) -> pd.DataFrame:
    """Map the bank's columns by hand, and drop the others."""
    mapped = records[[*KEYS, "truth"]].copy()
    for name, columns in BY_HAND.items():
        present = [column for column in columns if column in records]
        mapped[name] = records[present].bfill(axis=1).iloc[:, 0]
    return mapped


def sets(folder: Path) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Give each set under each of its namings."""
    for name, records in (("FEBRL3", febrl(folder, "3")), ("fake_1000", fake_1000(folder))):
        yield name, "as it comes", records
        yield name, "no names", nameless(records, 1)
    two = febrl(folder, "4a", "4b")
    yield "FEBRL4", "as it comes", two
    yield "FEBRL4", "no names", nameless(two, 1)
    yield "FEBRL4", "no names, each system's own order", by_system(two)
    yield "FEBRL4", "two languages", in_german(two)
    for seed in SEEDS:
        records = bank(seed)
        yield f"bank, seed {seed}", "mapped by hand", by_hand(records)
        yield f"bank, seed {seed}", "as it comes", records
        yield f"bank, seed {seed}", "no names, each system's own order", by_system(records)


def main() -> None:
    """Link every set under every naming."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--data", type=Path, required=True, help="folder with febrl/ and splink_fake_1000/")
    results = []
    for name, naming, records in sets(told.parse_args().data):
        scored = score(ours(records).to_numpy(), records["truth"]).set_index("measure")
        found = {"set": name, "columns": naming, "records": len(records)}
        found |= {
            measure: round(float(scored.loc[measure, "value"]), 4) for measure in ("pair_precision", "pair_recall")
        }
        found |= {
            end: round(float(scored.loc["pair_f1", key]), 4)
            for end, key in (("pair_f1", "value"), ("low", "low"), ("high", "high"))
        }
        results.append(found)
        logging.getLogger(__name__).warning("%s", found)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
