"""How near the allocation within limits comes to its bound, in how much time and memory.

python benchmarks/limits_held.py [--customers 1000000] [--offers 20] [--channels 4] [--seeds 7 8 9]

Customers have a gain of each offer through each channel, nearly a third of the offers are closed to each, and a budget,
places in every channel, places of every offer and two groups that must have their share bind, most of them at once.
``gap`` is the share of the bound that is not gained; ``seconds`` are those of the processor, of which one is used.
"""

import resource
import time
from pathlib import Path

import numpy as np
from by_seed import by_seed, write

from insight.decide.trial.constrained import Limit, Problem
from insight.decide.trial.duals import find_prices
from insight.decide.trial.repair import repair

RESULTS = Path(__file__).parent / "results" / "limits_held.json"
CLOSED, BUDGET, PLACES, SHARES = 0.3, 0.35, (0.3, 0.95), (0.2, 0.1)


def made(seed: int, *, customers: int, offers: int, channels: int) -> Problem:
    """Draw gains and costs, and limits from what a list with a budget alone would use of them."""
    rng = np.random.default_rng(seed)
    size = (customers, offers * channels)
    uplift = rng.beta(1, 12, (customers, offers)).astype(np.float32)
    reach = rng.dirichlet(np.full(channels, 2.0), customers).astype(np.float32) * channels
    added = (uplift[:, :, None] * reach[:, None, :]).reshape(size)
    worth = np.repeat(rng.lognormal(3, 1, offers), channels).astype(np.float32)
    own = rng.lognormal(0, 0.6, (customers, 1)).astype(np.float32)
    each = np.tile(np.linspace(0.3, 2, channels), offers).astype(np.float32)
    costs = added * np.repeat(rng.uniform(1, 15, offers), channels).astype(np.float32) + each
    gain = added * worth * own - costs
    gain[np.repeat(rng.random((customers, offers)) < CLOSED, channels, axis=1) | (gain <= 0)] = -np.inf
    budget = BUDGET * float(
        Problem(gain, costs, np.inf).used(np.where((gain > 0).any(axis=1), gain.argmax(axis=1), -1))[0]
    )
    paid = Problem(gain, costs, budget)
    chosen = paid.choose(find_prices(paid)[0])
    taken = np.bincount(chosen[chosen >= 0], minlength=size[1])
    places = [*np.tile(np.eye(channels), (1, offers)), *np.repeat(np.eye(offers), channels, axis=1)]
    limits = [Limit(np.floor(use @ taken * rng.uniform(*PLACES)), use) for use in places]
    for share in SHARES:
        belongs = (rng.random(customers) < 0.6 * share).astype(np.float32)
        limits.append(Limit(0.0, np.full(size[1], share), -belongs))
    return Problem(gain, costs, budget, limits)


def measure(seed: int, **counts: int) -> dict[str, float]:
    """Allocate."""
    problem, begun = made(seed, **counts), time.process_time()
    prices, bound = find_prices(problem)
    chosen = repair(problem, prices, bound)
    seconds = time.process_time() - begun
    assert (problem.used(chosen) <= problem.most + 1e-6 * np.maximum(problem.most, 1)).all()
    return {
        "gap": 1 - problem.gained(chosen) / bound,
        "seconds": seconds,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "binding": float((prices > 0).sum()),
        "limits": float(len(prices)),
    }


if __name__ == "__main__":
    counts, found = by_seed(measure, __doc__, decimals=5, customers=1_000_000, offers=20, channels=4)
    write({"counts": counts, "by_seed": found}, RESULTS)
