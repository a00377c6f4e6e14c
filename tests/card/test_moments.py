"""The moments of a card's life: which tables each needs, and what the records say."""

from datetime import date
from functools import partial

import ibis
import pandas as pd

from insight.card.key_figures import key_figures
from insight.card.moments import MOMENTS, check_moments
from insight.contracts import CONTRACTS


def test_a_grocer_lacks_every_moment():
    found = check_moments(lambda table: table in ("transactions", "customers", "products"))
    assert len(found) == 9
    assert not found["possible"].any()


def test_a_bank_with_every_table_lacks_none():
    assert check_moments(lambda table: True)["possible"].all()


def test_what_is_missing_is_named():
    found = check_moments(lambda table: table != "payments").set_index("moment")
    assert found.loc["pay", "missing"] == ("payments",)


def test_every_table_needed_has_a_contract():
    assert {table for moment in MOMENTS for table in moment.needs} <= set(CONTRACTS)


def only(*tables: str) -> pd.DataFrame:
    return check_moments(lambda table: table in tables)


def test_figures_of_a_few_records_by_hand():
    con = ibis.duckdb.connect()
    decided = pd.DataFrame({"decision": ["approved", "declined", "approved", "approved", "declined", "withdrawn"]})
    decided["applied_on"] = pd.date_range("2024-12-01", periods=6)
    points = pd.DataFrame({"kind": ["earned", "redeemed", "expired"], "points": [100, -40, -10]})
    tables = {"applications": con.create_table("a", decided), "rewards": con.create_table("r", points)}
    found = key_figures(tables.__getitem__, only(*tables), as_of=date(2024, 12, 31), min_cell=1)
    assert found == {
        "apply": {"count": 5, "approved": 0.5},  # of the four decided since the first was declined
        "redeem": {"count": 3, "redeemed": 0.4, "expired": 0.1},
    }


def test_figures_that_rest_on_too_few_are_left_out():
    con = ibis.duckdb.connect()
    decided = pd.DataFrame({"decision": ["approved"] * 11 + ["declined"] * 2, "applied_on": date(2024, 12, 1)})
    tables = {"applications": con.create_table("a", decided)}
    find = partial(key_figures, tables.__getitem__, only(*tables), as_of=date(2024, 12, 31))
    assert find(min_cell=3) == {"apply": {"count": 13}}
    assert find(min_cell=14) == {"apply": {}}


def test_without_card_records_there_are_no_figures():
    assert key_figures({}.__getitem__, only("transactions"), as_of=date(2024, 12, 31), min_cell=1).facts == {"all": 9}


def test_cards_in_use_and_limits_owed_by_hand():
    con = ibis.duckdb.connect()
    day, none = pd.Timestamp("2024-12-01"), pd.NaT
    accounts = pd.DataFrame(
        {
            "credit_limit": [10.0, 10.0, 10.0, None],
            "closed_on": [none, none, day, none],
            "activated_on": [day, none, day, day],
        }
    )
    scores = pd.DataFrame({"customer_id": ["a", "a"], "scored_on": [day, day + pd.Timedelta(days=1)], "score": [5, 7]})
    owed = pd.DataFrame({"statement_on": [day, day], "credit_limit": [10.0, 30.0], "balance": [20.0, -5.0]})
    made = {"accounts": accounts, "bureau_scores": scores, "statements": owed}
    tables = {name: con.create_table(name, frame) for name, frame in made.items()}
    found = key_figures(tables.__getitem__, only(*tables), as_of=date(2024, 12, 31), min_cell=1)
    assert found["activate"] == {"count": 2, "activated": 0.5}
    assert found["decide"] == {"count": 2, "low": 7, "middle": 7, "limit": 20, "used": 0.5}
