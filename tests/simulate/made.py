"""One made-up world that the tests of the world share: 4,000 customers over 24 months."""

from functools import cache

import pandas as pd

from insight.simulate.world import World, make_world

SEED, CUSTOMERS, MONTHS = 7, 4_000, 24


@cache
def world() -> World:
    return make_world(SEED, 0, CUSTOMERS, MONTHS)


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
