"""Who closes and who falls silent within so many months: tested on later months and other customers, scored today."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from insight.errors import Unavailable, unless_unavailable
from insight.predict.churn.backtest import CHANCE, FEWEST_OF_A_CLASS, fold_of
from insight.predict.churn.design import LABEL
from insight.predict.churn.leaks import usable_features
from insight.predict.churn.models import MODELS
from insight.predict.leaving.labels import LABELS, at_risk, happens, known_at
from insight.predict.measures import measure_scores
from insight.predict.uplift.months import RECENT, Months

HORIZONS = (3, 6)  # months
FIRST = 6  # months that must be known before the first month that is learnt from
MOST_ROWS = 12_000  # that a model learns from, all of those among them to whom it happened
MANY = 50_000  # customers: with more, one month in three has events enough
TOP = 0.1  # of those at risk, the list
_PARTS = 2  # of the customers; each is scored by models of the other


@dataclass(frozen=True)
class Aim:
    """What is foretold: a label within so many months."""

    label: str
    months: int


@dataclass(frozen=True)
class Leaving:
    """One aim, tested and scored.

    Parameters
    ----------
    aim
        What is foretold.
    measured
        A row of `insight.predict.measures.measure_scores`: AUC, calibration error, lift and others with intervals.
    customers, happened
        At risk at the month of the test, and to how many it happened.
    test
        The number of that month.
    today
        The probability of each customer who is at risk today.
    """

    aim: Aim
    measured: pd.Series
    customers: int
    happened: int
    test: int
    today: pd.Series

    @property
    def ranks(self) -> bool:
        """Say whether the scores rank significantly better than chance."""
        return bool(self.measured["auc_low"] > CHANCE)

    @property
    def first(self) -> pd.Index:
        """List the tenth of those at risk today with the highest probability, ties in the order of ids."""
        return first_of(self.today)


def first_of(scores: pd.Series) -> pd.Index:
    """List the tenth with the highest scores, ties in the order of ids.

    Examples
    --------
    >>> first_of(pd.Series(0.5, index=[*"cbadefghij"])).tolist()
    ['a']
    """
    ordered = scores.sort_index().sort_values(ascending=False, kind="stable")
    return ordered.index[: round(TOP * len(ordered))]


def learning_months(panel: Months, *, test: int, months: int) -> list[int]:
    """List the months that may be learnt from, latest first: their horizons end before the test's month.

    Every month, as events are few; every third where customers are many.

    Examples
    --------
    >>> panel = Months(pd.Index([]), first=100, now=124, sums={}, began={})
    >>> learning_months(panel, test=121, months=3)
    [118, 117, 116, 115, 114, 113, 112, 111, 110, 109, 108, 107, 106]
    """
    step = 1 if len(panel.customers) <= MANY else RECENT
    return list(range(test - months, panel.first + FIRST - 1, -step))


class Seen:
    """What is known at the start of months: described once where several aims ask for it, unless that is a lot."""

    def __init__(self, panel: Months) -> None:
        self.panel = panel
        self.kept: dict[int, pd.DataFrame] = {}

    def __call__(self, month: int) -> pd.DataFrame:
        """Describe every customer at the start of a month."""
        if len(self.panel.customers) > MANY:
            return known_at(self.panel, month)
        if month not in self.kept:
            self.kept[month] = known_at(self.panel, month)
        return self.kept[month]


def rows_of(
    panel: Months, aim: Aim, months: Sequence[int], some: np.ndarray, *, seen: Seen | None = None
) -> pd.DataFrame:
    """Describe those at risk at the start of several months, with what happened to them.

    Parameters
    ----------
    some
        Which customers may be among them.
    """
    found, described = [], seen or Seen(panel)
    for month in months:
        at = at_risk(panel, aim.label, month) & some
        happened = happens(panel, aim.label, month, months=aim.months)[at].astype(float)
        found.append(described(month)[at].assign(**{LABEL: happened}))
    return pd.concat(found)


def log_odds(chance: np.ndarray) -> np.ndarray:
    """Give log-odds, of nothing less than one in a million."""
    return np.asarray(logit(np.clip(chance, 1e-6, 1 - 1e-6)))


def thinned(rows: pd.DataFrame, most: int = MOST_ROWS) -> tuple[pd.DataFrame, float]:
    """Keep everybody to whom it happened and some of the others, spread evenly; give the share of the others kept.

    Events are few, and each is worth many rows without one.
    """
    came = rows[LABEL].to_numpy() > 0
    others = np.flatnonzero(~came)
    some = min(len(others), max(most - int(came.sum()), 1))
    kept = others[np.unique(np.linspace(0, len(others) - 1, some).astype(int))] if some else others
    return rows.iloc[np.union1d(np.flatnonzero(came), kept)], len(kept) / max(len(others), 1)


class Blend:
    """The mean of the log-odds of boosted trees and of a logistic regression: few events favour neither for certain."""

    def __init__(self, rows: pd.DataFrame, *, seed: int) -> None:
        known, share = thinned(rows)
        self.features, _ = usable_features(known.drop(columns=LABEL))
        #: What is taken off log-odds, as those to whom nothing happened are fewer here than in truth.
        self.rarer = -float(np.log(share))
        self.models = [fit(known, self.features, seed=seed) for fit in MODELS.values()]

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Give the probability of each row."""
        odds = [log_odds(model(frame)) for model in self.models]
        return np.asarray(expit(np.mean(odds, axis=0) - self.rarer))


