"""What moved value adds up to the change, whatever moved it, and says nothing that rests on few."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.errors import Unavailable
from insight.profile import features, kpis
from insight.review.customers import moved

AS_OF = date(2024, 12, 30)
START = AS_OF - timedelta(days=600)


def lines_of(buying: pd.DataFrame) -> tuple:
    """Make the tables of purchases: ``customer_id, day`` (before the last one), ``amount``, ``kind``."""
    frame = buying.assign(
        occurred_on=[AS_OF - timedelta(days=int(day)) for day in buying["day"]],
        transaction_id=[str(place) for place in range(len(buying))],
        discount=0.0,
        promoted=False,
        hour=9,
    )
    frame["basket_id"], frame["occurred_at"] = frame["transaction_id"], pd.to_datetime(frame["occurred_on"])
    made = connect().create_table("transactions", frame.drop(columns="day"))
    made = made.mutate(
        occurred_on=made.occurred_on.cast("date"),
        amount=made.amount.cast("decimal(18, 4)"),
        discount=made.discount.cast("decimal(18, 4)"),
        customer_id=made.customer_id.cast("string"),
    )
    return made, features.summarise_days(features.summarise_baskets(made, as_of=AS_OF))


def made_up(*, seed: int = 1, refunds: bool = True) -> pd.DataFrame:
    """Sixty customers over 600 days, of whom ten stop before the last period and ten begin in it."""
    rng, rows = np.random.default_rng(seed), []
    for who in range(60):
        first, last = (27, 0) if who < 10 else (600, 30) if who < 20 else (600, 0)
        for day in rng.integers(last, first + 1, 3 if who < 10 else 80):
            rows.append((f"c{who}", day, float(rng.integers(5, 50) * (1 + who // 15)), "purchase"))
    rows += [("c30", 3, -20.0, "refund"), (None, 5, 99.0, "purchase"), ("c59", 600, 1.0, "purchase")] if refunds else []
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount", "kind"])


def bought_on(*days: tuple[int, int, float]) -> pd.DataFrame:
    """Purchases of the first so many customers on a day before the last one, and one in the period before either."""
    rows = [(f"c{who}", day, price, "purchase") for day, many, price in (*days, (80, 1, 1.0)) for who in range(many)]
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount", "kind"])


def found(buying: pd.DataFrame, *, back: int = 1, minimum: int = 2) -> moved.Change | Unavailable:
    transactions, days = lines_of(buying)
    periods = kpis.choose_periods(days, as_of=AS_OF, minimum=2)
    return moved.what_moved(kpis.Periods(AS_OF, 28, periods.count), days, transactions, back=back, minimum=minimum)


def test_parts_add_up_to_the_change_of_net_spend_exactly():
    buying = made_up()
    net = {
        period: buying.loc[buying["day"].between(28 * period, 28 * period + 27), "amount"].sum() for period in (0, 1)
    }
    change = found(buying)
    assert (change.now, change.then) == (pytest.approx(net[0]), pytest.approx(net[1]))
    by_part = change.parts.set_index("part")["change"]
    assert by_part["total"] == pytest.approx(net[0] - net[1])
    assert by_part.drop("total").sum() == pytest.approx(by_part["total"])
    assert by_part["beside"] == pytest.approx(99.0)


def test_tiers_add_up_in_both_directions_and_who_bought_nothing_before_is_new():
    change = found(made_up())
    by_part = change.parts.set_index("part")["change"]
    for part in moved.FACTORS:
        assert change.tiers[part].sum() == pytest.approx(by_part[part])
    gain = change.tiers["spend_now"] - change.tiers["spend_then"]
    assert change.tiers["total"].to_numpy() == pytest.approx(gain.to_numpy())
    assert set(change.tiers["tier"]) <= {"top", "middle", "base", "new", "everybody"}


def test_more_buyers_of_the_same_purchases_move_buyers_alone():
    change = found(bought_on((1, 40, 10.0), (29, 20, 10.0)))
    assert change.tiers["tier"].tolist() == ["everybody"]
    assert [change.part(name) for name in (*moved.FACTORS, "total")] == pytest.approx([200.0, 0.0, 0.0, 200.0])
    assert change.largest == "buyers"


def test_dearer_purchases_move_the_amount_alone():
    change = found(bought_on((1, 40, 12.0), (29, 40, 10.0)))
    assert change.part("basket") == pytest.approx(80.0)


def test_every_part_lies_in_its_interval():
    parts = found(made_up()).parts.set_index("part").drop("beside")
    assert (parts["change_low"] < parts["change"]).all()
    assert (parts["change"] < parts["change_high"]).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shares_of_a_change_add_up_and_turn_round_with_time(seed):
    then, now = np.exp(np.random.default_rng(seed).normal(size=(2, 5, 3)))
    shared = moved.share_out(then, now)
    assert shared.sum(axis=1) == pytest.approx(now.prod(axis=1) - then.prod(axis=1))
    assert moved.share_out(now, then) == pytest.approx(-shared)
    assert moved.share_out(then, then) == pytest.approx(np.zeros((5, 3)))


def test_too_few_buyers_and_a_period_before_the_data_are_said():
    assert found(made_up(), minimum=500) == Unavailable("moved", "few", {"buyers": 500})
    assert found(made_up(), back=40).reason == "no_earlier"
