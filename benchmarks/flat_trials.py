"""Uplift of a flat table by the product's model, beside EconML's ForestDRLearner and a plain T-learner.

python benchmarks/flat_trials.py HILLSTROM.csv [--econml PYTHON] [--seeds 7 8 9] [--outcome spend]

All learn from one half of the rows, drawn by a hash of the ids, and are judged on the other, on the same columns, by
the product's own measure (`insight.predict.uplift.evaluate`), with intervals of differences from the same resampled
rows. ``--econml`` is the Python of an environment of its own that has EconML, which the project does not need. Visits
of the MineThatData e-mail test; results are in ``benchmarks/results/flat_trials.json``. With ``--outcome spend`` the
amounts spent, beside a model of amounts alone (0 like any other) and a T-learner of them: ``flat_trials_spend.json``.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insight.intervals import percentiles, resampled_counts
from insight.predict.propensity.propensity import halves
from insight.predict.uplift import evaluate, flat
from insight.predict.uplift.trials import Trials

RESULTS = {"visit": Path(__file__).parent / "results" / "flat_trials.json"}
RESULTS["spend"] = RESULTS["visit"].with_stem("flat_trials_spend")
AFTERWARDS = ["segment", "visit", "conversion", "spend"]
_ECONML = """
import sys
import numpy as np
from econml.dr import ForestDRLearner
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
given, out, seed = np.load(sys.argv[1]), sys.argv[2], int(sys.argv[3])
x, treated, y, half = (given[name] for name in ("x", "treated", "y", "half"))
found = np.zeros(len(x))
for side in (0, 1):
    learn, judge = half != side, half == side
    one = ForestDRLearner(
        model_regression=GradientBoostingRegressor(random_state=seed), n_estimators=1000, min_samples_leaf=50,
        model_propensity=GradientBoostingClassifier(random_state=seed), random_state=seed, n_jobs=1,
    )
    one.fit(y[learn].astype(float), treated[learn], X=x[learn])
    found[judge] = one.effect(x[judge])
np.save(out, found)
"""


def read(path: Path, outcome: str) -> flat.FlatTrial:
    """Read the e-mail test as the product does."""
    rows = pd.read_csv(path, dtype=str)
    known = [json.dumps(row) for row in rows.drop(columns=AFTERWARDS).to_dict("records")]
    frame = pd.DataFrame({"treatment": rows["segment"], "outcome": rows[outcome], "known": known})
    found = flat.read_trial(frame.set_axis([f"r{at}" for at in range(len(rows))]), control=None)
    if not isinstance(found, flat.FlatTrial):
        raise SystemExit(str(found))
    return found


def t_learner(known: np.ndarray, treated: np.ndarray, followed: np.ndarray, half: np.ndarray, seed: int) -> np.ndarray:
    """Give the difference of two boosted models, one of the treated and one of the control group."""
    found, is_amount = np.zeros(len(known)), len(np.unique(followed)) > 2
    for side in (0, 1):
        judge = half == side
        chances = []
        for group in (1, 0):
            learn = ~judge & (treated == group)
            trees = (lgb.LGBMRegressor if is_amount else lgb.LGBMClassifier)(
                n_estimators=100, num_leaves=15, learning_rate=0.05, min_child_samples=100, random_state=seed,
                n_jobs=1, verbose=-1,
            )  # fmt: skip
            taught = trees.fit(known[learn], followed[learn])
            chances.append(taught.predict(known[judge]) if is_amount else taught.predict_proba(known[judge])[:, 1])
        found[judge] = chances[0] - chances[1]
    return found


def logistic_t_learner(known: np.ndarray, treated: np.ndarray, responded: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Give the difference of two logistic regressions, one of the treated and one of the control group."""
    found = np.zeros(len(known))
    for side in (0, 1):
        judge = half == side
        fits = [make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(known[rows], responded[rows])
                for rows in (~judge & (treated == group) for group in (1, 0))]  # fmt: skip
        found[judge] = fits[0].predict_proba(known[judge])[:, 1] - fits[1].predict_proba(known[judge])[:, 1]
    return found


