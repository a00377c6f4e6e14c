from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_tweedie_deviance

from insight.errors import Unavailable
from insight.segment import outcomes

AFTER, UNTIL = date(2024, 3, 31), date(2024, 6, 29)


def followed(n=2000, seed=1) -> tuple[pd.DataFrame, pd.Series]:
    """Customers of four kinds, of whom two spend ten times as much as the others, and one leaves."""
    rng = np.random.default_rng(seed)
    kind = pd.Series(rng.integers(4, size=n))
    spend = rng.gamma(2, kind.map({0: 5, 1: 5, 2: 50, 3: 50})) * (rng.random(n) < 0.8)
    left = (rng.random(n) < kind.map({0: 0.6, 1: 0.1, 2: 0.1, 3: 0.1})).astype(float)
    return pd.DataFrame({"spend": spend, "left": left, "responded": np.nan}), kind


def explain(divisions, of, **more):
    return outcomes.explain(divisions, of, **{"days": 90, "minimum": 50, "seed": 1} | more)


def test_what_tells_the_kinds_apart_explains_and_what_is_drawn_by_lot_does_not():
    of, kind = followed()
    by_lot = pd.Series(np.random.default_rng(5).integers(9, size=len(kind)))
    found = explain({"tiers": [kind // 2], "groups": [by_lot], "stages": [kind]}, of)
    tiers, lot, both = (found.row("spend", name) for name in ("tiers", "groups", "stages"))
    assert tiers["low"] > 0.3
    assert lot["low"] < 0.001
    assert lot["share"] < 0.005
    assert lot["more_high"] < 0
    assert abs(both["more"]) < 0.02  # the kinds of a tier spend alike
    assert found.row("left", "stages")["more_low"] > 0  # but leave differently
    assert found.row("responded", "tiers") is None  # nobody was contacted


def test_crossed_divisions_know_what_both_know():
    of, kind = followed()
    found = explain({"tiers": [kind % 2], "tiers_and_groups": [kind % 2, kind // 2]}, of)
    whole = explain({"tiers": [kind]}, of)
    assert found.row("spend", "tiers_and_groups")["share"] == pytest.approx(whole.row("spend", "tiers")["share"])


def test_no_customer_is_guessed_by_their_own_outcome():
    of, kind = followed()
    alone = pd.Series(np.arange(len(kind)))
    assert explain({"tiers": [alone]}, of).row("spend", "tiers")["share"] == pytest.approx(0, abs=1e-9)


def test_the_deviance_is_that_of_the_library():
    values, guesses = np.array([0.0, 1.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])
    own = outcomes._tweedie(values, guesses).mean()
    assert own == pytest.approx(mean_tweedie_deviance(values, guesses, power=1.5))


@pytest.mark.parametrize(
    ("divisions", "minimum", "reason"),
    [({"tiers": [Unavailable("segment", "alike")]}, 50, "alike"), ({"tiers": ["kind"]}, 5000, "nothing_followed")],
)
def test_what_cannot_be_measured_says_why(divisions, minimum, reason):
    of, kind = followed()
    given = {name: [kind if one == "kind" else one for one in several] for name, several in divisions.items()}
    assert explain(given, of, minimum=minimum).reason == reason


def test_what_followed_is_counted_after_the_day_alone():
    lines = pd.DataFrame(
        [
            ("ada", date(2024, 3, 31), "purchase", 99.0),  # known on the day
            ("ada", date(2024, 4, 1), "purchase", 10.0),
            ("ada", date(2024, 5, 1), "refund", -4.0),
            ("ada", date(2024, 6, 30), "purchase", 99.0),  # later
            ("bob", date(2024, 4, 1), "fee", 5.0),
            ("cyn", date(2024, 4, 1), "refund", -7.0),
        ],
        columns=["customer_id", "occurred_on", "kind", "amount"],
    )
    contacts = pd.DataFrame(
        {
            "customer_id": ["ada", "bob", "bob", "cyn"],
            "contact_id": ["1", "2", "3", "4"],
            "sent_on": [date(2024, 4, 1), date(2024, 4, 1), date(2024, 5, 1), date(2024, 3, 1)],
            "is_holdout": [False, False, False, False],
        }
    )
    responses = pd.DataFrame({"contact_id": ["3", "4"], "responded_on": [date(2024, 5, 2), date(2024, 5, 2)]})
    stage = pd.Series({"ada": "mature", "bob": "mature", "cyn": "lost"})
    found = outcomes.what_followed(
        ibis.memtable(lines),
        stage,
        after=AFTER,
        until=UNTIL,
        contacts=ibis.memtable(contacts),
        responses=ibis.memtable(responses),
    )
    assert found["spend"].tolist() == [6.0, 0.0, 0.0]
    assert found["left"].fillna(-1).tolist() == [0.0, 1.0, -1.0]  # whoever had lapsed cannot leave
    assert found["responded"].fillna(-1).tolist() == [0.0, 1.0, -1.0]  # contacted before the day is not contacted
