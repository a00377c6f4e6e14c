"""How well one pair of futures tells two policies of offers apart, against how far the best is from a random one.

python benchmarks/policies_apart.py [--customers 20000] [--futures 6] [--seeds 7 8 9]

Each policy contacts a tenth of the customers in each of six months, nobody with the same offer before its cooldown
is over. The best knows the true net gain of each month; the other good one sees it with an error (a lognormal factor
for each person and offer); the random one draws. All meet the same luck, and another one in each future.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from by_seed import by_seed, write

from insight.simulate.futures import Future
from insight.simulate.marketing import offers
from insight.simulate.world import World, make_world

RESULTS = Path(__file__).parent / "results" / "policies_apart.json"
BEFORE, MONTHS, BUDGET, ERROR = 3, 6, 0.1, 0.5
COOLDOWN = np.ceil(np.array([row[5] for row in offers.CATALOGUE]) / 30.4)
Policy = Callable[[np.ndarray], np.ndarray]  # gives a score of each offer, from true net gains


class Player:
    """A bank from which policies are played."""

    def __init__(self, world: World) -> None:
        self.start, self.customers = Future((world.state,)), world.customers
        self.channel = self.start.best_channels

    def play(self, policy: Policy, luck: int) -> float:
        """Give the margin of the months under a policy."""
        future, total = self.start, 0.0
        again = np.zeros((self.customers, len(offers.CATALOGUE)))
        for month in range(MONTHS):
            gains, _ = future.true_gains()
            scores = policy(gains)
            scores = np.where(np.isfinite(gains) & (again <= month), scores, -np.inf)
            best = scores.argmax(axis=1)
            highest = scores[np.arange(len(best)), best]
            who = np.argsort(-highest, kind="stable")[: int(len(best) * BUDGET)]
            who = who[highest[who] > 0]
            again[who, best[who]] = month + COOLDOWN[best[who]]
            sent = pd.DataFrame({"person": future.persons[who], "offer": best[who], "channel": self.channel[who]})
            future, margin = future.after(sent, luck=luck)
            total += float(margin.sum())
        return total


def measure(seed: int, *, customers: int, futures: int) -> dict[str, float]:
    """Compare the spread of the difference of two good policies with the difference of the best from a random one."""
    player, rng = Player(make_world(seed, 0, customers, BEFORE)), np.random.default_rng(seed)
    seen = np.exp(ERROR * rng.standard_normal((customers, len(offers.CATALOGUE))))
    policies: list[Policy] = [
        lambda gains: gains, lambda gains: gains * seen, lambda _: rng.random(seen.shape),
    ]  # fmt: skip
    margins = np.array([[player.play(policy, luck) for policy in policies] for luck in range(1, futures + 1)])
    apart, from_random = margins[:, 0] - margins[:, 1], margins[:, 0] - margins[:, 2]
    return {
        "best_less_good": round(float(apart.mean())),
        "spread_of_one_pair": round(float(apart.std(ddof=1))),
        "best_less_random": round(float(from_random.mean())),
        "spread_of_one_pair_random": round(float(from_random.std(ddof=1))),
        "share": round(float(apart.std(ddof=1) / from_random.mean()), 3),
    }


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000, futures=6)
    write(given | {"months": MONTHS, "contacts": BUDGET, "seeds": seeds}, RESULTS)


if __name__ == "__main__":
    main()
