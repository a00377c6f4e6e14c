"""How well notebook 74 tells thieves' purchases, on three made-up banks: its model beside the ceiling, forest and rule.

``python benchmarks/thieves.py`` writes ``benchmarks/results/thieves.json``.
"""

from pathlib import Path

import ibis
import pandas as pd
from by_seed import by_seed, write
from canonical_bank import customer_ids, last_day

from insight.card import alerts, fraud
from insight.engine import connect
from insight.simulate.world import World, make_world

RESULTS = Path(__file__).parent / "results" / "thieves.json"
HOURS_EAST = 8
MONTHS = 24


def tables(world: World) -> dict[str, ibis.Table]:
    """Give the tables that notebook 74 reads, had linking made no error."""
    lines = world.tables["card_transactions"].to_pandas()
    lines = lines[lines["kind"] == "purchase"]
    shops = world.tables["merchants"].to_pandas().set_index("merchant")["city"].astype(str)
    told = pd.DataFrame({
        "transaction_id": lines["transaction"].astype(str), "customer_id": customer_ids(lines["person"]),
        "account_id": lines["account"].astype(str), "occurred_at": pd.to_datetime(lines["occurred_at"]),
        "occurred_on": (pd.to_datetime(lines["occurred_at"]) + pd.Timedelta(hours=HOURS_EAST)).dt.date,
        "amount": lines["amount"].astype(float), "kind": "purchase", "category": lines["category"].astype(object),
        "channel": lines["channel"].astype(object), "merchant_id": lines["merchant"].astype(str),
        "city": lines["merchant"].map(shops), "status": lines["status"].astype(object), "disputed": lines["disputed"],
    })  # fmt: skip
    cleared = told["status"] == "cleared"
    cases, events = world.tables["fraud_cases"].to_pandas(), world.tables["app_events"].to_pandas()
    cards = world.tables["accounts"].to_pandas().query("kind == 'credit_card'")
    binds = events[events["kind"] == "bind_payment"]
    frames = {
        "transactions": told[cleared].drop(columns="status"),
        "authorisations": told[~cleared].rename(columns={"transaction_id": "authorisation_id"}),
        "accounts": pd.DataFrame(
            {"account_id": cards["account"].astype(str), "customer_id": customer_ids(cards["person"])}
        ),
        "interactions": pd.DataFrame({
            "customer_id": customer_ids(binds["person"]), "occurred_at": pd.to_datetime(binds["occurred_at"]),
            "occurred_on": pd.to_datetime(binds["occurred_at"]).dt.date, "kind": "bind_payment",
        }),
        "fraud_cases": pd.DataFrame({
            "account_id": cases["account"].astype(str), "opened_on": pd.to_datetime(cases["opened_on"]).dt.date,
            "outcome": cases["outcome"].astype(object),
        }),
    }  # fmt: skip
    con = connect(threads=1)
    return {name: con.create_table(name, frame.reset_index(drop=True)) for name, frame in frames.items()}


def measure(seed: int, customers: int) -> dict[str, float]:
    """Give what the notebook states of one bank."""
    world = make_world(seed, 0, customers, MONTHS)
    given, chances = tables(world), world.truth["fraud_probability"].to_pandas()
    true = pd.DataFrame(
        {"purchase_id": chances["transaction"].astype(str), "chance": chances["probability"].astype(float)}
    )
    lesson = fraud.look(given.__getitem__, given.__contains__, as_of=last_day(world, MONTHS))
    suspects = fraud.screen(lesson)
    ranked = fraud.backtest(suspects, lesson, seed=seed)
    known = fraud.near_truth(suspects, ranked, lesson, true, seed=seed)
    each_day = alerts.capacity(given["fraud_cases"], given=None)
    told = alerts.worth(ranked, given["fraud_cases"], each_day=each_day, seed=seed)
    models = ranked.compared.set_index("model")["precision"]
    return {
        "model": known.value, "low": known.own_low, "high": known.own_high, "ceiling": known.ceiling, "gap": known.gap,
        "gap_low": known.gap_low, "gap_high": known.gap_high, "share": known.value / known.ceiling,
        "oracle": known.oracle,
        "forest": models["forest"], "rule": models["rule"], "each_day": each_day, "alert_precision": told.precision,
        "saved": told.saved / told.stolen, "bothered_for_each_hit": told.bothered / told.hits,
        "false_now": told.false_now, "hours": told.hours,
    }  # fmt: skip


def main() -> None:
    """Measure, and write the results."""
    given, found = by_seed(measure, __doc__, seeds=(7, 11, 23), decimals=3, customers=20_000)
    write(given | {"months": MONTHS, "seeds": found}, RESULTS)


if __name__ == "__main__":
    main()
