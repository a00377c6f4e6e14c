"""Customer figures of a quarter are what counting by hand finds, and stand to their targets as far as they can tell."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.config.aims import Aims
from insight.engine import connect
from insight.errors import Unavailable
from insight.review.customers import aims

from .test_moved import AS_OF, lines_of

START = AS_OF - timedelta(days=90)


def made_up() -> pd.DataFrame:
    """A hundred buy all the time, twenty stop early, of whom five come back; twelve begin, of whom six come again."""
    rows = [(f"a{who}", day, 10.0 * (1 + who % 4), "purchase") for who in range(100) for day in range(5, 600, 30)]
    rows += [(f"s{who}", day, 10.0, "purchase") for who in range(20) for day in (500, 400)]
    rows += [(f"s{who}", 20, 10.0, "purchase") for who in range(5)]
    rows += [(f"n{who}", 100, 10.0, "purchase") for who in range(12)]
    rows += [(f"n{who}", 50, 10.0, "purchase") for who in range(6)]
    rows += [("a0", 7, -5.0, "refund")]
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount", "kind"])


def figures(minimum: int = 5, given: Aims | None = None, **tables: pd.DataFrame) -> pd.DataFrame | Unavailable:
    transactions, days = lines_of(made_up())
    con = connect()
    more = {name: con.create_table(name, frame) for name, frame in tables.items()}
    known = {"transactions": transactions} | more
    return aims.reached(days, known, given or Aims(), as_of=AS_OF, minimum=minimum)


def values(found: pd.DataFrame) -> dict[tuple[str, str], float]:
    return found.set_index(["kpi", "group"])["value"].to_dict()


def test_shares_are_what_counting_finds():
    found = values(figures())
    assert found["active", ""] == pytest.approx((100 + 5 + 6) / (100 + 5 + 12))
    assert found["second", ""] == pytest.approx(6 / 12)
    assert found["back", ""] == pytest.approx(5 / 20)


def test_spend_of_a_tier_counts_who_bought_nothing_and_deducts_refunds():
    found = figures(minimum=2)
    spend = found[found["kpi"] == "spend"]
    whole = (spend["value"] * spend["customers"]).sum()
    bought = made_up()
    in_quarter = bought[bought["day"].between(0, 90) & ~bought["customer_id"].str.startswith("s")]
    assert whole == pytest.approx(in_quarter["amount"].sum())
    assert spend["customers"].sum() == 112  # who bought in the half year before the quarter


def test_few_on_a_side_are_left_out():
    assert ("back", "") not in values(figures(minimum=6))
    assert ("second", "") in values(figures(minimum=6))


def test_satisfaction_and_complaints_come_from_tickets_of_the_quarter():
    opened = [pd.Timestamp(START + timedelta(days=day)) for day in (*range(12), -5)]
    tickets = pd.DataFrame(
        {
            "ticket_id": [str(number) for number in range(13)],
            "customer_id": [f"a{number}" for number in range(13)],
            "opened_at": opened,
            "topic": ["fee_complaint"] * 8 + ["points"] * 4 + ["fee_complaint"],
            "satisfaction": [1.0, 5.0] * 6 + [1.0],
        }
    )
    found = values(figures(service_tickets=tickets))
    assert found["satisfaction", ""] == pytest.approx(3.0)
    assert found["complaints", ""] == pytest.approx(1000 * 8 / 117)


def test_a_target_is_reached_or_missed_only_beyond_its_interval():
    found = figures(given=Aims(active=0.5, second=0.99, back=0.25)).set_index("kpi")
    assert found.loc[["active", "second", "back"], "verdict"].tolist() == ["reached", "missed", "unsure"]


def test_fewer_complaints_are_better():
    figure = {"kpi": "complaints", "target": 5.0, "low": 2.0, "high": 4.0}
    assert aims.judge(figure) == "reached"
    assert aims.judge({**figure, "kpi": "satisfaction"}) == "missed"


def test_data_of_a_few_months_say_so():
    rows = [("a", day, 10.0, "purchase") for day in range(50)]
    transactions, days = lines_of(pd.DataFrame(rows, columns=["customer_id", "day", "amount", "kind"]))
    found = aims.reached(days, {"transactions": transactions}, Aims(), as_of=AS_OF, minimum=2)
    assert found == Unavailable("aims", "short", {"days": 273})


def test_accounts_in_use_are_counted_by_product():
    accounts = pd.DataFrame(
        {
            "account_id": [f"k{number}" for number in range(24)],
            "product": ["gold"] * 12 + ["car"] * 12,
            "credit_limit": 1000.0,
            "opened_on": date(2023, 1, 1),
            "closed_on": [None] * 23 + [date(2024, 11, 1)],
        }
    ).astype({"closed_on": "datetime64[ns]"})
    con = connect()
    held = con.create_table("accounts", accounts)
    held = held.mutate(opened_on=held.opened_on.cast("date"), closed_on=held.closed_on.cast("date"))
    bought = pd.DataFrame(
        {
            "account_id": [f"k{number}" for number in (*range(6), 12, 13, 14, 15, 16, 23)],
            "kind": "purchase",
            "occurred_on": START,
        }
    )
    lines = con.create_table("transactions", bought)
    lines = lines.mutate(occurred_on=lines.occurred_on.cast("date"))
    rows = aims._products(held, lines, START, AS_OF, 5)
    assert [(row[1], row[2], round(row[3], 3)) for row in rows] == [("car", 11, 0.455), ("gold", 12, 0.5)]


def test_the_interval_of_a_mean_holds_it():
    rng = np.random.default_rng(1)
    sums = rng.exponential(size=200)
    [row] = aims._mean("spend", "top", sums, np.ones(200), 10)
    assert row[3] == pytest.approx(sums.mean())
    assert row[4] < row[3] < row[5]
