"""What is held on a person is handed out, and what is erased is gone from every file and stays out."""

import base64
import csv
import gzip
import hashlib
import json
import random
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from business.conftest import Home, make_home
from insight.runner import warm
from insight.runner.run import run
from insight.unify.privacy.vault import Vault
from insight.unify.privacy.vault_key import VARIABLE
from small_project import bytes_below, lend_server
from unify import harbour
from unify.canary_scan import Scanner

KEY = base64.b64encode(b"what a person may ask for, 32 by").decode()
PHONE, DOCUMENT, MAIL = "13871925046", "11010519870413771X", "quillfeather.z@harbourmail.example"
NAME, HAN, STREET, WECHAT = "Zephyrine Quillfeather", "欧阳翡琬", "47 Lanternwick Crescent", "wx_qlfthr_0417"
KEYS = ["CIF7700417", "webqlfthr0417"]
SAID = [f"remark{number:02d}qlf{number * 7919}" for number in range(31)]
CANARIES = [PHONE, DOCUMENT, MAIL, NAME, HAN, STREET, WECHAT, *KEYS, *SAID]
LINKED = """\
title: {en: Quay, zh: 码头}
currency: CNY
quarantine_rows_share: 0.1
time_zone: Asia/Shanghai
source:
  kind: files
  records:
    bank:
      files: [bank.csv]
      key: CIF_NO
      format: {encoding: gb18030}
      columns: {full_name: name, latin_name: latin, document_number: ID_NO, phone: MOBILE, email: mail, address: ADDR}
      ignored: [note]
    web:
      files: [web.parquet]
      key: login
      columns: {full_name: name, document_number: doc, phone: tel, email: mail, wechat_id: wechat}
    till:
      files: [till.csv.gz]
      columns: {full_name: name, document_number: doc, phone: tel, email: mail}
  tables:
    transactions:
      files: [sales.csv]
      system: web
      columns: {customer_id: login, occurred_at: day, amount: amount, category: category}
    service_tickets:
      files: [tickets.tsv]
      format: {encoding: utf-16}
      system: bank
      columns: {ticket_id: ticket, customer_id: CIF_NO, opened_at: opened, topic: topic, text: text}
"""
SHOP = """\
title: {en: Shop, zh: 商店}
currency: USD
time_zone: UTC
quarantine_rows_share: 0.5
quarantine_amount_share: 0.5
source:
  kind: files
  tables:
    transactions:
      files: [lines.csv]
      columns: {basket_id: order, customer_id: orders.who, occurred_at: orders.day, amount: amount}
      join: {orders: {files: [orders.csv], by: {order: order}}}
    customers:
      files: [people.xlsx]
      columns: {customer_id: who, region: town}
"""