def by_econml(python: str, folder: Path, seed: int, **arrays: np.ndarray) -> np.ndarray:
    """Give the effects of a ForestDRLearner, fitted by another Python."""
    np.savez(folder / "given.npz", **arrays)
    command = [python, "-c", _ECONML, str(folder / "given.npz"), str(folder / "found.npy"), str(seed)]
    subprocess.run(command, check=True)
    return np.load(folder / "found.npy")


def compare(of: pd.DataFrame, uplifts: dict[str, np.ndarray], *, seed: int) -> dict:
    """Measure the Qini of each model, and how much less others have than the product, on the same resampled rows."""
    treated, followed = of["treated"].to_numpy(int), of["amount" if "amount" in of else "responded"].to_numpy(float)
    people = pd.factorize(of["customer_id"])[0]
    weights = [
        np.ones(len(of)),
        *(times[people] for times in resampled_counts(people.max() + 1, rounds=200, seed=seed)),
    ]
    draws = {}
    for name, uplift in uplifts.items():
        order = np.argsort(-uplift, kind="stable")
        curves = (evaluate.uplift_curve(treated[order], followed[order], weight[order]) for weight in weights)
        draws[name] = np.array([evaluate.area(curve)[1] for curve in curves])
    found = {}
    for name, qini in draws.items():
        less = draws["ours"] - qini
        found[name] = {"qini": qini[0], "interval": percentiles(qini[1:]), "ours_more_by": less[0],
                       "ours_more_interval": percentiles(less[1:])}  # fmt: skip
    return found


def measure(trials: Trials, *, seed: int, econml: str | None) -> dict:
    """Fit and compare all models, treatment by treatment."""
    ours, found = evaluate.cross_fitted_uplift(trials, flat.fit(trials)), {}
    is_amount = trials.outcome == "amount"
    direct = _direct(trials) if is_amount else np.zeros(0)
    placebo = evaluate.measure(trials, ours, seed=seed).set_index("offer_id")
    for place, name in enumerate(trials.offers):
        rows = (trials.sent["offer"] == place).to_numpy()
        of, known = trials.sent[rows].reset_index(drop=True), trials.known[rows].to_numpy(float)
        treated, responded = (of[column].to_numpy(int) for column in ("treated", "responded"))
        half = halves(pd.Index(of["customer_id"]))
        uplifts = {
            "ours": ours[rows],
            "t_learner": t_learner(known, treated, of[trials.outcome].to_numpy(float), half, seed),
        }
        if is_amount:
            uplifts["direct"] = direct[rows]
        else:
            uplifts["t_learner_logistic"] = logistic_t_learner(known, treated, responded, half)
        if econml:
            with tempfile.TemporaryDirectory() as folder:
                arrays = {"x": known, "treated": treated, "y": responded, "half": half}
                uplifts["econml_forest_dr"] = by_econml(econml, Path(folder), seed, **arrays)
        told = placebo.loc[name, ["effect", "effect_low", "effect_high", "placebo", "placebo_low", "placebo_high"]]
        found[name] = told.to_dict() | compare(of, uplifts, seed=seed)
    return found


def _direct(trials: Trials) -> np.ndarray:
    """Give the uplift by the product's model of amounts alone, in which 0 is an amount like any other."""
    everybody = replace(trials, sent=trials.sent.assign(responded=True))
    return evaluate.cross_fitted_uplift(everybody, flat.fit(everybody))


def main() -> None:
    """Measure over seeds, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--econml")
    parser.add_argument("--outcome", choices=sorted(RESULTS), default="visit")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    given = parser.parse_args()
    trial = read(given.table, given.outcome)
    found = {}
    for seed in given.seeds:
        sent = trial.trials.sent
        named = sent.assign(customer_id=f"{seed}-" + sent["customer_id"])  # other halves with each seed
        found[f"seed {seed}"] = measure(replace(trial.trials, sent=named), seed=seed, econml=given.econml)
    written = json.dumps(found, indent=1, default=float)
    RESULTS[given.outcome].write_text(
        json.dumps(json.loads(written, parse_float=lambda number: round(float(number), 5)), indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
