"""How well notebook 71 ranks applicants, the declined ones too, on made-up banks beside the ceiling.

``python benchmarks/applicants.py`` writes ``benchmarks/results/applicants.json``. Beside the model in use stand those
that do not look at decisions, and what keeps them apart from the ceiling: the same columns of approved applications
alone, taught their true chances, and outcomes drawn anew by these, for the approved, and for the declined as well.
"""

from collections.abc import Mapping
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from by_seed import by_seed, write
from canonical_bank import customer_ids, last_day

from insight.card import applications, truth
from insight.engine import connect
from insight.predict.labelled import backtest, default
from insight.predict.labelled.models import Fit
from insight.predict.labelled.table import Flat
from insight.predict.measures import auc
from insight.simulate.world import make_world

RESULTS = Path(__file__).parent / "results" / "applicants.json"
MONTHS = 24
HOURS_EAST = pd.Timedelta(hours=8)
DRAWS = 10
NEEDED = ("applications", "people", "accounts", "statements", "account_changes", "bureau_scores")
_ASKED = ("channel", "product", "occupation", "education", "decision")


def tables(given: Mapping[str, pd.DataFrame]) -> dict[str, ibis.Table]:
    """Give the tables that notebook 71 reads, had linking made no error."""
    asked, people, cards = given["applications"], given["people"], given["accounts"]
    cards = cards[cards["kind"] == "credit_card"]
    bills, changes, scores = (given[name] for name in ("statements", "account_changes", "bureau_scores"))
    frames = {
        "applications": pd.DataFrame({
            "application_id": asked["application"].astype(str), "customer_id": customer_ids(asked["person"]),
            "account_id": asked["account"].astype("Int64").astype("string").astype(object),
            "applied_on": (pd.to_datetime(asked["applied_at"]) + HOURS_EAST).dt.date,
            **{name: asked[name].astype(object) for name in _ASKED},
            "stated_income": asked["stated_income"].astype(float),
        }),
        "customers": pd.DataFrame({
            "customer_id": customer_ids(people["person"]), "customer_type": people["customer_type"].astype(object),
            "birth_year": pd.to_datetime(people["birth_date"]).dt.year.astype(float),
        }),
        "accounts": pd.DataFrame({
            "account_id": cards["account"].astype(str), "opened_on": pd.to_datetime(cards["opened_on"]).dt.date,
            "status": cards["status"].astype(object),
        }),
        "statements": pd.DataFrame({
            "account_id": bills["account"].astype(str), "statement_on": pd.to_datetime(bills["statement_on"]).dt.date,
            "days_past_due": bills["days_past_due"].astype(int),
        }),
        "account_changes": pd.DataFrame({
            "account_id": changes["account"].astype(str), "changed_on": pd.to_datetime(changes["changed_on"]).dt.date,
            **{name: changes[name].astype(object) for name in ("what", "old_value", "new_value")},
        }),
        "bureau_scores": pd.DataFrame({
            "customer_id": customer_ids(scores["person"]), "scored_on": pd.to_datetime(scores["scored_on"]).dt.date,
            **{name: scores[name].astype(float) for name in ("score", "inquiries_6m", "other_cards")},
        }),
    }  # fmt: skip
    con = connect(threads=1)
    return {name: con.create_table(name, frame.reset_index(drop=True)) for name, frame in frames.items()}


def drawn(flat: Flat, since: truth.Later, rows: np.ndarray, fit: Fit, *, seed: int) -> float:
    """Give the mean expected AUC of models taught outcomes of some rows that are drawn by their true chances."""
    rng, features, chance = np.random.default_rng(seed), flat.features, since.chance
    scores = [
        backtest.scores_of(
            fit(features[rows], (rng.random(rows.sum()) < chance[rows]).astype(float), seed=seed), features[since.rows]
        )
        for _ in range(DRAWS)
    ]
    return float(np.mean([auc(chance[since.rows], each) for each in scores]))


def measure(seed: int, customers: int) -> dict[str, float]:
    """Give what the notebook states of one bank, and where the distance to the ceiling comes from."""
    world = make_world(seed, 0, customers, MONTHS)
    given = tables({name: world.tables[name].to_pandas() for name in NEEDED})
    flat = applications.cases(given.__getitem__, given.__contains__, as_of=last_day(world, MONTHS))
    told = world.truth["applications"].to_pandas()
    true = pd.Series(told["pd_12"].to_numpy(float), told["application"].astype(str))
    return near_ceiling(flat, given, true, seed=seed)


def near_ceiling(flat: Flat, given: Mapping[str, ibis.Table], true: pd.Series, *, seed: int) -> dict[str, float]:
    """Measure the models of one bank's applications."""
    none = pd.DataFrame(columns=["column"])
    models = default.models({}, applications.decided(flat, given.__getitem__))
    test = backtest.backtest(flat, none, seed=seed, models=models)
    compared = backtest.compare(test, seed=seed)
    choice = default.choose(compared, test, backtest.choose(compared))
    since, refused = truth.later(flat, true), applications.declined(flat, given.__getitem__)
    found = truth.of_applications(flat, choice, since, seed=seed, models=models)
    inferred = truth.infer_rejects(flat, choice, since, refused, seed=seed, models=models).set_index("among")
    known, new, chance = flat.known & since.before, flat.features[since.rows], since.chance[since.rows]
    rows, y = flat.features[flat.known], flat.labels[flat.known].to_numpy(float)
    own = {name: auc(chance, backtest.scores_of(fit(rows, y, seed=seed), new)) for name, fit in models.items()}
    taught = truth.teach(flat.features[known], since.chance[known])
    plain, led = models[default.PLAIN], models[default.LED]
    return {
        "in_use_is_led": float(choice.best == default.LED), "defaults": flat.labels.sum(), "cases": found.cases,
        **own,
        "ceiling": found.ceiling, "gap": found.gap, "gap_low": found.gap_low, "gap_high": found.gap_high,
        "oracle": found.oracle, "with_rejects": inferred.loc["all", "with_"],
        "rejects_gain_low": inferred.loc["all", "low"], "rejects_gain_high": inferred.loc["all", "high"],
        "taught_approved_alone": max(auc(chance, model(new)) for model in taught),
        "logistic_outcomes_of_approved": drawn(flat, since, known, plain, seed=seed),
        "logistic_outcomes_of_all": drawn(flat, since, since.before, plain, seed=seed),
        "led_outcomes_of_approved": drawn(flat, since, known, led, seed=seed),
    }  # fmt: skip


def main() -> None:
    """Measure, and write the results."""
    given, found = by_seed(measure, __doc__, seeds=(7, 11, 23), decimals=3, customers=20_000)
    write(given | {"months": MONTHS, "seeds": found}, RESULTS)


if __name__ == "__main__":
    main()
