"""What the report on what was delivered says, in both languages, whatever arrived."""

from decimal import Decimal

import pandas as pd
import pytest

from insight.contracts.rules import Rule
from insight.report.findings import intake
from insight.report.tables import grid
from insight.sources import inventory
from insight.sources.keys import Spread
from insight.words.context import Context, using

FATES = ("delivered", "accepted", "quarantined", "duplicate")


@pytest.fixture(autouse=True)
def _a_shop():
    with using(Context(currency="USD")):
        yield


def totals(*rows: int, amount: str = "12.50") -> dict:
    counted = {f"rows_{fate}": n for fate, n in zip(FATES, rows, strict=True)}
    counted["rows_unknown"] = 0
    return counted | {
        f"amount_{fate}": Decimal(amount) if n else Decimal(0) for fate, n in zip(FATES, rows, strict=True)
    }


def per_day(*lines: int, amount: int = 3) -> pd.DataFrame:
    day = pd.date_range("2017-12-24", periods=len(lines))
    return pd.DataFrame({"day": day, "lines": pd.Series(lines, dtype=int), "amount": [Decimal(amount)] * len(lines)})


def said(finding, *parts: str) -> list[str]:
    for part in parts:
        assert finding.part(part).in_language("zh") != finding.part(part).in_language("en")
    return [str(finding.part(part)) for part in parts]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((0, 0, 0, 0), "No transaction lines arrived."),
        ((1, 1, 0, 0), "The one transaction line that arrived is accepted: $12.50, reconciled to the cent."),
        ((5, 5, 0, 0), "All 5 transaction lines that arrived are accepted: $12.50 in all, reconciled to the cent."),
    ],
)
def test_the_page_says_first_whether_all_of_it_counts(rows, sentence):
    assert said(intake.answer(totals(*rows)), "lead") == [sentence]


def test_what_does_not_count_is_named_in_the_lead():
    (lead,) = said(intake.answer(totals(9, 6, 2, 1)), "lead")
    assert lead.startswith("Of 9 transaction lines that arrived, 6 are accepted, 2 quarantined and 1 removed")


def test_no_total_with_an_unknown_amount_is_called_reconciled():
    found = totals(9, 6, 2, 1) | {"rows_unknown": 2}
    (lead,) = said(intake.answer(found), "lead")
    assert "The amount of 2 of those quarantined cannot be read" in lead
    account = intake.account(found)
    (note,) = said(account, "note")
    label = str(account.in_words(account.headlines[-1])["label"])
    assert not any("reconciled" in words for words in (lead, note, label))


def test_the_account_leaves_nothing_unexplained():
    found = totals(3, 2, 1, 0) | {"amount_delivered": Decimal(9), "amount_accepted": Decimal(7)}
    frame = intake.account(found | {"amount_quarantined": Decimal(2)}).table
    assert (frame["lines"].tolist(), frame["amount"].iloc[-1]) == ([3, 2, 1, 0, 0], 0)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((0, 0, 0, 0), "Without transactions only few"),
        ((4, 4, 0, 0), "Every line that was delivered has been accepted"),
        ((201, 198, 2, 1), "The reports rest on 99.0% of the transaction lines"),
    ],
)
def test_how_much_the_reports_rest_on(rows, sentence):
    assert said(intake.account(totals(*rows)), "so_what")[0].startswith(sentence)


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([1] * 15, "Each of 15 days has transactions"),
        ([1, 0, *[1] * 13], "One day of 15 has no transactions: 25 December 2017"),
        ([1, 0, 1, 0, *[1] * 11], "2 of 15 days have no transactions, never two in a row"),
        ([1, 0, 0, *[1] * 12], "2 of 15 days have no transactions; the longest gap is 2 days from 25 December 2017"),
    ],
)
def test_gaps_between_days_are_named(lines, title):
    shown = intake.days(per_day(*lines), 200)
    assert said(shown, "title", "alt", "source", "so_what")[0] == title
    assert shown.figure.draw("en").digest == shown.figure.draw("zh").digest


def test_a_long_gap_is_a_question():
    assert "a gap of 4 days looks like" in said(intake.days(per_day(1, 0, 0, 0, 0, *[1] * 12), 200), "so_what")[0]


@pytest.mark.parametrize(
    ("lines", "customers", "sentence"),
    [
        ([], 0, "Not shown: there is nothing to count here."),
        ([3], 200, "Not shown: from the first day to the last there are too few for a line (1)."),
        ([1] * 20, 3, "Not shown: this would be about fewer than 10 customers."),
    ],
)
def test_few_days_or_few_people_are_not_drawn(lines, customers, sentence):
    shown = intake.days(per_day(*lines), customers)
    assert shown.figure is None
    assert said(shown, "says", "so_what")[0] == sentence


