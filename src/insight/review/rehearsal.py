"""How often the intervals of a read-out hold what is true, by simulated campaigns whose effects are known.

Each simulated offer has the customers and the response rates of a real one; chance alone differs. Once the effect is
as found, once there is none.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from insight.errors import unless_unavailable
from insight.intervals import difference_of_shares
from insight.review.rates import compare_rounds
from insight.review.readout import ReadOut

ROUNDS = 1_000


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
    """Simulate campaigns like the offers that were read, and read them out."""
    rng, offers = np.random.default_rng(seed), found.offers
    drawn = rng.integers(len(offers), size=ROUNDS)
    sizes = pd.DataFrame([compare_rounds(_cells_of(found, row))[-2:] for row in offers.itertuples()])
    n, m = (np.maximum(sizes[side].to_numpy().round().astype(int)[drawn], 1) for side in (0, 1))
    rate, held = (offers[name].to_numpy(float)[drawn] for name in ("rate", "held_rate"))
    responded, kept = rng.binomial(n, rate), rng.binomial(m, held)
    low, high = difference_of_shares(responded, n, kept, m)
    covers = (low <= rate - held) & (rate - held <= high)
    low, high = difference_of_shares(rng.binomial(n, held), n, kept, m)
    silent = kept == 0
    among = float(covers[silent].mean()) if silent.any() else float("nan")
    return Rehearsal(ROUNDS, float(covers.mean()), float(((low > 0) | (high < 0)).mean()), int(silent.sum()), among)


def _cells_of(found: ReadOut, offer) -> pd.DataFrame:
    keys = found.cells["offer_id"].fillna(found.cells["name"]).astype(str)
    own = set(found.offers["offer_id"].dropna())
    return found.cells[keys == offer.offer_id if pd.notna(offer.offer_id) else ~keys.isin(own)]
