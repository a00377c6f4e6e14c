from datetime import date

import ibis
import pandas as pd

from insight.segment.mix import count_categories, count_credit


def lines(*rows: tuple) -> ibis.Table:
    """Customer, day of January, kind, amount, category, instalments."""
    names = ["customer_id", "day", "kind", "amount", "category", "instalment_months"]
    frame = pd.DataFrame(rows, columns=names)
    frame["occurred_on"] = [date(2024, 1, day) for day in frame.pop("day")]
    return ibis.memtable(frame)


LINES = lines(
    ("ada", 1, "purchase", 5.0, "tea", 0),
    ("ada", 2, "purchase", 5.0, "tea", 3),
    ("ada", 3, "purchase", 5.0, "cake", 0),
    ("bob", 3, "purchase", 5.0, "tea", 0),
    ("bob", 3, "purchase", 0.0, "cake", 0),  # nothing was paid
    ("bob", 4, "refund", -5.0, "cake", 0),
    ("bob", 4, "fee", 1.0, None, 0),
    ("bob", 4, "purchase", 2.0, "missing", 0),
    (None, 4, "purchase", 2.0, "tea", 0),
    ("bob", 9, "purchase", 2.0, "pie", 12),
)


def test_purchases_are_counted_by_category_up_to_the_day():
    found = count_categories(LINES, as_of=date(2024, 1, 5))
    assert found.to_dict("index") == {"ada": {"cake": 1, "tea": 2}, "bob": {"cake": 0, "tea": 1}}


def test_one_category_says_nothing():
    assert count_categories(LINES, as_of=date(2024, 1, 5), most=1).empty


def test_fees_and_instalments_are_counted_up_to_the_day():
    found = count_credit(LINES, as_of=date(2024, 1, 5))
    assert found.to_dict("index") == {"ada": {"fees": 0, "instalments": 1}, "bob": {"fees": 1, "instalments": 0}}


def test_a_business_without_instalments_has_none():
    found = count_credit(LINES.drop("instalment_months"), as_of=date(2024, 1, 5))
    assert found.columns.tolist() == ["fees"]
