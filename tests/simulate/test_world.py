from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from insight.simulate.next_month import next_month
from insight.simulate.schemas import ONCE, TABLES, TRUTH
from insight.simulate.world import make_world
from simulate.made import CUSTOMERS, SEED, small, world


def test_every_table_has_the_columns_that_are_published():
    assert {name: table.schema for name, table in world().tables.items()} == TABLES
    assert {name: table.schema for name, table in world().truth.items()} == TRUTH


def test_every_table_has_rows():
    assert [name for name, table in (world().tables | world().truth).items() if not table.num_rows] == []


def test_the_same_arguments_make_the_same_world():
    again = make_world(SEED, 0, 250, 4)
    assert all(table.equals(small().tables[name]) for name, table in again.tables.items())
    assert all(table.equals(small().truth[name]) for name, table in again.truth.items())


def test_another_seed_makes_other_people():
    other = make_world(SEED + 1, 0, 250, 1)
    assert other.tables["people"]["id_number"] != small().tables["people"]["id_number"]


def test_a_chunk_does_not_depend_on_what_was_made_before_it():
    first = make_world(SEED, 1, 250, 4)
    make_world(SEED, 0, 100, 1)
    again = make_world(SEED, 1, 250, 4)
    assert all(table.equals(again.tables[name]) for name, table in first.tables.items())


_KEYS = {"people": "id_number", "card_transactions": "transaction", "accounts": "account", "contacts": "contact"}


def test_chunks_share_no_number_and_no_document_but_the_lists_of_the_bank():
    one, two = small(), small(chunk=1)
    for table, key in _KEYS.items():
        assert not set(one.tables[table][key].to_pylist()) & set(two.tables[table][key].to_pylist())
    assert all(one.tables[name].equals(two.tables[name]) for name in ONCE)


def test_more_months_only_add():
    short, long = small(), small(6)
    end = pa.scalar(datetime(2024, 5, 1), pa.timestamp("s"))
    rows = long.tables["card_transactions"]
    early = rows.filter(pc.less(rows["occurred_at"], end))
    columns = ["transaction", "account", "occurred_at", "amount", "merchant"]
    assert early.select(columns).equals(short.tables["card_transactions"].select(columns))


def test_a_customer_makes_enough_transactions_for_three_million_in_twenty_thousand():
    assert world().tables["card_transactions"].num_rows / CUSTOMERS > 155


def _updated(old, new, key):
    """Rows of two tables, the new one's where both have them."""
    kept = old.filter(pc.invert(pc.is_in(old[key], new[key].combine_chunks())))
    return pa.concat_tables([kept, new]).sort_by(key)


@pytest.mark.parametrize(
    ("table", "key"),
    [("card_transactions", "transaction"), ("payments", "payment"), ("tickets", "ticket"), ("contacts", "contact"),
     ("responses", "response"), ("rewards", "reward"), ("app_events", "event"), ("fraud_cases", "fraud_case")],
)  # fmt: skip
def test_the_next_month_is_the_one_that_a_longer_run_has(table, key):
    following = next_month(small().state)
    both = _updated(small().tables[table], following.tables[table], key)
    expected = small(5).tables[table].sort_by(key)
    assert both.to_pylist() == expected.to_pylist()


def test_two_next_months_are_two_months():
    last = next_month(next_month(small().state).state)
    assert last.truth["effects"].equals(small(6).truth["effects"])
    assert last.tables["accounts"].equals(small(6).tables["accounts"])


def test_the_state_is_left_as_it_was():
    before = {name: np.array(values) for name, values in small().state.items()}
    next_month(small().state)
    assert all(np.array_equal(values, small().state[name]) for name, values in before.items())


def _contacts(offer, *, is_holdout=False, people=None):
    effects = small().truth["effects"].to_pandas()
    who = effects[(effects["offer"] == offer) & effects["eligible"]]["person"].to_numpy()
    who = who if people is None else who[:people]
    return pa.table({"person": who, "offer": np.full(len(who), offer), "channel": ["app"] * len(who),
                     "is_holdout": np.full(len(who), is_holdout)})  # fmt: skip


def test_the_next_month_contacts_exactly_the_list():
    contacts = _contacts(2, people=20)
    sent = next_month(small().state, contacts).tables["contacts"]
    assert sent["person"].to_pylist() == contacts["person"].to_pylist()
    assert set(sent["offer"].to_pylist()) == {2}


def test_an_offer_only_adds_responses_to_those_of_the_held_out():
    treated = next_month(small().state, _contacts(2)).tables["responses"]["person"].to_pylist()
    held_out = next_month(small().state, _contacts(2, is_holdout=True)).tables["responses"]["person"].to_pylist()
    assert set(held_out) < set(treated)


def test_the_promised_effect_is_the_one_that_the_next_month_notes():
    contacts = _contacts(2, people=30)
    following = next_month(small().state, contacts)
    promised = small().truth["effects"].to_pandas().query("offer == 2").set_index("person")
    noted = following.truth["contacts"].to_pandas()
    who = following.tables["contacts"]["person"].to_pylist()
    np.testing.assert_allclose(noted["response_without"], promised.loc[who, "response_without"])
    np.testing.assert_allclose(noted["spend_without"], promised.loc[who, "spend_without"])


def test_offers_may_be_named_and_strangers_are_passed_over():
    contacts = pa.table({"person": [3, 10**9], "offer": ["car_wash_card"] * 2, "channel": ["sms"] * 2,
                         "is_holdout": [False, False]})  # fmt: skip
    sent = next_month(small().state, contacts).tables["contacts"]
    assert (sent["person"].to_pylist(), sent["offer"].to_pylist()) == ([3], [4])
