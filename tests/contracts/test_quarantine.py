"""Every delivered row ends in one place, and amounts reconcile."""

from datetime import date
from decimal import Decimal

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check, faults_in_words, refuse_above_limit, unknown_in_words
from insight.engine import connect
from insight.errors import ContractError

TRANSACTIONS = CONTRACTS["transactions"]
COLUMNS = ["transaction_id", "basket_id", "customer_id", "amount", "kind", "fault"]
DAY = pd.Timestamp("2024-02-29")


@pytest.fixture(scope="module")
def con():
    return connect()


def deliver(con, rows: list[tuple], **more):
    frame = pd.DataFrame(rows, columns=COLUMNS).astype("string")
    frame = frame.assign(occurred_at=DAY, occurred_on=DAY.date(), currency="EUR", source_file="sales.csv", **more)
    frame["source_line"] = range(2, len(frame) + 2)
    table = con.create_table(f"t{id(frame)}", frame, overwrite=True)
    return table.mutate(
        amount=table.amount.cast("decimal(18, 4)"),
        occurred_on=table.occurred_on.cast("date"),
    )


GOOD = ("t1", "b1", "ada", "10.10", "purchase", None)


def verdicts(checked) -> dict[str, int]:
    return {name.removeprefix("rows_"): int(n) for name, n in checked.counts.filter(regex="^rows").sum().items()}


def test_a_sound_row_is_accepted(con):
    checked = check(deliver(con, [GOOD]), TRANSACTIONS)
    assert checked.accepted.amount.sum().execute() == Decimal("10.1000")
    assert checked.accepted.columns == tuple(TRANSACTIONS.names)


def test_an_identical_row_with_the_same_key_is_removed_and_counted(con):
    checked = check(deliver(con, [GOOD, GOOD, GOOD]), TRANSACTIONS)
    assert verdicts(checked) == {"delivered": 3, "accepted": 1, "quarantined": 0, "duplicate": 2}
    assert checked.counts["amount_duplicate"].sum() == Decimal("20.2000")


def test_a_key_with_other_content_is_set_aside_with_its_line(con):
    checked = check(deliver(con, [GOOD, ("t1", "b1", "bob", "10.10", "purchase", None)]), TRANSACTIONS)
    assert faults_in_words(checked.broken) == [
        "transaction_id: repeats with other content in 1 row(s), first in sales.csv, line 3"
    ]


def test_a_row_breaking_two_rules_says_both(con):
    checked = check(deliver(con, [GOOD, ("t2", None, "bob", "1", "gift", None)]), TRANSACTIONS)
    assert checked.quarantined.to_pandas()[["source_line", "column"]].to_numpy().tolist() == [
        [3, "basket_id"],
        [3, "kind"],
    ]
    assert verdicts(checked)["quarantined"] == 1


def test_a_row_that_could_not_be_read_says_only_that(con):
    checked = check(deliver(con, [GOOD, ("t2", "b2", "bob", None, "purchase", "amount: not_a_number")]), TRANSACTIONS)
    assert checked.quarantined.to_pandas()["rule"].tolist() == ["is not a number as the format says"]


def test_a_customer_may_be_unknown(con):
    checked = check(deliver(con, [("t1", "b1", None, "1", "purchase", None)]), TRANSACTIONS)
    assert verdicts(checked)["accepted"] == 1


def test_a_day_after_the_last_is_set_aside(con):
    checked = check(deliver(con, [GOOD]), TRANSACTIONS, latest=date(2024, 2, 28))
    assert checked.quarantined.to_pandas()["column"].tolist() == ["occurred_on"]


def test_no_message_carries_a_value(con):
    checked = check(deliver(con, [GOOD, ("t2", "b2", "张伟 13800138000", "7.77", "secret kind", None)]), TRANSACTIONS)
    with pytest.raises(ContractError, match="1 of 2 rows") as caught:
        refuse_above_limit(checked, TRANSACTIONS, rows_share=0.01, amount_share=0.01)
    assert not any(word in str(caught.value) for word in ("13800138000", "secret", "7.77"))
    assert "sales.csv, line 3" in str(caught.value)


