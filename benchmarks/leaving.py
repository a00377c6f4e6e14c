"""How near the product comes to what can be known of who leaves the card bank, in three senses and two horizons.

python benchmarks/leaving.py [--customers 20000] [--seeds 7 11 23]

Scores are the product's own (`insight.predict.leaving`): learned from what happened to half of the customers in months
whose horizons were over, and judged on the other half at two later months. Nobody sees a decision to leave, so for that
one the same code is taught the true decisions. The ceiling is the better of two strong models that are taught the true
probability, once on all that ``observables`` sees (as ``ceilings.py`` does) and once on the product's own features; the
oracle is the truth. AUCs are expected ones: each customer counts as an event by the true chance. Calibration is the
mean distance of predicted from observed shares over tenths.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from by_seed import by_seed
from canonical_bank import canonical, last_day
from ceilings import IN_USE, best, chance_of, expected_auc, log_odds, regressors
from observables import MONTHS, Bank

from insight.predict.churn.design import LABEL
from insight.predict.leaving import labels, scores
from insight.predict.measures import measure_scores
from insight.predict.uplift.months import Months

RESULTS = Path(__file__).parent / "results" / "leaving.json"
DECIDES = "decides"
#: What each sense is called in the truth of what lies ahead.
TRUE = {DECIDES: "leaving", labels.CLOSES: "closing", labels.SILENT: "silent"}
TAUGHT = (6, 8, 10, 12)  # months that ceilings are taught, as those of ``ceilings.py``
Rows = Callable[[int], np.ndarray]


class Sense:
    """One sense of leaving within so many months, of the bank's people by the number of a month."""

    def __init__(self, bank: Bank, panel: Months, name: str, months: int) -> None:
        self.panel, self.name, self.months = panel, name, months
        self.chance = chance_of(bank, f"{TRUE[name]}_{months}")
        stages = list(bank.truth["stages"]["stage"].cat.categories)
        stage, hazard = bank.true_by_month("stages", "stage"), bank.true_by_month("stages", "leaving_hazard")
        self.decided = stage == stages.index("drifting")
        self.uses = np.isin(stage, [stages.index(each) for each in IN_USE]) & (hazard > 0)

    def at_risk(self, month: int) -> np.ndarray:
        """Say whom it is about; a chance is known of nobody else."""
        seen = self.uses[:, month] if self.name == DECIDES else labels.at_risk(self.panel, self.name, self.at(month))
        return seen & np.isfinite(self.chance(month))

    def at(self, month: int) -> int:
        """Give the number of a month as the product counts it."""
        return self.panel.first + month

    def happens(self, month: int) -> np.ndarray:
        """Say to whom it happens."""
        if self.name == DECIDES:
            return self.decided[:, month + 1 : month + 1 + self.months].any(axis=1)
        return labels.happens(self.panel, self.name, self.at(month), months=self.months)

    def rows(self, months: list[int], some: np.ndarray, known: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
        """Describe who is at risk in several months, with what happened."""
        found = []
        for month in months:
            at = self.at_risk(month) & some
            found.append(known(month)[at].assign(**{LABEL: self.happens(month)[at].astype(float)}))
        return pd.concat(found)


def judge(sense: Sense, bank: Bank, known: Callable[[int], pd.DataFrame], *, seed: int) -> dict[str, float]:
    """Judge one sense on two later months and the half of the customers that is kept back."""
    tests = [MONTHS - sense.months - 3, MONTHS - sense.months]
    scored, chance, happened = [], [], []
    for test in tests:
        months = scores.learning_months(sense.panel, test=sense.at(test), months=sense.months)
        learnt = sense.rows([month - sense.panel.first for month in months], ~bank.kept_back, known)
        judged = sense.at_risk(test) & bank.kept_back
        scored.append(scores.Blend(learnt, seed=seed)(known(test)[judged]))
        chance.append(sense.chance(test)[judged])
        happened.append(sense.happens(test)[judged])
    score, true, event = (np.concatenate(each) for each in (scored, chance, happened))

    def taught(seen: Callable[[int], np.ndarray]) -> float:
        at = {month: sense.at_risk(month) & ~bank.kept_back for month in TAUGHT}
        learnt = np.concatenate([seen(month)[rows] for month, rows in at.items()])
        odds = log_odds(np.concatenate([sense.chance(month)[rows] for month, rows in at.items()]))
        new = np.concatenate([seen(month)[sense.at_risk(month) & bank.kept_back] for month in tests])
        return best(regressors(), (learnt, odds), new, lambda guess: expected_auc(true, guess))

    own, all_seen = taught(lambda month: known(month).to_numpy()), taught(lambda month: bank.panel.at(month))
    measured = measure_scores(
        pd.Series(event.astype(float)), pd.DataFrame({"score": score}), groups=np.arange(len(event)), seed=seed
    ).loc["score"]
    found = {
        "auc": expected_auc(true, score),
        "ceiling": max(own, all_seen),
        "ceiling_own_features": own,
        "oracle": expected_auc(true, true),
        "auc_of_events": float(measured["auc"]),
        "calibration_error": float(measured["calibration"]),
        "predicted": float(score.mean()),
        "happened": float(event.mean()),
    }
    return {name: round(value, 4) for name, value in found.items()} | {"events": int(event.sum())}


def measure(seed: int, customers: int) -> dict[str, dict[str, float]]:
    """Make a bank and judge every sense and horizon."""
    bank = Bank.make(seed, customers)
    panel = labels.read_panel(canonical(bank.world), as_of=last_day(bank.world, MONTHS))
    seen: dict[int, pd.DataFrame] = {}

    def known(month: int) -> pd.DataFrame:
        if month not in seen:
            seen[month] = labels.known_at(panel, panel.first + month)
        return seen[month]

    found = {}
    for months in scores.HORIZONS:
        for name in TRUE:
            found[f"{name} within {months} months"] = judge(Sense(bank, panel, name, months), bank, known, seed=seed)
            logging.getLogger(__name__).warning("%s %s %s: %s", seed, name, months, list(found.values())[-1])
    return found


def summary(seeds: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Average over seeds, and say how far the scores lie below the ceiling at worst."""
    found = {}
    for name in next(iter(seeds.values())):
        each = [seed[name] for seed in seeds.values()]
        found[name] = {what: round(float(np.mean([one[what] for one in each])), 4) for what in each[0]} | {
            "below_ceiling": round(float(np.mean([one["ceiling"] - one["auc"] for one in each])), 4),
            "most_below_ceiling": round(max(one["ceiling"] - one["auc"] for one in each), 4),
            "largest_calibration_error": round(max(one["calibration_error"] for one in each), 4),
        }
    return found


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000)
    results = given | {"months": MONTHS, "mean": summary(seeds), "seeds": seeds}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
