"""Card purchases of a year of people who buy the same things in the same shops, and of thieves who do not."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd

START = datetime(2023, 1, 1, 1)
DAYS, ACCOUNTS, THEFTS = 365, 60, 90


def frames(*, seed: int = 3) -> dict[str, pd.DataFrame]:
    """Give the tables: a purchase a day and account, and thefts of three purchases within hours, all disputed."""
    rng = np.random.default_rng(seed)
    rows: list[tuple] = []
    for account in range(ACCOUNTS):
        for day in range(DAYS):
            at = START + timedelta(days=day, seconds=int(rng.integers(0, 40_000)))
            rows.append(
                (f"a{account}", at, float(rng.lognormal(4, 0.4)), "groceries", "pos", f"m{account % 7}", "A", False)
            )
    opened = []
    for number in range(THEFTS):
        account, day = int(rng.integers(0, ACCOUNTS)), int(number * (DAYS - 5) / THEFTS)
        for turn in range(3):
            at = START + timedelta(days=day, hours=2 * turn, seconds=int(rng.integers(0, 7_000)))
            rows.append(
                (
                    f"a{account}",
                    at,
                    float(rng.lognormal(7, 0.4)),
                    "electronics",
                    "online",
                    f"x{rng.integers(99)}",
                    None,
                    True,
                )
            )
        opened.append((f"f{number}", f"a{account}", (START + timedelta(days=day + 2)).date(), "confirmed"))
    names = ["account_id", "occurred_at", "amount", "category", "channel", "merchant_id", "city", "disputed"]
    bought = pd.DataFrame(rows, columns=names).sort_values("occurred_at", ignore_index=True)
    bought = bought.assign(
        transaction_id=[f"t{at}" for at in range(len(bought))], customer_id="c" + bought["account_id"],
        occurred_on=bought["occurred_at"].dt.date, kind="purchase",
    )  # fmt: skip
    cases = pd.DataFrame(opened, columns=["case_id", "account_id", "opened_on", "outcome"])
    return {"transactions": bought, "fraud_cases": cases}


def tables(given: dict[str, pd.DataFrame]) -> dict[str, ibis.Table]:
    """Put frames into an engine."""
    con = ibis.duckdb.connect()
    return {name: con.create_table(name, frame) for name, frame in given.items()}
