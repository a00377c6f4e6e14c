import numpy as np
import pandas as pd
import pytest

from insight.unify.evaluate.score import curve, score


def values(found, truth) -> dict[str, float]:
    scored = score(found, truth, rounds=20)
    return dict(zip(scored["measure"], scored["value"], strict=True))


def test_by_hand():
    # found {a b} {c d}; true {a b c} {d}: one pair found and true, two found, three true
    found = values([0, 0, 2, 2], [7, 7, 7, 9])
    assert found["pair_precision"] == 1 / 2
    assert found["pair_recall"] == 1 / 3
    assert found["pair_f1"] == pytest.approx(2 / 5)
    assert found["cluster_exact_share"] == 0
    assert found["bcubed_precision"] == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert found["bcubed_recall"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)


def test_the_truth_scores_one_in_everything():
    assert set(values([5, 5, 1], ["x", "x", "y"]).values()) == {1.0}


def test_against_all_pairs_one_by_one():
    rng = np.random.default_rng(3)
    found, truth = rng.integers(0, 12, 60), rng.integers(0, 15, 60)
    pairs = [(i, j) for i in range(60) for j in range(i)]
    both = sum(found[i] == found[j] and truth[i] == truth[j] for i, j in pairs)
    assert values(found, truth)["pair_precision"] == pytest.approx(both / sum(found[i] == found[j] for i, j in pairs))
    assert values(found, truth)["pair_recall"] == pytest.approx(both / sum(truth[i] == truth[j] for i, j in pairs))


def test_the_interval_holds_the_value_and_narrows_with_more_people():
    rng = np.random.default_rng(5)

    def width(people: int) -> float:
        truth = np.repeat(np.arange(people), 2)
        found = np.where(rng.random(2 * people) < 0.1, np.arange(2 * people) + people, truth)
        row = score(found, truth).set_index("measure").loc["pair_f1"]
        assert row["low"] <= row["value"] <= row["high"]
        return row["high"] - row["low"]

    assert width(2000) < width(100)


def test_no_error_among_few_does_not_mean_that_there_is_none():
    truth = np.repeat(np.arange(40), 2)
    low = score(truth, truth).set_index("measure")["low"]
    assert low["pair_precision"] == pytest.approx(0.912, abs=1e-3)  # Wilson's lower bound of 40 of 40
    assert low.lt(1).all()
    more = np.repeat(np.arange(4000), 2)
    assert score(more, more).set_index("measure").loc["pair_precision", "low"] > 0.998


def test_records_without_a_truth_are_left_out():
    assert values([0, 0, 0], ["x", "x", None])["pair_precision"] == 1.0


def test_nothing_found_has_no_precision_but_a_recall():
    found = values([0, 1], ["x", "x"])
    assert np.isnan(found["pair_precision"])
    assert found["pair_recall"] == 0


def test_no_records_score_nothing():
    assert score([], [])["value"].isna().all()


def test_the_curve_follows_the_threshold():
    found = curve(lambda threshold: np.array([0, int(threshold > 0.5)]), ["x", "x"], thresholds=[0.2, 0.8])
    assert found["customers"].tolist() == [1, 2]
    assert found["pair_recall"].tolist() == [1.0, 0.0]
    assert isinstance(found, pd.DataFrame)
