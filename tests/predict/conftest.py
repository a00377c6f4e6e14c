import importlib.resources

import ibis
import numpy as np
import pandas as pd
import pytest

from few_lines import transactions_of


@pytest.fixture(scope="session")
def regulars() -> ibis.Table:
    """Three hundred customers over 300 days, each with a rhythm of their own; a quarter of them stop for good."""
    rng = np.random.default_rng(4)
    lines = []
    for number in range(300):
        gap = 3 + rng.gamma(2, 6)
        last = rng.integers(60, 300) if number % 4 == 0 else 300
        days = np.unique(np.cumsum(rng.exponential(gap, 120)).astype(int))
        lines += [(f"c{number:03}", int(on), round(float(rng.gamma(4, 10)) + 1, 2)) for on in days if on < last]
    return ibis.duckdb.connect().create_table("lines", transactions_of(lines).to_pyarrow())


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """The published sample by customer: repeat purchase days, last one, weeks; to 30 September 1997."""
    file = importlib.resources.files("lifetimes") / "datasets" / "CDNOW_sample.txt"
    with importlib.resources.as_file(file) as path:
        names = ["master_id", "customer_id", "day", "cds", "spend"]
        lines = pd.read_csv(path, sep=r"\s+", names=names, dtype={"customer_id": str, "day": str})
    lines["day"] = pd.to_datetime(lines["day"])
    cut = pd.Timestamp("1997-09-30")
    days = lines[lines["day"] <= cut].groupby(["customer_id", "day"])["spend"].sum().reset_index()
    found = days.groupby("customer_id")["day"].agg(["min", "max", "size"])
    first = days["customer_id"].map(found["min"])
    spent = days[days["day"] > first].groupby("customer_id")["spend"].mean()
    return pd.DataFrame(
        {
            "repeats": found["size"] - 1,
            "last_week": (found["max"] - found["min"]).dt.days / 7,
            "weeks": (cut - found["min"]).dt.days / 7,
            "repeat_spend": spent,
        }
    )
