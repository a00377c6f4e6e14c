"""What notebook 72 says: facts in, sentences in both languages and pictures out."""

import numpy as np
import pandas as pd
import pytest

from insight.card.arrears import STATES, Arrears
from insight.card.losses import Expectation
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings.cards import risk
from insight.words.context import Context, using
from report.test_churn import drawn, in_both

DECEMBER = 12 * 2024 + 11
OUTCOMES = ["cured", "better", "same", "worse"]


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


def followed() -> Arrears:
    months = pd.DataFrame({"month": [DECEMBER]})
    return Arrears(months, months, months, months)


def stands(*, late: int = 20, before: float = 0.01) -> pd.DataFrame:
    accounts = [900, 60, late, late, late, late, late]
    owed = np.array([0.85, 0.05, 0.02, 0.02, 0.02, 0.02, 0.02])
    frame = pd.DataFrame({"state": STATES[:7], "accounts": accounts, "balance": 1e6 * owed, "owed": owed})
    return frame.assign(owed_before=before)


def counts(worse: list[int], of: int = 1000) -> pd.DataFrame:
    rows = [[of - each, 0, 0, each] for each in worse]
    return pd.DataFrame(rows, index=pd.Index(STATES[1:7], name="state"), columns=OUTCOMES)


def test_standing_says_how_much_is_30_days_past_due_now_and_a_year_before():
    found = risk.standing(stands(), followed())
    assert in_both(found.part("title")) == "10.0% of what is owed is 30 days past due or more, after 5.0% a year before"
    drawn(found.figure(found.shown_table()))
    arrears_30, arrears_90 = found.headlines
    assert (arrears_30.value, arrears_90.value) == (pytest.approx(0.10), pytest.approx(0.06))
    assert in_both(found.in_words(arrears_90)["sentence"]).startswith("Of all that was owed in December 2024, 6.0% was")


def test_standing_without_a_year_before_compares_with_nothing_and_few_accounts_are_not_told():
    alone = risk.standing(stands(before=np.nan), followed())
    assert in_both(alone.part("title")) == "10.0% of what is owed is 30 days past due or more"
    assert alone.figure is None
    few = risk.standing(stands(late=1), followed())
    assert [headline.value for headline in few.headlines] == [None, None]
    assert "too few accounts" in in_both(few.in_words(few.headlines[0])["sentence"])
    assert "%" not in in_both(few.part("title"))
    assert few.figure is None


@pytest.mark.parametrize(
    ("worse", "title", "so_what"),
    [
        (
            [300, 650, 800, 900, 950, 950],
            "30 to 59 days past due, 65% are past due longer",
            "1 to 29 days past due, 30% go on",
        ),
        ([600, 650, 800, 900, 950, 950], "1 to 29 days past due, 60% are past due longer", "before the due day"),
        (
            [100, 150, 200, 200, 250, 300],
            "Even of accounts 150 days past due or more, only 30%",
            "a reminder is enough",
        ),
    ],
)
def test_rolls_say_from_when_on_most_accounts_do_not_come_back(worse, title, so_what):
    found = risk.rolls(counts(worse), months=12)
    assert title in in_both(found.part("title"))
    assert so_what in in_both(found.part("so_what"))
    drawn(found.figure)


def test_rolls_of_few_accounts_are_not_shown():
    assert in_both(risk.rolls(counts([1] * 6, of=4), months=12).part("says")).startswith("Not shown")


def curves(*shares: float) -> pd.DataFrame:
    rows = [
        (12 * 2023 + 6 * place, age, 1000, round(1000 * share * age / 12), share * age / 12)
        for place, share in enumerate(shares)
        for age in range(13 - 6 * place + 6)
    ]
    frame = pd.DataFrame(rows, columns=["vintage", "age", "accounts", "bad", "share"])
    return frame.assign(low=frame["share"] - 0.01, high=frame["share"] + 0.01)


@pytest.mark.parametrize(
    ("shares", "so_what"), [((0.1, 0.2), "more often"), ((0.2, 0.1), "less often"), ((0.1, 0.1), "do not differ")]
)
def test_vintages_are_compared_at_the_same_age(shares, so_what):
    found = risk.vintages(curves(*shares), days=30)
    assert "half-year from July 2023" in in_both(found.part("title"))
    assert so_what in in_both(found.part("so_what"))
    drawn(found.figure)


def test_a_first_vintage_is_compared_with_none_and_few_are_not_shown():
    assert risk.vintages(curves(0.1), days=30).part("so_what") is None
    assert in_both(risk.vintages(curves(0.001), days=30).part("says")).startswith("Not shown")


def test_the_loss_to_expect_is_stated_with_its_interval():
    rows = pd.DataFrame({"state": STATES[:7], "accounts": 100, "limits": 1e5, "probability": 0.1, "loss": 1e4})
    found = risk.expected(Expectation(DECEMBER, 7e4, 5e4, 9e4, rows, 1.0), months=12)
    (headline,) = found.headlines
    assert (headline.value, headline.low, headline.high) == (70000, 50000, 90000)
    sentence = in_both(found.in_words(headline)["sentence"])
    assert "On the accounts of December 2024" in sentence
    assert "(95% interval)" in sentence
    assert "14% of it comes from accounts that were paid up" in in_both(found.part("so_what"))


def past(expected: float, carried: float, accounts: int = 50) -> pd.DataFrame:
    row = {
        "expected": expected,
        "low": 80.0,
        "high": 120.0,
        "realised": 100.0,
        "accounts": accounts,
        "carried": carried,
    }
    return pd.DataFrame([row | {"month": DECEMBER - back} for back in (14, 13, 12)]).assign(within=[True, True, False])


@pytest.mark.parametrize(
    ("expected", "carried", "so_what"), [(101.0, 110.0, "plan by roll rates"), (110.0, 101.0, "the simpler rule suf")]
)
def test_earlier_expectations_stand_beside_what_came_and_the_plain_rule(expected, carried, so_what):
    found = risk.backtest(past(expected, carried), months=12)
    assert in_both(found.part("title")).startswith("2 of 3 earlier expectations held")
    assert so_what in in_both(found.part("so_what"))
    assert found.headlines[0].value == 100
    drawn(found.figure)


def test_what_few_accounts_lost_is_not_shown():
    found = risk.backtest(past(100.0, 100.0, accounts=3), months=12)
    assert in_both(found.part("says")).startswith("Not shown")


def test_what_cannot_be_had_says_why_and_states_its_headlines_without_a_value():
    missing = Unavailable("risk", "few_losses", {"months": 6, "losses": 30})
    found = risk.expected(missing, months=12)
    assert found.headlines[0].value is None
    assert "30 charge-offs" in in_both(found.part("says"))
