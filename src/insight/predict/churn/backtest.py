"""Who will not buy within the window: boosted trees against logistic regression and against P(alive)."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from insight.config.definitions import share
from insight.errors import Unavailable, unless_unavailable
from insight.predict.churn.design import ALIVE, LABEL, SILENT, Cuts, learnable
from insight.predict.churn.leaks import check_apart, usable_features
from insight.predict.churn.models import MODELS, Scorer
from insight.predict.measures import (
    auc,
    bias_of,
    brier,
    compare_scores,
    error_removed,
    gains,
    reliability,
)

FOLDS = 5
SHUFFLES = 5
SHUFFLED = 4_000  # customers, at most, among whom features are shuffled
CHANCE = 0.5  # AUC of a ranking at random
FEWEST_CUSTOMERS = 50
FEWEST_OF_A_CLASS = 10


def no_test_reason(examples: pd.DataFrame, cuts: Cuts) -> Unavailable | None:
    """Say why models cannot be tested on the past; None where they can.

    Returns
    -------
    Unavailable or None
        ``customers``: fewer than 50 active ones to learn from or to judge by; ``classes``: fewer
        than 10 of them churned, or stayed.
    """
    for part in split(examples, cuts):
        churned = int(part[LABEL].sum())
        if len(part) < FEWEST_CUSTOMERS:
            return Unavailable("churn", "customers", {"n": FEWEST_CUSTOMERS})
        if min(churned, len(part) - churned) < FEWEST_OF_A_CLASS:
            return Unavailable("churn", "classes", {"n": FEWEST_OF_A_CLASS})
    return None


def split(examples: pd.DataFrame, cuts: Cuts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part examples into those of the training cuts, and those of the test cut by customer."""
    is_test = examples.index.get_level_values("cut") == cuts.test
    return examples[~is_test], examples[is_test].droplevel("cut")


def probabilities(
    model: str, known: pd.DataFrame, customers: pd.DataFrame, *, features: list[str], seed: int
) -> np.ndarray:
    """Give the probability of churn: by one of `MODELS` trained on what is known, or the purchase model's."""
    if model == SILENT:
        return customers[SILENT].to_numpy(dtype=float)
    return MODELS[model](known, features, seed=seed)(customers)


@dataclass(frozen=True)
class Backtest:
    """How models that knew the past only scored customers that they had not seen.

    Parameters
    ----------
    scores
        Indexed by ``customer_id``: ``churned``, one column of probabilities per model, and what
        they are compared with: ``chance_silent``, ``p_alive``, ``recency_days``.
    features
        What the models were given.
    dropped
        Features that were empty or the same for everyone.
    churned_before
        Share that churned at the training cuts: what one would say without a model.
    folds
        Of each fold, its models and its customers at the test cut.
    """

    scores: pd.DataFrame
    features: list[str]
    dropped: list[str]
    churned_before: float
    folds: list[tuple[dict[str, Scorer], pd.DataFrame]]

    @property
    def labels(self) -> pd.Series:
        """Who churned after the test cut: 1, else 0."""
        return self.scores[LABEL]

    @property
    def customers(self) -> int:
        """Count the customers who were scored."""
        return len(self.scores)

    @property
    def churned(self) -> int:
        """Count those who churned."""
        return int(self.labels.sum())

    @property
    def churn_rate(self) -> float:
        """Give the share that churned."""
        return float(share("churn_rate", self.churned, self.customers))


def fold_of(customer_ids: pd.Index) -> np.ndarray:
    """Put each customer into one of five folds, by a checksum of the id: the same in every run and cut."""
    return np.array([zlib.crc32(str(name).encode()) % FOLDS for name in customer_ids])


