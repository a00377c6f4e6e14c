"""How often the intervals of a read-out hold what is true, by simulated campaigns whose effects are known.

Each simulated offer has the rounds, the customers and the response rates of a real one; chance alone differs. Once the
effect is as found, once there is none.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from insight.errors import unless_unavailable
from insight.review.rates import compare_draws
from insight.review.readout import ReadOut

#: So many that chance moves a coverage of 95% by no more than half a point (95%).
ROUNDS = 10_000


class Rehearsal(NamedTuple):
    """What simulated campaigns say: shares, and how many there were.

    ``coverage`` of 95% intervals; ``false`` of campaigns without an effect that are said to add responses, or to lose
    some; ``silent`` of campaigns whose control group had no response, and the coverage among these (none: missing).
    """

    campaigns: int
    coverage: float
    false: float
    silent: int
    silent_coverage: float


@unless_unavailable
def rehearse(found: ReadOut, *, seed: int) -> Rehearsal:
    """Simulate campaigns like the offers that were read, round by round, and read them out."""
    rng, offers = np.random.default_rng(seed), found.offers
    drawn = np.bincount(rng.integers(len(offers), size=ROUNDS), minlength=len(offers))
    parts = [_play(_cells_of(found, row), row, times=int(times), rng=rng)
             for row, times in zip(offers.itertuples(), drawn, strict=True)]  # fmt: skip
    covers, called, silent = (np.concatenate(part) for part in zip(*parts, strict=True))
    among = float(covers[silent].mean()) if silent.any() else float("nan")
    return Rehearsal(ROUNDS, float(covers.mean()), float(called.mean()), int(silent.sum()), among)


def _play(
    rounds: pd.DataFrame, offer, *, times: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say of each draw whether the interval holds the effect, one without effect has one, the control is silent."""
    n, m = rounds["contacted"].to_numpy(int), rounds["held_out"].to_numpy(int)
    responded, kept, nothing = (rng.binomial(side, rate, (times, len(rounds))) for side, rate in (
        (n, offer.rate), (m, offer.held_rate), (n, offer.held_rate)))  # fmt: skip
    effect = offer.rate - offer.held_rate
    low, high = compare_draws(n, m, responded, kept)[3:5]
    none_low, none_high = compare_draws(n, m, nothing, kept)[3:5]
    return (low <= effect) & (effect <= high), (none_low > 0) | (none_high < 0), kept.sum(axis=1) == 0


def _cells_of(found: ReadOut, offer) -> pd.DataFrame:
    keys = found.cells["offer_id"].fillna(found.cells["name"]).astype(str)
    own = set(found.offers["offer_id"].dropna())
    return found.cells[keys == offer.offer_id if pd.notna(offer.offer_id) else ~keys.isin(own)]
