"""Promises are made from earlier months alone, and are kept or broken by what control groups measure."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.uplift.months import month_of
from insight.predict.uplift.trials import Trials
from insight.review import ledger

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


def test_promises_are_kept_where_nothing_changes():
    found = ledger.keep_ledger(trials(), minimum=10)
    assert found.total["verdict"] == "kept"
    assert found.total["promised"] == pytest.approx(0.09, abs=0.02)
    assert (found.months["verdict"] == "kept").mean() >= 0.6
    assert found.months["month"].iloc[-1] == date(2024, 8, 1)


def test_what_is_promised_of_contacts_that_no_longer_work_is_too_much():
    found = ledger.keep_ledger(trials(later=0.0), minimum=10)
    first = found.months[found.months["month"] == date(2024, 5, 1)].iloc[0]
    assert first["promised"] > 0.06
    assert first["verdict"] == "too much"
    # later months have seen that it works no longer, and promise less
    assert found.months["promised"].is_monotonic_decreasing


def test_later_responses_change_no_earlier_promise():
    one, other = trials(), trials()
    other.sent.loc[other.sent["month"] == FIRST + 7, "responded"] = True
    promised = [ledger.keep_ledger(each, minimum=10).months["promised"].iloc[:-1] for each in (one, other)]
    pd.testing.assert_series_equal(*promised)


def test_rows_count_every_contact_once_and_tenths_rise():
    found = ledger.keep_ledger(trials(), minimum=10)
    totals = [table["contacts"].sum() for table in (found.months, found.offers, found.tenths)]
    assert totals == [found.total["contacts"]] * 3
    assert found.tenths["promised"].is_monotonic_increasing
    assert found.offers["offer_id"].tolist() == ["tea", "wine"]


def test_who_is_promised_more_adds_more_beyond_chance_and_nobody_does_where_nothing_works():
    assert ledger.keep_ledger(trials(), minimum=10).order["low"] > 0
    nothing = ledger.keep_ledger(trials(later=0.0), minimum=10).order
    assert nothing["low"] < 0 < nothing["high"]
    assert nothing["low"] < nothing["value"] < nothing["high"]


def test_what_is_measured_is_the_difference_of_the_sides():
    kept = trials().sent.assign(promised=0.1)
    found = ledger._measure(kept)
    by_hand = kept.loc[kept["treated"], "responded"].mean() - kept.loc[~kept["treated"], "responded"].mean()
    assert found["measured"] == pytest.approx(by_hand)
    assert found["measured_low"] < by_hand < found["measured_high"]


def test_a_history_too_short_to_learn_from_says_so():
    assert ledger.keep_ledger(trials(months=1), minimum=10) == Unavailable("ledger", "short", {"responses": 20})
    missing = Unavailable("trials", "not_randomised")
    assert ledger.keep_ledger(missing, minimum=10) == missing
