"""What months of the product's list earn beside other policies, and whether a list earns in a year what it promised.

python benchmarks/loop_played.py [--customers 20000] [--futures 10] [--seeds 7 8 9]

The list is made by the product's own code from the bank's tables (``offers_learned.py``). ``loop`` is what notebook 60
plays (`insight.review.loop`): six months, the same budget each, all policies under the same luck. ``list`` plays the
contacts of the first month alone, and the year that follows, in paired futures.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from by_seed import by_seed, write
from canonical_bank import last_day
from offers_learned import MONTHS, Learned

from insight.decide.trial import listing
from insight.review import loop
from insight.simulate.futures import Future
from insight.simulate.world import make_world

RESULTS = Path(__file__).parent / "results" / "loop_played.json"
YEAR, SHARE = 12, 0.1


def earned(future: Future, contacts: pd.DataFrame, *, luck: int) -> float:
    """Give the margin of the year that begins with some contacts."""
    total = 0.0
    for month in range(YEAR):
        future, margin = future.after(contacts if month == 0 else contacts.iloc[:0], luck=luck)
        total += float(margin.sum())
    return total


def measure(seed: int, customers: int, futures: int) -> dict[str, object]:
    """Make a bank, write its list, and play it."""
    world = make_world(seed, 0, customers, MONTHS)
    learned = Learned(world, last_day(world, MONTHS), seed, contacts=int(customers * SHARE))
    future = Future((world.state,))
    people = pd.DataFrame({"customer_id": learned.now.index, "person": learned.now.index.str[1:].astype(int)})
    gains = listing.every_gain(learned.gains, learned.open_to, learned.limits)
    played = loop.play(
        future,
        loop.lay_out(gains, people, learned.offers, future.persons),
        budget=learned.budget,
        seed=seed,
    )
    rows = learned.listed.contacted
    sent = pd.DataFrame(
        {
            "person": rows["customer_id"].str[1:].astype(int),
            "offer": rows["offer_id"].astype(int),
            "channel": rows["channel"],
        }
    )
    more = [
        earned(future, sent, luck=luck) - earned(future, sent.iloc[:0], luck=luck) for luck in range(1, futures + 1)
    ]
    value, low, high = learned.listed.net
    return {
        "loop": {
            row["policy"]: [round(float(row[name]), 3) for name in ("profit", "profit_low", "profit_high", "of_oracle")]
            for _, row in played.policies.iterrows()
        },
        "list": {
            "contacts": len(sent),
            "promised": [value, low, high],
            "earned": round(float(np.mean(more))),
            "standard_error": round(float(np.std(more, ddof=1) / np.sqrt(futures))),
        },
    }


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000, futures=10)
    write(given | {"months": loop.MONTHS, "seeds": seeds}, RESULTS)


if __name__ == "__main__":
    main()
