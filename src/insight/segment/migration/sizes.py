"""How many customers will be in each stage a quarter ahead: a Markov forecast, tested on the quarters before.

The forecast moves today's customers as customers moved in the past quarters, and adds as many new ones as came in the
last. Its interval rests on how far the same forecast, made again on earlier days, was off: square roots of counts err
alike whatever their size, by half of one from chance alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import t

from insight.contracts.tables.segment import STAGES
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL

MOST_QUARTERS, SETTLED = 6, 2  # days on which stages are looked at; periods of history that the earliest must have
_CHANCE = 0.5  # standard deviation of the square root of a count
_FEWEST = 3  # days: one move to learn from, and one to test


@dataclass(frozen=True)
class Sizes:
    """Forecast sizes of the stages.

    Attributes
    ----------
    table
        ``stage, now, ahead, low, high``: customers of each stage.
    days
        Days ahead, and of each period.
    tested
        Past periods that the forecast was made of again.
    within, of
        Past sizes that lay within an interval made without them, and of how many.
    """

    table: pd.DataFrame
    days: int
    tested: int
    within: int
    of: int

    @property
    def coverage(self) -> float:
        """Give the share of past sizes that lay within their interval."""
        return self.within / self.of if self.of else float("nan")


def earlier_days(as_of: date, history: float, *, days: int) -> list[date]:
    """List the days on which stages are looked at: the day itself, the one before, and more as far as history reaches.

    Parameters
    ----------
    as_of
        The day itself.
    history
        Days since the first purchase: of more than two days, even the earliest lies well behind it.
    days
        Days between them.

    Examples
    --------
    >>> [str(day) for day in earlier_days(date(2024, 12, 31), 365, days=90)]
    ['2024-12-31', '2024-10-02', '2024-07-04']
    """
    back = [back for back in range(MOST_QUARTERS) if back < 2 or history - back * days >= SETTLED * days]
    return [as_of - timedelta(days=periods * days) for periods in back]


@unless_unavailable
def forecast_sizes(stages: Sequence[pd.DataFrame], *, days: int) -> Sizes | Unavailable:
    """Forecast the sizes of the stages as many days ahead as lie between the days on which they were looked at.

    Parameters
    ----------
    stages
        ``customer_id, stage`` on each of `earlier_days`, the last first.
    days
        Days between them.

    Returns
    -------
    Sizes
        Unavailable with fewer than three such days.
    """
    if len(stages) < _FEWEST:
        return Unavailable("segment", "history")
    seen = [frame.set_index("customer_id")["stage"] for frame in reversed(stages)]
    sizes = [_sizes(stage) for stage in seen]
    moves = [_moves(before, after) for before, after in pairwise(seen)]
    past = [_ahead(sizes[at], moves[:at]) for at in range(1, len(moves))]
    came = sizes[2:]
    errors = np.array([np.sqrt(real) - np.sqrt(told) for real, told in zip(came, past, strict=True)])
    now, ahead = sizes[-1], _ahead(sizes[-1], moves)
    low, high = _interval(ahead, errors)
    inside = [
        (lowest <= real) & (real <= highest)
        for at, (real, told) in enumerate(zip(came, past, strict=True))
        if len(errors) > 1
        for lowest, highest in [_interval(told, np.delete(errors, at, axis=0))]
    ]
    is_known = np.array([size.any() for size in np.array([*sizes, ahead]).T])
    table = pd.DataFrame({"stage": STAGES, "now": now, "ahead": ahead, "low": low, "high": high})[is_known]
    tested = np.array(inside)[:, is_known] if inside else np.empty((0, 0), dtype=bool)
    return Sizes(table.reset_index(drop=True), days, len(past), int(tested.sum()), int(tested.size))


def _sizes(stage: pd.Series) -> np.ndarray:
    return stage.value_counts().reindex(STAGES, fill_value=0).to_numpy(dtype=float)


def _moves(before: pd.Series, after: pd.Series) -> np.ndarray:
    """Count moves by the stage before (rows, whoever was none last) and after."""
    was = before.reindex(after.index)
    table = pd.crosstab(was.astype(object).where(was.notna(), "none"), after)
    return table.reindex(index=[*STAGES, "none"], columns=list(STAGES), fill_value=0).to_numpy(dtype=float)


def _ahead(sizes: np.ndarray, moves: Sequence[np.ndarray]) -> np.ndarray:
    """Move sizes as customers moved in all periods known, and add those who came in the last one."""
    known = np.sum([move[:-1] for move in moves], axis=0)
    whole = known.sum(axis=1, keepdims=True)
    shares = np.where(whole > 0, known / np.maximum(whole, 1), np.eye(len(STAGES)))  # nobody known: they stay
    return sizes @ shares + moves[-1][-1]


def _interval(ahead: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    off = np.maximum(np.sqrt((errors**2).mean(axis=0)), _CHANCE)
    reach = t.ppf(0.5 + LEVEL / 2, len(errors)) * off
    middle = np.sqrt(ahead)
    return np.maximum(middle - reach, 0) ** 2, (middle + reach) ** 2
