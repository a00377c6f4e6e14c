"""Promises are made from earlier months alone, and are kept or broken by what control groups measure."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.config.offers import Economics
from insight.config.parameters import load
from insight.errors import Unavailable
from insight.predict.uplift.months import month_of
from insight.predict.uplift.trials import Trials
from insight.review import ledger
from on_trial import LAST_DAY, made

FIRST = month_of(date(2024, 1, 1))


def trials(*, months: int = 8, size: int = 800, later: float = 1.0, seed: int = 1) -> Trials:
    """Contacts of two offers whose uplift grows with ``x``; ``later`` multiplies it in the last four months."""
    rng, n = np.random.default_rng(seed), months * size
    x, offer = rng.standard_normal(n), rng.integers(0, 2, n)
    month = FIRST + np.repeat(np.arange(months), size)
    treated = rng.random(n) < 0.7
    uplift = 0.12 * (1 + offer) * (x > 0) * np.where(month >= FIRST + months - 4, later, 1.0)
    sent = pd.DataFrame({"customer_id": [f"c{who}" for who in range(n)], "at": np.arange(n), "month": month,
                         "channel": "app", "treated": treated, "responded": rng.random(n) < 0.1 + uplift * treated,
                         "planned": 0.7, "offer": offer})  # fmt: skip
    return Trials(sent, ("tea", "wine"), pd.DataFrame({"x": (x > 0).astype(float)}))


def promised(tried: Trials) -> pd.DataFrame | Unavailable:
    return ledger.promise(ledger.Randomised(tried, None, None))


def test_promises_are_kept_where_nothing_changes():
    found = ledger.keep_ledger(promised(trials()), minimum=10)
    assert found.total["verdict"] == "kept"
    assert found.total["promised"] == pytest.approx(0.09, abs=0.02)
    assert (found.months["verdict"] == "kept").mean() >= 0.6
    assert found.months["month"].iloc[-1] == date(2024, 8, 1)


def test_what_is_promised_of_contacts_that_no_longer_work_is_too_much():
    found = ledger.keep_ledger(promised(trials(later=0.0)), minimum=10)
    first = found.months[found.months["month"] == date(2024, 5, 1)].iloc[0]
    assert first["promised"] > 0.06
    assert first["verdict"] == "too much"
    # later months have seen that it works no longer, and promise less
    assert found.months["promised"].is_monotonic_decreasing


def test_later_responses_change_no_earlier_promise():
    one, other = trials(), trials()
    other.sent.loc[other.sent["month"] == FIRST + 7, "responded"] = True
    both = [ledger.keep_ledger(promised(each), minimum=10).months["promised"].iloc[:-1] for each in (one, other)]
    pd.testing.assert_series_equal(*both)


def test_rows_count_every_contact_once_and_tenths_rise():
    found = ledger.keep_ledger(promised(trials()), minimum=10)
    totals = [table["contacts"].sum() for table in (found.months, found.offers, found.tenths)]
    assert totals == [found.total["contacts"]] * 3
    assert found.tenths["promised"].is_monotonic_increasing
    assert found.offers["offer_id"].tolist() == ["tea", "wine"]


def test_who_is_promised_more_adds_more_beyond_chance_and_nobody_does_where_nothing_works():
    assert ledger.keep_ledger(promised(trials()), minimum=10).order["low"] > 0
    nothing = ledger.keep_ledger(promised(trials(later=0.0)), minimum=10).order
    assert nothing["low"] < 0 < nothing["high"]
    assert nothing["low"] < nothing["value"] < nothing["high"]


def test_what_is_measured_is_the_difference_of_the_sides():
    kept = trials().sent.assign(promised=0.1)
    found = ledger._measure(kept)
    by_hand = kept.loc[kept["treated"], "responded"].mean() - kept.loc[~kept["treated"], "responded"].mean()
    assert found["measured"] == pytest.approx(by_hand)
    assert found["measured_low"] < by_hand < found["measured_high"]


def test_a_history_too_short_to_learn_from_says_so():
    assert promised(trials(months=1)) == Unavailable("ledger", "short", {"responses": 20})
    missing = Unavailable("trials", "not_randomised")
    assert ledger.keep_ledger(missing, minimum=10) == missing


# --- in money


def priced(*, worth: float = 10.0, **changed) -> pd.DataFrame:
    """Contacts whose responses bring 10 and cost 2, a contact 1; those of wine are persuaded."""
    return promised(trials(**changed)).assign(worth=worth, response_cost=2.0, contact_cost=1.0)


def test_money_that_is_measured_is_what_responses_brought_after_their_costs():
    rows = priced()
    added = ledger._measure(rows.drop(columns="worth"))["measured"]
    rate = rows.loc[rows["treated"], "responded"].mean()
    found = ledger._measure(rows)
    assert found["measured"] == pytest.approx(10 * added - 2 * rate - 1)
    assert found["measured_low"] < found["measured"] < found["measured_high"]


def test_intervals_of_money_hold_the_truth():
    """Of 300 trials whose contacts truly leave .36, the interval holds that as often as it says."""
    rng, held, n = np.random.default_rng(7), 0, 1500
    for _ in range(300):
        treated, worth = rng.random(n) < 0.7, rng.lognormal(2, 1, n)
        rows = pd.DataFrame({"treated": treated, "responded": rng.random(n) < 0.1 + 0.12 * treated, "planned": 0.7,
                             "worth": worth, "response_cost": 2.0, "contact_cost": 0.5, "promised": 0.0})  # fmt: skip
        found = ledger._measure(rows)
        held += found["measured_low"] <= 0.12 * np.exp(2.5) - 0.22 * 2 - 0.5 <= found["measured_high"]
    assert 0.92 <= held / 300 <= 0.985


def shop() -> tuple[ledger.Randomised, dict]:
    tables = made()
    known = load("cardbank", {}, knobs={}, cell="a test")
    changed = {"economics": Economics(spend_margin=0.2), "offer_terms": {}, "vocabulary": "shop"}
    params = known.model_copy(update=changed)
    return ledger.read_randomised(tables, params, as_of=LAST_DAY), tables, params


def test_contacts_are_priced_by_what_was_known_before_them():
    found, tables, params = shop()
    rows = ledger.promise(found)
    one = ledger.price(rows, found, tables, params)
    gift = one[one["offer_id"] == "gift"]
    assert gift["worth"].eq(30).all()  # as it is delivered
    by_hand = rows.loc[gift.index, "promised"] * 30 - gift["chance"] * gift["response_cost"] - gift["contact_cost"]
    assert gift["promised"].to_numpy() == pytest.approx(by_hand.to_numpy(), abs=1e-5)
    last = rows["month"].max()
    for of in found.months.sums.values():
        of[last - found.months.first :] = 999.0  # what the last month brought is not known in it
    again = ledger.price(rows, found, tables, params)
    pd.testing.assert_series_equal(one["promised"], again["promised"])


def test_a_list_is_laid_beside_the_truth_its_closed_offers_at_their_cost():
    listed = pd.DataFrame({"customer_id": [f"c{at:03}" for at in range(200)], "offer_id": "1", "cost": 1.0,
                           "response_cost": 0.5, "expected_gain": np.arange(200) / 10})  # fmt: skip
    listed["is_holdout"] = False
    listed.loc[199, "is_holdout"] = True
    truth = listed[["customer_id"]][1:].assign(offer_id=1, net_gain=listed["expected_gain"][1:] - 1.5)
    found = ledger.against_truth(listed, truth, minimum=5)
    assert found.total["contacts"] == 199
    assert found.total["promised"] == pytest.approx(np.arange(199).mean() / 10 - 1.5)
    assert found.tenths["measured"].iloc[1:].to_numpy() == pytest.approx(found.tenths["promised"].iloc[1:].to_numpy())
    assert found.tenths["measured"].iloc[0] == pytest.approx((np.arange(1, 20).sum() / 10 - 19 * 1.5 - 1) / 20)
    assert found.order["low"] > 0
    assert ledger.against_truth(listed[:40], truth, minimum=5).reason == "few_listed"