@unless_unavailable
def backtest(examples: pd.DataFrame, cuts: Cuts, *, refused: Collection[str] = (), seed: int) -> Backtest | Unavailable:
    """Score customers at the test cut by models that saw neither them nor anything after the cut.

    Customers are dealt into five folds; those of a fold are scored by models trained on the
    other folds' customers at the training cuts. So the test is on later days and on other people.

    Parameters
    ----------
    examples
        As :func:`insight.predict.churn.design.collect_examples` makes them.
    cuts
        Which of them are for training, and which for the test.
    refused
        Features that models are not given.

    Returns
    -------
    Backtest or Unavailable
        See :func:`no_test_reason`; ``alike`` where customers differ in no feature.
    """
    reason = no_test_reason(examples, cuts)
    if reason is not None:
        return reason
    training, test = split(examples, cuts)
    features, dropped = usable_features(learnable(training, refused=refused))
    if not features:
        return Unavailable("churn", "alike")
    learners, judged = fold_of(training.index.get_level_values("customer_id")), fold_of(test.index)
    parts, folds = [], []
    for fold in range(FOLDS):
        known, new = training[learners != fold], test[judged == fold]
        if new.empty:
            continue
        check_apart(known.index.get_level_values("customer_id"), new.index)
        scorers = {name: fit(known, features, seed=seed) for name, fit in MODELS.items()}
        scored = {name: score(new) for name, score in scorers.items()}
        parts.append(new[[LABEL, ALIVE, SILENT, "recency_days"]].assign(**scored))
        folds.append((scorers, new))
    return Backtest(pd.concat(parts).sort_index(), features, dropped, float(training[LABEL].mean()), folds)


