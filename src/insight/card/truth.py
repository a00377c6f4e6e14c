"""How near models of default come to the truth, and to the best that what one sees allows, where the truth is known.

A model is scored by the AUC that it is expected to have: each case is a default by its true chance, else none.
The ceiling is the better of two strong models that are taught the true chances of other cases on the same columns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import affordable_rounds, percentiles, resampled_counts
from insight.predict.labelled.backtest import Choice, scores_of
from insight.predict.labelled.models import MODELS, Fit
from insight.predict.labelled.table import Flat
from insight.predict.measures import auc, rank_once

_ROUNDS, _FEWEST = 200, 100
_CERTAIN = 0.9  # taught in place of what is sure to come: its log-odds would drown all others
_TREES: dict[str, Any] = {
    "n_estimators": 300, "learning_rate": 0.04, "num_leaves": 31, "min_child_samples": 60, "subsample": 0.8,
    "subsample_freq": 1, "colsample_bytree": 0.5, "n_jobs": 1, "verbose": -1, "random_state": 0,
}  # fmt: skip
_DRAWS = 5  # outcomes that each declined application is given in turn


@dataclass(frozen=True)
class Rungs:
    """Expected AUC of a model, of the ceiling and of the truth itself, on the same cases, with 95% intervals."""

    value: float
    low: float
    high: float
    ceiling: float
    ceiling_low: float
    ceiling_high: float
    oracle: float
    gap: float
    gap_low: float
    gap_high: float
    cases: int


def rungs(chance: np.ndarray, scores: np.ndarray, taught: np.ndarray, *, groups: np.ndarray, seed: int) -> Rungs:
    """Measure scores, and those of a model that was taught the truth, on the same cases."""
    _, place = np.unique(groups, return_inverse=True)
    rankers, drawn = (rank_once(chance, scores), rank_once(chance, taught)), []
    for counts in resampled_counts(int(place.max()) + 1, rounds=affordable_rounds(3 * len(chance), _ROUNDS), seed=seed):
        times = counts[place].astype(float)
        drawn.append([ranked(times) for ranked in rankers])
    own, best = np.array(drawn).T
    found, ceiling = auc(chance, scores), auc(chance, taught)
    return Rungs(
        found, *percentiles(own), ceiling, *percentiles(best), auc(chance, chance), ceiling - found,
        *percentiles(best - own), len(chance),
    )  # fmt: skip


def teach(seen: pd.DataFrame, chance: np.ndarray) -> list[Callable[[pd.DataFrame], np.ndarray]]:
    """Teach strong models the true chances: boosted trees, and a line through numbers, logarithms and levels."""
    target = logit(np.clip(chance, 1e-6, _CERTAIN))
    levels = {name: seen[name].cat.categories for name in seen if isinstance(seen[name].dtype, pd.CategoricalDtype)}
    middle = {name: seen[name].median() for name in seen if name not in levels}

    def coded(rows: pd.DataFrame) -> np.ndarray:
        return np.column_stack(
            [levels[name].get_indexer(rows[name]) if name in levels else rows[name].to_numpy(float) for name in seen]
        )

    def spread_out(rows: pd.DataFrame) -> np.ndarray:
        parts = []
        for name in seen:
            if name in levels:
                parts.append(np.eye(len(levels[name]) + 1)[levels[name].get_indexer(rows[name]) + 1])
                continue
            filled = rows[name].fillna(middle[name]).to_numpy(float)
            made = [filled, np.sign(filled) * np.log1p(np.abs(filled)), rows[name].isna().to_numpy(float)]
            parts.append(np.column_stack(made))
        return np.hstack(parts)

    trees = lightgbm.LGBMRegressor(**_TREES).fit(coded(seen), target)
    line = make_pipeline(StandardScaler(), Ridge(10.0)).fit(spread_out(seen), target)
    return [lambda rows: np.asarray(trees.predict(coded(rows))), lambda rows: line.predict(spread_out(rows))]


@dataclass(frozen=True)
class Later:
    """Applications of whose outcome nothing was known, the declined ones too, and their true chances."""

    rows: np.ndarray
    chance: np.ndarray
    before: np.ndarray


@unless_unavailable
def later(flat: Flat, true: pd.Series | Unavailable) -> Later | Unavailable:
    """Find the applications since the last one that models learn from."""
    assert isinstance(true, pd.Series)
    assert flat.observed is not None
    told = true.reindex(flat.labels.index)
    last = flat.observed[flat.known].max()
    known, after = told.notna().to_numpy(), (flat.observed > last).to_numpy()
    if (known & after).sum() < _FEWEST or (known & ~after).sum() < _FEWEST:
        return Unavailable("scorecard", "few_later", {"fewest": _FEWEST})
    return Later(known & after, told.to_numpy(float), known & ~after)


@unless_unavailable
def of_applications(
    flat: Flat, choice: Choice, since: Later, *, seed: int, models: Mapping[str, Fit] = MODELS
) -> Rungs:
    """Measure the model in use on applications that came later, the declined ones too, against the ceiling."""
    model = models[choice.best](flat.features[flat.known], flat.labels[flat.known].to_numpy(float), seed=seed)
    new, chance = flat.features[since.rows], since.chance[since.rows]
    taught = teach(flat.features[since.before], since.chance[since.before])
    best = max((model_of(new) for model_of in taught), key=lambda told: auc(chance, told))
    return rungs(chance, scores_of(model, new), best, groups=flat.groups[since.rows], seed=seed)


def parcelled(chance: np.ndarray, start: float) -> np.ndarray:
    """Give outcomes of which every stretch of neighbouring chances has as many as these add up to (systematic draw).

    Parameters
    ----------
    start
        Where to begin to count, 0 to 1: the luck of the draw.

    Examples
    --------
    >>> parcelled(np.array([0.5, 0.1, 0.5, 0.1, 0.5, 0.5]), 0.4).tolist()
    [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    """
    order = np.argsort(chance, kind="stable")
    counted = np.floor(start + np.cumsum(chance[order]))
    outcome = np.zeros(len(chance))
    outcome[order] = np.diff(counted, prepend=0.0)
    return outcome


@unless_unavailable
def infer_rejects(
    flat: Flat, choice: Choice, since: Later, declined: np.ndarray, *, seed: int, models: Mapping[str, Fit] = MODELS
) -> pd.DataFrame:
    """Compare the model in use with one that also learns from declined applications, given outcomes by its own chances.

    Parameters
    ----------
    declined
        Which applications were declined.

    Returns
    -------
    DataFrame
        A row for each of ``all`` later applications and the ``declined`` of them: ``among, cases, without, with_,
        gain, low, high`` (expected AUC; 95% interval of the difference from resampled applicants).

    Notes
    -----
    Parcelling: outcomes of the declined are drawn by the chances that the model of the approved gives them, several
    times, and the scores of the models of each draw are averaged. As in Siddiqi (2017), chapter 11; every band of
    chances has the share of defaults that it should have.
    """
    fit, rng = models[choice.best], np.random.default_rng(seed)
    known, y = flat.features[flat.known], flat.labels[flat.known].to_numpy(float)
    first = fit(known, y, seed=seed)
    old = declined & ~since.rows
    odds = scores_of(first, flat.features[old])
    new = flat.features[since.rows]
    drawn = np.zeros(len(new))
    for _ in range(_DRAWS):
        outcome = parcelled(1 / (1 + np.exp(-odds)), rng.random())
        both = pd.concat([known, flat.features[old]])
        drawn += scores_of(fit(both, np.concatenate([y, outcome]), seed=seed), new) / _DRAWS
    without, chance, groups = scores_of(first, new), since.chance[since.rows], flat.groups[since.rows]
    rows = []
    for among, part in (("all", np.ones(len(new), dtype=bool)), ("declined", declined[since.rows])):
        found = rungs(chance[part], without[part], drawn[part], groups=groups[part], seed=seed)
        rows.append((among, found.cases, found.value, found.ceiling, found.gap, found.gap_low, found.gap_high))
    return pd.DataFrame(rows, columns=["among", "cases", "without", "with_", "gain", "low", "high"])
