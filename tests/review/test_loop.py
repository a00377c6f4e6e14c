"""The loop played on: choices within budget and cooldown, the same luck for all, and intervals of what they earn."""

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.review import loop
from insight.simulate.futures import Future
from insight.simulate.world import make_world

BUDGET = 40.0


@pytest.fixture(scope="module")
def future() -> Future:
    return Future((make_world(7, 0, 400, 4).state,))


def truly(future: Future, *, of: float = 1.0, seed: int = 0) -> loop.Offered:
    """What may be offered, told by the truth itself, or with an error."""
    gains, costs = future.true_gains()
    error = np.random.default_rng(seed).lognormal(0, 1 - of, gains.shape) if of < 1 else 1.0
    chance = np.where(np.isfinite(gains), costs, np.nan)
    cooldown = np.full(gains.shape[1], 2)
    return loop.Offered(gains * error, chance, costs, future.best_channels, cooldown, np.ones(len(gains), bool))


class Watched:
    """A future that keeps what is asked of it."""

    def __init__(self, future: Future, asked: list | None = None) -> None:
        self.future, self.asked = future, [] if asked is None else asked

    def __getattr__(self, name: str):
        return getattr(self.future, name)

    def after(self, contacts: pd.DataFrame, *, luck: int):
        self.asked.append(contacts.assign(month=len(self.asked)))
        following, margin = self.future.after(contacts, luck=luck)
        return Watched(following, self.asked), margin


@pytest.fixture(scope="module")
def played(future) -> loop.Played:
    return loop.play(future, truly(future), budget=BUDGET, seed=1)


def test_nobody_earns_nothing_more_and_the_truth_earns_most(played):
    found = played.policies.set_index("policy")
    assert found.loc["nobody", ["contacts", "profit", "profit_low", "profit_high"]].eq(0).all()
    assert found["profit"].idxmax() in ("oracle", "ours")  # ours is told the truth here
    assert (found["profit_low"] <= found["profit"]).all()
    assert (found["profit"] <= found["profit_high"]).all()
    assert found.loc["oracle", "of_oracle"] == 1


def test_months_add_up_to_what_policies_earn(played):
    last = played.months[played.months["month"] == loop.MONTHS].set_index("policy")
    assert last["profit"].equals(played.policies.set_index("policy")["profit"])
    assert played.months.groupby("policy").size().eq(loop.MONTHS).all()


@pytest.mark.parametrize("policy", ["ours", "propensity", "random", "oracle"])
def test_each_month_keeps_to_the_budget_and_offers_cool_down(future, policy):
    watched, offered = Watched(future), truly(future)
    loop._play(watched, policy, offered, budget=BUDGET, luck=1, seed=1)
    assert len(watched.asked) == loop.MONTHS
    first = watched.asked[0]
    assert len(first)
    assert offered.cost[first["person"], first["offer"]].sum() <= BUDGET
    assert first["person"].is_unique
    sent = pd.concat(watched.asked).sort_values(["person", "offer", "month"])
    apart = sent.groupby(["person", "offer"])["month"].diff().dropna()
    assert (apart >= 2).all()


def test_gains_asked_for_some_are_those_of_all(future):
    every, costs = future.true_gains()
    asked = np.random.default_rng(3).random(every.shape) < 0.3
    some, of_some = future.true_gains(asked)
    assert np.array_equal(some, np.where(asked, every, np.nan), equal_nan=True)
    assert np.array_equal(costs, of_some)


def test_the_same_luck_is_the_same_future(future):
    nobody = pd.DataFrame({"person": [], "offer": [], "channel": []}).astype({"person": int, "offer": int})
    one, again, other = (future.after(nobody, luck=luck)[1] for luck in (1, 1, 2))
    assert (one == again).all()
    assert not (one == other).all()


def test_estimates_are_laid_out_by_person_and_number_of_offer():
    gains = pd.DataFrame(
        {"customer_id": ["b", "c"], "offer_id": ["2", "1"], "channel": ["sms", None], "chance": [0.5, 0.1],
         "expected_gain": [3.0, 1.0], "cost": [0.3, 0.3]}
    )  # fmt: skip
    people = pd.DataFrame({"customer_id": ["a", "b", "c"], "person": [7, 5, 7]})  # c's records are of a's person, too
    offers = pd.DataFrame({"offer_id": ["1", "2"], "cooldown_days": [60, None]})
    found = loop.lay_out(gains, people, offers, np.array([5, 6, 7]))
    assert found.gain[0, 2] == 3.0
    assert np.isfinite(found.gain).sum() == 1
    assert found.channel.tolist() == ["sms", "app", "app"]
    assert found.cooldown.tolist() == [0, 2, 0]
    assert found.known.tolist() == [True, False, True]


def test_a_real_business_cannot_be_played_on(future):
    assert loop.play(None, truly(future), budget=1, seed=1) == Unavailable("loop", "real")
    offered = truly(future)
    offered.gain[:] = np.nan
    assert loop.play(future, offered, budget=1, seed=1) == Unavailable("loop", "nothing_open")
