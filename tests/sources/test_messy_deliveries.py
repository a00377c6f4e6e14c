"""Generated deliveries, messy in many ways at once: no row and no cent is lost, doubled or exchanged unnamed.

Each is made from its own number, so that one that fails can be made again: `INSIGHT_MESSY=300:1100` takes those.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from insight.config.parameters import load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.errors import InsightError, SourceError
from insight.sources.readers import files

FIRST, LAST = map(int, os.environ.get("INSIGHT_MESSY", "0:16").split(":"))
#: Words of the free column, by the encodings that can write them.
NOTES = {
    "utf-8": "Müller Straße 東京 čaj",
    "utf-8-sig": "Łódź 東京",
    "utf-16": "Größe 北京",
    "cp1252": "Müller Straße – “x”",
    "cp1250": "žluťoučký kůň",
    "cp1251": "Привет мир",
    "koi8-r": "Казань Тверь",
    "mac-roman": "Zürich Genève",
    "gb18030": "北京市朝阳区",
    "cp932": "東京都千代田区",
    "euc_kr": "서울특별시",
}
DATES = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y%m%d"]
NUMBERS = [(".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", "'"), (".", "\u2019"), (",", "\u202f")]
NO_AMOUNTS = ["n/a", "abc", "1.2.3", "--", "12 pcs"]
NO_DAYS = ["31.02.2023", "2023-02-30", "unknown", "30/02/2023", "99999"]
HEADER = ["Line", "Customer", "Date", "Amount", "Note"]
FATES = {"sound": 80, "again": 5, "amount": 1, "day": 1, "fields": 1, "blank": 1, "header": 1}


@dataclass
class Delivery:
    """Files as careless systems write them, and what is true of them."""

    how: dict
    files: dict[str, bytes] = field(default_factory=dict)
    rows: int = 0
    sound: Counter = field(default_factory=Counter)  # (customer, moment, amount) of each line, once
    repeated: int = 0
    unreadable: set = field(default_factory=set)  # (file, line number)

    @property
    def form(self) -> dict:
        how = self.how
        said = {name: how[name] for name in ("delimiter", "decimal")}
        said |= {"thousands": how["thousands"].translate({0x2019: "'", 0x202F: " "}), "accounting_negatives": True}
        said |= {"encoding": sorted({name.removesuffix("-sig") for name in how["encodings"]})}
        return said | {"skip_lines": how["title_lines"]} | ({"quote": ""} if how["quotes"] == "never" else {})


def make(number: int) -> Delivery:
    """Make a delivery of one to four files, always the same for one number."""
    chance = random.Random(number)
    decimal, thousands = chance.choice(NUMBERS)
    quotes = chance.choice(["needed", "needed", "all", "never"])  # never: " means inches
    how = {
        "encodings": chance.sample(sorted(NOTES), chance.choice([1, 1, 2])),
        "quotes": quotes,
        "delimiter": chance.choice([c for c in ",;|\t" if c not in (decimal, thousands) or quotes != "never"]),
        "decimal": decimal,
        "thousands": thousands,
        "dates": chance.choice(DATES),
        "newline": chance.choice(["\n", "\r\n"]),
        "title_lines": chance.choice([0, 0, 0, 2]),
        "final_newline": chance.random() < 0.8,
        "early_days": chance.random() < 0.1,  # no day after the 12th: two orders would read the same
        "line_id": chance.random() < 0.5,  # or nothing but its content tells a line
        "two_orders": chance.random() < 0.15,  # some files are written in the other order of day and month
        "saved_again": chance.random() < 0.15,  # a program saved some files: 17 is 17.0 there, and 5.10 is 5.1
        "accounting": chance.random() < 0.3,  # (5) and 5- are below zero
    }
    how["dates"] = "%d/%m/%Y" if how["two_orders"] else how["dates"]
    if not all(thousands in thousands.encode(name, "replace").decode(name) for name in how["encodings"]):
        how["thousands"] = {"\u2019": "'", "\u202f": " "}[thousands]
    made = Delivery(how)
    lines: list[tuple] = []
    for part in range(chance.randint(1, 4)):
        _write_file(made, f"part-{part}.csv", lines, chance)
    return made


def _write_file(made: Delivery, name: str, lines: list[tuple], chance: random.Random) -> None:
    how = made.how | {"saved": made.how["saved_again"] and chance.random() < 0.5}
    how["encoding"] = chance.choice(how["encodings"])
    how["dates"] = "%m/%d/%Y" if how["two_orders"] and chance.random() < 0.5 else how["dates"]
    order, own = chance.sample(range(5), 5), len(lines)
    header = _joined([HEADER[place] for place in order], how)
    out = ["My shop"] * how["title_lines"] + [header]
    for at in range(chance.randint(12, 40)):
        fate = chance.choices([*FATES], [*FATES.values()])[0] if at else "sound"
        if fate == "blank":
            out.append("")
            continue
        made.rows += 1
        if fate == "header":
            out.append(header)
            made.unreadable.add((name, len(out)))
            continue
        # letters that another encoding might write otherwise stand in one file alone
        known = [line for line in lines[:own] if line[4].isascii()] + lines[own:] if fate == "again" else []
        line = chance.choice(known) if known else _new_line(len(lines), how, chance, is_late=at == 0)
        cells = _cells(line, how, chance)
        if fate == "amount":
            cells[3] = chance.choice(NO_AMOUNTS)
        elif fate == "day":
            cells[2] = chance.choice([day for day in NO_DAYS if day != "99999" or how["dates"] != "%Y%m%d"])
        texts = [cells[place] for place in order] + ["too", "many"] * (fate == "fields")
        out.append(_joined(texts, how))
        if fate in ("amount", "day", "fields"):
            made.unreadable.add((name, len(out)))
        elif known:
            made.repeated += 1
        else:
            lines.append(line)
            customer = line[1].lstrip("0") or "0" if how["saved_again"] else line[1]
            made.sound[(customer, *line[2:4])] += 1
    text = how["newline"].join(out) + (how["newline"] if how["final_newline"] else "")
    made.files[name] = text.encode(how["encoding"])


def _new_line(count: int, how: dict, chance: random.Random, *, is_late: bool) -> tuple:
    at = datetime(2022, 1, 28) + timedelta(days=0 if is_late else chance.randrange(670))
    if how["early_days"]:
        at = at.replace(day=1 + at.day % 12)
    if "%H" in how["dates"]:
        at = at.replace(hour=chance.randrange(4, 24), minute=chance.randrange(60))  # when clocks are not set
    cents = chance.choice([chance.randrange(1, 10**4), chance.randrange(10**5, 9 * 10**8), -chance.randrange(1, 5000)])
    odd = 'plate 3/4"' if how["quotes"] == "never" else chance.choice([f"a{how['delimiter']}b", 'the "best"'])
    note = chance.choice(["", "plain", NOTES[how["encoding"]], odd])
    return (f"L{count:05d}", f"{chance.randrange(40):06d}", at, Decimal(cents) / 100, note)


def _cells(line: tuple, how: dict, chance: random.Random) -> list[str]:
    key, customer, at, amount, note = line
    written = f"{abs(amount):,.2f}".translate({ord(","): how["thousands"], ord("."): how["decimal"]})
    if how["saved_again"]:
        customer = customer.lstrip("0") or "0"
    if how["saved"]:
        customer, written = f"{customer}.0", written[:-1] if written.endswith("0") else written
    signs = ["({})", "{}-", "-{}"] if how["accounting"] else ["-{}"]
    return [
        key,
        customer,
        at.strftime(how["dates"]),
        (chance.choice(signs) if amount < 0 else "{}").format(written),
        note,
    ]


def _joined(cells: list[str], how: dict) -> str:
    def quoted(cell: str) -> str:
        is_needed = how["quotes"] == "all" or how["delimiter"] in cell or '"' in cell
        return '"' + cell.replace('"', '""') + '"' if is_needed and how["quotes"] != "never" else cell

    return how["delimiter"].join(map(quoted, cells))


def taken_in(shop, params):
    checked = check(files.deliver(params, shop.con)["transactions"], CONTRACTS["transactions"])
    zone = ZoneInfo(params.time_zone)
    rows = checked.accepted.select("customer_id", "occurred_at", "amount").to_pyarrow().to_pylist()
    moments = [row["occurred_at"].astimezone(zone).replace(tzinfo=None) for row in rows]
    found = Counter((row["customer_id"], at, row["amount"]) for row, at in zip(rows, moments, strict=True))
    counts = checked.counts.filter(regex="^rows_").sum()
    return checked, found, (counts.rows_delivered, counts.rows_duplicate)


@pytest.fixture(params=range(FIRST, LAST))
def made(request, shop):
    delivery = make(request.param)
    for name, content in delivery.files.items():
        shop.put(name, content)
    return delivery


def test_a_delivery_as_described_loses_doubles_and_exchanges_nothing(shop, made):
    how = made.how
    columns = {
        "transaction_id": "Line",
        "customer_id": {"column": "Customer", "drop_ending": ".0"} if how["saved_again"] else "Customer",
        "occurred_at": {"column": "Date", "dates": [how["dates"], *["%m/%d/%Y"] * how["two_orders"]]},
        "amount": "Amount",
    }
    columns = columns if how["line_id"] else {name: columns[name] for name in columns if name != "transaction_id"}
    try:
        checked, found, counts = taken_in(shop, shop.describe(columns=columns, form=made.form))
    except SourceError:
        assert how["two_orders"]
        assert how["early_days"]  # its days read the same in both orders: it says so
        return
    assert found == made.sound
    assert counts == (made.rows, made.repeated)
    named = checked.quarantined.to_pandas()
    assert set(zip(named.source_file, named.source_line, strict=True)) == made.unreadable


def test_a_draft_that_runs_is_right_or_says_what_to_check(shop, made):
    try:
        shop.draft()
        _, found, counts = taken_in(shop, load("shop", root=shop.root))
    except InsightError:
        return  # refused, with a message that names the place
    text = (shop.root / "params" / "shop.yaml").read_text("utf-8")
    assert counts == (made.rows, made.repeated), text
    doubted = " ".join(line for line in text.splitlines() if "CHECK" in line)
    is_doubted = any(name in doubted for name in ("occurred", "amount", "decimal"))
    assert is_doubted or not found - made.sound, text