def test_few_bad_rows_may_pass(con):
    rows = [(f"t{i}", "b", "ada", "1", "purchase", None) for i in range(200)] + [("x", "b", "ada", "1", "gift", None)]
    checked = check(deliver(con, rows), TRANSACTIONS)
    refuse_above_limit(checked, TRANSACTIONS, rows_share=0.01, amount_share=0.01)
    with pytest.raises(ContractError, match="kind: is not one of"):
        refuse_above_limit(checked, TRANSACTIONS, rows_share=0.001, amount_share=0.01)


def test_a_source_without_a_needed_column_is_refused(con):
    with pytest.raises(ContractError, match="describes no kind"):
        check(deliver(con, [GOOD]).drop("kind"), TRANSACTIONS)


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["b1", None]),
    st.sampled_from(["ada", None]),
    st.sampled_from(["1.10", "-0.01", "99999999.9999", None]),
    st.sampled_from(["purchase", "refund", "gift"]),
    st.sampled_from([None, None, "line: wrong_fields\t3\t8"]),
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_rows_and_amounts_always_reconcile(con, rows):
    counts = check(deliver(con, rows), TRANSACTIONS).counts
    for what in ("rows", "amount"):
        parts = sum(counts[f"{what}_{verdict}"].sum() for verdict in ("accepted", "quarantined", "duplicate"))
        assert parts == counts[f"{what}_delivered"].sum()
    assert counts["rows_delivered"].sum() == len(rows)
    assert counts["amount_delivered"].sum() == sum(Decimal(row[3]) for row in rows if row[3])


def test_the_order_of_the_rows_does_not_matter_for_what_is_accepted(con):
    rows = [GOOD, ("t2", "b1", "ada", "2", "purchase", None), GOOD]
    one, two = (check(deliver(con, order), TRANSACTIONS) for order in (rows, rows[::-1]))
    frames = [c.accepted.order_by("transaction_id").to_pandas() for c in (one, two)]
    pd.testing.assert_frame_equal(*frames)


# --- what is counted, to the row and the cent


def of_amounts(con, *amounts: str | None, **more):
    rows = [(f"t{at}", "b", "ada", amount, "purchase", None) for at, amount in enumerate(amounts)]
    return deliver(con, rows, **more)


def test_each_fate_is_counted_by_file(con):
    rows = [GOOD, GOOD, ("t2", "b", "bob", "-4", "purchase", None), ("t3", "b", "bob", "2.50", "gift", None)]
    frame = deliver(con, rows)
    frame = frame.mutate(source_file=(frame.source_line < 4).ifelse("a.csv", "b.csv"))
    counts = check(frame, TRANSACTIONS).counts.set_index("source_file")
    told = counts.filter(regex="^(rows|amount|magnitude|unknown)_").astype(float).to_dict("index")
    assert told["a.csv"] == {
        **{"rows_delivered": 2, "amount_delivered": 20.2, "magnitude_delivered": 20.2, "unknown_delivered": 0},
        **{"rows_accepted": 1, "amount_accepted": 10.1, "magnitude_accepted": 10.1, "unknown_accepted": 0},
        **{"rows_quarantined": 0, "amount_quarantined": 0, "magnitude_quarantined": 0, "unknown_quarantined": 0},
        **{"rows_duplicate": 1, "amount_duplicate": 10.1, "magnitude_duplicate": 10.1, "unknown_duplicate": 0},
    }
    assert told["b.csv"] == {
        **{"rows_delivered": 2, "amount_delivered": -1.5, "magnitude_delivered": 6.5, "unknown_delivered": 0},
        **{"rows_accepted": 1, "amount_accepted": -4, "magnitude_accepted": 4, "unknown_accepted": 0},
        **{"rows_quarantined": 1, "amount_quarantined": 2.5, "magnitude_quarantined": 2.5, "unknown_quarantined": 0},
        **{"rows_duplicate": 0, "amount_duplicate": 0, "magnitude_duplicate": 0, "unknown_duplicate": 0},
    }
    assert counts.index.tolist() == ["a.csv", "b.csv"]


