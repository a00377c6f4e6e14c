"""What the list of offers that the truth chooses claims, and what playing it forward earns: paired futures of a year.

python benchmarks/offers_played.py [customers] [futures] [seed]
"""

import sys

import numpy as np
import pyarrow as pa

from insight.simulate.next_month import light_month
from insight.simulate.world import make_world

YEAR = 12


def main(customers: int = 20_000, futures: int = 20, seed: int = 7) -> None:
    """Print the claim, the mean of the paired futures with its standard error, and their ratio."""
    world = make_world(seed, 0, customers, 3)
    people = world.truth["people"].to_pandas()
    agreed = world.tables["people"]["consent"].to_numpy()
    effects = world.truth["effects"].to_pandas()
    effects = effects[effects["eligible"] & agreed[effects["person"]]]
    best = effects.loc[effects.groupby("person")["net_gain"].idxmax()].query("net_gain > 0")
    chosen = _contacts(best["person"].to_numpy(), best["offer"].to_numpy(), people["best_channel"].to_numpy())
    nobody = chosen.slice(0, 0)
    gains = [_year(world.state, chosen, nobody, luck) - _year(world.state, nobody, nobody, luck)
             for luck in range(1, futures + 1)]  # fmt: skip
    claimed, error = best["net_gain"].sum(), np.std(gains, ddof=1) / np.sqrt(futures)
    share = np.mean(gains) / claimed
    sys.stdout.write(
        f"{len(best):,} contacts claim {claimed:,.0f} yuan; {futures} pairs of futures earn {np.mean(gains):,.0f} "
        f"(standard error {error:,.0f}): {share:.2f} of it\n"
    )


def _contacts(person: np.ndarray, offer: np.ndarray, best_channel: np.ndarray) -> pa.Table:
    channel = pa.array(best_channel[person].astype(str))
    return pa.table({"person": person, "offer": offer, "channel": channel, "is_holdout": np.zeros(len(person), bool)})


def _year(state: dict, first: pa.Table, nobody: pa.Table, luck: int) -> float:
    """Give the margin of twelve months, the first of which has contacts."""
    total = 0.0
    for month in range(YEAR):
        made = light_month(state, first if month == 0 else nobody, luck=luck)
        total, state = total + float(np.sum(made.books["margin"].cast("float64").to_numpy())), made.state
    return total


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
