"""Contacts are followed by channel, offers alike, and money is moved only where another channel surely brings more."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.review import channels, draw

LAST = date(2024, 12, 31)
COUNTS = ["contacted", "held_out", "responded", "held_responded", "bought", "complained", "held_complained"]


def day(month: int, number: int) -> date:
    return date(2024, month, number)


def followed(**changed) -> pd.DataFrame:
    con = connect()
    contacts = pd.DataFrame(
        [("a", "ada", "app", False), ("a", "bob", "app", False), ("a", "cyd", "app", True), ("a", "dan", "sms", False),
         ("a", "eve", "sms", True), ("a", "eve", "sms", False), ("late", "ada", "app", False)],
        columns=["campaign_id", "customer_id", "channel", "is_holdout"],
    ).assign(offer_id="t", sent_on=day(3, 1))  # fmt: skip
    answers = pd.DataFrame([("a", "ada", day(3, 5)), ("a", "bob", day(3, 6)), ("a", "cyd", day(3, 7))],
                           columns=["campaign_id", "customer_id", "responded_on"])  # fmt: skip
    bought = pd.DataFrame([("ada", day(3, 5)), ("ada", day(4, 2)), ("bob", day(4, 4)), ("cyd", day(3, 9))],
                          columns=["customer_id", "occurred_on"])  # fmt: skip
    wrote = pd.DataFrame([("cyd", day(3, 2), "fee_complaint"), ("dan", day(3, 28), "fee_complaint"),
                          ("ada", day(3, 9), "fee"), ("bob", day(4, 9), "fee_complaint")],
                         columns=["customer_id", "opened_at", "topic"])  # fmt: skip
    wrote["opened_at"] = pd.to_datetime(wrote["opened_at"])
    judged = pd.DataFrame({"campaign_id": ["a", "late"], "draw": draw.KEPT, "responded": 1.0, "starts_on": day(3, 1),
                           "ends_on": [day(3, 31), LAST]})  # fmt: skip
    tables = {"contacts": contacts, "responses": answers, "daily": bought, "tickets": wrote} | changed
    given = {name: None if frame is None else con.create_table(name, frame) for name, frame in tables.items()}
    return channels.follow(*given.values(), judged, as_of=LAST)


def test_who_responded_bought_and_complained_is_counted_once_within_its_days():
    found = followed().set_index("channel")[COUNTS]
    # ada bought on the 28th day after the response; bob on the 29th; cyd was held out; eve was on both sides
    assert found.loc["app"].tolist() == [2, 1, 2, 1, 1, 0, 1]
    assert found.loc["sms"].tolist() == [1, 0, 0, 0, 0, 1, 0]


def test_what_is_not_on_record_is_not_counted():
    assert followed(tickets=None)[["complained", "held_complained"]].isna().all(axis=None)
    assert followed(responses=None).reason == "not_recorded"


def cells(**by: dict[str, tuple]) -> pd.DataFrame:
    """One campaign of each channel and offer: contacted, held out, responses of both."""
    rows = [(channel, channel, offer, *counts) for channel, offers in by.items() for offer, counts in offers.items()]
    frame = pd.DataFrame(rows, columns=["campaign_id", "channel", "offer_id", *COUNTS[:4]])
    after = {"bought": frame["responded"] // 2, "complained": 20.0, "held_complained": 5.0}
    return frame.assign(starts_on=LAST - timedelta(days=100), **after)


OFFERS = pd.DataFrame({"contact_cost": 1.0, "response_cost": 2.0, "worth": [10.0, 40.0]}, index=["tea", "wine"])


def test_steps_are_shares_of_the_step_before():
    found = channels.funnels(cells(app={"t": (1000, 500, 200, 50)}, sms={"t": (1000, 500, 100, 50)}), minimum=10)
    assert found["channel"].tolist() == ["app", "sms"]
    assert found[["response", "purchase", "whole"]].to_numpy().tolist() == [[0.2, 0.5, 0.1], [0.1, 0.5, 0.05]]
    assert found["complaints"].tolist() == pytest.approx([0.01, 0.01])
    assert (found["response_low"] < found["response"]).all()
    assert (found["complaints_low"] < 0.01).all()
    few = channels.funnels(cells(app={"t": (1000, 500, 200, 50)}, sms={"t": (1000, 500, 15, 50)}), minimum=10)
    assert few.reason == "few"


def test_channels_are_compared_with_the_same_offers_whatever_each_carried():
    same = {"tea": (0.1, 0.05), "wine": (0.3, 0.1)}
    sizes = {"app": {"tea": 1000, "wine": 9000}, "sms": {"tea": 9000, "wine": 1000}}
    counted = {
        channel: {one: (many, many, *(round(many * rate) for rate in same[one])) for one, many in of.items()}
        for channel, of in sizes.items()
    }
    found = channels.returns(cells(**counted), OFFERS, as_of=LAST).channels
    assert found["returned"].tolist() == pytest.approx([found["returned"].iloc[0]] * 2)
    # half the contacts are tea: .05 of 10 and .2 of 40, for 1 and .1 or .3 of 2
    assert found["returned"].iloc[0] == pytest.approx((0.5 * 0.05 * 10 + 0.5 * 0.2 * 40) / (1 + 2 * 0.2))
    assert found["spent_year"].tolist() == pytest.approx([14_000.0, 14_000.0])


def test_money_of_a_channel_that_loses_is_moved_to_the_one_that_brings_most():
    weak, strong = (4000, 2000, 210, 100), (4000, 2000, 800, 100)
    found = channels.returns(cells(app={"wine": strong}, sms={"wine": weak}), OFFERS, as_of=LAST)
    assert found.channels["verdict"].tolist() == [channels.PAYS, channels.LOSES]
    rows = found.channels.set_index("channel")
    spent = 4000 * (1 + 2 * 210 / 4000)
    assert found.moved.channels, found.moved.to == (("sms",), "app")
    assert found.moved.spent == pytest.approx(spent)
    assert found.moved.gain == pytest.approx(spent * (rows.loc["app", "returned"] - rows.loc["sms", "returned"]))
    assert 0 < found.moved.low < found.moved.gain < found.moved.high


@pytest.mark.parametrize("counts", [(4000, 2000, 800, 100), (300, 150, 30, 10)])
def test_no_money_is_moved_where_nothing_is_surely_better(counts):
    assert channels.returns(cells(app={"wine": counts}, sms={"wine": counts}), OFFERS, as_of=LAST).moved is None


def test_a_worth_below_nothing_keeps_the_interval_in_order():
    terms = OFFERS.assign(worth=[-10.0, 40.0])
    counted = {"tea": (4000, 2000, 800, 100), "wine": (4000, 2000, 800, 100)}
    found = channels.returns(cells(app=counted, sms=counted), terms, as_of=LAST).channels
    assert ((found["returned_low"] < found["returned"]) & (found["returned"] < found["returned_high"])).all()


def test_offers_that_a_channel_did_not_carry_are_not_compared():
    one = cells(app={"tea": (400, 200, 80, 10)}, sms={"wine": (400, 200, 80, 10)})
    assert channels.returns(one, OFFERS, as_of=LAST).reason == "no_offers"
    assert channels.returns(one, OFFERS.assign(worth=np.nan), as_of=LAST).reason == "no_offers"


def test_intervals_of_returns_hold_the_truth():
    """Of 400 simulated pairs of channels, the interval of each return holds the true one as often as it says."""
    rng, held = np.random.default_rng(5), 0
    true = (0.12 - 0.06) * 40 / (1 + 2 * 0.12)
    for _ in range(400):
        counted = {channel: {"wine": (1500, 400, rng.binomial(1500, 0.12), rng.binomial(400, 0.06))}
                   for channel in ("app", "sms")}  # fmt: skip
        found = channels.returns(cells(**counted), OFFERS, as_of=LAST).channels
        held += bool(((found["returned_low"] <= true) & (true <= found["returned_high"])).all())
    assert 0.925 <= held / 400 <= 0.98
