"""Offers are read out over all campaigns that carried them, priced, and judged; what is too small is read together."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from insight.config.parameters import Parameters, load
from insight.contracts.tables.review import OFFER_RESULTS
from insight.engine import connect
from insight.errors import Unavailable
from insight.review import draw, proposals, readout, rehearsal

JUDGED = pd.DataFrame(
    {
        "campaign_id": ["a", "b", "c"],
        "name": ["2024-01 Tea", "2024-02 Tea", "Wine"],
        "draw": draw.KEPT,
        "responded": 1.0,
    }
)


def tables(*groups: tuple):
    """Contacts of groups (campaign, offer, held out, customers, responses), and their responses."""
    sent, answered = [], []
    for number, (campaign, offer, is_holdout, customers, responses) in enumerate(groups):
        names = [f"{number}-{at}" for at in range(customers)]
        sent += [(campaign, offer, name, is_holdout) for name in names]
        answered += [(campaign, name) for name in names[:responses]]
    con, keys = connect(), ["campaign_id", "customer_id"]
    contacts = pd.DataFrame(sent, columns=["campaign_id", "offer_id", "customer_id", "is_holdout"])
    answers = pd.DataFrame(answered, columns=keys).assign(responded_on=date(2024, 1, 20))
    return con.create_table("contacts", contacts.assign(sent_on=date(2024, 1, 10))), con.create_table(
        "responses", answers
    )


def cells(**offers: tuple) -> pd.DataFrame:
    """One campaign of each offer: contacted, held out, responses of both."""
    rows = [("x", offer, offer, *counts) for offer, counts in offers.items()]
    return pd.DataFrame(
        rows,
        columns=["campaign_id", "offer_id", "name", "contacted", "held_out", "responded", "held_responded"],
    )


def read(worth: float | None = None, **offers: tuple) -> readout.ReadOut:
    found = cells(**offers)
    given = None if worth is None else pd.Series(worth, index=list(offers))
    described = readout.describe_offers(found, None, worth=given, contact_cost=1.0, response_cost=None)
    read_out = readout.read_out(found, described, min_cell=10)
    assert isinstance(read_out, readout.ReadOut)
    return read_out


def test_an_offer_is_counted_in_every_campaign_that_carried_it():
    sent = tables(("a", "t", False, 40, 12), ("a", "t", True, 20, 3), ("b", "t", False, 30, 6), ("b", "w", True, 10, 1))
    found = readout.count_cells(*sent, JUDGED)
    assert found.loc[0, ["offer_id", "name", "contacted", "held_out"]].tolist() == ["t", "Tea", 40, 20]
    assert found[["responded", "held_responded"]].to_numpy().tolist() == [[12, 3]]  # b has no offer with both sides


@pytest.mark.parametrize("wrong", [{"draw": draw.BROKEN}, {"responded": np.nan}])
def test_campaigns_drawn_otherwise_or_not_recorded_are_left_out(wrong):
    sent = tables(("a", "t", False, 40, 12), ("a", "t", True, 20, 3))
    assert not readout.count_cells(*sent, JUDGED.assign(**wrong))


def test_who_is_on_both_sides_of_a_campaign_counts_on_neither():
    contacts, responses = tables(("a", "t", False, 40, 12), ("a", "t", True, 20, 3))
    frame = contacts.to_pandas()
    frame.loc[0, "is_holdout"] = True
    con = connect()
    again = con.create_table("again", pd.concat([frame, frame[:1].assign(is_holdout=False)]))
    found = readout.count_cells(again, con.create_table("answers", responses.to_pandas()), JUDGED)
    assert found.loc[0, ["contacted", "held_out", "responded"]].tolist() == [39, 20, 11]


def test_nothing_is_read_where_responses_of_the_held_out_are_not_measured():
    sent = tables(("a", "t", False, 40, 12), ("a", "t", True, 20, 0))
    missing = readout.count_cells(*sent, JUDGED)
    assert isinstance(missing, Unavailable)
    assert readout.count_cells(sent[0], None, JUDGED) == missing
    described = readout.describe_offers(missing, None, worth=None, contact_cost=1.0, response_cost=None)
    assert readout.read_out(missing, described, min_cell=10) == missing
    assert readout.offer_results(missing, sent[0], JUDGED, last=date(2024, 12, 31)) == missing
    assert rehearsal.rehearse(missing, seed=1) == missing


def test_costs_and_worth_come_from_the_offer_then_from_what_else_is_known():
    offers = pd.DataFrame({"offer_id": ["t", "w"], "product": ["tea", None], "name": ["Tea", None],
                           "cost": [4.0, None], "margin": [None, 9.0], "contact_cost": [0.2, None]})  # fmt: skip
    known = {"worth": pd.Series({"t": 20.0, "w": 1.0}), "contact_cost": 0.5, "response_cost": None}
    found = readout.describe_offers(cells(t=(1, 1, 0, 0), w=(1, 1, 0, 0), z=(1, 1, 0, 0)), offers, **known)
    terms = ["contact_cost", "response_cost", "worth"]
    assert found.loc["t", terms].tolist() == [0.2, 4.0, 20.0]
    assert found.loc["w", terms].tolist() == [0.5, 0.0, 9.0]
    assert found.loc["z", terms[:2]].tolist() == [0.5, 0.0]
    assert np.isnan(found.loc["z", "worth"])
    assert found[["code", "name"]].to_numpy().tolist() == [["tea", "Tea"], ["w", "w"], ["z", "z"]]


def test_a_response_is_priced_and_what_came_back_is_set_against_what_was_spent():
    [row] = read(30.0, t=(1000, 500, 200, 50)).offers.to_dict("records")
    assert (row["added"], row["spent"], row["price"], row["returned"]) == pytest.approx((0.1, 1.0, 10.0, 3.0))
    assert row["returned_low"] == pytest.approx(30 * row["added_low"])
    assert row["price_high"] == pytest.approx(1 / row["added_low"])


def test_a_year_counts_every_contact_of_the_campaigns_begun_in_it():
    begun = JUDGED.assign(starts_on=[date(2023, 12, 1), date(2024, 5, 1), date(2024, 6, 1)])
    sides = [
        ("a", "t", False, 400, 120),
        ("a", "t", True, 200, 30),
        ("b", "t", False, 30, 6),
        ("c", None, False, 50, 9),
    ]
    contacts, responses = tables(*sides, ("c", None, True, 200, 12))
    found = readout.count_cells(contacts, responses, begun)
    described = readout.describe_offers(found, None, worth=None, contact_cost=1.0, response_cost=None)
    read_out = readout.read_out(found, described, min_cell=5)
    table = readout.offer_results(read_out, contacts, begun, last=date(2024, 12, 31)).set_index("offer_id")
    assert table["contacted"].to_dict() == {"t": 400, "Wine": 50}  # b held nobody out
    assert table["contacts_year"].to_dict() == {"t": 30, "Wine": 50}  # a began before the year
    assert set(table.reset_index()) == {column.name for column in OFFER_RESULTS.columns}


@pytest.mark.parametrize(
    ("worth", "counts", "what", "turn"),
    [
        (30.0, (1000, 500, 200, 50), readout.SCALE, "price_high"),  # surely more than the 1 that a contact costs
        (None, (1000, 500, 200, 50), readout.SCALE, "price_high"),  # as long as a response is worth that
        (4.0, (1000, 500, 200, 50), readout.CHANGE, None),  # adds responses, at a loss
        (4.0, (1000, 500, 100, 50), readout.STOP, "price_low"),
        (None, (1000, 500, 50, 60), readout.STOP, None),
        (12.0, (1000, 500, 200, 50), readout.AGAIN, None),
        (None, (1000, 500, 110, 50), readout.AGAIN, None),
        (0.0, (1000, 500, 200, 50), readout.STOP, "price_low"),  # no contact is cheap enough for what brings nothing
        (0.05, (1000, 500, 200, 50), readout.STOP, "price_low"),  # nor for what brings next to nothing
    ],
)
def test_what_to_do_next_is_as_sure_as_its_interval(worth, counts, what, turn):
    [row] = read(worth, t=counts).offers.to_dict("records")
    assert row["next"] == what
    if turn:
        assert row["turn"] == pytest.approx(row[turn])


def test_what_would_change_it_is_where_the_other_decision_begins():
    [dear] = read(4.0, t=(1000, 500, 200, 50)).offers.to_dict("records")
    assert dear["turn"] == pytest.approx(dear["added"] * 4.0)
    few = read(15.0, t=(1000, 500, 200, 50)).offers.iloc[0]
    more = few["turn"] * 1.1 / 1000  # as many more contacts, if it goes on like this
    assert few["next"] == readout.AGAIN
    assert (
        read(15.0, t=tuple(round(more * count) for count in (1000, 500, 200, 50))).offers.loc[0, "next"]
        == readout.SCALE
    )


def test_intervals_are_widened_by_the_number_of_offers():
    alone, beside = (
        read(None, **dict.fromkeys(names, (1000, 500, 200, 50))).offers.iloc[0] for names in (["a"], ["a", "b", "c"])
    )
    assert beside["added_low"] < alone["added_low"]
    assert beside["single_low"] == pytest.approx(alone["added_low"])


def test_offers_too_small_are_read_together_and_named():
    found = read(10.0, tea=(1000, 500, 200, 50), wine=(60, 20, 12, 6), cake=(60, 20, 12, 6), soup=(900, 300, 90, 3))
    assert found.small == ("cake", "soup", "wine")
    assert not found.unread
    together = found.offers.set_index(found.offers["offer_id"].fillna("-")).loc["-"]
    assert together[["contacted", "held_out", "responded", "held_responded"]].tolist() == [1020, 340, 114, 15]
    assert found.offers["contacted"].sum() == 2020
    small = read(10.0, tea=(1000, 500, 200, 50), wine=(60, 20, 12, 6))
    assert (small.small, small.unread, len(small.offers)) == (("wine",), True, 1)


def test_what_came_back_in_all_is_what_came_back_of_each():
    found = read(10.0, a=(1000, 500, 200, 50), b=(3000, 500, 300, 50))
    each = (found.offers["contacted"] * found.offers["added"] * 10).sum() / (1000 + 3000)
    value, low, high = found.total
    assert value == pytest.approx(each)
    assert low < value < high
    assert read(None, a=(1000, 500, 200, 50)).total is None


def test_a_rehearsal_finds_that_intervals_hold_the_truth():
    found = rehearsal.rehearse(read(None, a=(1000, 100, 60, 0), b=(3000, 500, 300, 50)), seed=3)
    assert found.campaigns == 10_000
    assert 0.95 <= found.coverage <= 0.975  # of the first offer, nobody in a control group responds
    assert found.false <= 0.05
    assert found.silent > 4000
    assert found == rehearsal.rehearse(read(None, a=(1000, 100, 60, 0), b=(3000, 500, 300, 50)), seed=3)


def test_responses_that_lose_money_lose_more_the_more_there_are():
    found = read(-10.0, t=(1000, 500, 200, 50))
    [row] = found.offers.to_dict("records")
    assert row["returned_low"] < row["returned"] < row["returned_high"] < 0
    assert (row["next"], row["turn"]) == (readout.STOP, pytest.approx(row["price_low"]))
    value, low, high = found.total
    assert low < value < high < 0


# --- what follows for the next campaign


@pytest.fixture(scope="module")
def three() -> readout.ReadOut:
    """One that pays, one that loses, one that cannot be judged yet."""
    return read(worth=15.0, tea=(4000, 2000, 1200, 200), cake=(4000, 2000, 400, 200), soup=(400, 200, 60, 20))


def test_an_offer_that_surely_loses_is_to_be_stopped(three):
    found = proposals.propose(three, load("tiny"), listed=None)
    assert found.stopped["name"].tolist() == ["cake"]
    assert found.again["name"].tolist() == ["soup"]
    assert found.holdout_share == found.now  # no list in hand could judge it
    assert yaml.safe_load(found.as_yaml()) == {"offer_terms": {"cake": {"stopped": True}}}


def test_the_control_group_grows_until_the_next_campaign_tells(three):
    again = three.offers.set_index("offer_id").loc["soup"]
    listed = pd.DataFrame({"offer_id": ["soup"] * 20_000})
    found = proposals.propose(three, load("tiny"), listed=listed)
    share, split = found.holdout_share, again["held_out"] / (again["contacted"] + again["held_out"])
    told = again["contacted"] * split + 20_000 * share * (1 - share)
    assert told >= again["turn"] * split  # as much as the contacts that would tell, at the split of the past
    assert found.now < share < 0.5
    less = share - 0.02
    assert again["contacted"] * split + 20_000 * less * (1 - less) < again["turn"] * split
    assert proposals.propose(three, load("tiny"), listed=listed.head(10)).holdout_share == found.now


def test_proposals_are_parameters_that_the_next_list_is_made_with(three):
    lines = yaml.safe_load(proposals.propose(three, load("tiny"), listed=None).as_yaml())
    params = Parameters.model_validate(load("tiny").model_dump() | lines)
    assert params.offer_terms["cake"].stopped


def test_without_anything_to_propose_the_file_is_empty(three):
    only = readout.ReadOut(three.offers[three.offers["name"] == "tea"], (), False, three.cells)
    assert yaml.safe_load(proposals.propose(only, load("tiny"), listed=None).as_yaml()) == {}
