"""The test on the past: features as of a cut, labels strictly after it, training before the test."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import ParameterError, Unavailable, did_you_mean, listed, unless_unavailable
from insight.predict.churn.leaks import check_days
from insight.predict.churn.window import Window
from insight.predict.histories import WEEK, summarise_histories
from insight.predict.value.purchases import chance_alive, chance_silent, count_patterns, fit_purchasing
from insight.profile.features import summarise_baskets, summarise_customers

LABEL, ALIVE, SILENT = "churned", "p_alive", "chance_silent"
MOST_CUTS = 6
COUNTED = (
    "recency_days",
    "tenure_days",
    "frequency",
    "purchase_days",
    "monetary",
    "refunds",
    "gap_days_mean",
    "gap_days_median",
    "basket_mean",
    "discount_share",
    "promoted_share",
    "weekend_share",
    "morning_share",
    "evening_share",
    "spend_recent",
    "spend_before",
    "trend",
    "categories",
)

#: What may be done about a feature. ``ours``: the business itself decides it; ``habit``: what and when they buy, which
#: offers and service may change. Every other one is the leaving itself, seen from outside.
ACTED_ON = {
    **dict.fromkeys(("discount_share", "promoted_share"), "ours"),
    **dict.fromkeys(("monetary", "basket_mean", "categories", "refunds"), "habit"),
    **dict.fromkeys(("weekend_share", "morning_share", "evening_share"), "habit"),
}


@dataclass(frozen=True)
class Cuts:
    """Days at which the past is cut into what was known and what came.

    Parameters
    ----------
    window
        Days after a cut in which a customer either buys or has left.
    history
        Days up to a cut from which features are counted, the same at every cut.
    training
        Cuts that models learn from, earliest first; the window of the last one ends on ``test``.
    test
        The cut that models are judged at; its window ends on ``today``.
    today
        The last day that counts; customers are scored as of it.
    """

    window: int
    history: int
    training: tuple[date, ...]
    test: date
    today: date

    @property
    def labelled(self) -> tuple[date, ...]:
        """Every cut whose window has passed."""
        return (*self.training, self.test)


@unless_unavailable
def choose_cuts(first_on: date | None, today: date, *, window: Window, history: int) -> Cuts | Unavailable:
    """Lay cuts one window apart, backwards from ``today``, so that no window overlaps another.

    Where the data is too short for ``history``, features look back over what there is, but never
    over less than a window.

    Returns
    -------
    Cuts or Unavailable
        ``history`` where the data is shorter than three windows.

    Examples
    --------
    >>> window = Window(56, "given")
    >>> choose_cuts(date(2017, 1, 1), date(2017, 12, 31), window=window, history=180).training
    (datetime.date(2017, 7, 16), datetime.date(2017, 9, 10))
    """
    days, step = 0 if first_on is None else (today - first_on).days + 1, window.days
    history = min(history, days - 2 * step)
    if history < step:
        return Unavailable("churn", "history")
    cuts = min((days - history) // step, MOST_CUTS + 1)
    test, *training = [today - timedelta(days=step * number) for number in range(1, cuts + 1)]
    return Cuts(step, history, tuple(reversed(training)), test, today)


def active_customers(daily: ibis.Table, *, cut: date, window: int) -> ibis.Table:
    """List the customers with a purchase in the ``window`` days up to the cut: the others have left already.

    Returns
    -------
    Table
        ``customer_id`` and ``churned``: 1 when no purchase follows within ``window`` days after the
        cut. Meaningless where those days have not passed.
    """
    around = daily.filter(
        daily.is_purchase,
        daily.occurred_on > cut - timedelta(days=window),
        daily.occurred_on <= cut + timedelta(days=window),
    )
    counted = around.group_by("customer_id").aggregate(
        before=around.count(where=around.occurred_on <= cut),
        after=around.count(where=around.occurred_on > cut),
    )
    active = counted.filter(counted.before > 0)
    return active.select("customer_id", churned=(active.after == 0).cast("int8"))


def describe_customers(
    transactions: ibis.Table, daily: ibis.Table, *, cut: date, cuts: Cuts, trend_days: int
) -> pd.DataFrame:
    """Describe the active customers as of a cut.

    Counted features come from the ``history`` days up to the cut, so that they mean the same at
    every cut; two more come from a purchase model (MBG/NBD) fitted on everything up to the cut.

    Parameters
    ----------
    transactions
        The ``transactions`` table; lines after the cut play no part.
    daily
        As :func:`insight.predict.histories.daily_spend` makes it.
    cut
        One of ``cuts``, or ``cuts.today``.
    cuts
        The plan: its ``history`` and ``window``.
    trend_days
        Days that the spending trend compares, at most half of ``history``.

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``, sorted: ``churned`` (missing as of ``cuts.today``), the
        features, and ``p_alive``, which is kept as a score to compare with.
    """
    known = transactions.filter(
        transactions.occurred_on > cut - timedelta(days=cuts.history), transactions.occurred_on <= cut
    )
    baskets = summarise_baskets(known, as_of=cut).cache()  # read twice
    profile = summarise_customers(known, as_of=cut, trend_days=min(trend_days, cuts.history // 2), baskets=baskets)
    counted = profile.select("customer_id", "last_on", *(profile[name].cast("float64").name(name) for name in COUNTED))
    active = active_customers(daily, cut=cut, window=cuts.window)
    described = active.inner_join(counted, "customer_id").order_by("customer_id").to_pandas()
    described = described.set_index("customer_id").astype(dict.fromkeys(COUNTED, float))
    check_days(described.pop("last_on"), cut=cut)
    described["silence_in_gaps"] = described["recency_days"] / described["gap_days_mean"]
    if cut >= cuts.today:
        described[LABEL] = np.nan
    return described.join(_purchase_chances(daily, cut=cut, window=cuts.window))


def _purchase_chances(daily: ibis.Table, *, cut: date, window: int) -> pd.DataFrame:
    """Ask a purchase model that knows nothing after the cut; missing where it cannot be fitted."""
    histories = summarise_histories(daily, cut=cut)
    model = fit_purchasing(count_patterns(histories))
    if model is None:
        return pd.DataFrame(np.nan, index=histories.index, columns=[SILENT, ALIVE])
    silent = chance_silent(model, histories, weeks=window / WEEK)
    return pd.DataFrame({SILENT: silent, ALIVE: chance_alive(model, histories)}, index=histories.index)


@unless_unavailable
def collect_examples(transactions: ibis.Table, daily: ibis.Table, *, cuts: Cuts, trend_days: int) -> pd.DataFrame:
    """Describe the active customers at every labelled cut, one row per cut and customer.

    Returns
    -------
    DataFrame
        Indexed by ``cut`` and ``customer_id``; columns as :func:`describe_customers` gives them.
    """
    described = {
        cut: describe_customers(transactions, daily, cut=cut, cuts=cuts, trend_days=trend_days) for cut in cuts.labelled
    }
    return pd.concat(described, names=["cut"])


def learnable(examples: pd.DataFrame, *, refused: Collection[str] = ()) -> pd.DataFrame:
    """Give what a model may be given of examples: no label, no score to compare with, nothing refused.

    Raises
    ------
    ParameterError
        If a feature is refused that there is not.

    Examples
    --------
    >>> examples = pd.DataFrame({"visits": [1], "refunds": [0], "churned": [1], "p_alive": [0.5]})
    >>> list(learnable(examples, refused=["refunds"]))
    ['visits']
    """
    features = examples.drop(columns=[LABEL, ALIVE])
    if unknown := [name for name in refused if name not in features]:
        problems = [f"no feature is named `{name}`{did_you_mean(name, map(str, features))}" for name in unknown]
        raise ParameterError(f"refused_features: {len(unknown)} problem(s)" + listed(problems))
    return features.drop(columns=list(refused))


@dataclass(frozen=True)
class LateReturns:
    """How many counted as churned after a cut, and how many of them had bought again by the last day."""

    cut: date
    churned: int
    returned: int

    @property
    def share(self) -> float | None:
        """Give the share that bought again; none where nobody churned."""
        return self.returned / self.churned if self.churned else None


@unless_unavailable
def late_returns(daily: ibis.Table, *, cuts: Cuts) -> LateReturns:
    """Count those who churned after the last training cut, and how many of them bought again by today.

    A label is a definition, not a fact: some come back after the window.
    """
    cut = cuts.training[-1]
    active = active_customers(daily, cut=cut, window=cuts.window)
    later = daily.filter(daily.is_purchase, daily.occurred_on > cut).select("customer_id").distinct()
    churned = active.filter(active.churned == 1)
    counted = churned.left_join(later, "customer_id")
    found = counted.aggregate(churned=counted.count(), returned=counted.customer_id_right.count()).to_pandas()
    return LateReturns(cut, int(found["churned"][0]), int(found["returned"][0]))
