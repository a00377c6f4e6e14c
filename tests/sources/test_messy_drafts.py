"""Generated deliveries as drafted: what `insight new` writes is right, says what to check, or is refused.

`INSIGHT_MESSY_FILES` says how many files are made; each delivery is made from its own number, so that one that fails
can be made again.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import yaml

from insight.config.parameters import Parameters, load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.errors import InsightError, SourceError
from insight.sources import draft
from insight.sources.readers import files

FILES = int(os.environ.get("INSIGHT_MESSY_FILES", "60"))
#: Words of the free column, by the encodings that can write them.
NOTES = {
    "utf-8": "Müller Straße 東京 čaj",
    "utf-8-sig": "Müller 東京",
    "utf-16": "Größe 北京",
    "cp1252": "Müller Straße – “x”",
    "cp1250": "žluťoučký kůň",
    "cp1251": "Привет мир",
    "gb18030": "北京市朝阳区",
    "cp932": "東京都千代田区",
    "euc_kr": "서울특별시",
}
DATES = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y%m%d"]
NUMBERS = [
    (".", ""),
    (".", ","),
    (",", ""),
    (",", "."),
    (",", " "),
    (".", "'"),
    (".", "\N{RIGHT SINGLE QUOTATION MARK}"),
]
NO_AMOUNTS = ["n/a", "abc", "1.2.3", "--", "12 pcs"]
NO_DAYS = ["31.02.2023", "2023-02-30", "unknown", "30/02/2023", "99999"]


@dataclass
class Delivery:
    """Files as a careless system writes them, and what is true of them."""

    how: dict
    texts: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    sound: Counter = field(default_factory=Counter)  # (customer, moment, amount) of each line, once
    repeated: int = 0
    unreadable: set = field(default_factory=set)  # (file, line number)


def make(number: int) -> Delivery:
    """Make a delivery of one to four files, always the same for one number."""
    chance = random.Random(number)
    decimal, thousands = chance.choice(NUMBERS)
    how = {
        "encoding": chance.choice(list(NOTES)),
        "delimiter": chance.choice([c for c in ",;|\t" if c not in (decimal, thousands) or chance.random() < 0.5]),
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
    }
    how["dates"] = "%d/%m/%Y" if how["two_orders"] else how["dates"]
    made = Delivery(how)
    lines: list[tuple] = []
    for part in range(chance.randint(1, 4)):
        _write_file(made, f"part-{part}.csv", lines, chance)
    return made


def _write_file(made: Delivery, name: str, lines: list[tuple], chance: random.Random) -> None:
    how = made.how | {"saved": made.how["saved_again"] and chance.random() < 0.5}
    if how["two_orders"] and chance.random() < 0.5:
        how["dates"] = "%m/%d/%Y"
    header = ["Line", "Customer", "Date", "Amount", "Note"]
    order = chance.sample(range(5), 5)
    out = ["My shop"] * how["title_lines"] + [_joined([header[place] for place in order], how)]
    for _ in range(chance.randint(12, 40)):
        fate = chance.choices(
            ["sound", "again", "amount", "day", "fields", "blank", "header", "plain"], [80, 5, 1, 1, 1, 1, 1, 10]
        )[0]
        if fate == "blank":
            out.append("")
            continue
        made.rows += 1
        if fate == "header":
            out.append(_joined([header[place] for place in order], how))
            made.unreadable.add((name, len(out)))
            continue
        line = chance.choice(lines) if fate == "again" and lines else _new_line(len(lines), how, chance)
        cells = _cells(line, how)
        if fate == "amount":
            cells[3] = chance.choice(NO_AMOUNTS)
        elif fate == "day":
            cells[2] = chance.choice([day for day in NO_DAYS if day != "99999" or how["dates"] != "%Y%m%d"])
        texts = [cells[place] for place in order]
        out.append(_joined([*texts, "too", "many"] if fate == "fields" else texts, how))
        if fate in ("amount", "day", "fields"):
            made.unreadable.add((name, len(out)))
        elif line in lines:
            made.repeated += 1
        else:
            lines.append(line)
            customer = line[1].lstrip("0") or "0" if how["saved_again"] else line[1]
            made.sound[(customer, *line[2:4])] += 1
    made.texts[name] = how["newline"].join(out) + (how["newline"] if how["final_newline"] else "")


def _new_line(count: int, how: dict, chance: random.Random) -> tuple:
    day = date(2022, 1, 1) + timedelta(days=chance.randrange(700))
    if how["early_days"]:
        day = day.replace(day=1 + day.day % 12)
    at = datetime(
        day.year, day.month, day.day, *((chance.randrange(24), chance.randrange(60)) if "%H" in how["dates"] else ())
    )
    cents = chance.choice(
        [chance.randrange(1, 10_000), chance.randrange(100_000, 900_000_000), -chance.randrange(1, 5_000)]
    )
    note = chance.choice(["", "plain", NOTES[how["encoding"]], f"a{how['delimiter']}b", 'the "best"'])
    return (f"L{count:05d}", f"{chance.randrange(40):06d}", at, Decimal(cents) / 100, note)


def _cells(line: tuple, how: dict) -> list[str]:
    key, customer, at, amount, note = line
    written = f"{amount:,.2f}".translate({ord(","): how["thousands"], ord("."): how["decimal"]})
    if how["saved_again"]:
        customer = customer.lstrip("0") or "0"
    if how["saved"]:
        customer, written = f"{customer}.0", written[:-1] if written.endswith("0") else written
    return [key, customer, at.strftime(how["dates"]), written, note]


def _joined(cells: list[str], how: dict) -> str:
    return how["delimiter"].join(
        '"' + cell.replace('"', '""') + '"' if how["delimiter"] in cell or '"' in cell else cell for cell in cells
    )


@pytest.fixture
def deliveries(shop, tmp_path, monkeypatch):
    """Give every delivery in a project of its own."""

    def each():
        done = number = 0
        while done < FILES:
            made = make(number)
            business = type(shop)(tmp_path / str(number))
            monkeypatch.setenv("INSIGHT_HOME", str(business.root))
            for name, text in made.texts.items():
                business.put(name, text, made.how["encoding"])
            yield number, made, business
            business.con.disconnect()
            done, number = done + len(made.texts), number + 1

    return each


def described(business, made: Delivery) -> Parameters:
    """Describe a delivery as who wrote it would."""
    how = made.how
    form = {name: how[name] for name in ("encoding", "delimiter", "decimal", "thousands")}
    form["thousands"] = form["thousands"].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    columns = {
        "transaction_id": "Line",
        "customer_id": {"column": "Customer", "drop_ending": ".0"} if how["saved_again"] else "Customer",
        "occurred_at": {"column": "Date", "dates": [how["dates"], *["%m/%d/%Y"] * how["two_orders"]]},
        "amount": "Amount",
    }
    if not how["line_id"]:
        del columns["transaction_id"]
    tables = {"transactions": {"files": "*.csv", "columns": columns}}
    source = {"kind": "files", "format": form | {"skip_lines": how["title_lines"]}, "tables": tables}
    given = {"title": {"en": "S", "zh": "S"}, "currency": "EUR", "time_zone": "UTC", "source": source}
    (business.root / "params" / "shop.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), "utf-8")
    return load("shop", root=business.root)


def taken_in(business, params: Parameters):
    return check(files.deliver(params, business.con)["transactions"], CONTRACTS["transactions"])


def accepted(checked, params: Parameters) -> Counter:
    """Count the accepted rows as ``(customer, moment in the business's zone, amount)``."""
    zone = ZoneInfo(params.time_zone)
    rows = checked.accepted.select("customer_id", "occurred_at", "amount").to_pyarrow().to_pylist()
    return Counter(
        (row["customer_id"], row["occurred_at"].astimezone(zone).replace(tzinfo=None), row["amount"]) for row in rows
    )


def test_a_delivery_as_described_loses_doubles_and_exchanges_nothing(deliveries):
    for number, made, business in deliveries():
        params = described(business, made)
        try:
            checked = taken_in(business, params)
        except SourceError:
            if made.how["two_orders"]:
                continue  # some of its days read the same in both orders: it says so
            raise
        assert accepted(checked, params) == made.sound, number
        counts = checked.counts.filter(regex="^rows_").sum()
        assert (counts.rows_delivered, counts.rows_duplicate) == (made.rows, made.repeated), number
        named = checked.quarantined.to_pandas()
        assert set(zip(named.source_file, named.source_line, strict=True)) == made.unreadable, number


def test_a_draft_that_runs_is_right_or_says_what_to_check(deliveries):
    for number, made, business in deliveries():
        try:
            text = draft.draft("shop", business.root)
            (business.root / "params" / "shop.yaml").write_text(text, "utf-8")
            params = load("shop", root=business.root)
            checked = taken_in(business, params)
        except InsightError:
            continue  # refused, with a message that names the place
        counts = checked.counts.filter(regex="^rows_").sum()
        assert (counts.rows_delivered, counts.rows_duplicate) == (made.rows, made.repeated), (number, text)
        if wrong := accepted(checked, params) - made.sound:
            doubted = " ".join(line for line in text.splitlines() if "CHECK" in line)
            assert "occurred" in doubted or "amount" in doubted or "decimal" in doubted, (number, len(wrong), text)