def test_an_amount_that_cannot_be_read_is_unknown_and_one_in_another_currency_too(con):
    frame = of_amounts(con, "1", None, "3")
    mixed = frame.mutate(currency=(frame.source_line == 4).ifelse("CHF", "EUR"))
    totals = check(mixed, TRANSACTIONS, currency="EUR").counts.sum()
    assert (totals.unknown_delivered, totals.unknown_quarantined, totals.unknown_accepted) == (2, 1, 1)
    assert totals.amount_delivered == totals.amount_accepted == Decimal("1")
    assert check(mixed, TRANSACTIONS).counts.unknown_delivered.sum() == 1
    by_currency = check(mixed, TRANSACTIONS, currency="EUR").by_currency.set_index("currency")
    assert by_currency.rows_delivered.to_dict() == {"CHF": 1, "EUR": 1}
    assert by_currency.amount_accepted.to_dict() == {"CHF": Decimal("3"), "EUR": Decimal("1")}
    assert by_currency.rows_quarantined.to_dict() == {"CHF": 0, "EUR": 0}


def test_lines_that_hold_no_record_hold_no_unknown_amount(con):
    rows = [
        GOOD,
        ("t2", "b", None, None, None, "line: header_again"),
        ("t3", "b", None, None, None, "line: totals_line"),
    ]
    checked = check(deliver(con, rows), TRANSACTIONS)
    assert checked.counts.unknown_delivered.sum() == 0
    refuse_above_limit(checked, TRANSACTIONS, rows_share=0, amount_share=0)  # and no rows that are missing


def test_the_limit_is_what_may_be_reached(con):
    rows = [(f"t{at}", "b", "ada", "1", "purchase", None) for at in range(99)] + [("x", "b", "ada", "1", "gift", None)]
    checked = check(deliver(con, rows), TRANSACTIONS)
    refuse_above_limit(checked, TRANSACTIONS, rows_share=0.01, amount_share=0.01)
    for rows_share, amount_share in ((0.0099, 1), (1, 0.0099)):
        with pytest.raises(ContractError) as caught:
            refuse_above_limit(checked, TRANSACTIONS, rows_share=rows_share, amount_share=amount_share)
        assert str(caught.value).startswith(
            "transactions: 1 of 100 rows (1.0% of rows, 1.0% of amounts) break the contract; at most "
            f"{rows_share:.1%} of rows and {amount_share:.1%} of amounts may"
        )
        assert "kind: is not one of" in str(caught.value)
        assert "raise quarantine_rows_share or quarantine_amount_share." in str(caught.value)


def test_unknown_amounts_count_as_what_another_mark_makes_of_them_or_as_the_mean(con):
    fault = "amount: not_a_number"
    rows = [(f"t{at}", "b", "ada", "10", "purchase", None) for at in range(8)]
    rows += [("y", "b", "ada", None, "purchase", fault), ("z", "b", "ada", None, "purchase", fault)]
    frame = deliver(con, rows)
    likely = frame.mutate(likely_amount=(frame.source_line == 10).ifelse(-910.0, None))
    checked = check(likely, TRANSACTIONS)
    totals = checked.counts.sum()
    assert (totals.likely_rows, totals.likely_magnitude, totals.unknown_quarantined) == (1, 910.0, 2)
    with pytest.raises(ContractError) as caught:  # (910 + 10) of (80 + 910 + 10)
        refuse_above_limit(checked, TRANSACTIONS, rows_share=1, amount_share=0.9)
    assert "2 of 10 rows (20.0% of rows, 92.0% of amounts)" in str(caught.value)
    assert (
        "The amount of 2 of the quarantined rows is unknown; with other marks for decimals and thousands 1 of them "
        "would come to 910.00: look at `decimal` and `thousands` under format"
    ) in str(caught.value)
    refuse_above_limit(checked, TRANSACTIONS, rows_share=1, amount_share=0.92)
    assert unknown_in_words(check(of_amounts(con, "1"), TRANSACTIONS).counts) == ""
    assert unknown_in_words(check(frame, TRANSACTIONS).counts, before="; ") == (
        "; The amount of 2 of the quarantined rows is unknown"
    )


