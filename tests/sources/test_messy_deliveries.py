"""Generated deliveries, messy in many ways at once: no row and no cent is lost, doubled or exchanged unnamed."""

import os
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.sources.readers.files import read_tables

#: So many deliveries of two to four files; INSIGHT_MESSY=700 tries over two thousand files.
DELIVERIES = int(os.environ.get("INSIGHT_MESSY", "12"))
PLACES = {
    "utf-8": "Łódź 東京",
    "utf-8-sig": "Łódź 東京",
    "utf-16": "Łódź 東京",
    "cp1252": "Zürich O’Neil",
    "cp1250": "Łódź Żywiec",
    "koi8-r": "Казань Тверь",
    "cp932": "東京都 さくら",
    "gb18030": "北京 上海 客户",
    "mac-roman": "Zürich Genève",
}
MARKS = [(".", ""), (".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u202f"), (".", "\u2019")]
ORDERS = {"%d/%m/%Y": "day first", "%m/%d/%Y": "month first"}


class Delivery:
    """Files whose truth is known: what each line says, and how many of them nobody can read."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.delimiter = self.rng.choice([",", ";", "|", "\t"])
        self.decimal, self.thousands = self.rng.choice(
            [marks for marks in MARKS if marks[0] != self.delimiter and marks[1] != self.delimiter]
        )
        self.quote = self.rng.choice(["all", "needed", "never"])
        self.encodings = self.rng.sample(sorted(PLACES), 2)
        self.truth: list[tuple[str, date, Decimal]] = []
        self.unread = self.repeated = 0
        self.files = {f"{number}.txt": self._file(number) for number in range(self.rng.randint(2, 4))}

    @property
    def form(self) -> dict:
        return {
            "delimiter": "tab" if self.delimiter == "\t" else self.delimiter,
            "decimal": self.decimal,
            "thousands": self.thousands,
            "accounting_negatives": True,
            "encoding": sorted({name.removesuffix("-sig") for name in self.encodings}),
            **({"quote": ""} if self.quote == "never" else {}),
        }

    def _file(self, number: int) -> bytes:
        rng, form = self.rng, self.rng.choice(sorted(ORDERS))
        encoding = rng.choice(self.encodings)
        # a day above 12 in each file tells day from month
        days = [
            date(2023, 3, 28),
            *(date(2023, 1, 1) + timedelta(days=rng.randrange(360)) for _ in range(rng.randint(5, 40))),
        ]
        lines = [f"who{self.delimiter}day{self.delimiter}paid{self.delimiter}place"]
        for at, day in enumerate(days):
            who, amount = f"C{number}{at}", Decimal(rng.randrange(-500_000, 90_000_000)) / 100
            line = self._line(who, day.strftime(form), self._written(amount), PLACES[encoding])
            self.truth.append((who, day, amount))
            lines.append(line)
            if rng.random() < 0.1:
                lines.append(line)
                self.repeated += 1
            if rng.random() < 0.1:
                lines.append(self._broken(lines[0], form))
                self.unread += 1
            if rng.random() < 0.05:
                lines.append("")
        end = rng.choice(["\n", "\r\n"])
        return (end.join(lines) + end).encode(encoding)

    def _line(self, *fields: str) -> str:
        mark = {"all": '"', "needed": "", "never": ""}[self.quote]
        place = fields[-1] + {"all": "", "needed": "", "never": ' 3/4"'}[self.quote]
        return self.delimiter.join(f"{mark}{field}{mark}" for field in (*fields[:-1], place))

    def _broken(self, header: str, form: str) -> str:
        day = date(2023, 3, 28).strftime(form)
        return self.rng.choice(
            [
                header,
                self._line("C9", day, self._written(Decimal(7)), "x", "y"),
                self._line("C9", "31/02/2023", self._written(Decimal(7)), "x"),
                self._line("C9", day, "n/a", "x"),
            ]
        )

    def _written(self, amount: Decimal) -> str:
        text = f"{abs(amount):,.2f}".replace(",", "T").replace(".", self.decimal).replace("T", self.thousands)
        text = text if amount >= 0 else self.rng.choice([f"-{text}", f"({text})", f"{text}-", f"\u2212{text}"])
        has_all_signs = all(name.startswith("utf") for name in self.encodings)
        return text if has_all_signs else text.translate(str.maketrans("\u202f\u2019\u2212", " '-"))


@pytest.mark.parametrize("seed", range(DELIVERIES))
def test_no_row_and_no_cent_is_lost(shop, seed):
    delivery = Delivery(seed)
    for name, content in delivery.files.items():
        shop.put(name, content)
    columns = {"customer_id": "who", "occurred_on": {"column": "day", "dates": [*ORDERS]}, "amount": "paid"}
    params = shop.describe(files="*.txt", columns=columns, form=delivery.form)
    rows = read_tables(params, shop.con, temp=shop.root / "read")["transactions"].rows
    checked = check(rows, CONTRACTS["transactions"])
    accepted = checked.accepted.select("customer_id", "occurred_on", "amount").to_pyarrow().to_pylist()
    assert sorted(tuple(row.values()) for row in accepted) == sorted(delivery.truth)
    counts = checked.counts
    assert (counts.rows_quarantined.sum(), counts.rows_duplicate.sum()) == (delivery.unread, delivery.repeated)
    assert counts.rows_delivered.sum() == len(delivery.truth) + delivery.unread + delivery.repeated
