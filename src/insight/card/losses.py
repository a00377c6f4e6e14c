"""The loss to expect from charge-offs in the coming months, by roll rates, and how earlier expectations came out.

Accounts move from state to state as they did in the months known so far: a Markov chain, weighted by credit limit, as
large limits lose more. Of a limit that is charged off, as much is lost as was owed on the last statement before; what
is recovered later is not taken off.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.card.arrears import OFF, STATES, Arrears
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles

HORIZON = 12  # months ahead
_LEARN_FROM = 6  # months of rolls that an expectation needs at least
_DRAWS = 2000
_FEWEST = 30  # charge-offs, below which neither their number nor their size is known


@dataclass(frozen=True)
class Expectation:
    """The charge-offs expected in the months after one, of the accounts that there were in it.

    Attributes
    ----------
    month
        Number of the month whose end it is made at.
    value, low, high
        Amount with its 95% interval: of the rates, of the size of a loss, and of who happens to be charged off.
    by_state
        A row per state at that month: ``state, accounts, limits, probability`` (of charge-off), ``loss``.
    severity
        What is owed at charge-off, as a share of the credit limit.
    """

    month: int
    value: float
    low: float
    high: float
    by_state: pd.DataFrame
    severity: float


@unless_unavailable
def expect(
    arrears: Arrears, *, month: int | None = None, horizon: int = HORIZON, seed: int
) -> Expectation | Unavailable:
    """Give the charge-offs to expect after a month, from what was known at its end.

    Parameters
    ----------
    arrears
        Accounts by month and state.
    month
        Number of the month; the last one by default.
    horizon
        Months ahead.
    seed
        Of the draws for the interval.

    Returns
    -------
    Expectation
        Unavailable with less than half a year of rolls, or too few charge-offs so far.
    """
    month = arrears.last if month is None else month
    rolls = arrears.rolls[arrears.rolls["month"] < month]
    lost = arrears.losses[arrears.losses["month"] <= month]
    if rolls["month"].nunique() < _LEARN_FROM or lost["accounts"].sum() < _FEWEST:
        return Unavailable("risk", "few_losses", {"months": _LEARN_FROM, "losses": _FEWEST})
    at = arrears.standing[arrears.standing["month"] == month].set_index("state").reindex(range(OFF), fill_value=0)
    severity, error, spread = _severity(lost)
    chain, certain = _chain(rolls)
    probability = _reach(chain[None], horizon)[0]
    loss = at["limits"].to_numpy() * probability * severity

    rng = np.random.default_rng(seed)
    drawn = _reach(_draw(chain, certain, rng), horizon) @ at["limits"].to_numpy()
    drawn = drawn * np.clip(rng.normal(severity, error, _DRAWS), 0, None)
    luck = np.sqrt((at["squares"].to_numpy() * probability).sum() * (severity**2 + spread**2))
    low, high = percentiles(drawn + rng.normal(0, luck, _DRAWS))
    by_state = pd.DataFrame(
        {
            "state": STATES[:OFF],
            "accounts": at["accounts"].to_numpy(),
            "limits": at["limits"].to_numpy(),
            "probability": probability,
            "loss": loss,
        }
    )
    return Expectation(month, float(loss.sum()), max(low, 0.0), high, by_state, severity)


def realised(arrears: Arrears, *, month: int, horizon: int = HORIZON) -> tuple[float, int]:
    """Give what was charged off in the months after one, of the accounts that there were in it, and how many."""
    lost = arrears.losses
    after = lost[(lost["month"] > month) & (lost["month"] <= month + horizon) & ~(lost["opened"] > month)]
    return float(after["balance"].sum()), int(after["accounts"].sum())


def carry(arrears: Arrears, *, month: int, horizon: int = HORIZON) -> float:
    """Give what would be charged off if all went on as in the months before, at most as many as are looked ahead."""
    months = min(horizon, month - int(arrears.standing["month"].min()))
    lost = arrears.losses[(arrears.losses["month"] <= month) & (arrears.losses["month"] > month - months)]
    return float(lost["balance"].sum()) * horizon / months


@unless_unavailable
def backtest(arrears: Arrears, *, horizon: int = HORIZON, seed: int) -> pd.DataFrame | Unavailable:
    """Give earlier expectations beside what came: each from what was known then.

    Returns
    -------
    DataFrame
        A row per month with enough before and after it: ``month, expected, low, high, realised``, ``accounts`` (charged
        off), ``carried`` (as `carry` gives it) and ``within`` (whether the interval holds what came). The months
        ahead overlap. Unavailable where there is no such month.
    """
    rows = []
    for month in range(int(arrears.standing["month"].min()) + _LEARN_FROM, arrears.last - horizon + 1):
        found = expect(arrears, month=month, horizon=horizon, seed=seed)
        if isinstance(found, Expectation):
            at = {"month": month, "horizon": horizon}
            rows.append((month, found.value, found.low, found.high, *realised(arrears, **at), carry(arrears, **at)))
    if not rows:
        return Unavailable("risk", "no_past", {"months": _LEARN_FROM + horizon})
    past = pd.DataFrame(rows, columns=["month", "expected", "low", "high", "realised", "accounts", "carried"])
    return past.assign(within=past["realised"].between(past["low"], past["high"]))


def _severity(lost: pd.DataFrame) -> tuple[float, float, float]:
    """Give what is owed at charge-off over the limit, its standard error, and its spread between accounts."""
    balance, limits, accounts = (float(lost[name].sum()) for name in ("balance", "limits", "accounts"))
    severity = balance / limits
    # of one account: the squared balance over the squared limit, taken at the mean limit
    spread = np.sqrt(max(lost["squares"].sum() / lost["limit_squares"].sum() - severity**2, 0.0))
    return severity, spread / np.sqrt(accounts), spread


def _chain(rolls: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give the probabilities from state to state in a month, and how many accounts of equal limit each row rests on."""
    shape = {"index": "state", "columns": "after", "aggfunc": "sum", "fill_value": 0.0}
    limits, squares = (
        rolls.pivot_table(values=name, **shape).reindex(index=range(OFF), columns=range(len(STATES)), fill_value=0.0)
        for name in ("limits", "squares")
    )
    chain = np.eye(len(STATES))
    totals = limits.sum(axis=1).to_numpy()
    seen = totals > 0
    chain[:OFF][seen] = limits.to_numpy()[seen] / totals[seen, None]
    certain = np.zeros(len(STATES))
    certain[:OFF][seen] = totals[seen] ** 2 / squares.sum(axis=1).to_numpy()[seen]
    return chain, certain


def _draw(chain: np.ndarray, certain: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw chains that the rolls might as well have come from: a Dirichlet distribution for each row."""
    drawn = np.repeat(chain[None], _DRAWS, axis=0)
    for state in np.flatnonzero(certain):
        to = np.flatnonzero(chain[state])
        drawn[:, state, to] = rng.dirichlet(chain[state, to] * certain[state], _DRAWS)
    return drawn


def _reach(chains: np.ndarray, horizon: int) -> np.ndarray:
    """Give the probability to be charged off within so many months, by chain and state."""
    return np.linalg.matrix_power(chains, horizon)[:, :OFF, OFF]