def test_without_one_amount_that_can_be_read_all_of_them_are_unknown(con):
    rows = [("y", "b", "ada", None, "purchase", "amount: not_a_number")]
    with pytest.raises(ContractError, match=r"1 of 1 rows \(100\.0% of rows, 100\.0% of amounts\)"):
        refuse_above_limit(check(deliver(con, rows), TRANSACTIONS), TRANSACTIONS, rows_share=1, amount_share=0.5)


def test_purchases_without_a_row_are_refused_and_products_without_one_are_not(con):
    empty = check(deliver(con, [GOOD]).limit(0), TRANSACTIONS)
    with pytest.raises(ContractError, match=r"^transactions: what was delivered has a header and no row\. Deliver its"):
        refuse_above_limit(empty, TRANSACTIONS, rows_share=1, amount_share=1)
    products = CONTRACTS["products"]
    frame = pd.DataFrame(
        {"product_id": ["tea"], "name": ["Tea"], "source_file": "p.csv", "source_line": 2, "fault": None}
    )
    table = con.create_table("products_of_one", frame.astype({"fault": "string"}), overwrite=True)
    checked = check(table.limit(0), products)
    refuse_above_limit(checked, products, rows_share=0, amount_share=0)
    one = check(table, products)
    assert one.counts.filter(regex="^amount_").isna().all(axis=None)
    assert one.by_currency.empty
    assert one.accepted.to_pandas()["name"].tolist() == ["Tea"]


def test_of_rows_with_one_key_the_first_by_file_and_line_stays(con):
    rows = [("t1", "b1", "bob", "1", "purchase", None), GOOD, ("t1", "b1", "bob", "1", "purchase", None), GOOD]
    checked = check(deliver(con, rows), TRANSACTIONS)
    placed = checked.placed.to_pandas()
    assert placed[["source_file", "source_line", "customer_id"]].to_numpy().tolist() == [["sales.csv", 2, "bob"]]
    assert verdicts(checked) == {"delivered": 4, "accepted": 1, "quarantined": 2, "duplicate": 1}
    broken = checked.broken.iloc[0]
    assert (broken.column, broken.code, broken.rows, broken.first_file, broken.first_line) == (
        *("transaction_id", "repeated_key", 2, "sales.csv", 3),
    )


def test_a_value_that_need_not_be_there_goes_and_is_remarked(con):
    checked = check(deliver(con, [GOOD], discount=-1.0), TRANSACTIONS)
    assert pd.isna(checked.accepted.to_pandas()["discount"][0])
    assert faults_in_words(checked.remarks) == ["discount: is below 0 in 1 row(s), first in sales.csv, line 2"]
    assert checked.broken.empty


def test_what_the_source_itself_remarked_is_counted_with_it(con):
    told = deliver(con, [GOOD]).mutate(remarks=ibis.array([ibis.literal("hour: twice_on_clock")]))
    remarks = check(told, TRANSACTIONS).remarks
    assert remarks[["column", "code", "rows"]].to_numpy().tolist() == [["hour", "twice_on_clock", 1]]


def test_rules_are_told_the_most_frequent_first(con):
    rows = [
        ("t1", "b", "ada", "1", "gift", None),
        ("t2", None, "ada", "1", "gift", None),
        ("t3", None, "ada", "1", "purchase", None),
        ("t4", None, "ada", "1", "purchase", None),
    ]
    checked = check(deliver(con, rows), TRANSACTIONS)
    assert checked.broken[["column", "code", "rows", "first_line"]].to_numpy().tolist() == [
        ["basket_id", "missing", 3, 3],
        ["kind", "not_allowed", 2, 2],
    ]
    assert checked.quarantined.columns == ("source_file", "source_line", "column", "rule")


def test_a_table_needs_what_its_rows_need(con):
    with pytest.raises(ContractError) as caught:
        check(deliver(con, [GOOD]).drop("amount", "kind"), TRANSACTIONS)
    assert "the source describes no amount, kind. Add the column(s) under `source` in params/." in str(caught.value)
    assert str(caught.value).startswith("transactions: every row needs transaction_id, ")
