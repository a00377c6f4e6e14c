"""What the list of offers that the truth chooses claims, and what playing it forward earns: paired futures of a year.

python benchmarks/offers_played.py [--customers 20000] [--futures 20] [--seeds 7 8 9]
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from by_seed import by_seed, contacts, write

from insight.simulate.marketing.offers import CATALOGUE
from insight.simulate.next_month import light_month
from insight.simulate.world import World, make_world

RESULTS = Path(__file__).parent / "results" / "offers_played.json"
YEAR = 12


def best_offers(world: World) -> pd.DataFrame:
    """Choose each person's best offer, where it gains anything, of those who may be contacted."""
    agreed = world.tables["people"]["consent"].to_numpy()
    effects = world.truth["effects"].to_pandas()
    effects = effects[effects["eligible"] & agreed[effects["person"]]]
    return effects.loc[effects.groupby("person")["net_gain"].idxmax()].query("net_gain > 0")


def margins(world: World, first: pa.Table, luck: int) -> np.ndarray:
    """Give each person's margin of twelve months, the first of which has contacts."""
    state, total, nobody = world.state, np.zeros(world.customers), first.slice(0, 0)
    for month in range(YEAR):
        made = light_month(state, first if month == 0 else nobody, luck=luck)
        np.add.at(total, made.books["person"].to_numpy(), made.books["margin"].cast("float64").to_numpy())
        state = made.state
    return total


def measure(seed: int, *, customers: int, futures: int) -> dict[str, object]:
    """Compare the claim with the mean of the paired futures, for the list and by offer."""
    world = make_world(seed, 0, customers, 3)
    best = best_offers(world)
    channel = world.truth["people"]["best_channel"].to_pandas().to_numpy()
    chosen = contacts(best["person"].to_numpy(), best["offer"].to_numpy(), channel)
    gains = np.array([margins(world, chosen, luck) - margins(world, chosen.slice(0, 0), luck)
                      for luck in range(1, futures + 1)])  # fmt: skip
    claimed, totals = best["net_gain"].sum(), gains.sum(axis=1)
    best = best.assign(earned=gains.mean(axis=0)[best["person"]])
    by_offer = best.groupby("offer").agg(
        contacts=("person", "size"), claimed=("net_gain", "sum"), earned=("earned", "sum")
    )
    return {
        "contacts": len(best),
        "claimed": round(float(claimed)),
        "earned": round(float(totals.mean())),
        "standard_error": round(float(totals.std(ddof=1) / np.sqrt(futures))),
        "earned_of_claimed": round(float(totals.mean() / claimed), 3),
        "by_offer": {
            CATALOGUE[offer][0]: {name: round(float(value)) for name, value in row.items()}
            for offer, row in by_offer.to_dict("index").items()
        },
    }


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000, futures=20)
    claimed, earned = (sum(found[name] for found in seeds.values()) for name in ("claimed", "earned"))
    write(given | {"earned_of_claimed": round(earned / claimed, 3), "seeds": seeds}, RESULTS)


if __name__ == "__main__":
    main()
