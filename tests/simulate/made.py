"""One made-up world that the tests of the world share: 4,000 customers over 24 months."""

from functools import cache

import pandas as pd

from insight.config.source import Rates
from insight.simulate.world import World, make_world

SEED, CUSTOMERS, MONTHS = 7, 4_000, 24


@cache
def world() -> World:
    return make_world(SEED, 0, CUSTOMERS, MONTHS)


@cache
def other_world() -> World:
    """A bank of another seed, where people spend less, borrow, fall short and leave more, and most are on trial."""
    rates = Rates(purchases=0.7, revolving=2.5, defaults=2, leaving=2, frauds=3, campaigns=0.5, trials=8)
    return make_world(SEED + 4, 0, CUSTOMERS // 2, MONTHS, rates=rates)


@cache
def small(months: int = 4, chunk: int = 0) -> World:
    return make_world(SEED, chunk, 250, months)


@cache
def frame(name: str) -> pd.DataFrame:
    """One table as a frame, money as float; ``truth.`` in front for the truth."""
    made = world()
    table = made.truth[name[6:]] if name.startswith("truth.") else made.tables[name]
    data = table.to_pandas(types_mapper=None)
    for column in data.columns:
        if "decimal" in str(table.schema.field(column).type):
            data[column] = table[column].cast("float64").to_numpy()
    return data
