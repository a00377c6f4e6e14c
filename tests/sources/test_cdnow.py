"""CDNOW against a plain reading of its text file, and lines that cannot be read."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from insight.config.parameters import load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.sources import registry
from insight.sources.readers import cdnow

PROJECT = Path(__file__).resolve().parents[2]
PLACE = {"source_file", "source_line", "fault"}


def load_cdnow(sample):
    return load("cdnow", {"source": f"{{kind: cdnow, sample: {sample}}}"}, root=PROJECT)


@pytest.fixture(scope="module")
def plain():
    (path,) = registry.inputs(load_cdnow("master"))
    return pd.read_csv(path, sep=r"\s+", header=0, names=["who", "day", "cds", "dollars"], dtype=str)


@pytest.fixture(scope="module")
def transactions():
    delivered = registry.deliver(load_cdnow("master"), connect())["transactions"]
    return check(delivered, CONTRACTS["transactions"]).accepted.to_pyarrow().to_pandas()


def test_all_published_purchases_are_kept(transactions, plain):
    assert len(transactions) == len(plain) == 69_659
    assert transactions.customer_id.nunique() == 23_570
    assert sum(transactions.amount) == sum(map(Decimal, plain.dollars))


def test_lines_that_are_alike_are_orders_of_their_own(transactions, plain):
    alike = plain.duplicated().sum()
    assert alike > 0
    assert transactions.transaction_id.is_unique
    assert transactions.duplicated(["customer_id", "occurred_on", "quantity", "amount"]).sum() == alike


def test_days_have_no_hour_and_begin_at_midnight_in_new_york(transactions):
    first = transactions.sort_values("occurred_at").iloc[0]
    assert transactions.hour.isna().all()
    assert (str(first.occurred_on), str(first.occurred_at)) == ("1997-01-01", "1997-01-01 05:00:00")


def test_the_sample_is_a_tenth_with_the_masters_customers(transactions):
    sample = registry.deliver(load_cdnow("sample"), connect())["transactions"].to_pyarrow().to_pandas()
    assert (len(sample), sample.customer_id.nunique()) == (6_919, 2_357)
    whole = transactions[transactions.customer_id.isin(sample.customer_id)]
    assert sorted(sample.transaction_id) == sorted(whole.transaction_id)


def test_what_is_said_of_the_columns_is_what_is_delivered():
    params = load_cdnow("sample")
    tables = registry.deliver(params, connect())
    delivered = {name: frozenset(table.columns) - PLACE for name, table in tables.items()}
    assert delivered | {"customers": frozenset(["customer_id"])} == registry.described(params)


def test_lines_that_cannot_be_read_are_set_aside_by_number(tmp_path, monkeypatch):
    path = tmp_path / "CDNOW_master.txt"
    path.write_text(
        "header\n 00001 19970101 1 11.77\n 00002 19970230 1 5.00\n 00003 19970102 x 5.00\n"
        " 00004 19970103\n 00005 19970103 1 nan\n"
    )
    monkeypatch.setattr(cdnow, "inputs", lambda params: [path])
    delivered = cdnow.deliver(load_cdnow("master"), connect())
    checked = check(delivered["transactions"], CONTRACTS["transactions"])
    assert checked.accepted.customer_id.to_pyarrow().to_pylist() == ["00001"]
    found = checked.quarantined.to_pandas()
    assert found.source_line.tolist() == [3, 4, 5, 6]
    assert found.column.tolist() == ["occurred_on", "amount", "line", "amount"]
