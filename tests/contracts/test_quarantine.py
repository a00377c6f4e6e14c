"""Every delivered row ends in one place, and amounts reconcile."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check, faults_in_words, refuse_above_limit
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
