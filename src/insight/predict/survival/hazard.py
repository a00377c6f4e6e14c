"""The hazard of each coming month: the chance to leave in it of who is still there, for each customer.

A row per customer and coming month, as long as they are there; boosted trees learn from what is known at the start and
from how far ahead the month lies. Multiplied up, the hazards say how likely each is to be there after so many months.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import ROUNDS, affordable_rounds, forecast_interval, percentiles, resampled_counts, wilson
from insight.predict.churn.backtest import FEWEST_OF_A_CLASS, fold_of
from insight.predict.churn.leaks import usable_features
from insight.predict.columns import Learnt
from insight.predict.leaving.labels import CLOSES, SILENT, at_risk, known_at
from insight.predict.leaving.scores import FIRST
from insight.predict.measures import auc
from insight.predict.survival.curves import over
from insight.predict.uplift.months import RECENT, Months

AHEAD = 6  # months
QUIET = 3  # months without a purchase that are falling silent
MOST_ROWS = 30_000  # without an event that a model learns from; they are weighted up
_PARTS, _MOST_STARTS = 2, 4
_AHEAD = "months_ahead"
_TREES: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.06, "num_leaves": 8, "min_data_in_leaf": 40, "lambda_l2": 5.0,
    "feature_fraction": 0.5, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip
_TREE_ROUNDS = 100


def first_event(panel: Months, label: str, month: int) -> np.ndarray:
    """Give in which month from one on each customer leaves, 0 being that month itself; infinite where not seen.

    Falling silent begins with the first of three months without a purchase; one that cannot be followed so far is not
    seen.
    """
    if label == CLOSES:
        closing = panel.began["closing"]
        return np.where(closing >= month, closing - month, np.inf)
    none = panel.sums["purchases"][month - panel.first :] <= 0
    runs = none[: len(none) - QUIET + 1].copy()
    for later in range(1, QUIET):
        runs &= none[later : len(none) - QUIET + 1 + later]
    return np.where(runs.any(axis=0), runs.argmax(axis=0), np.inf) if len(runs) else np.full(none.shape[1], np.inf)


def person_months(panel: Months, label: str, starts: list[int], some: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Give a row per start, customer at risk and month ahead that they are there for, and whether they leave in it.

    Parameters
    ----------
    starts
        Months whose starts are looked ahead from; what comes in the six from each on must be known.
    some
        Which customers may be among them.
    """
    rows, labels = [], []
    for start in starts:
        at = at_risk(panel, label, start) & some
        event, known = first_event(panel, label, start)[at], known_at(panel, start)[at]
        for ahead in range(AHEAD):
            there = event >= ahead
            rows.append(known[there].assign(**{_AHEAD: float(ahead)}))
            labels.append(event[there] == ahead)
    return pd.concat(rows), np.concatenate(labels).astype(float)


class Hazard:
    """Boosted trees of the chance to leave in a month, of those still there."""

    def __init__(self, rows: pd.DataFrame, labels: np.ndarray, *, seed: int) -> None:
        rng = np.random.default_rng(seed)
        stays = np.flatnonzero(labels == 0)
        kept = np.sort(rng.choice(stays, min(len(stays), MOST_ROWS), replace=False))
        chosen = np.sort(np.append(kept, np.flatnonzero(labels == 1)))
        weight = np.where(labels[chosen] == 1, 1.0, len(stays) / max(len(kept), 1))
        self.features, _ = usable_features(rows)
        self.learnt = Learnt.of(rows, self.features)
        data = lightgbm.Dataset(self._values(rows.iloc[chosen]), label=labels[chosen], weight=weight)
        self.model = lightgbm.train({**_TREES, "seed": seed}, data, num_boost_round=_TREE_ROUNDS)

    def _values(self, rows: pd.DataFrame) -> np.ndarray:
        self.learnt.check(rows)
        return rows[self.features].to_numpy(float)

    def __call__(self, known: pd.DataFrame) -> np.ndarray:
        """Give the hazards of customers: as many rows, and a column per month ahead."""
        months = [known.assign(**{_AHEAD: float(ahead)}) for ahead in range(AHEAD)]
        return np.stack([np.asarray(self.model.predict(self._values(rows), num_threads=1)) for rows in months], axis=1)


@dataclass(frozen=True)
class Timed:
    """Hazards of the coming months, tested on later months and made for today.

    Attributes
    ----------
    label
        What leaving means.
    months
        A row per month ahead of the test: ``month`` (1 is the first), ``there``, ``came``, ``rate`` (of those there)
        with ``low, high``, ``expected`` (customers), ``constant`` (by one hazard for all customers and months).
    customers
        At risk at the start of the test.
    gain, gain_low, gain_high
        Share of the log-loss of one constant hazard that the model removes, with its 95% interval.
    auc, auc_low, auc_high
        Of leaving within the six months.
    today
        By customer at risk today: the chance to have left ``within_1`` to ``within_6`` months.
    """

    label: str
    months: pd.DataFrame
    customers: int
    gain: float
    gain_low: float
    gain_high: float
    auc: float
    auc_low: float
    auc_high: float
    today: pd.DataFrame

    @property
    def is_better(self) -> bool:
        """Say whether the model foretells significantly better than one constant hazard."""
        return self.gain_low > 0

    @property
    def coming(self) -> tuple[float, float, float]:
        """Give how many leave within six months from today on, with the 95% interval that the tested months give."""
        expected = float(self.today[f"within_{AHEAD}"].sum())
        seen = self.months[self.months["came"] > 0]
        off = np.log(seen["came"] / seen["expected"]).to_numpy()
        low, high = forecast_interval(expected, off, noise=1 / np.sqrt(seen["came"].to_numpy(float)), periods=len(seen))
        return expected, low, min(high, float(len(self.today)))


