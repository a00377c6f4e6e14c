"""What notebook 72 says of credit limits: facts in, both languages out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.card.limits.exposure import Exposure, Held
from insight.card.limits.proposals import Near, Proposals
from insight.card.limits.raised import Raised
from insight.config.limits import CreditLimits
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings.cards import limits
from insight.words.context import Context, using
from report.test_churn import in_both

RULES = CreditLimits()


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


def owed(*, settled: int = 60) -> Exposure:
    draws = pd.DataFrame({"drawn": [0.5, 0.7], "lost": [0.8, 0.9], "level": [0.9, 1.1]})
    return Exposure(0.6, 0.85, draws, 80, settled)


def brought(low: float) -> Raised:
    effects = pd.DataFrame({"what": ["limit", "owed", "margin"], "contacted": [24_000.0, 14_000.0, 135.0]})
    effects = effects.assign(held_out=[23_000.0, 13_000.0, 120.0], added=[1000.0, 700.0, 15.0], low=low, high=2000.0)
    return Raised(effects, (0.08, low, 0.2), np.array([0.05, 0.1]), 400, 90, 0.3)


def proposed(*, up: int = 30) -> Proposals:
    kinds = ["raise"] * up + ["keep"] * 500 + ["lower"] * 40
    rows = pd.DataFrame({"customer_id": range(len(kinds)), "proposal": kinds, "limit_now": 1000.0})
    rows = rows.assign(limit_proposed=rows["proposal"].map({"raise": 1200.0, "keep": 1000.0, "lower": 800.0}))
    rows = rows.assign(probability=0.01, loss_now=5.0, loss_proposed=rows["limit_proposed"] / 200, expected_use=0.5)
    rows["reason_1"] = rows["proposal"].map({"raise": "unlikely", "keep": "little_used", "lower": "likely"})
    rows["reason_2"] = rows["proposal"].map({"raise": "uses", "lower": "not_needed"})
    rows["reason_3"] = rows["proposal"].map({"raise": "affords"})
    rows.index = pd.Index([f"a{at}" for at in range(len(rows))])
    return Proposals(rows, (float(up), 20.0, 40.0), (40.0, 30.0, 50.0), (2850.0, 2000.0, 3500.0))


def test_what_was_drawn_and_lost_is_said_with_what_came_of_the_year_before():
    found = limits.exposure(owed(), Held(date(2023, 12, 1), 3.5e6, 3.6e6, 70))
    assert in_both(found.part("title")) == "Until they fell behind, accounts drew 60% of what was free of their limits"
    assert "CN¥3.5M was expected to be owed" in in_both(found.part("so_what"))
    few = limits.exposure(owed(settled=3), Held(date(2023, 12, 1), 1.0, 1.0, 70))
    assert "fewer than 10 customers" in in_both(few.part("says"))


def test_a_margin_of_raises_is_told_only_where_it_is_clear():
    clear = in_both(limits.raised(brought(0.01)).part("so_what"))
    assert clear == "What is added to a limit brings 8.0% of it a year (1.0% to 20.0%, 95% interval), before losses."
    assert "may bring nothing: −1.0% to 20.0%" in in_both(limits.raised(brought(-0.01)).part("so_what"))
    same = brought(np.nan)
    unknown = Raised(same.effects, (np.nan,) * 3, same.draws, 400, 90, 0.3)
    assert "not known" in in_both(limits.raised(unknown).part("so_what"))


def test_proposals_say_what_raises_add_and_what_they_bring_or_would_have_to():
    found = limits.proposals(proposed(), brought(0.01), RULES)
    assert in_both(found.part("title")) == "CN¥6,000 of limits could be added, at CN¥30.0 of expected loss a year"
    assert "bring CN¥480 a year" in in_both(found.part("so_what"))
    assert found.shown_table()["accounts"].tolist() == [30, 500, 40]
    for unclear in (brought(-0.01), None):
        told = in_both(limits.proposals(proposed(), unclear, RULES).part("so_what"))
        assert "they pay where what is added to limits brings more than 0.5% of it a year" in told
    assert "a person decides on" in in_both(found.part("caution"))
    assert "take CN¥40.0 off the loss" in in_both(found.part("says"))


def test_how_many_are_offered_more_whose_limit_is_to_be_lowered_is_told_unless_few_are():
    assert in_both(limits.offered(proposed(), 20).part("caution")).startswith("20 accounts whose limit is proposed")
    for more in (3, 35):  # of 40: the rest would be few
        assert in_both(limits.offered(proposed(), more).part("caution")).startswith("Some customers whose limit")
    assert limits.offered(proposed(), 0).part("caution") is None


def test_few_raises_are_not_told():
    found = limits.proposals(proposed(up=3), None, RULES)
    assert in_both(found.part("title")).startswith("No raise of a limit")
    assert "so_what" not in found.variants or found.variants["so_what"] is None


def test_each_account_has_its_reasons_in_words_of_both_languages():
    rows = limits.with_words(proposed()).set_index("account_id")
    said = rows.loc["a0", "reasons_en"]
    assert said == "unlikely to fall behind; expected to use the limit; the income on record affords more"
    assert rows.loc["a100", "reasons_zh"] == "预期额度使用较少"
    counted = limits.reasons(proposed())
    assert counted.table["accounts"].tolist() == [30, 500, 40]
    assert "up to 3 reasons" in in_both(counted.part("so_what"))


def test_the_truth_says_how_much_larger_the_loss_is():
    by = pd.DataFrame({"proposal": ["raise", "keep"], "accounts": [30, 500], "probability": 0.01, "chance": 0.02})
    found = limits.near_truth(Near(by, 100.0, 190.0, 10.0, 20.0))
    assert "1.9 times the one estimated" in in_both(found.part("title"))
    assert in_both(limits.near_truth(Unavailable("behaviour", "no_truth")).part("says")).startswith("Not scored")
