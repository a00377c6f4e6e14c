"""The second purchase: who is counted, when it counts, and through what customers came."""

from datetime import date, timedelta

import ibis
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.value.second import FEWEST, cohorts, second_purchases, through

FIRST, TODAY = date(2023, 1, 1), date(2024, 6, 30)


def daily(rows: list[tuple[str, date, bool]]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "occurred_on", "is_purchase"])
    return ibis.memtable(frame.assign(spend=10.0))


def buyers() -> list[tuple[str, date, bool]]:
    """Sixty first-timers in May 2023, of whom a third come again after 90 days and a third after 91; some others."""
    rows = []
    for at in range(60):
        first = date(2023, 5, 1) + timedelta(days=at % 20)
        rows.append((f"c{at:02}", first, True))
        if at % 3:
            rows.append((f"c{at:02}", first + timedelta(days=89 + at % 3), True))
        rows.append((f"c{at:02}", first + timedelta(days=1), False))  # a day on which more was returned
    rows += [(f"early{at}", date(2023, 3, 1), True) for at in range(30)]
    rows += [(f"late{at}", date(2024, 5, 1), True) for at in range(30)]
    return rows


def test_the_second_purchase_counts_within_so_many_days_of_a_first_that_is_seen():
    found = second_purchases(daily(buyers()), as_of=TODAY, first_on=FIRST)
    assert (found.customers, found.again) == (60, 20)
    assert found.share == pytest.approx(1 / 3)
    assert found.low < found.share < found.high
    assert found.middle == 90
    longer = second_purchases(daily(buyers()), as_of=TODAY, first_on=FIRST, days=91)
    assert longer.again == 40


def test_nothing_after_the_last_day_is_known():
    later = [*buyers(), ("c00", TODAY + timedelta(days=1), True), ("new", TODAY + timedelta(days=2), True)]
    one, other = (second_purchases(daily(rows), as_of=TODAY, first_on=FIRST) for rows in (buyers(), later))
    assert (one.customers, one.again) == (other.customers, other.again)


def test_groups_are_cohorts_and_channels_of_enough_buyers():
    channels = pd.Series({f"c{at:02}": "web" if at < FEWEST else "branch" for at in range(60)})
    found = second_purchases(daily(buyers()), as_of=TODAY, first_on=FIRST, channels=channels)
    assert found.of("cohort")["group"].tolist() == ["2023 Q2"]
    web = found.of("channel")
    assert web["group"].tolist() == ["web"], "ten who came through a branch say nothing"
    assert web["again"].tolist() == [sum(at % 3 == 1 for at in range(FEWEST))]
    assert (web["low"] < web["share"]).all()


def test_too_few_first_time_buyers_is_said():
    found = second_purchases(daily(buyers()[:60]), as_of=TODAY, first_on=FIRST)
    assert isinstance(found, Unavailable)
    assert (found.subject, found.reason) == ("value", "first_time")


def test_many_quarters_are_taken_together_to_years():
    days = pd.Series(pd.date_range("2020-01-15", periods=40, freq="MS"))
    assert set(cohorts(days)) == {"2020", "2021", "2022", "2023"}


def test_the_channel_is_that_of_most_money_on_the_first_day():
    lines = pd.DataFrame(
        [("a", date(2024, 1, 1), "shop", 5.0), ("a", date(2024, 1, 1), "web", 9.0),
         ("a", date(2024, 2, 1), "app", 99.0),
         ("b", date(2024, 1, 3), "web", 4.0), ("b", date(2024, 1, 3), "shop", 4.0), ("c", date(2024, 1, 3), None, 4.0)],
        columns=["customer_id", "occurred_on", "channel", "amount"],
    ).assign(kind="purchase")  # fmt: skip
    days = lines[["customer_id", "occurred_on"]].drop_duplicates().assign(is_purchase=True, spend=1.0)
    assert through(ibis.memtable(lines), ibis.memtable(days)).to_dict() == {"a": "web", "b": "shop"}
