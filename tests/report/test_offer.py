"""What notebook 50 says: facts in, sentences in both languages out."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.decide.backtest import Choice
from insight.decide.eligibility import REASONS as ALL_REASONS
from insight.decide.expected import Correction, Total
from insight.decide.shortlist import ListTotals
from insight.errors import Unavailable
from insight.predict.propensity.propensity import TOO_LITTLE
from insight.report.findings import offer
from insight.words.context import Context, using

HOUSEHOLDS = Bilingual(en="households", zh="家庭")
AS_OF = date(2024, 1, 31)
TOTALS = ListTotals(
    customers=3,
    contacted=2,
    controls=1,
    cost=2.0,
    response_cost=0.5,
    buyers=Total(1.2, 0.4, 2.6),
    sales=Total(1234.0, 900.0, 1600.0),
    mean_sales=4.0,
)
PARAMS = SimpleNamespace(campaign_budget=3.0, contact_cost=1.0, offer_weeks=4, consent_assumed=False)
ASSUMED = SimpleNamespace(**{**vars(PARAMS), "consent_assumed": True})
NOBODY = replace(TOTALS, customers=0, contacted=0, controls=0)
REASONS = pd.DataFrame({"reason": ["refused", "beyond_budget", "on_the_list"], "customers": [20, 40, 30]})


@pytest.fixture(autouse=True)
def _a_shop():
    with using(Context(customers=HOUSEHOLDS, currency="USD", as_of=AS_OF)):
        yield


SUMMARY = pd.DataFrame({"product_group": ["wine", "tea", "bread", "other_groups"], "customers": [40, 30, 20, 10]})


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def stated(finding) -> dict:
    return {one.name: (one.value, one.unit, one.low, one.high) for one in finding.headlines}


# --- what can be offered

DECIDED = pd.DataFrame({"product_group": ["milk", "rye"], "verdict": ["offered", "few_buyers"]})


def widest(*customers: int, of: int = 100) -> pd.DataFrame:
    names = ["milk", "dining", "rye"][: len(customers)]
    return pd.DataFrame({"product_group": names, "customers": customers, "share": [n / of for n in customers]})


def test_the_most_common_group_is_named_with_its_share():
    shown = offer.groups(DECIDED, widest(80, 30), customers=100, until=AS_OF)
    assert said(shown, "title") == (
        "1 of 2 product groups are considered; the most common is milk, with 80% of households",
        "2 个品类中有 1 个纳入考察；最普遍的是 milk，覆盖 80% 的家庭",
    )
    assert said(shown, "alt")[1] == "条形图：从 milk 的 80% 递减至餐饮的 30%。"
    assert said(shown, "source") == (
        "Purchases up to 31 January 2024; n = 100 households.",
        "截至 2024 年 1 月 31 日的消费记录；n = 100 户家庭。",
    )


def test_a_share_that_few_customers_are_left_out_of_is_not_told():
    shown = offer.groups(DECIDED, widest(97, 30), customers=100, until=AS_OF)
    assert said(shown, "title")[0].endswith("the most common is milk, which nearly all households share")
    assert said(shown, "alt")[0] == "Bars from 30% for dining down to 30% for dining."
    assert "97" not in shown.shown_table().to_string()


def test_where_every_share_is_hidden_the_reason_is_shown():
    assert said(offer.groups(DECIDED, widest(97), customers=100, until=AS_OF), "says")[0].startswith("Not shown")


@pytest.mark.parametrize(("covered", "start"), [(True, "The list can offer product groups"), (False, "No past offer")])
def test_it_is_said_where_the_groups_come_from(covered, start):
    counted = pd.DataFrame({"verdict": ["offered", "few_buyers"], "groups": [3, 2], "share": [0.8, 0.2]})
    shown = offer.verdicts(counted, widest(80), covered=covered)
    assert said(shown, "says")[0].startswith(start)
    assert "80%" in said(shown, "says")[1]
    assert [str(name) for name in shown.table["verdict"]] == ["considered", "too few households"]


# --- how well it is predicted


BY_MODEL, BY_HABIT = Choice("model", "alike"), Choice("own_habit", "ranks")


def measured(*, lead: tuple = (0.09, 0.08, 0.1), over_habit: tuple = (0.012, 0.005, 0.02), customers: int = 40):
    rows = [
        ("model", 0.65, 0, 0, 0, *lead),
        ("own_habit", 0.64, *over_habit, *lead),
        ("most_popular", 0.56, *lead, 0, 0, 0),
    ]
    ends = [f"{name}{end}" for name in ("lead", "gain") for end in ("", "_low", "_high")]
    frame = pd.DataFrame(rows, columns=["ranking", "map", *ends])
    both = [frame.assign(scope=scope) for scope in ("all", "not_lately")]
    return pd.concat(both, ignore_index=True).assign(map_low=0.6, map_high=0.7, hits=0.9, customers=customers)


def test_the_model_is_compared_with_popularity():
    better = offer.ranking(measured(), BY_MODEL, k=5, weeks=4)
    assert said(better, "title")[0].endswith(
        "ranked better by the model than by popularity: MAP@5 of 0.65 against 0.56"
    )
    assert "优于大众热门：MAP@5 为 0.65" in said(better, "title")[1]
    unsure = offer.ranking(measured(lead=(0.01, -0.01, 0.03)), BY_MODEL, k=5, weeks=4)
    assert "are not ranked significantly better by the model than by popularity" in said(unsure, "title")[0]
    assert "并不显著优于" in said(unsure, "title")[1]


@pytest.mark.parametrize(
    ("over_habit", "english", "chinese"),
    [
        (
            (0.012, 0.005, 0.02),
            "The model adds 0.0120 to it, 0.0050 to 0.0200 (95% interval).",
            "再增加 0.0120",
        ),
        ((0.001, -0.01, 0.01), "0.0010, −0.0100 to 0.0100 (95% interval), which is not significant", "并不显著"),
        ((-0.02, -0.03, -0.01), "whose difference to it is −0.0200, −0.0300 to −0.0100 (95% interval).", "优于模型"),
    ],
)
def test_the_simple_rule_is_weighed_against_the_model(over_habit, english, chinese):
    shown = offer.ranking(measured(over_habit=over_habit), BY_MODEL, k=5, weeks=4)
    assert english in said(shown, "so_what")[0]
    assert chinese in said(shown, "so_what")[1]


def test_the_rankings_state_their_headlines():
    shown = offer.ranking(measured(), BY_MODEL, k=5, weeks=4)
    assert stated(shown) == {
        "map_at_k": (0.65, "", 0.6, 0.7),
        "map_at_k_popularity": (0.56, "", 0.6, 0.7),
        "map_at_k_own_habit": (0.64, "", 0.6, 0.7),
        "map_at_k_lead": (0.09, "", 0.08, 0.1),
    }
    assert [set(shown.in_words(one)) for one in shown.headlines[2:]] == [
        {"sentence"},
        {"sentence"},
    ]  # no label: no tile, it is for modellers
    assert (
        shown.headlines[3].sentence.in_language("zh")
        == "模型的 MAP@5 比“大众热门”排序高 0.090，0.080 至 0.100（95% 区间）。"
    )


def test_without_a_model_the_headlines_have_no_value_and_a_reason():
    shown = offer.ranking(TOO_LITTLE, BY_MODEL, k=5, weeks=4)
    assert said(shown, "says")[0].startswith(
        "There is too little to learn from here: it takes two product groups, 50 h"
    )
    assert {value[0] for value in stated(shown).values()} == {None}
    assert stated(offer.backtest(TOO_LITTLE, BY_MODEL, weeks=4)) == {"list_rehearsed": (None, "share", None, None)}


@pytest.mark.parametrize(
    ("observed", "title", "says"),
    [
        ([0.11, 0.85], "are calibrated: off by 2.0 percentage points", "by less than one percentage point"),
        ([0.2, 0.9], "are not calibrated: off by 7.5", "7.5 percentage points too little"),
        ([0.02, 0.9], "are not calibrated: off by 6.0", "6.0 percentage points too much"),
    ],
)
def test_calibration_is_judged_by_its_error(observed, title, says):
    found = pd.DataFrame({"pairs": [300, 100], "expected": [0.1, 0.9], "observed": observed})
    shown = offer.calibration(found, SimpleNamespace(then=SimpleNamespace(customers=range(40))))
    assert title in said(shown, "title")[0]
    assert says in said(shown, "says")[0]
    assert shown.part("so_what") is None


def backtested(*, lead: tuple = (0.5, -1.0, 2.0), customers: int = 60) -> pd.DataFrame:
    sales = [(5.0, 4.5, 6.0, 0, 0, 0), (3.0, 2.0, 4.0, *lead), (1.0, 0.5, 2.0, 4.0, 3.0, 5.0)]
    names = [f"{name}{end}" for name in ("sales", "lead") for end in ("", "_low", "_high")]
    return pd.DataFrame(sales, columns=names).assign(
        way=["model", "own_habit", "most_popular"],
        customers=customers,
        expected=[0.3, 0.2, float("nan")],
        bought=[0.36, 0.3, 0.12],
        bought_low=[0.32, 0.28, 0.1],
        bought_high=[0.4, 0.34, 0.15],
    )


@pytest.mark.parametrize(
    ("choice", "share", "english", "chinese"),
    [
        (BY_MODEL, 0.36, "and $3.00 ($2.00 to $4.00) had the list been written by own habit", "若按自身习惯编制"),
        (BY_HABIT, 0.3, "and $5.00 ($4.50 to $6.00) had the list been written by the model", "若按模型编制"),
    ],
)
def test_the_backtest_compares_ways_of_choosing(choice, share, english, chinese):
    shown = offer.backtest(backtested(), choice, weeks=4)
    assert f"the list would have been right for {share:.0%} of the households on it" in said(shown, "title")[0]
    assert english in said(shown, "so_what")[0]
    assert "own habit: $0.50 each (−$1.00 to $2.00, 95% interval, paired by customer)" in said(shown, "so_what")[0]
    assert chinese in said(shown, "so_what")[1]
    assert stated(shown)["list_rehearsed"][0] == share


def test_the_way_that_is_named_is_the_one_in_use():
    shown = offer.ranking(measured(over_habit=(-0.02, -0.03, -0.01)), BY_HABIT, k=5, weeks=4)
    assert "by own habit than by popularity: MAP@5 of 0.64" in said(shown, "title")[0]
    assert said(shown, "so_what")[0].endswith("The list is written by own habit, which ranks better.")
    assert "Ranked by spend expected by own habit" in said(the_list(choice=BY_HABIT), "caution")[0]
    assert "Ranked by spend expected by the model" in said(the_list(), "caution")[0]
    answer = offer.answer(TOTALS, SUMMARY, backtested(), 3.1, BY_HABIT, weeks=4)
    assert "30% of such a list" in said(answer, "lead")[0]


@pytest.mark.parametrize(
    "shown",
    [
        offer.ranking(measured(customers=9), BY_MODEL, k=5, weeks=4),
        offer.backtest(backtested(customers=9), BY_MODEL, weeks=4),
    ],
)
def test_what_is_known_of_few_customers_is_not_shown(shown):
    assert said(shown, "says")[0] == "Not shown: this would be about fewer than 10 households."


# --- the list


def the_list(
    totals=TOTALS,
    reasons=REASONS,
    params=PARAMS,
    *,
    tested=True,
    margin_known=True,
    lead=(0.09, 0.08, 0.1),
    choice=BY_MODEL,
):
    summary = pd.DataFrame({"product_group": ["other_groups"], "customers": 30, "score": 0.5, "expected_sales": 4.0})
    ranked = measured(lead=lead)
    return offer.campaign_list(
        tested, totals, summary, reasons, params, margin_known=margin_known, measured=ranked, choice=choice
    )


def test_the_list_says_whom_the_budget_reaches():
    shown = the_list()
    assert said(shown, "says") == (
        "The list names 3 households, one offer each: 2 to contact, and a random control group of 1 who are not "
        "contacted. The contacts cost $2.00 and the responses expected $0.50, together $2.50 of a budget of $3.00.",
        "名单共 3 户家庭，每户只推荐一个品类：联系 2 户；随机对照组 1 户，不予联系。联系成本 US$2.00，"
        "预期响应成本 US$0.50，合计 US$2.50（预算 US$3.00）。",
    )
    assert str(shown.table["product_group"][0]) == "other product groups"
    assert stated(shown) == {
        "list_contacts": (2, "customers", None, None),
        "list_buyers": (1, "customers", 0, 3),
    }
    assert set(shown.in_words(shown.headlines[0])) == {"label", "note", "sentence"}
    assert set(shown.in_words(shown.headlines[1])) == {"label", "sentence"}


def test_what_the_list_brings_is_expected_with_an_interval_where_earlier_lists_give_one():
    assert "We expect 1 of those contacted (0 to 3, 95% interval) to buy" in said(the_list(), "so_what")[0]
    assert "$1,230 ($900 to $1,600), as far as earlier lists tell" in said(the_list(), "so_what")[0]
    unsure = the_list(replace(TOTALS, buyers=Total(1.2), sales=Total(1234.0)))
    assert "no earlier list shows how far that can be trusted" in said(unsure, "so_what")[0]
    assert "尚无较早名单" in said(unsure, "so_what")[1]
    assert stated(unsure)["list_buyers"] == (1, "customers", None, None)


def test_earlier_lists_are_laid_out_by_what_came_of_what_was_expected():
    lists = pd.DataFrame({"as_of": [AS_OF], "customers": 80, "expected": 20.0, "bought": 16, "expected_sales": 100.0})
    ratios = Correction(0.8, 0.1, 1.0, 1, 80), Correction(0.6, 0.1, 1.0, 1, 80)
    shown = offer.earlier(lists.assign(sales=60.0), *ratios)
    assert said(shown, "title")[0].startswith("One earlier list brought 80% of the buyers expected of it, and 60%")
    assert shown.shown_table()[["buyers", "sales"]].to_numpy().tolist() == [[0.8, 0.6]]
    few = offer.earlier(lists.assign(sales=60.0, customers=7), *ratios)
    assert said(few, "says")[0].startswith("Not shown")


def test_what_responses_cost_is_said_to_be_unknown_where_it_is():
    shown = the_list(replace(TOTALS, response_cost=0.0))
    assert said(shown, "says")[0].endswith("What a response costs is not known, or nothing (`response_cost`).")


@pytest.mark.parametrize(
    ("params", "act", "caution"),
    [
        (PARAMS, "Send it as it is", "Everyone on it has agreed to be contacted."),
        (ASSUMED, "Check consent, then send it", "Those whose consent is not on record are taken to agree"),
    ],
)
def test_the_list_says_what_is_known_of_consent(params, act, caution):
    assert said(the_list(params=params), "so_what")[0].startswith(act)
    assert said(the_list(params=params), "caution")[0].startswith(caution)


def test_a_ranking_no_better_than_popularity_is_not_recommended():
    shown = offer.ranking(measured(lead=(0.01, -0.01, 0.03), over_habit=(0.05, 0.04, 0.06)), BY_MODEL, k=5, weeks=4)
    assert said(shown, "so_what")[0].startswith("Do not choose by this ranking: the model")
    assert "−0.0100 至 0.0300" in said(shown, "so_what")[1]
    assert said(the_list(lead=(0.01, -0.01, 0.03)), "so_what")[0].startswith("Do not send this list but as a test")
    assert "仅宜用于测试" in said(the_list(lead=(0.01, -0.01, 0.03)), "so_what")[1]


def test_those_left_out_are_counted_by_their_first_reason():
    shown = offer.left_out(REASONS, PARAMS)
    assert said(shown, "title")[0].startswith("Who is on the list, and of all 90 households the first reason")
    assert shown.shown_table()["customers"].tolist() == [20, 40, 30]
    assert [str(name) for name in shown.table["reason"]] == ["has refused contact", "beyond the budget", "on the list"]
    few = offer.left_out(REASONS.assign(customers=[3, 40, 30]), PARAMS).shown_table()["customers"].astype(str).tolist()
    assert few[0] == "fewer than 10"
    assert "40" not in few[1:] or "30" not in few[1:]


def test_every_reason_has_words():
    shown = offer.left_out(pd.DataFrame({"reason": ALL_REASONS, "customers": 20}), PARAMS)
    assert len({name.in_language("zh") for name in shown.table["reason"]}) == len(ALL_REASONS)


def test_without_margins_the_ranking_by_spend_is_cautioned():
    assert said(the_list(margin_known=False), "caution")[0].endswith("the highest spend need not earn most.")
    assert "因毛利未知" in said(the_list(margin_known=False), "caution")[1]


@pytest.mark.parametrize(
    ("tested", "reasons", "start"),
    [
        (True, ["refused", "too_little_sales"], "The list is empty: no possible offer"),
        (True, ["refused", "no_consent"], "The list is empty: nobody has agreed to be contacted"),
        (True, ["refused", "offer_cooling"], "The list is empty: something stands against an offer to every"),
        (TOO_LITTLE, ["not_predicted"], "There is too little"),
    ],
)
def test_an_empty_list_says_why(tested, reasons, start):
    shown = the_list(NOBODY, pd.DataFrame({"reason": reasons, "customers": 20}), tested=tested)
    assert said(shown, "so_what")[0].startswith(start)
    assert stated(shown) == {"list_contacts": (0, "customers", None, None)}
    assert set(shown.in_words(shown.headlines[0])) == {"sentence"}
    nothing = offer.answer(NOBODY, SUMMARY, backtested(), 3.1, BY_MODEL, weeks=4)
    assert nothing.part("lead") is nothing.part("caution") is None


def test_the_answer_says_what_the_backtest_found_and_the_control_group_can_detect():
    shown = offer.answer(TOTALS, SUMMARY, backtested(), 3.1, BY_MODEL, weeks=4)
    assert (
        "36% of such a list bought from it within 4 weeks although it did not go out, against 12%"
        in said(shown, "lead")[0]
    )
    assert said(shown, "caution")[0].startswith("A control group of 1 detects an effect only from $3.10 per customer")
    assert (
        "没有对照组" in said(offer.answer(TOTALS, SUMMARY, backtested(), float("inf"), BY_MODEL, weeks=4), "caution")[1]
    )


def test_without_a_backtest_the_answer_is_the_list_alone():
    missing = Unavailable("offer", "nobody_listed")
    shown = offer.answer(TOTALS, SUMMARY, missing, missing, BY_MODEL, weeks=4)
    assert said(shown, "lead")[0].endswith(
        "the largest groups are wine (40 on the list), tea (30 on the list), and bread (20 on the list)."
    )
    assert shown.part("caution") is None


@pytest.mark.parametrize("vocabulary", ["bank", "clinic", "travel"])
def test_other_businesses_hear_their_own_words(vocabulary):
    with using(Context(vocabulary=vocabulary, currency="CNY", as_of=AS_OF)):
        shown = offer.backtest(backtested(), BY_MODEL, weeks=4)
        answer = offer.answer(TOTALS, SUMMARY, backtested(), 1.0, BY_MODEL, weeks=4)
        told = [*said(shown, "caption"), *said(shown, "so_what"), *said(answer, "lead")]
    assert not [word for word in ("product group", "品类", "basket", "coupon") if word in " ".join(told)]
