"""Bookings and appointments ahead are not silence."""

from datetime import date

import ibis
import pandas as pd
import pytest

from few_lines import FIRST, day, transactions_of
from insight.profile.concentration import by_silence
from insight.profile.features import summarise_customers
from insight.profile.planned import judged_by_silence, next_planned, silent_days
from insight.profile.tagging import tags
from insight.segment.stages import stages_as_of

LAST = day(400)


def interactions_of(rows: list[tuple]) -> ibis.Table:
    """Rows of (customer, day it was booked or None, planned day, outcome)."""
    frame = [
        (who, None if booked is None else day(booked), day(planned), became) for who, booked, planned, became in rows
    ]
    schema = {"customer_id": "string", "occurred_on": "date", "planned_on": "date", "outcome": "string"}
    return ibis.memtable(pd.DataFrame(frame, columns=list(schema)), schema=schema)


BOOKED = interactions_of(
    [
        ("ada", 100, 450, "planned"),
        ("ada", 120, 430, None),
        ("bob", 100, 450, "cancelled"),
        ("cyn", None, 420, "planned"),
        ("dan", 10, 20, "kept"),
    ]
)


@pytest.fixture
def lines():
    """Everybody comes every 30 days until day 90; eve until the end."""
    some = [(who, on, 10) for who in ("ada", "bob", "cyn", "dan") for on in (0, 30, 60, 90)]
    return transactions_of([*some, *(("eve", on, 10) for on in range(0, 400, 30))])


def test_the_next_day_that_was_not_cancelled_counts():
    found = next_planned(BOOKED, as_of=LAST, last_day=LAST).order_by("customer_id").to_pandas()
    assert found.customer_id.tolist() == ["ada", "cyn"]
    assert pd.to_datetime(found.next_planned_on).dt.date.tolist() == [day(430), day(420)]


def test_on_an_earlier_day_only_what_had_been_booked_is_known():
    assert next_planned(BOOKED, as_of=day(99), last_day=LAST).count().execute() == 0
    assert next_planned(BOOKED, as_of=day(110), last_day=LAST).to_pandas().customer_id.tolist() == ["ada"]
    assert next_planned(BOOKED, as_of=day(15), last_day=LAST).to_pandas().customer_id.tolist() == ["dan"]


def test_whoever_has_something_ahead_is_not_quiet(lines):
    planned = next_planned(BOOKED, as_of=LAST, last_day=LAST)
    profile = summarise_customers(lines, as_of=LAST, planned=planned).to_pandas().set_index("customer_id").sort_index()
    assert profile.recency_days.tolist() == [310, 310, 310, 310, 10]  # what happened stays what it was
    assert silent_days(profile).tolist() == [0, 310, 0, 310, 10]
    bands = by_silence(profile, quiet_days=60)
    assert bands.loc[bands.is_quiet, "customers"].sum() == 2
    judged = judged_by_silence(summarise_customers(lines, as_of=LAST, planned=planned))
    marks = tags.mark(judged, tags.read_library(), measures={"quiet_days": 60, "trend_days": 90})
    assert set(marks.index[marks["quiet"]]) == {"bob", "dan"}


def test_whoever_has_something_ahead_has_not_lapsed(lines):
    options = {"as_of": LAST, "return_days": 60, "window_days": 90, "minimum": 1, "quiet_days": 60}
    without = stages_as_of(lines, **options)[0].set_index("customer_id").stage
    planned = next_planned(BOOKED, as_of=LAST, last_day=LAST)
    stage = stages_as_of(lines, planned=planned, **options)[0].set_index("customer_id").stage
    assert without.to_dict() == dict.fromkeys(("ada", "bob", "cyn", "dan"), "lost") | {"eve": "mature"}
    assert stage.to_dict() == without.to_dict() | {"ada": "mature", "cyn": "mature"}


def test_a_business_without_planned_days_has_no_such_column(lines):
    profile = summarise_customers(lines, as_of=LAST)
    assert "next_planned_on" not in profile.columns
    assert judged_by_silence(profile) is profile
    assert date(2024, 1, 1) == FIRST
