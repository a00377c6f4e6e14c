"""What customers will spend: Gamma-Gamma on top of a purchase model, and how far it was off on days kept back."""

import contextlib
import io
import warnings
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln

from insight.errors import Unavailable, unless_unavailable
from insight.predict.histories import WEEK
from insight.predict.measures import Correlation, Mean, mean_with_bounds, rank_correlation
from insight.predict.value.choice import MBG, PARETO, fit_law, likely_purchases
from insight.predict.value.pareto import Pareto
from insight.predict.value.purchases import (
    BOUND,
    FEWEST_REPEATERS,
    PRECISELY,
    Law,
    chance_alive,
    chance_silent,
    count_patterns,
    expected_purchases,
    to_the_maximum,
)

FEWEST_CUSTOMERS = 50
_EXACT = 0.0005  # share by which purchases may be off and still be as many as expected


@dataclass(frozen=True)
class Spending:
    """Parameters of a Gamma-Gamma model of the mean spend per purchase.

    Parameters
    ----------
    p
        Shape of one purchase's spend around the customer's own mean.
    q, gamma
        Gamma distribution of the customers' rates; above ``q = 1`` a mean over customers exists.
    """

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """The mean spend per purchase over all customers."""
        return self.p * self.gamma / (self.q - 1)


def fit_spending(histories: pd.DataFrame) -> Spending | None:
    """Fit Gamma-Gamma by maximum likelihood, without a penalty.

    Parameters
    ----------
    histories
        ``purchases`` and ``mean_spend`` per customer; who never paid anything is left out.

    Returns
    -------
    Spending or None
        ``None`` where there are fewer than 50 customers, where the likelihood has no maximum, or
        where the spend is spread so far that no mean exists.

    References
    ----------
    .. [1] Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value,
       http://www.brucehardie.com/notes/025/.
    """
    histories = histories[histories["mean_spend"] > 0]
    if len(histories) < FEWEST_CUSTOMERS:
        return None
    unit = float(histories["mean_spend"].mean())  # so that yen and dinars start from the same place
    scaled = histories[["purchases"]].assign(mean_spend=histories["mean_spend"] / unit)
    found = _search_freely(scaled) or _search_within_bounds(scaled)
    if found is None:
        return None
    columns = [scaled[name].to_numpy(float) for name in ("purchases", "mean_spend")]
    p, q, gamma = to_the_maximum(lambda logs: _lifetimes_loss(logs, *columns), found)
    return Spending(p, q, gamma * unit) if q > 1 else None


def _lifetimes_loss(logs: np.ndarray, purchases: np.ndarray, mean_spend: np.ndarray) -> float:
    from lifetimes import GammaGammaFitter

    return GammaGammaFitter._negative_log_likelihood(logs, purchases, mean_spend, np.ones(len(purchases)), 0.0)


def _search_freely(histories: pd.DataFrame) -> list[float] | None:
    from lifetimes import GammaGammaFitter
    from lifetimes.utils import ConvergenceError

    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            fitted = GammaGammaFitter(penalizer_coef=0.0).fit(histories["purchases"], histories["mean_spend"])
        except (ConvergenceError, ValueError, np.linalg.LinAlgError):
            return None
    found = [float(fitted.params_[name]) for name in ("p", "q", "v")]
    return found if np.isfinite(found).all() and min(found) > 0 else None


def _search_within_bounds(histories: pd.DataFrame) -> list[float] | None:
    """Search again where the free search gave up, as it does at the maximum when the last digit decides nothing."""

    def loss(logs: np.ndarray) -> float:
        return -float(spend_log_likelihoods(Spending(*np.exp(logs)), histories).mean())

    with np.errstate(all="ignore"):
        found = minimize(loss, np.ones(3), method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 3, options=PRECISELY)
    has_maximum = np.isfinite(found.fun) and (np.abs(found.x) < BOUND - 1e-6).all()
    return [float(value) for value in np.exp(found.x)] if has_maximum else None