def test_a_week_that_falls_by_more_than_half_is_a_question():
    shown = intake.weeks(inventory.by_week(per_day(*[2] * 50, *[0] * 7, *[9] * 7)[1:]))
    assert said(shown, "says") == [
        "Weeks: not compared, as there are fewer than eight whole ones, or some without transactions."
    ]
    shown = intake.weeks(inventory.by_week(per_day(*[30] * 57, *[12] * 14)))
    assert said(shown, "title", "so_what")[0].startswith(
        "The largest change from one week to the next is −60%: 84 lines"
    )
    assert "Ask at the source" in said(shown, "so_what")[0]
    assert shown.figure.draw("en").digest == shown.figure.draw("zh").digest


def test_a_change_of_few_lines_is_no_question_and_odd_days_are_told():
    shown = intake.weeks(inventory.by_week(per_day(*[1] * 57, *[2] * 14)))
    assert "No week stands out" in said(shown, "so_what")[0]
    assert intake.last_day(per_day(*[1] * 57, *[2] * 14)) == []
    (shown,) = intake.last_day(per_day(*[100] * 60, *[0] * 5, *[100] * 60))
    assert "have 0 lines, where such days have 500" in said(shown, "says")[0]


def counted(**kinds: tuple[int, int]) -> pd.DataFrame:
    rows = [(kind, 9, 0, customers, Decimal(amount)) for kind, (customers, amount) in kinds.items()]
    return pd.DataFrame(rows, columns=["kind", "lines", "zero", "customers", "amount"])


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        ({}, "There are no purchases."),
        ({"purchase": (40, 900)}, "There are purchases and no refunds: gross and net are the same."),
        ({"purchase": (40, 900), "refund": (3, -45)}, "Net is not taken apart"),
        (
            {"purchase": (40, 900), "refund": (12, -45)},
            "Purchases of $900.00 less refunds of $45.00 (5% of them)",
        ),
        (
            {"purchase": (40, 900), "fee": (12, 10)},
            "Purchases of $900.00 less refunds of $0.00 (0% of them) leave $900.00 net. Other kinds come to $10.00",
        ),
    ],
)
def test_net_is_taken_apart_where_that_tells_of_nobody(kinds, sentence):
    assert said(intake.kinds(counted(**kinds)), "says")[0].startswith(sentence)


@pytest.mark.parametrize(
    ("customers", "sentences"),
    [
        ((0, 0, 0, False), ["No row names a customer"]),
        ((5, 0, 0, False), ["The source already gives each customer one id", "No customer file describes them"]),
        ((2469, 0, 0, False), ["The source already gives each of the 2,469", "No customer file describes them"]),
        (
            (2469, 2469, 2469, True),
            ["The source already gives each of the 2,469", "A customer file describes every one"],
        ),
        (
            (2469, 801, 801, True),
            ["The source already gives each of the 2,469", "A customer file describes 801 of them"],
        ),
        (
            (80, 0, 80, True),
            [
                "The source already gives each of the 80 ",
                "The customer file describes 80 ",
                "The customer file has 80 more",
            ],
        ),
        (
            (80, 5, 80, True),
            ["The source already gives each of the 80 ", "How many of them", "The customer file has 75 more"],
        ),
        ((0, 0, 40, True), ["The source already gives each of the 40 ", "A customer file describes every one"]),
    ],
)
def test_whose_the_transactions_are(customers, sentences):
    found = intake.owners(inventory.Customers(*customers))
    told = [said(item, "says")[0] for item in found]
    assert [line[: len(start)] for line, start in zip(told, sentences, strict=True)] == sentences


def test_keys_that_meet_nothing_are_loud_and_say_how_they_would_meet():
    link = ("transactions", "customer_id", "buys.csv", "customers", "people.csv", 487, 487, 1.0)
    columns = [*("table_name", "column", "file", "points_to", "other_file", "named", "rows", "share")]
    for way, words in (("zeros", "Without leading zeros 480 of them"), ("signs", "480 of them"), ("", "487 rows that")):
        links = pd.DataFrame([link], columns=columns).assign(way=way, would_meet=480, loud=True, is_lookup=False)
        unmet, laid_out = intake.broken_links(links)
        assert words in said(unmet, "says", "so_what")[0]
        assert "buys.csv" in said(unmet, "says")[0]
        assert len(laid_out.table) == 1
    assert len(intake.broken_links(links.assign(loud=False))) == 1
    lookup = links.assign(column="Article", points_to="goods", is_lookup=True)
    *_, met = intake.broken_links(lookup)
    assert said(met, "says") == [
        "Looked up in goods: of the 487 rows of transactions that name one by Article, 0 found it."
    ]
    none_lost, met = intake.broken_links(lookup.assign(rows=0, loud=False))
    assert "487 found it" in said(met, "says")[0]
    assert "is found in its table" in said(none_lost, "says")[0]