@unless_unavailable
def foretell(panel: Months, aim: Aim, *, seed: int, seen: Seen | None = None) -> Leaving | Unavailable:
    """Test the scores of an aim on the latest month whose horizon is over, and score those who are at risk today.

    Customers are dealt into two halves; each is scored by models of the other half and of months whose horizons ended
    before the test began. Today's scores come from models of everybody.

    Returns
    -------
    Leaving or Unavailable
        ``short`` where there is no month to learn from; ``few`` with fewer than ten of a kind on either side.
    """
    test = panel.now - aim.months
    months = learning_months(panel, test=test, months=aim.months)
    if not months:
        return Unavailable("leaving", "short", {"months": aim.months})
    part, seen = fold_of(panel.customers) % _PARTS, seen or Seen(panel)
    labels, scores = [], []
    for own in range(_PARTS):
        learnt = rows_of(panel, aim, months, part != own, seen=seen)
        judged = rows_of(panel, aim, [test], part == own, seen=seen)
        if min(rarer(learnt), rarer(judged)) < FEWEST_OF_A_CLASS:
            return Unavailable("leaving", "few", {"n": FEWEST_OF_A_CLASS})
        labels.append(judged[LABEL])
        scores.append(Blend(learnt, seed=seed)(judged))
    y = pd.concat(labels)
    tested = pd.DataFrame({"score": np.concatenate(scores)}, index=y.index)
    measured = measure_scores(y, tested, groups=np.arange(len(y)), seed=seed).loc["score"]
    now, everybody = at_risk(panel, aim.label, panel.now), np.ones(len(panel.customers), dtype=bool)
    latest = rows_of(panel, aim, [test, *months], everybody, seen=seen)
    today = seen(panel.now)[now]
    found = pd.Series(Blend(latest, seed=seed)(today) if len(today) else [], index=today.index, dtype=float)
    return Leaving(aim, measured, len(y), int(y.sum()), test, found)


def rarer(rows: pd.DataFrame) -> int:
    """Count the rarer of those to whom it happened and the others."""
    happened = int(rows[LABEL].sum())
    return min(happened, len(rows) - happened)


@unless_unavailable
def foretell_all(panel: Months, *, seed: int) -> list[Leaving] | Unavailable:
    """Give every aim that can be foretold, labels in their order, shorter horizons first; the reason where none can."""
    aims = [Aim(label, months) for label in LABELS for months in HORIZONS]
    seen = Seen(panel)
    found = [foretell(panel, aim, seed=seed, seen=seen) for aim in aims]
    kept = [one for one in found if isinstance(one, Leaving)]
    return kept or next(one for one in found if isinstance(one, Unavailable))


def shared_with(first: pd.Index, other: pd.Index) -> float:
    """Give the share of a list that stands on another one, too.

    Examples
    --------
    >>> shared_with(pd.Index(["a", "b"]), pd.Index(["b", "c", "d"]))
    0.5
    """
    return float(first.isin(other).mean()) if len(first) else float("nan")