@unless_unavailable
def foretell(panel: Months, *, label: str, as_of: date, seed: int) -> Timed | Unavailable:
    """Test the hazards of the latest six months that are over, and give those of today.

    Months count that are wholly over on ``as_of``. Customers are dealt into two halves; each is scored by a model of
    the other half and of months that were over when the test began.

    Returns
    -------
    Timed or Unavailable
        ``months`` where there is no earlier start to learn from; ``events`` with fewer than ten leavers on a side.
    """
    known_until = over(panel, as_of) - (QUIET - 1 if label == SILENT else 0)
    test = known_until - AHEAD
    reach = test - AHEAD - (QUIET - 1 if label == SILENT else 0)
    starts = list(range(reach, panel.first + FIRST - 1, -RECENT))[:_MOST_STARTS]
    if not starts:
        return Unavailable("survival", "months", {"months": AHEAD})
    part = fold_of(panel.customers) % _PARTS
    at, known = at_risk(panel, label, test), known_at(panel, test)
    event = first_event(panel, label, test)
    hazards, constant = np.zeros((len(at), AHEAD)), np.zeros(_PARTS)
    for own in range(_PARTS):
        rows, labels = person_months(panel, label, starts, part != own)
        mine = at & (part == own)
        if min(labels.sum(), (event[mine] < AHEAD).sum()) < FEWEST_OF_A_CLASS:
            return Unavailable("survival", "events", {"n": FEWEST_OF_A_CLASS})
        hazards[mine] = Hazard(rows, labels, seed=seed)(known[mine])
        constant[own] = labels.mean()
    everybody = np.ones(len(at), dtype=bool)
    rows, labels = person_months(panel, label, [test, *starts], everybody)
    now = at_risk(panel, label, panel.now)
    coming = Hazard(rows, labels, seed=seed)(known_at(panel, panel.now)[now]) if now.any() else np.zeros((0, AHEAD))
    within = 1 - np.cumprod(1 - coming, axis=1)
    today = pd.DataFrame(within, index=panel.customers[now], columns=[f"within_{one + 1}" for one in range(AHEAD)])
    plain = np.repeat(constant[part[at]][:, None], AHEAD, axis=1)
    return _judged(label, hazards[at], plain, event[at], today, seed)


def _judged(
    label: str, hazards: np.ndarray, constant: np.ndarray, event: np.ndarray, today: pd.DataFrame, seed: int
) -> Timed:
    ahead = np.arange(AHEAD)
    there, leaves = event[:, None] >= ahead, event[:, None] == ahead
    rows = []
    for month in ahead:
        some, came = int(there[:, month].sum()), int(leaves[:, month].sum())
        bounds = wilson(came, some) if some else (np.nan, np.nan)
        # what was foretold at the start: of those at risk then, the chance to leave in this very month
        expected, flat = (
            float((np.prod(1 - found[:, :month], axis=1) * found[:, month]).sum()) for found in (hazards, constant)
        )
        rows.append((month + 1, some, came, came / max(some, 1), *bounds, expected, flat))
    names = ["month", "there", "came", "rate", "low", "high", "expected", "constant"]
    own, plain = (_log_loss(found, there, leaves) for found in (hazards, constant))
    within, left = 1 - np.prod(1 - hazards, axis=1), (event < AHEAD).astype(float)
    gains, areas = [], []
    for times in resampled_counts(len(own), rounds=affordable_rounds(len(own) * 4, ROUNDS // 2), seed=seed):
        gains.append(1 - (times * own).sum() / (times * plain).sum())
        drawn = np.repeat(np.arange(len(own)), times)
        areas.append(auc(left[drawn], within[drawn]))
    gain, area = float(1 - own.sum() / plain.sum()), auc(left, within)
    months = pd.DataFrame(rows, columns=names)
    return Timed(
        label, months, len(own), gain, *percentiles(np.array(gains)), area, *percentiles(np.array(areas)), today
    )


def _log_loss(hazards: np.ndarray, there: np.ndarray, leaves: np.ndarray) -> np.ndarray:
    """Give each customer's log-loss over the months that they were there for."""
    chance = np.clip(hazards, 1e-9, 1 - 1e-9)
    return -(there * np.where(leaves, np.log(chance), np.log(1 - chance))).sum(axis=1)
