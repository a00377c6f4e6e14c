"""Whether any customer of the bank can be told to be reached better through a channel of their own.

python benchmarks/own_channel.py [--customers 8000] [--seeds 7 8 9]

``one`` is how well customers are reached through the one channel that adds most, as a share of their true best;
``taught`` through the channel that trees choose that are taught the true reach of other customers, on all that is known
of them by the last month, with what they used and answered by channel; ``own`` through the product's choice
(`insight.predict.uplift.channels`), and ``moved`` the share of customers whom that writes to elsewhere.
"""

from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from by_seed import by_seed, write
from canonical_bank import canonical, last_day
from sklearn.model_selection import KFold, cross_val_predict

from insight.config.parameters import load
from insight.predict.uplift import channels, months, terms, trials
from insight.simulate.world import make_world

RESULTS = Path(__file__).parent / "results" / "own_channel.json"
MONTHS = 24
TREES = {"n_estimators": 150, "num_leaves": 7, "learning_rate": 0.05, "min_child_samples": 60, "n_jobs": 1,
         "deterministic": True, "random_state": 0, "verbose": -1}  # fmt: skip


def measure(seed: int, customers: int) -> dict[str, float]:
    """Make a bank, and choose a channel for each customer in three ways."""
    world = make_world(seed, 0, customers, MONTHS)
    tables, params, as_of = canonical(world), load("cardbank"), last_day(world, MONTHS)
    catalogue = terms.read_catalogue(tables["offers"], params.offer_terms, contact_cost=params.contact_cost)
    seen = months.read_months(tables, as_of=as_of, categories=catalogue.categories)
    tried = trials.read_trials(seen, tables["contacts"], tables["responses"], as_of=as_of)
    compared, habits = channels.compare_channels(tried), channels.read_habits(tables, as_of=as_of)
    own = channels.compare_own(tried, compared, habits)
    chosen = channels.reach_of_customers(channels.reach_of_channels(compared), own, habits, seen.customers)
    truth = world.truth["people"].to_pandas().set_index("person").loc[seen.customers.str[1:].astype(int)]
    reach = truth[[f"reach_{name}" for name in chosen.columns]].to_numpy()
    used = pd.crosstab(habits["customer_id"], habits["channel"]).reindex(seen.customers, fill_value=0)
    known = np.column_stack([seen.known(seen.now).to_numpy(float), used.to_numpy(float), _counts(tables, seen)])
    folds = KFold(5, shuffle=True, random_state=0)
    told = [cross_val_predict(lgb.LGBMRegressor(**TREES), known, column, cv=folds) for column in reach.T]
    rows, place = np.arange(len(reach)), chosen.to_numpy().argmax(axis=1)
    return {
        "one": float(reach[:, 0].mean()),
        "taught": float(reach[rows, np.argmax(told, axis=0)].mean()),
        "own": float(reach[rows, place].mean()),
        "moved": float((place > 0).mean()),
    }


def _counts(tables: dict, seen: months.Months) -> np.ndarray:
    """Count contacts and responses of each customer by channel."""
    sent = tables["contacts"].filter(~tables["contacts"].is_holdout).to_pandas()
    sent["answered"] = sent["contact_id"].isin(tables["responses"].select("contact_id").to_pandas()["contact_id"])
    counts = sent.pivot_table(index="customer_id", columns="channel", values="answered", aggfunc=["size", "sum"])
    return counts.reindex(seen.customers).fillna(0).to_numpy(float)


if __name__ == "__main__":
    counts, found = by_seed(measure, __doc__, decimals=4, customers=8_000)
    write({**counts, "seeds": found}, RESULTS)
