"""What is seen of a purchase at its moment: counted by hand, and the same whatever comes later."""

from datetime import date, datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from card.made_up_thefts import frames, tables
from insight.card.purchases import asked, describe, lately

NAMES = ["transaction_id", "occurred_at", "amount", "category", "channel", "merchant_id", "city"]


def lines(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=NAMES)
    frame["occurred_at"] = [datetime.fromisoformat(at) for at in frame["occurred_at"]]
    days = [at.date() for at in frame["occurred_at"]]
    return frame.assign(account_id="a", customer_id="c", occurred_on=days, kind="purchase", disputed=False)


def described(given: dict[str, pd.DataFrame]) -> pd.DataFrame:
    put = tables(given)
    return looked_at(describe(asked(put.__getitem__, put.__contains__)).mutate(weight=ibis.literal(0)))


def looked_at(rows: ibis.Table) -> pd.DataFrame:
    return lately(rows, rows).to_pandas().set_index("purchase_id").sort_index()


FIVE = lines(
    ("1", "2023-01-02T10:00:00", 100.0, "food", "pos", "m1", "A"),
    ("2", "2023-01-10T10:00:00", 100.0, "food", "pos", "m1", "A"),
    ("3", "2023-01-10T12:00:00", 5.0, "games", "online", "m2", None),
    ("4", "2023-01-10T15:00:00", 800.0, "phones", "online", "m3", None),
    ("5", "2023-01-10T15:00:00", 900.0, "phones", "pos", "m4", "B"),
)


def test_a_purchase_is_counted_beside_those_of_the_hours_and_seconds_before_it():
    found = described({"transactions": FIVE})
    assert found["n_24h"].tolist() == [0, 0, 1, 2, 2]  # the last two are of one second
    assert found["small_6h"].tolist() == [0, 0, 0, 1, 1]
    assert found["at_merchant"].tolist() == [0, 1, 0, 0, 0]
    assert found["new"].tolist() == [1, 0, 1, 1, 1]
    assert found["of_kind"].tolist() == [0, 1, 0, 0, 0]
    assert found["away"].tolist() == [0, 0, 0, 0, 1]
    assert found["gap"].tolist()[1:] == [8 * 86_400, 7_200, 10_800, 10_800]
    assert found.loc["4", "own_odd"] > found.loc["2", "own_odd"]


def test_what_was_declined_and_a_telephone_bound_before_are_seen():
    declined = FIVE.iloc[[2]].drop(columns=["transaction_id", "disputed"])
    declined = declined.assign(authorisation_id="9", status="declined", decline_reason="wrong_pin")
    binds = pd.DataFrame({"customer_id": ["c"], "occurred_at": [datetime(2023, 1, 10, 14, 30)],
                          "occurred_on": [date(2023, 1, 10)], "kind": ["bind_payment"]})  # fmt: skip
    accounts = pd.DataFrame({"account_id": ["a"], "customer_id": ["c"]})
    rest = FIVE.drop(index=2)
    found = described({"transactions": rest, "authorisations": declined, "interactions": binds, "accounts": accounts})
    assert found.index.tolist() == ["1", "2", "4", "5", "9"]
    assert found["refused_6h"].tolist() == [0, 0, 1, 1, 0]
    assert found.loc["4", "bound"] == 1800
    assert found["just_bound"].tolist() == [0, 0, 1, 1, 0]
    assert found.loc["4", "n_24h"] == 2  # a telephone is no purchase
    assert found.loc["4", "rare_6h"] == found.loc[["2", "9"], "rare"].sum()


def test_nothing_that_happens_later_is_seen():
    given = frames()["transactions"]
    cut = given["occurred_at"].quantile(0.6)
    early, everything = (
        described({"transactions": rows}).drop(columns="disputed")
        for rows in (given[given["occurred_at"] < cut], given)
    )
    assert len(early) > 10_000
    pd.testing.assert_frame_equal(early, everything.loc[early.index])
    told = given.assign(disputed=np.arange(len(given)) % 2 == 0)
    pd.testing.assert_frame_equal(described({"transactions": told}).drop(columns="disputed"), everything)


def test_weights_sum_over_the_hours_before_where_they_are_above_nothing():
    put = tables({"transactions": FIVE})
    rows = describe(asked(put.__getitem__, put.__contains__))
    weighed = rows.mutate(weight=(rows.purchase_id == "3").ifelse(700, -5).cast("int32"))
    found = looked_at(weighed)
    assert found["weight_24h"].tolist() == [0, 0, 0, 700, 700]
    assert found["weight_most_6h"].tolist() == [0, 0, 0, 700, 700]


def test_what_is_usual_of_everybody_is_that_of_the_months_before():
    other = lines(("6", "2023-02-10T10:00:00", 100.0, "phones", "pos", "m4", "A"))
    found = described({"transactions": pd.concat([FIVE, other])})
    assert found.loc["1", "above"] == round(1000 * np.log(100))  # nothing is usual yet
    usual = np.mean([round(1000 * np.log(800)), round(1000 * np.log(900))])
    assert found.loc["6", "above"] == pytest.approx(1000 * np.log(100) - usual, abs=1)
    assert found.loc["6", "share"] == pytest.approx(3 / 35)