def written(path: Path, rows: list[list[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> None:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def deliver(raw: Path) -> None:
    """A bank, a web shop and a till without keys know 90 people; the canary stands in the middle of every file."""
    raw.mkdir(parents=True)
    chance, said = random.Random(3), iter(SAID)
    crowd = [harbour._somebody(chance) for _ in range(90)]
    canary = {"name": NAME, "han": HAN, "phone": PHONE, "document": DOCUMENT, "email": MAIL}
    known = [*crowd[:40], canary | {"address": f"{STREET}\n2nd floor", "wechat": WECHAT}, *crowd[40:]]
    keys = [(f"CIF{at:07d}", f"web{at:05d}") if one["phone"] != PHONE else tuple(KEYS) for at, one in enumerate(known)]

    def remark(one: dict[str, str]) -> str:
        return next(said) if one["phone"] == PHONE else "nothing"

    bank = [
        [key, one["han"], one["name"], one["document"], one["phone"], one["email"], one["address"], remark(one)]
        for one, (key, _) in zip(known, keys, strict=True)
    ]
    bank.insert(60, [KEYS[0], HAN, NAME, "a line of", "too many", "fields", STREET, next(said), "more"])
    written(
        raw / "bank.csv",
        [["CIF_NO", "name", "latin", "ID_NO", "MOBILE", "mail", "ADDR", "note"], *bank],
        encoding="gb18030",
    )
    web = [
        {"login": key, "name": one["han"], "doc": one["document"], "tel": one["phone"], "mail": one["email"]}
        | {"wechat": one["wechat"], "device owner": remark(one)}
        for one, (_, key) in zip(known, keys, strict=True)
    ]
    pd.DataFrame(web).to_parquet(raw / "web.parquet")
    till = [[one["han"], one["document"], one["phone"], one["email"], remark(one)] for one in known[::2]]
    written(raw / "till.csv.gz", [["name", "doc", "tel", "mail", "said"], *till])
    sales, tickets = [], []
    for one, (cif, login) in zip(known, keys, strict=True):
        for number in range(3 + chance.randrange(9)):
            day = (pd.Timestamp("2024-01-01") + pd.Timedelta(days=chance.randrange(360))).strftime("%Y-%m-%d")
            sales.append([login, day, f"{chance.randrange(100, 90000) / 100:.2f}", chance.choice(["rope", "tea"])])
            if number < 3 and one["phone"] == PHONE:
                text = f"{next(said)} {NAME} says {next(said)},\nand lives at {STREET}"
                tickets.append([f"T{len(tickets)}", cif, f"{day} 10:00:00", "card", text])
        tickets.append([f"T{len(tickets)}", cif, "2024-05-05 10:00:00", "card", "The card did not arrive."])
    tickets += [[f"T9{number}", KEYS[0], "2024-06-05 10:00:00", "card", text] for number, text in enumerate(said)]
    written(raw / "sales.csv", [["login", "day", "amount", "category"], *sales])
    names = ["ticket", "CIF_NO", "opened", "topic", "text"]
    written(raw / "tickets.tsv", [names, *tickets], encoding="utf-16", delimiter="\t")


class Place:
    """A project with its temporary files and its user's home, so that every file that is written is found."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("t", "u"):
            (root / name).mkdir()
        self.home: Home = make_home(root / "project")

    def call(self, *arguments: str) -> str:
        environment = {VARIABLE: KEY, "TMPDIR": str(self.root / "t"), "HOME": str(self.root / "u")}
        done = self.home.run(*arguments, **environment)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout + done.stderr

    def folder(self, kind: str, dataset: str) -> Path:
        return self.home.folder / "data" / kind / dataset

    def tables(self, dataset: str) -> dict[str, pd.DataFrame]:
        return {path.stem: pd.read_parquet(path) for path in self.folder("processed", dataset).glob("*.parquet")}


@dataclass(frozen=True)
class Forgotten:
    """A place where the canary was handed out and forgotten; what was there before, and what was said."""

    place: Place
    kept: Path
    before: dict[str, pd.DataFrame]
    people: pd.DataFrame
    handed: dict
    said: str

    @property
    def customer_id(self) -> str:
        return self.handed["customer_id"]


def vault_of(place: Place, dataset: str) -> Vault:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, KEY)
        return Vault(place.folder("vault", dataset), dataset)


def without(table: pd.DataFrame, customer_id: str) -> pd.DataFrame:
    return table[table.customer_id != customer_id].reset_index(drop=True) if "customer_id" in table else table


RUN = ["run", "quay", "--only", "10", "--only", "15", "--only", "20"]


@pytest.fixture(scope="module")
def quay(tmp_path_factory) -> Forgotten:
    """The quay's people linked and profiled; then the canary is handed out, and forgotten."""
    place, kept = Place(tmp_path_factory.mktemp("rights")), tmp_path_factory.mktemp("kept") / "quay"
    deliver(place.folder("raw", "quay"))
    shutil.copytree(place.folder("raw", "quay"), kept)
    (place.home.folder / "params" / "quay.yaml").write_text(LINKED, encoding="utf-8")
    place.call(*RUN)
    before, people = place.tables("quay"), vault_of(place, "quay").read("crosswalk").to_pandas()
    said = place.call("about", "quay", f"bank:{KEYS[0]}")
    [file] = (place.folder("vault", "quay") / "about").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    handed = json.loads(file.read_text(encoding="utf-8"))
    said += place.call("forget", "quay", f"bank:{KEYS[0]}")
    return Forgotten(place, kept, before, people, handed, said)


def test_all_that_is_held_on_a_person_is_handed_out(quay):
    everything, held = json.dumps(quay.handed, ensure_ascii=False), quay.handed["tables"]
    assert [value for value in (PHONE, DOCUMENT, MAIL, NAME, HAN, WECHAT, *KEYS) if value not in everything] == []
    assert {"vault/golden", "vault/crosswalk", "tables/transactions", "tables/profile"} <= held.keys()
    bought = quay.before["transactions"].customer_id == quay.customer_id
    assert len(held["tables/transactions"]["rows"]) == bought.sum() > 0
    assert {row["customer_id"] for row in held["tables/profile"]["rows"]} == {quay.customer_id}
    assert held["tables/transactions"]["columns"]["amount"]


def test_of_a_forgotten_person_no_canary_is_left_in_any_file(quay):
    assert len(CANARIES) == 40
    scanner = Scanner(CANARIES)
    assert set().union(*scanner.scan(quay.kept).values()) == set(CANARIES)
    assert scanner.scan(quay.place.root) == {}
    vault = vault_of(quay.place, "quay")
    assert scanner.find("".join(vault.read(name).to_pandas().to_csv() for name in vault.tables()).encode()) == set()
    assert scanner.find(quay.said.encode()) == set()


def test_everyone_elses_lines_and_rows_stay_as_they_were(quay):
    after = quay.place.tables("quay")
    assert after.keys() == quay.before.keys()
    for name, table in after.items():
        pd.testing.assert_frame_equal(table, without(quay.before[name], quay.customer_id), obj=name)
    assert len(after["transactions"]) < len(quay.before["transactions"])
    for path in sorted(quay.kept.iterdir()):
        now, then = read_plainly(quay.place.folder("raw", "quay") / path.name), read_plainly(path)
        changed = [(one, other) for one, other in zip(now, then, strict=True) if one != other]
        assert changed, path.name
        assert {one.strip("\n") for one, _ in changed} == {""}, path.name


def read_plainly(path: Path) -> list[str]:
    """Give a file's lines; of Parquet the rows, with an empty one where a row went."""
    if path.suffix == ".parquet":
        rows = {row[0]: str(row) for row in pd.read_parquet(path).itertuples(index=False)}
        return [rows.get(f"web{at:05d}" if at != 40 else KEYS[1], "") for at in range(91)]
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return content.decode({"bank.csv": "gb18030", "tickets.tsv": "utf-16"}.get(path.name, "utf-8")).split("\r\n")


def test_delivered_again_they_stay_out_and_nobody_elses_id_changes(quay):
    shutil.copytree(quay.kept, quay.place.folder("raw", "quay"), dirs_exist_ok=True)
    quay.place.call(*RUN)
    scanner, vault = Scanner(CANARIES), vault_of(quay.place, "quay")
    inside = "".join(vault.read(name).to_pandas().to_csv() for name in vault.tables())
    assert scanner.find(inside.encode()) == set()
    assert scanner.scan(quay.place.root, without=[quay.place.folder("raw", "quay")]) == {}
    people = vault.read("crosswalk").to_pandas()
    mine = quay.people.customer_id == quay.customer_id
    assert mine.sum() >= 3
    columns = ["source_system", "source_record_id", "customer_id"]
    pd.testing.assert_frame_equal(people[columns], quay.people[~mine][columns].reset_index(drop=True))
    after = quay.place.tables("quay")
    for name in ("transactions", "customers", "service_tickets", "events"):
        pd.testing.assert_frame_equal(after[name], without(quay.before[name], quay.customer_id), obj=name)


def test_the_list_of_the_forgotten_tells_nothing_and_the_log_names_nobody(quay):
    vault = vault_of(quay.place, "quay")
    kept = vault.read("forgotten").to_pandas()["hash"]
    assert kept.str.fullmatch("[0-9a-f]{64}").all()
    assert hashlib.sha256(f"bank:{KEYS[0]}".encode()).hexdigest() not in set(kept)
    log = (vault.folder / "rights.log").read_text()
    assert [line.split()[2] for line in log.splitlines()] == ["about", "forget"]
    assert quay.customer_id not in log


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Place:
    """A shop that knows its customers by ids of its own: orders name them, and lines look them up."""
    place = Place(tmp_path_factory.mktemp("shop"))
    raw = place.folder("raw", "shop")
    raw.mkdir()
    orders = [[f"o{number}", f"who{number % 7:04d}", f"2024-03-{1 + number % 28:02d}"] for number in range(70)]
    written(raw / "orders.csv", [["order", "who", "day"], *orders])
    lines = [[f"o{number}", f"{number}.50"] for number in range(70) for _ in range(2)]
    written(raw / "lines.csv", [["order", "amount"], *lines, ["o3", "who0003", "3.50"]])
    book = openpyxl.Workbook()
    for row in [["who", "town"], *([f"who{number:04d}", "Leeds"] for number in range(7))]:
        book.active.append(row)
    book.save(raw / "people.xlsx")
    (place.home.folder / "params" / "shop.yaml").write_text(SHOP, encoding="utf-8")
    place.call("run", "shop", "--only", "10")
    return place


@pytest.fixture
def shop(untouched, tmp_path_factory) -> Place:
    """The shop, of which nobody was forgotten so far."""
    place = Place(tmp_path_factory.mktemp("shop"))
    for name in ("data", "reports"):
        shutil.copytree(untouched.home.folder / name, place.home.folder / name, dirs_exist_ok=True)
    (place.home.folder / "params" / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return place


def test_where_customers_have_ids_of_their_own_they_are_forgotten_by_these(shop):
    before = shop.tables("shop")
    theirs = {name: (table.customer_id == "who0003").sum() for name, table in before.items() if "customer_id" in table}
    assert f"{sum(theirs.values())} row(s) of 3 table(s)" in shop.call("about", "shop", "who0003")
    said = shop.call("forget", "shop", "who0003")
    assert "people.xlsx: 1 record(s) cannot be taken out of this file" in said
    raw = shop.folder("raw", "shop")
    assert "who0003" not in (raw / "orders.csv").read_text() + (raw / "lines.csv").read_text()
    assert "o3," not in (raw / "lines.csv").read_text()
    after = shop.tables("shop")
    for name in ("transactions", "customers", "events"):
        pd.testing.assert_frame_equal(after[name], without(before[name], "who0003"), obj=name)


def test_what_depends_on_a_forgotten_person_is_due_and_they_stay_out(shop, monkeypatch):
    before, raw = shop.tables("shop"), shop.folder("raw", "shop")
    orders = (raw / "orders.csv").read_bytes()
    monkeypatch.setenv("INSIGHT_HOME", str(shop.home.folder))
    monkeypatch.setenv(VARIABLE, KEY)
    monkeypatch.setattr(warm, "Server", lend_server)
    assert run("shop", only=["10"], force=False).executed == []
    shop.call("forget", "shop", "who0003")
    assert run("shop", only=["10"], force=False).executed == ["10_data_intake"]
    assert run("shop", only=["10"], force=False).executed == []
    (raw / "orders.csv").write_bytes(orders)
    assert run("shop", only=["10"], force=False).executed == ["10_data_intake"]
    after = shop.tables("shop")
    for name in ("transactions", "customers", "events"):
        pd.testing.assert_frame_equal(after[name], without(before[name], "who0003"), obj=name)


def test_of_somebody_unknown_nothing_is_erased_and_the_message_repeats_no_value(shop):
    before = bytes_below(shop.folder("raw", "shop")) | bytes_below(shop.folder("processed", "shop"))
    done = shop.home.run("forget", "shop", "who0099", HOME=str(shop.root / "u"), TMPDIR=str(shop.root / "t"))
    assert done.returncode == 2
    assert "nothing is held on such a person" in done.stderr
    assert "who0099" not in done.stderr
    assert before == bytes_below(shop.folder("raw", "shop")) | bytes_below(shop.folder("processed", "shop"))
