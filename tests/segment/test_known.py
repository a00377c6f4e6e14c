import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.segment.known import score_groups, score_stages

TRUE = pd.Series(["mature"] * 40 + ["drifting"] * 20 + ["closed"] * 20 + ["growing"] * 20 + ["default"] * 9)


def scores(found, closed=frozenset(), minimum=10):
    return score_stages(found, TRUE, set(closed), minimum=minimum, seed=1)


def test_stages_that_mean_the_same_count_as_one():
    found = TRUE.replace({"closed": "dormant", "growing": "new", "default": "mature"})
    best = scores(found)
    assert best.macro_f1.value == best.recall.value == best.precision.value == 1
    assert best.macro_f1.customers == 100  # those in default are left out


def test_the_rule_knows_only_whose_accounts_are_closed():
    rule = scores(TRUE, closed=TRUE.index[TRUE == "closed"]).trivial
    assert rule.value == pytest.approx((1 + 2 * 40 / (80 + 40)) / 4)  # lost is right, all others are called mature


def test_recall_and_precision_of_the_drifting_by_hand():
    found = pd.Series(np.where(TRUE.index < 50, "drifting", "mature"))
    assert (scores(found).recall.value, scores(found).precision.value) == (0.5, 0.2)


def test_too_few_are_not_scored():
    assert scores(TRUE, minimum=30).recall.reason == "few_known"
    assert scores(TRUE, minimum=200).reason == "few_known"
    unknown = Unavailable("segment", "no_truth")
    assert score_groups(TRUE, unknown, minimum=2, seed=1) is unknown


def test_groups_by_chance_agree_at_nothing():
    rng = np.random.default_rng(5)
    found, true = (pd.Series(rng.integers(4, size=2000)) for _ in range(2))
    scored = score_groups(found, true, minimum=2, seed=1)
    assert scored.low - 0.01 < 0 < scored.high + 0.01
    assert scored.value == pytest.approx(0, abs=0.01)