def expected_spend(model: Spending | None, histories: pd.DataFrame) -> np.ndarray:
    """Give each customer's expected spend per purchase: between their own mean and everyone's.

    The more purchases, the nearer to their own; equation (5) of Fader and Hardie (2013). Without
    a model it is their own mean.

    Examples
    --------
    >>> customers = pd.DataFrame({"purchases": [1, 40], "mean_spend": [100.0, 100.0]})
    >>> expected_spend(Spending(p=6.25, q=3.74, gamma=15.44), customers).round(1).tolist()
    [80.3, 99.3]
    """
    own = histories["mean_spend"].to_numpy(dtype=float)
    if model is None:
        return own
    purchases = histories["purchases"].to_numpy(dtype=float)
    return model.p * (model.gamma + purchases * own) / (model.p * purchases + model.q - 1)


def spend_log_likelihoods(model: Spending, histories: pd.DataFrame) -> np.ndarray:
    """Say how likely each customer's mean spend is; equation (1a) of Fader and Hardie (2013), up to a constant.

    Who never paid anything was not fitted on, and says nothing: 0.
    """
    px = model.p * histories["purchases"].to_numpy(dtype=float)
    has_paid = histories["mean_spend"].to_numpy(dtype=float) > 0
    own = np.where(has_paid, histories["mean_spend"].to_numpy(dtype=float), 1.0)
    drawn = gammaln(px + model.q) - gammaln(px) - gammaln(model.q) + model.q * np.log(model.gamma)
    likely = drawn + px * np.log(px / model.p * own) - (px + model.q) * np.log(model.gamma + px / model.p * own)
    return np.where(has_paid, likely, 0.0)


def refund_share(histories: pd.DataFrame) -> float:
    """Give the share of purchases that was returned on other days, 0 to 1."""
    bought = float((histories["purchases"] * histories["mean_spend"]).sum())
    return min(1.0, float(histories["refunds"].sum()) / bought) if bought > 0 else 0.0


@dataclass(frozen=True)
class ValueModel:
    """How often customers buy, how much they spend, and what share of it comes back."""

    purchasing: Law
    spending: Spending | None
    refunds: float

    @property
    def law(self) -> str:
        """Name the purchase model."""
        return PARETO if isinstance(self.purchasing, Pareto) else MBG