@unless_unavailable
def thin_out(test: Backtest, *, at_most: int = SHUFFLED) -> Backtest:
    """Keep every second, third … customer of each fold, so that at most so many remain; all where they are few."""
    step = -(-len(test.scores) // at_most)
    folds = [(models, new.iloc[::step]) for models, new in test.folds]
    kept = np.concatenate([new.index for _, new in folds])
    return replace(test, scores=test.scores.loc[np.sort(kept)], folds=folds) if step > 1 else test


@unless_unavailable
def importance(test: Backtest, model: str, *, rounds: int = SHUFFLES, seed: int) -> pd.DataFrame | Unavailable:
    """Say how much AUC the model in use loses when one feature is shuffled among the customers of the test.

    Returns
    -------
    DataFrame
        ``feature, loss`` (mean over shuffles), ``low, high`` (smallest and largest), largest first;
        `Unavailable` (``no_features``) for the purchase model, which knows days of purchases alone.

    Notes
    -----
    Features that say nearly the same stand in for each other, so each of them looks unimportant.
    """
    if model not in MODELS:
        return Unavailable("churn", "no_features")
    rng = np.random.default_rng(seed)
    labels = np.concatenate([new[LABEL].to_numpy() for _, new in test.folds])
    whole = auc(labels, np.concatenate([models[model](new) for models, new in test.folds]))
    rows = []
    for feature in test.features:
        shuffled = _shuffled_scores(test, model, feature, rounds=rounds, rng=rng)
        losses = [whole - auc(labels, scores) for scores in shuffled]
        rows.append((feature, float(np.mean(losses)), float(min(losses)), float(max(losses))))
    table = pd.DataFrame(rows, columns=["feature", "loss", "low", "high"])
    return table.sort_values(["loss", "feature"], ascending=[False, True], ignore_index=True)


def _shuffled_scores(test: Backtest, model: str, feature: str, *, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Score customers with one feature shuffled among those of their fold, a row per round, all rounds at once."""
    drawn = [[rng.permutation(new[feature].to_numpy()) for _, new in test.folds] for _ in range(rounds)]
    scored = []
    for at, (models, new) in enumerate(test.folds):
        mixed = pd.concat([new.assign(**{feature: values[at]}) for values in drawn])
        scored.append(models[model](mixed).reshape(rounds, -1))
    return np.concatenate(scored, axis=1)


def as_risk(test: Backtest) -> pd.DataFrame:
    """Turn every score of the test so that higher means more likely to leave; those not had are left out.

    P(alive), for one, is missing where MBG/NBD was not fitted.
    """
    scores = test.scores.drop(columns=LABEL)
    return scores.assign(**{ALIVE: 1 - scores[ALIVE]}).dropna(axis=1)


@unless_unavailable
def compare(test: Backtest, *, seed: int) -> pd.DataFrame:
    """Measure the models and plain scores on the same customers, best first.

    Returns
    -------
    DataFrame
        As :func:`insight.predict.measures.compare_scores`, against ``boosting``.
    """
    compared = compare_scores(test.scores[LABEL], as_risk(test), against="boosting", seed=seed)
    return compared.sort_values("auc", ascending=False, kind="stable")


def group_count(customers: int, *, min_cell: int) -> int:
    """Give the number of equal groups that keep 20 customers, and ``min_cell``, in each: at most ten.

    Examples
    --------
    >>> group_count(2217, min_cell=10), group_count(90, min_cell=10)
    (10, 4)
    """
    return max(1, min(10, customers // max(20, min_cell)))


@unless_unavailable
def calibration(test: Backtest, model: str, *, min_cell: int) -> pd.DataFrame:
    """Compare the probabilities of a model with who churned, in equal groups of rising probability.

    Returns
    -------
    DataFrame
        As :func:`insight.predict.measures.reliability`.
    """
    groups = group_count(len(test.scores), min_cell=min_cell)
    return reliability(test.labels, test.scores[model], groups=groups)


@dataclass(frozen=True)
class Accuracy:
    """The mean squared error (Brier score) of probabilities, and ``without`` a model, when all are given one.

    ``low`` and ``high`` are the 95% interval of the share that the model removes.
    """

    predicted: float
    bias: str
    error: float
    without: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """Give the share of the error that the model removes."""
        return 1 - self.error / self.without

    @property
    def verdict(self) -> str:
        """Say whether the model is ``better`` or ``worse`` than none, beyond chance, or ``alike``."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "alike"


def accuracy(test: Backtest, model: str) -> Accuracy:
    """Judge the probabilities of a model against giving everyone the share that churned before."""
    labels, probabilities = test.labels, test.scores[model]
    errors = brier(labels, probabilities), brier(labels, test.churned_before)
    bounds = error_removed(labels, probabilities, test.churned_before)
    return Accuracy(float(probabilities.mean()), bias_of(labels, probabilities), *errors, *bounds)


def recalls(test: Backtest, scores: list[str], shares: np.ndarray) -> pd.DataFrame:
    """Give the share of those who churned that each score finds in so great a ``share`` of customers."""
    labels, risks = test.labels.to_numpy(), as_risk(test)
    found = {name: np.interp(shares, *gains(labels, risks[name].to_numpy())) for name in scores}
    return pd.DataFrame({"share": shares, **found})


@unless_unavailable
def choose_model(compared: pd.DataFrame) -> str | Unavailable:
    """Choose the boosted trees only where they rank significantly better than the plainer logistic regression.

    The purchase model's probability of silence is chosen where it ranks significantly better than the one of both, or
    where they do not rank. What does not rank significantly better than chance is never chosen.

    Parameters
    ----------
    compared
        From :func:`insight.predict.measures.compare_scores`.
    """
    trees_first = "logistic" in compared.loc["boosting", "beats"]
    trained = ["boosting", "logistic"] if trees_first else ["logistic", "boosting"]
    plain = [SILENT] if SILENT in compared.index else []
    is_best = plain and trained[0] in compared.loc[SILENT, "beats"]
    ordered = plain + trained if is_best else trained + plain
    return next((name for name in ordered if ranks(compared, name)), None) or no_ranking(compared, trained[0])


def ranks(compared: pd.DataFrame, model: str) -> bool:
    """Say whether a model ranks significantly better than chance: the whole interval of its AUC lies above a half."""
    return bool(compared.loc[model, "low"] > CHANCE)


def no_ranking(compared: pd.DataFrame, model: str) -> Unavailable:
    """Say that a model ranks no better than chance, with its AUC and interval."""
    return Unavailable("churn", "no_ranking", dict(compared.loc[model, ["auc", "low", "high"]]))


def rank_of_purchase_model(compared: pd.DataFrame, chosen: str) -> str:
    """Say whether the purchase model's probability of silence ranks ``worse`` than the model in use, or ``alike``."""
    return "worse" if SILENT in compared.loc[chosen, "beats"] else "alike"
