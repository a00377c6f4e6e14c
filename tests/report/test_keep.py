"""Whom to keep in words: the profit curve, today's list, its assumptions, and the best fifth gone quiet."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.decide.keep import GAIN, PROBABILITY, SPEND, Assumed, Quiet, Tested
from insight.predict.churn.design import Cuts
from insight.predict.churn.window import Window
from insight.report.findings.leavers import keep
from insight.words.context import Context, using

CUTS = Cuts(42, 180, (date(2024, 1, 1),), date(2024, 3, 25), date(2024, 5, 6))
ASSUMED = Assumed(0.1, 0.5, 0.003, 90)


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30), min_cell=10)):
        yield


def in_both(words) -> str:
    assert words.in_language("zh")
    return words.in_language("en")


def made_tested(contacts: int = 40, low: float = 50.0, high: float = 150.0, lead_low: float = 20.0) -> Tested:
    at = np.unique([*range(0, 4 * contacts + 1, max(contacts // 10, 1)), 1_000])
    parts = [
        pd.DataFrame({"order": name, "contacts": at, "profit": 100.0, "low": low, "high": high})
        for name in (GAIN, SPEND, PROBABILITY)
    ]
    return Tested(pd.concat(parts), 1_000, contacts, 100.0, low, high, 30.0, lead_low, 40.0)


@pytest.mark.parametrize(
    ("low", "high", "said"), [(50, 150, "would have brought"), (-5, 150, "need not have paid"), (-9, -5, "lost money")]
)
def test_whether_the_list_would_have_paid_is_said_as_sure_as_it_is(low, high, said):
    found = keep.curve(made_tested(low=low, high=high), CUTS, ASSUMED)
    assert said in in_both(found.part("title"))
    assert found.table["contacts"].tolist() == [20, 40, 80, 160, 1_000]
    assert "a unit spent brings 0.0030" in in_both(found.part("source"))
    assert "control group" in in_both(found.part("caution"))
    assert found.figure is not None


def test_a_lead_counts_beyond_chance_alone():
    assert "30" in in_both(keep.curve(made_tested(), CUTS, ASSUMED).part("so_what"))
    assert "about as well" in in_both(keep.curve(made_tested(lead_low=-1), CUTS, ASSUMED).part("so_what"))


def test_of_a_handful_nothing_is_drawn():
    found = keep.curve(made_tested(contacts=8), CUTS, ASSUMED)
    assert found.figure is None
    assert found.table is None
    assert "fewer than 10 guests" in in_both(found.part("says"))


def test_without_a_margin_money_is_spending():
    found = keep.curve(made_tested(), CUTS, Assumed(0.1, 0.5, 1.0, 90))
    assert "money is spending, not profit" in in_both(found.part("source"))


def test_an_account_of_money_is_named_where_it_says_what_customers_bring():
    found = keep.curve(made_tested(), CUTS, Assumed(0.1, 0.5, 1.0, 90, by_account=True))
    said = in_both(found.part("source"))
    assert "the margin lately booked for them in the account of money" in said
    assert "leaves takes 90 days of that along" in said


def ranked(listed: int = 30, closed: int = 12) -> pd.DataFrame:
    rows = 100
    is_open = np.arange(rows) >= closed
    gain = np.where(np.arange(rows) < listed + closed, 2.0, -1.0)
    table = pd.DataFrame({"gain": gain, "is_open": is_open, "is_listed": is_open & (gain > 0)})
    return table.assign(act_on=np.where(np.arange(rows) % 2 == 0, "discount_share low", None))


def test_the_list_of_today_is_counted_with_what_it_brings_and_who_may_not_be_contacted():
    found = keep.listed(ranked(), ASSUMED, Window(42, "given"))
    assert "Today 30 guests are worth a contact: together they are expected to bring CN¥60.0" in in_both(
        found.part("says")
    )
    assert "12 more" in in_both(found.part("so_what"))
    assert keep.listed(ranked(closed=3), ASSUMED, Window(42, "given")).part("so_what") is None
    assert "fewer than 10" in in_both(keep.listed(ranked(listed=9), ASSUMED, Window(42, "given")).part("says"))


def test_assumptions_are_named_with_what_they_change():
    names = ["as assumed", "cost x2", "cost x0.5", "effect x2", "effect x0.5", "by probability", "by spend"]
    changes = pd.DataFrame({"change": names, "contacts": 30, "gain": 5.0, "gone": 0.25, "new": 0.0})
    found = keep.sensitivity(changes, ranked(), ASSUMED)
    assert "half as much, 25% of the list" in in_both(found.part("title"))
    assert [in_both(one) for one in found.table["change"]][1] == "cost of a contact doubled"


def test_the_best_fifth_gone_quiet_are_named_with_their_money():
    gone = pd.DataFrame({"spend_year": [1_000.0] * 12, "silent_days": 50})
    said = in_both(keep.quiet(Quiet(gone, 60, 48_000.0), Window(42, "given")).part("says"))
    assert "12 of the 60 guests who have spent most have had no purchase for 42 days or longer" in said
    assert "CN¥12K, 25% of what the best fifth spent" in said
    assert "fewer than 10 guests" in in_both(keep.quiet(Quiet(gone[:9], 60, 9.0), Window(42, "given")).part("says"))