def holdout_days(first_on: date | None, as_of: date, *, horizon: int, given: int | None) -> int:
    """Give the last days to keep back: as many as are to be predicted, at most a third of all.

    Nothing (0) where that is less than a week.

    Examples
    --------
    >>> holdout_days(date(2017, 1, 1), date(2017, 12, 31), horizon=90, given=None)
    90
    >>> holdout_days(date(2017, 1, 1), date(2017, 3, 1), horizon=90, given=None)
    20
    """
    days = 0 if first_on is None else (as_of - first_on).days + 1
    kept_back = min(given or min(horizon, days // 3), max(days - WEEK, 0))
    return kept_back if kept_back >= WEEK else 0


@unless_unavailable
def fit_value(histories: pd.DataFrame, *, law: str = MBG) -> ValueModel | Unavailable:
    """Fit both models on histories up to a cut; ``law`` names the purchase model.

    Where that one does not converge, as Pareto/NBD does not where practically nobody leaves, MBG/NBD stands in for it.

    Returns
    -------
    ValueModel or Unavailable
        ``customers`` where there are too few, ``unfitted`` where the purchase model finds no answer, see the fits;
        ``refunds`` where they took back all that was paid.
    """
    if len(histories) < FEWEST_CUSTOMERS or (histories["repeats"] > 0).sum() < FEWEST_REPEATERS:
        return Unavailable("value", "customers", {"customers": FEWEST_CUSTOMERS, "repeaters": FEWEST_REPEATERS})
    patterns, refunds = count_patterns(histories), refund_share(histories)
    purchasing = fit_law(law, patterns) or (fit_law(MBG, patterns) if law != MBG else None)
    if purchasing is None or refunds >= 1:
        return Unavailable("value", "unfitted" if purchasing is None else "refunds")
    return ValueModel(purchasing, fit_spending(histories), refunds)


def predict_value(model: ValueModel | Unavailable, histories: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Give each customer's expected purchases and net spend over the next ``days``.

    Returns
    -------
    DataFrame
        Indexed as ``histories``: ``p_alive, expected_purchases, likely_purchases, spend_per_purchase,
        expected_value``; all missing without a model. Margins and discounting are left to those
        who know them.
    """
    names = ["p_alive", "expected_purchases", "likely_purchases", "spend_per_purchase", "expected_value"]
    if not model:
        return pd.DataFrame(np.nan, index=histories.index, columns=names)
    purchases = expected_purchases(model.purchasing, histories, weeks=days / WEEK)
    spend = expected_spend(model.spending, histories) * (1 - model.refunds)
    alive = chance_alive(model.purchasing, histories)
    likely = likely_purchases(purchases, chance_silent(model.purchasing, histories, weeks=days / WEEK))
    values = dict(zip(names, (alive, purchases, likely, spend, purchases * spend), strict=True))
    return pd.DataFrame(values, index=histories.index)


@unless_unavailable
def track_weeks(repeats: pd.Series, model: ValueModel, histories: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Put repeat purchases per week beside those expected at the cut, as the papers' tracking plots do.

    Parameters
    ----------
    repeats
        As :func:`insight.predict.histories.weekly_repeats` counts them.
    model
        Fitted on ``histories``.
    histories
        As of the cut.
    days
        Days after the cut; a last week that is not whole is left out.

    Returns
    -------
    DataFrame
        ``week`` (0 is the last one up to the cut), ``actual``, ``expected`` and ``carried`` (the
        mean of as many weeks up to the cut), the latter two from week 1 on. Weeks before the
        cut are as many as after it.
    """
    weeks = days // WEEK
    totals = [expected_purchases(model.purchasing, histories, weeks=week).sum() for week in range(weeks + 1)]
    span = pd.RangeIndex(1 - weeks, weeks + 1, name="week")
    frame = pd.DataFrame({"actual": repeats.reindex(span, fill_value=0)}, index=span)
    frame.loc[1:, "expected"] = np.diff(totals)
    frame.loc[1:, "carried"] = frame.loc[:0, "actual"].mean()
    return frame.reset_index()


@dataclass(frozen=True)
class HoldOut:
    """What was predicted for days kept back, against what came.

    Parameters
    ----------
    customers
        Customers known at the cut.
    purchases, actual_purchases
        Purchase days in total.
    rank
        Spearman's rank correlation of each customer's expected value with what they spent.
    missed
        Mean over customers of how far their purchase days lie from the likely number, with its 95% interval.
    """

    customers: int
    purchases: float
    actual_purchases: int
    rank: Correlation
    missed: Mean

    @property
    def purchases_off(self) -> float:
        """Give how far the purchases expected lie from those that came, up or down, as a share of them."""
        return abs(self.purchases / self.actual_purchases - 1)

    @property
    def bias(self) -> str:
        """Say whether ``exact`` as many purchases came as expected, or the model was too ``high`` or ``low``."""
        if self.purchases_off < _EXACT:
            return "exact"
        return "high" if self.purchases > self.actual_purchases else "low"


@unless_unavailable
def judge_value(histories: pd.DataFrame, model: ValueModel, *, days: int) -> HoldOut | Unavailable:
    """Compare what a model predicts at a cut with what the same customers did in the ``days`` after it.

    Parameters
    ----------
    histories
        With ``spend_later`` and ``purchases_later``; the model must not have used them.
    model
        As :func:`fit_value` makes it; where it gives a reason instead, that is passed on.

    Returns
    -------
    HoldOut or Unavailable
        ``hold_out`` where nothing was bought after the cut, as where no days are kept back; ``unfitted`` where the
        model gives a customer no value.
    """
    predicted = predict_value(model, histories, days=days)
    came, value = histories["spend_later"], predicted["expected_value"]
    if came.sum() <= 0 or value.isna().any():
        return Unavailable("value", "hold_out" if came.sum() <= 0 else "unfitted")
    return HoldOut(
        customers=len(histories),
        purchases=float(predicted["expected_purchases"].sum()),
        actual_purchases=int(histories["purchases_later"].sum()),
        rank=rank_correlation(value, came),
        missed=mean_with_bounds((predicted["likely_purchases"] - histories["purchases_later"]).abs()),
    )
