"""A trial in one flat table: lots or not, who is the control group, whom a treatment persuades."""

import json

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.uplift import evaluate, flat, model

ROWS = 3000


def table(*, seed: int = 5, none: str = "No E-Mail", **more) -> pd.DataFrame:
    """Rows of which the gift persuades the young alone, and the letter nobody more than others."""
    rng = np.random.default_rng(seed)
    age, town = rng.uniform(20, 70, ROWS).round(1), rng.choice(["north", "south"], ROWS)
    treatment = rng.choice([none, "Gift", "Letter"], ROWS)
    chance = 0.1 + 0.3 * ((treatment == "Gift") & (age < 40)) + 0.1 * (treatment == "Letter")
    known = pd.DataFrame(
        {"age": age.astype(str), "town": town, "spend": rng.lognormal(3, 1, ROWS).round(2).astype(str)}
    )
    known = known.assign(**{name: make(treatment, rng) for name, make in more.items()})
    return pd.DataFrame(
        {
            "treatment": treatment,
            "outcome": np.where(rng.random(ROWS) < chance, "1", "0"),
            "known": [json.dumps(row) for row in known.to_dict("records")],
        },
        index=pd.Index([f"r{at}" for at in range(ROWS)], name="row_id"),
    )


@pytest.fixture(scope="module")
def found() -> flat.FlatTrial:
    return flat.read_trial(table(), control=None)


def test_each_treatment_stands_beside_the_whole_control_group(found):
    counts = found.counts.set_index("treatment")["rows"]
    assert (found.control, found.trials.offers) == ("No E-Mail", ("Gift", "Letter"))
    assert counts.sum() == ROWS
    assert len(found.trials.sent) == ROWS + counts["No E-Mail"]
    held = found.trials.sent[~found.trials.sent["treated"]].groupby("offer").size()
    assert held.tolist() == [counts["No E-Mail"]] * 2
    assert set(found.design) == {"age", "town: north", "town: south", "spend", "spend (log)"}


def test_whom_the_gift_persuades_is_told_and_that_the_letter_persuades_all_alike(found):
    fitted = model.cross_fit(found.trials)
    uplift = evaluate.cross_fitted_uplift(found.trials, fitted)
    measured = evaluate.measure(found.trials, uplift, seed=1).set_index("offer_id")
    assert measured.loc["Gift", "qini_low"] > 0
    assert measured.loc["Letter", "qini_low"] < 0.01
    assert measured.loc["Letter", "effect_low"] > 0
    scores = flat.uplift_of_rows(found, fitted, measured.reset_index())
    assert len(scores) == len(found.trials.sent)
    assert scores["added"].isna().all()
    gift = scores[scores["treatment"] == "Gift"].set_index("row_id")["uplift"]
    assert gift.corr(found.design["age"].reindex(gift.index), method="spearman") < -0.6


def test_where_the_treatment_can_be_told_nothing_is_called_uplift_and_the_columns_that_tell_it_are_named():
    chosen = table(
        visits=lambda treatment, rng: (rng.poisson(2, ROWS) + (treatment == "Gift")).astype(str),
        months=lambda treatment, rng: (rng.integers(1, 24, ROWS) * (treatment == "Gift")).astype(str),
    )
    missing = flat.read_trial(chosen, control=None)
    assert isinstance(missing, Unavailable)
    assert (missing.reason, missing.facts["name"]) == ("can_be_told", "Gift")
    assert missing.facts["columns"] == ["`months`", "`visits`"]
    assert evaluate.measure(missing, missing, seed=1) == missing


def test_lots_are_seldom_said_to_be_none():
    told = [flat.read_trial(table(seed=seed), control=None) for seed in range(20)]
    assert all(isinstance(one, flat.FlatTrial) for one in told)


@pytest.mark.parametrize(
    ("name", "given"), [("control group", None), ("0", None), ("对照组", None), ("Blank", "Blank")]
)
def test_the_control_group_is_known_by_its_name_or_is_named(name, given):
    assert flat.read_trial(table(none=name), control=given).control == name


@pytest.mark.parametrize(("none", "given"), [("Blank", None), ("No E-Mail", "Nothing")])
def test_without_a_control_group_that_is_known_nothing_is_compared(none, given):
    missing = flat.read_trial(table(none=none), control=given)
    assert (missing.reason, missing.facts["n"]) == ("which_control", 3)


def test_an_outcome_has_two_values_or_is_an_amount():
    rows = table()
    for values in (["gold", "silver", "none"], ["1", "2", "three"], ["0", "0", "0"]):
        outcome = [values[at % 3] for at in range(ROWS)]
        assert flat.read_trial(rows.assign(outcome=outcome), control=None).reason == "outcome_values"
    assert flat.read_trial(rows.head(60), control=None).reason == "few_rows"


def test_rows_without_treatment_or_outcome_are_no_part_of_the_trial():
    rows = table()
    rows.iloc[:10, 0], rows.iloc[10:30, 1] = None, None
    assert flat.read_trial(rows, control=None).counts["rows"].sum() == ROWS - 30
