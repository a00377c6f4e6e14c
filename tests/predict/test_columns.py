"""Scoring refuses columns that are permuted, missing, renamed, doubled or retyped, whatever the model; says which."""

import numpy as np
import pandas as pd
import pytest

from insight.predict.churn import models as churn
from insight.predict.churn.design import LABEL
from insight.predict.columns import ColumnsError
from insight.predict.labelled import models as flat

ROWS = 400


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {"recency_days": rng.normal(size=ROWS), "visits": rng.poisson(3, ROWS), "spend": rng.gamma(2, 50, ROWS)}
    )


@pytest.fixture(scope="module")
def labels(table) -> np.ndarray:
    return (np.random.default_rng(4).random(ROWS) < 1 / (1 + np.exp(-table["recency_days"]))).astype(float).to_numpy()


def scorers(table: pd.DataFrame, labels: np.ndarray):
    learnt = table.assign(**{LABEL: labels})
    for name, fit in churn.MODELS.items():
        model = fit(learnt, list(table), seed=1)
        yield from ((f"{name} scores", model), (f"{name} says why", model.contributions))
    for name, fit in flat.MODELS.items():
        model = fit(table, labels, seed=1)
        yield f"{name} of a flat table", model.contributions
        if hasattr(model, "log_odds"):
            yield f"{name} of a flat table, quickly", model.log_odds


WRONG = {
    "permuted": (lambda t: t[["visits", "recency_days", "spend"]], "`visits` stands where `recency_days` was learnt"),
    "missing": (lambda t: t.drop(columns="visits"), "`visits` is missing"),
    "renamed": (lambda t: t.rename(columns={"visits": "visit"}), "`visits` is missing; did you mean `visit`?"),
    "retyped": (lambda t: t.assign(visits=t["visits"].astype(str)), "`visits` holds categories, learnt as numbers"),
    "a flag": (lambda t: t.assign(visits=t["visits"] > 0), "`visits` holds flags, learnt as numbers"),
    "doubled": (lambda t: pd.concat([t, t[["visits"]]], axis=1), "`visits` is there 2 times"),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_is_not_as_learnt_is_refused_by_name(table, labels, how):
    change, problem = WRONG[how]
    for name, score in scorers(table, labels):
        with pytest.raises(ColumnsError, match="not as learnt") as refused:
            score(change(table))
        assert problem in str(refused.value), name


def test_every_problem_is_named_at_once(table, labels):
    _, score = next(scorers(table, labels))
    with pytest.raises(ColumnsError) as refused:
        score(table.drop(columns=["visits", "spend"]))
    assert "2 of 3 columns are not as learnt" in str(refused.value)
    assert "`visits` is missing" in str(refused.value)
    assert "`spend` is missing" in str(refused.value)


def test_what_the_model_does_not_know_and_what_is_missing_of_a_value_do_not_matter(table, labels):
    for name, score in scorers(table, labels):
        if "flat" in name:
            continue
        more = table.assign(other="x")[["other", *table]]
        assert np.array_equal(np.asarray(score(more)), np.asarray(score(table))), name
    gap = table.astype(float).mask(np.zeros(table.shape, dtype=bool) | (np.arange(ROWS) == 0)[:, None])
    for _, score in scorers(table, labels):
        assert len(score(gap)) == ROWS