def test_values_that_went_are_laid_out_and_baskets_in_two_files_are_pointed_out():
    columns = ["table_name", "column", "code", "bounds", "rows", "first_file", "first_line"]
    left_out = pd.DataFrame([("customers", "birth_year", "not_a_date", (), 3, "c.csv", 7)], columns=columns)
    assert "“year of birth”: is not a date" in said(intake.remarks(left_out), "title", "so_what")[1]
    assert said(intake.remarks(left_out[:0]), "says") == ["No value of an accepted row was left out."]
    (shown,) = intake.spread(Spread(3, 90, 8, "a.csv", "b.csv"))
    assert said(shown, "says", "so_what")[0].startswith("3 of 90 baskets stand in more than one file, with 8 lines")
    assert intake.spread(Spread()) == []


def test_few_customers_are_not_counted_on_the_page():
    counted_customers, *_ = intake.owners(inventory.Customers(3, 3, 3, True))
    (headline,) = counted_customers.headlines
    assert headline.value is None
    assert str(counted_customers.in_words(headline)["sentence"]) == (
        "The number of customers is not shown: fewer than 10."
    )


@pytest.mark.parametrize(
    ("rows", "amount_all", "sentence"),
    [
        (0, 90, "Every transaction line names its customer."),
        (2, 90, "2 of 8 transaction lines (25%) are unattributed: $9.00, or 10% of the net amount."),
        (2, -1, "2 of 8 transaction lines (25%) are unattributed: $9.00."),
    ],
)
def test_lines_of_nobody_are_counted(rows, amount_all, sentence):
    found = {"rows": rows, "rows_all": 8, "amount": Decimal(9), "amount_all": Decimal(amount_all)}
    assert said(intake.unassigned(found), "says", "so_what")[0] == sentence


def filled(*shares: float) -> pd.DataFrame:
    names = ["hour", "merchant", "smell"][: len(shares)]
    frame = pd.DataFrame({"table_name": "transactions", "column": names, "rows": 100, "share": shares})
    return frame.assign(filled=(100 * frame.share).astype(int))


@pytest.mark.parametrize(
    ("shares", "title"),
    [
        ((1.0,), "1 further fact is known, for every row"),
        ((1.0, 1.0), "2 further facts are known, each for every row"),
        ((1.0, 0.5), "2 further facts are delivered, 1 of them not for every row"),
    ],
)
def test_how_much_a_row_tells(shares, title):
    assert said(intake.filled_columns(filled(*shares)), "title", "alt", "source")[0] == title


def test_what_is_not_delivered_is_named():
    assert said(intake.filled_columns(filled(0.0)), "says") == ["Rows carry what they must, and nothing beyond."]
    assert said(intake.absent_columns(filled(1.0, 0.0)), "says")[0].startswith("Not delivered at all: store")


def test_tables_are_laid_out_in_words():
    tables = pd.DataFrame({"table_name": ["transactions", "loyalty_cards"], "files": 1})
    tables = tables.assign(**{f"rows_{fate}": 4 for fate in FATES})
    shown = intake.arrived(tables)
    assert grid(shown.table[["table_name"]], title="").rows == [["transactions"], ["loyalty_cards"]]
    links = pd.DataFrame([("contacts", "offer_id", "offers", 3, 0.2, False, False)], columns=[
        *("table_name", "column", "points_to", "rows", "share", "loud", "is_lookup")
    ])  # fmt: skip
    assert [
        str(cell) for cell in intake.broken_links(links)[0].table[["table_name", "column", "points_to"]].iloc[0]
    ] == [*("contacts", "offer", "offers")]


@pytest.mark.parametrize(
    ("code", "bounds", "said"),
    [("below", ("0",), "is below 0"), ("wrong_fields", ("2", "3"), "2 fields where 3 are expected")],
)
def test_rules_are_said_with_their_bounds(code, bounds, said):
    assert str(intake.rule_in_words(Rule(code, bounds))) == said


def test_broken_rules_say_where_to_mend():
    broken = pd.DataFrame(
        [("transactions", "amount", "below", (str(n),), 3, "may.csv", 7) for n in range(12)],
        columns=["table_name", "column", "code", "bounds", "rows", "first_file", "first_line"],
    )
    shown = intake.broken_rules(broken)
    assert len(shown.table) == 10
    assert said(shown, "note", "so_what") == [
        "2 more rules were broken.",
        "Mend at the source first: transactions, column “amount”: is below 0 (3 rows).",
    ]
    assert said(intake.broken_rules(broken[:0]), "says")[0].startswith("Nothing was quarantined")
