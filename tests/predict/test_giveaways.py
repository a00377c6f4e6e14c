"""Columns that know the answer: every planted one with a sign is found, and honest ones are left alone."""

import numpy as np
import pandas as pd
import pytest

from insight.predict.churn.giveaways import find_giveaways, folds_of, single_auc

ROWS = 4000
RNG = np.random.default_rng(6)
LEFT = (RNG.random(ROWS) < 0.25).astype(float)
GROUPS = np.arange(ROWS)
GROUP = pd.Series(RNG.integers(0, 400, ROWS))


def means(weight: float) -> np.ndarray:
    """Give each row the mean of the label in its group, drawn to the overall one."""
    by_group = pd.Series(LEFT).groupby(GROUP.to_numpy())
    return ((by_group.transform("sum") + weight * LEFT.mean()) / (by_group.transform("count") + weight)).to_numpy()


def signs(values, *, others=0.7, **more) -> list[str]:
    frame = pd.DataFrame({"x": values, "other": RNG.random(ROWS)})
    found = find_giveaways(frame, pd.Series(LEFT), groups=GROUPS, others=lambda rows: others, **more)
    assert set(found["column"]) <= {"x"}
    return found["sign"].tolist()


PLANTED = {
    "copy": 3 * LEFT + 1,
    "copy of who stayed": 1 - LEFT,
    "copy with noise": LEFT + RNG.normal(0, 0.4, ROWS),
    "copy with every twentieth wrong": np.where(RNG.random(ROWS) < 0.05, 1 - LEFT, LEFT),
    "told by being missing": np.where(LEFT == 1, 5.0, np.nan),
    "means of the label": means(0.0),
    "means drawn to the overall one": means(10.0),
    "sum after the period": np.where(LEFT == 1, RNG.gamma(1, 3, ROWS), RNG.gamma(4, 25, ROWS)),
    "status of the last day": pd.Categorical(np.where((LEFT == 1) & (RNG.random(ROWS) < 0.4), "closed", "open")),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_leak_is_found(name):
    assert signs(PLANTED[name])


def test_somebody_may_vouch_for_a_column():
    assert signs(PLANTED["copy"], trusted=("x",)) == []


def test_a_strong_column_among_strong_others_is_believed():
    noisy = LEFT + RNG.normal(0, 0.5, ROWS)
    assert signs(noisy, others=0.95) == []


def test_a_column_named_after_the_label_needs_less_to_be_found():
    frame = pd.DataFrame({"Churn Score": LEFT + RNG.normal(0, 0.9, ROWS)})
    found = find_giveaways(frame, pd.Series(LEFT), groups=GROUPS, others=lambda rows: 0.7, label_name="churn")
    assert found["sign"].tolist() == ["named"]


def test_days_after_the_row_was_known_are_late():
    days = pd.DataFrame({"ended": np.where(RNG.random(ROWS) < 0.1, 120.0, 80.0), "began": 10.0})
    observed = pd.Series(np.full(ROWS, 100.0))
    found = find_giveaways(
        pd.DataFrame(index=days.index),
        pd.Series(LEFT),
        groups=GROUPS,
        others=lambda rows: 0.7,
        days=days,
        observed=observed,
    )
    assert found[["column", "sign"]].to_numpy().tolist() == [["ended", "late"]]


def test_at_most_one_in_a_hundred_honest_columns_is_suspected():
    kinds = [
        lambda rng, risk: risk + rng.normal(0, 1.5, ROWS),
        lambda rng, risk: np.round(np.exp(risk / 2 + rng.normal(0, 1, ROWS)), 2),
        lambda rng, risk: rng.poisson(np.exp(-risk / 3)).astype(float),
        lambda rng, risk: np.clip(np.round(rng.beta(2, 5, ROWS) + 0.05 * risk, 2), 0, 1),
        lambda rng, risk: np.where(rng.random(ROWS) < 0.3, np.nan, rng.gamma(2, 20, ROWS)),
        lambda rng, risk: pd.Categorical(rng.integers(0, 30, ROWS).astype(str)),
    ]
    alarms, columns = 0, 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        risk = rng.normal(0, 1.5, ROWS)
        labels = pd.Series((rng.random(ROWS) < 1 / (1 + np.exp(1.2 - risk))).astype(float))
        frame = pd.DataFrame({f"c{at}": make(rng, risk) for at, make in enumerate(kinds)})
        alarms += len(find_giveaways(frame, labels, groups=GROUPS, others=lambda rows: 0.75))
        columns += len(kinds)
    assert alarms <= 0.01 * columns


def test_rows_that_repeat_each_other_do_not_tell_of_each_other():
    """An honest number that differs in every customer looks like a copy where each stands there often, in any fold."""
    number, left = RNG.permutation(300).astype(float), (RNG.random(300) < 0.5).astype(float)
    often, all_of_them = pd.Series(np.repeat(number, 6)), np.repeat(left, 6)
    assert single_auc(often, all_of_them, folds_of(np.arange(1800))) > 0.95
    assert single_auc(often, all_of_them, folds_of(np.repeat(np.arange(300), 6))) < 0.65


def test_a_strong_column_among_few_leavers_is_believed():
    few = np.concatenate([np.flatnonzero(LEFT == 1)[:13], np.flatnonzero(LEFT == 0)[:190]])
    frame = pd.DataFrame({"x": (LEFT + RNG.normal(0, 0.5, ROWS))[few], "other": RNG.random(len(few))})
    found = find_giveaways(frame, pd.Series(LEFT[few]), groups=np.arange(len(few)), others=lambda rows: 0.82)
    assert found.empty
