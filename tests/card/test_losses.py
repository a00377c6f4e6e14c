"""Expected charge-offs: on a chain that one multiplies by hand, and on made-up accounts that move by known chances."""

import numpy as np
import pandas as pd
import pytest

from insight.card.arrears import OFF, STATES, Arrears
from insight.card.losses import backtest, carry, expect, realised
from insight.errors import Unavailable

#: Chances from month to month of a made-up book: paid up, one to six buckets past due, charged off, closed.
CHAIN = np.zeros((len(STATES), len(STATES)))
CHAIN[0, :2] = 0.92, 0.08
for bucket in range(1, OFF):
    CHAIN[bucket, 0], CHAIN[bucket, bucket + 1] = 0.9 - 0.14 * bucket, 0.1 + 0.14 * bucket
CHAIN[OFF, OFF] = CHAIN[-1, -1] = 1.0


def book(*, accounts: int, months: int, seed: int, limits: np.ndarray | None = None) -> Arrears:
    """Let accounts move by `CHAIN`; a charged-off one owes its limit, half of them 20% more and half 20% less."""
    rng = np.random.default_rng(seed)
    limits = np.full(accounts, 1000.0) if limits is None else limits
    owed = limits * rng.choice([0.8, 1.2], accounts)
    state, rows, opened = np.zeros(accounts, int), [], 0
    for _ in range(24):  # a book in its third year
        state = _step(state, rng)
        state[state >= OFF] = 0  # replaced by new accounts
    for month in range(months):
        after = _step(state, rng)
        rows.append(pd.DataFrame({"month": month, "state": state, "after": after, "limit": limits, "owed": owed}))
        state = after
    moved = pd.concat(rows, ignore_index=True).assign(accounts=1, squares=lambda t: t["limit"] ** 2)
    alive = moved[moved["state"] < OFF]
    last = pd.DataFrame({"month": months, "state": state, "limit": limits, "accounts": 1, "squares": limits**2})
    stands = pd.concat([alive, last[last["state"] < OFF]])
    off = alive[alive["after"] == OFF]
    return Arrears(
        standing=stands.groupby(["month", "state"], as_index=False).agg(
            accounts=("accounts", "sum"), balance=("limit", "sum"), limits=("limit", "sum"), squares=("squares", "sum")
        ),
        rolls=alive.groupby(["month", "state", "after"], as_index=False).agg(
            accounts=("accounts", "sum"), limits=("limit", "sum"), squares=("squares", "sum")
        ),
        losses=off.assign(month=off["month"] + 1, opened=opened, paid=off["owed"] ** 2)
        .groupby(["month", "opened"], as_index=False)
        .agg(
            accounts=("accounts", "sum"), balance=("owed", "sum"), squares=("paid", "sum"),
            limits=("limit", "sum"), limit_squares=("squares", "sum"),
        ),
        firsts=pd.DataFrame(),
    )  # fmt: skip


def _step(state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(len(state))[:, None] > CHAIN[state].cumsum(axis=1)).sum(axis=1)


def by_hand() -> Arrears:
    """Two states matter: of those paid up 1 in 10 falls behind; of those behind half are charged off, half pay."""
    months = range(7)
    rolls = [(month, *move) for month in months for move in ((0, 0, 90), (0, 1, 10), (1, 0, 20), (1, OFF, 20))]
    frame = pd.DataFrame(rolls, columns=["month", "state", "after", "accounts"])
    frame["limits"], frame["squares"] = 100.0 * frame["accounts"], 100.0**2 * frame["accounts"]
    stands = pd.DataFrame({"month": [7, 7], "state": [0, 1], "accounts": [100, 40]})
    stands["balance"] = stands["limits"] = 100.0 * stands["accounts"]
    stands["squares"] = 100.0**2 * stands["accounts"]
    lost = pd.DataFrame({"month": range(1, 8), "opened": 0, "accounts": 20, "balance": 1600.0, "squares": 20 * 80.0**2})
    lost["limits"], lost["limit_squares"] = 2000.0, 20 * 100.0**2
    return Arrears(stands, frame, lost, pd.DataFrame())


def test_two_months_ahead_are_what_one_multiplies_by_hand():
    found = expect(by_hand(), horizon=2, seed=1)
    assert found.severity == pytest.approx(0.8)
    chances = found.by_state.set_index("state")["probability"]
    assert chances["current"] == pytest.approx(0.1 * 0.5)
    assert chances["past_1"] == pytest.approx(0.5 + 0.5 * 0.0)
    assert found.value == pytest.approx((100 * 0.05 + 40 * 0.5) * 100 * 0.8)
    assert found.low < found.value < found.high


def test_expectation_uses_nothing_later_than_its_month():
    arrears = book(accounts=3000, months=24, seed=1)
    cut = 12
    early = Arrears(
        arrears.standing[arrears.standing["month"] <= cut], arrears.rolls[arrears.rolls["month"] < cut],
        arrears.losses[arrears.losses["month"] <= cut], arrears.firsts,
    )  # fmt: skip
    one, other = expect(arrears, month=cut, seed=1), expect(early, seed=1)
    assert (one.value, one.low, one.high) == (other.value, other.low, other.high)


def test_large_limits_that_are_charged_off_more_often_count_by_their_money():
    limits = np.where(np.arange(6000) % 2, 100.0, 1900.0)
    found = expect(book(accounts=6000, months=24, seed=3, limits=limits), seed=1)
    assert found.by_state["limits"].sum() == pytest.approx(found.by_state["accounts"].sum() * 1000, rel=0.05)


def test_intervals_hold_what_comes_as_often_as_they_say():
    """95% intervals of 100 made-up books; each looked at once, so that no two of them share what came."""
    held, errors = [], []
    for seed in range(100):
        arrears = book(accounts=2500, months=24, seed=seed)
        found, came = expect(arrears, month=12, seed=seed), realised(arrears, month=12)[0]
        held.append(found.low <= came <= found.high)
        errors.append(found.value / came - 1)
    assert 0.90 <= np.mean(held) <= 0.99
    assert abs(np.mean(errors)) < 0.05


def test_what_was_opened_later_is_not_counted_as_realised():
    arrears = by_hand()
    arrears.losses["opened"] = [0, 0, 0, 0, 0, 5, 6]
    assert realised(arrears, month=4, horizon=3) == (1600.0, 20)


def test_going_on_as_before_takes_no_more_months_than_there_are():
    arrears = book(accounts=3000, months=24, seed=5)
    lost = arrears.losses.set_index("month")["balance"]
    assert carry(arrears, month=4) == pytest.approx(lost.reindex(range(1, 5)).sum() * 3)
    assert carry(arrears, month=20) == pytest.approx(lost.reindex(range(9, 21)).sum())


def test_backtest_looks_ahead_only_from_where_the_end_is_known():
    arrears = book(accounts=3000, months=24, seed=5)
    past = backtest(arrears, seed=1)
    assert past["month"].tolist() == list(range(6, 13))
    assert past["within"].mean() > 0.5
    assert isinstance(backtest(book(accounts=3000, months=12, seed=5), seed=1), Unavailable)


def test_few_charge_offs_are_no_rate():
    assert expect(book(accounts=40, months=24, seed=1), seed=1).reason == "few_losses"
