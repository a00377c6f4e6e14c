"""Reach, responses and effects of campaigns in words: no surer than intervals, control groups and the placebo allow."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report.findings import review
from insight.review import pooling
from insight.review.pooling import HELD_OUT, OTHERS, CampaignResults
from insight.review.reach import Contacted
from insight.review.readout import ReadOut
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def dollars():
    with using(Context(currency="USD", as_of=date(2024, 6, 30))):
        yield


NOTHING = Unavailable("review", "no_control_group")


def campaigns(*rates: float, kinds: str = "AAA", contacted: int = 1000) -> pd.DataFrame:
    """Campaigns with these response rates, and intervals of two points on both sides."""
    shares = pd.Series(rates)
    return pd.DataFrame(
        {
            "campaign_id": [str(place) for place in range(len(rates))],
            "name": [f"2024-0{place + 1} Spend and get" for place in range(len(rates))],
            "kind": list(kinds[: len(rates)]),
            "starts_on": date(2024, 1, 1),
            "contacted": contacted,
            "responded": shares * contacted,
            "response_rate": shares,
            "response_low": shares - 0.02,
            "response_high": shares + 0.02,
            "verdict": "compared",
            **{"held_out": 0, "both": 0, "planned": np.nan, "delivered": 1.0, "draw": "no plan", "together": False},
        }
    )


def results(effect: float, placebo: float = 0.0, *, error: float = 1.0, control: bool = False) -> CampaignResults:
    """One campaign with a known effect and placebo, whose errors are of one customer each."""
    row = {"campaign_id": "1", "name": None, "kind": "A", "contacted": 500, "days": 28, "spend_per_week": 50.0}
    row |= {"comparison": HELD_OUT if control else OTHERS, "residual_sd": 20.0}
    for name, value in (("effect", effect), ("placebo", placebo)):
        row |= {name: value, f"{name}_low": value - 1.96 * error, f"{name}_high": value + 1.96 * error}
    sides = {"contacted": 12.0, "others": 9.0, "comparable": 11.0}
    return CampaignResults(
        effects=pd.DataFrame([row]),
        influence=pd.DataFrame({"1": [error, 0.0]}),
        placebo_influence=pd.DataFrame({"1": [0.0, error]}),
        balance=pd.DataFrame([{"trait": "spend_1", "campaign_id": "1", "before": 0.6, "after": 0.0, **sides}]),
        path=pd.DataFrame({"contacted": [10.0, 12.0], "comparable": [10.5, 11.0], "campaigns": 1}, index=[-1, 0]),
        first=date(2023, 1, 1),
    )


def added(rate: float, held: float, error: float = 0.005) -> pd.DataFrame:
    row = {"name": None, "contacted": 900, "responded": 900 * rate, "held_responded": 100 * held, "rate": rate}
    row |= {"held_rate": held, "added": rate - held}
    return pd.DataFrame([row | {"added_low": rate - held - 2 * error, "added_high": rate - held + 2 * error}])


@pytest.mark.parametrize(
    ("rates", "title"),
    [
        ((0.17,), "17% of those contacted responded"),
        ((0.17, 0.06), "A has the highest response rate: 17%, against 6% or less elsewhere"),
        ((0.17, 0.16, 0.06), "A has the highest response rate (17%), C the lowest (6%)"),
        ((0.17, 0.16), "Response rates are alike: A is highest with 17%"),
    ],
)
def test_the_highest_response_rate_is_named_where_it_stands_out(rates, title):
    frame = campaigns(*rates, kinds="ABC")
    assert str(review.responses(frame, frame).part("title")) == title


def test_a_round_is_named_with_its_month_in_both_languages():
    frame = campaigns(0.17)
    shown = review.responses(frame, frame).table["campaign"]
    assert shown[0].translations() == {"en": "2024-01 Spend and get", "zh": "2024-01 消费达标礼"}


def test_few_responses_are_not_drawn_but_counted():
    few = review.responses(frame := campaigns(0.05, contacted=100), frame)
    assert few.figure is None
    assert str(few.part("says")) == "Not shown: too few responses are on record."
    assert few.headlines[0].value == pytest.approx(0.05)


def test_without_records_of_responses_the_headline_says_why():
    nothing = campaigns(0.1).assign(responded=np.nan, response_rate=np.nan)
    [stated] = review.responses(nothing, nothing).headlines
    assert (stated.value, stated.unit) == (None, "share")
    assert stated.sentence.in_language("zh") == "未显示：有记录的响应过少。"


def test_campaigns_that_are_seen_in_part_are_counted():
    whole = review.reached(campaigns(0.1), Contacted(1000, 900, 0))
    assert str(whole.part("says")) == "1 campaign contacted 900 of 1,000 customers with a purchase."
    assert whole.part("caution") is None
    partial = review.reached(campaigns(0.1).assign(verdict="not finished"), Contacted(1000, 900, 0))
    assert str(partial.part("caution")).startswith("1 campaign began before the data or had not ended")


def test_the_contacted_who_never_bought_are_no_share_of_those_who_did():
    some, few = (review.reached(campaigns(0.1), Contacted(1000, 852, others)) for others in (98, 9))
    assert "contacted 852 of 1,000 customers with a purchase, and 98 who have never made one" in str(some.part("says"))
    assert "never" not in str(few.part("says"))
    assert str(some.in_words(some.headlines[0])["note"]) == "85% of all with a purchase"


def test_a_draw_that_was_not_as_planned_is_said_before_any_effect():
    drawn = {"held_out": [200, 990, 8], "planned": [0.5, 0.5, 0.9], "delivered": [0.83, 0.5, 0.99]}
    frame = campaigns(0.1, 0.1, 0.1).assign(**drawn, draw=["not as planned", "as planned", "not as planned"])
    found = review.draw(frame)
    assert str(found.part("says")).startswith(
        "2 campaigns were not drawn as planned. Farthest off is 2024-01 Spend and get: 50% of its customers were to be"
    )
    assert found.part("so_what") is not None
    assert found.part("caution") is None
    assert found.table["campaign"].map(str).tolist() == ["2024-01 Spend and get"]  # the other holds out fewer than ten
    assert [line.value for line in found.headlines] == [2]
    lead = review.summary(frame, added(0.13, 0.08), NOTHING, results(0.5), people=900).part("lead")
    assert str(lead).index("not drawn as planned") < str(lead).index("13.0% of those contacted")


def test_draws_that_only_together_are_off_their_plan_are_said_so():
    drawn = {"held_out": 300, "planned": 0.75, "delivered": [0.77, 0.79], "draw": "not as planned", "together": True}
    frame = campaigns(0.1, 0.1).assign(**drawn)
    found = review.draw(frame)
    assert "by itself could be chance, but together" in str(found.part("says"))
    assert "75.0% of their customers were to be contacted, 78.0% were" in str(found.part("says"))
    assert str(found.part("says")) in str(
        review.summary(frame, added(0.13, 0.08), NOTHING, results(0.5), people=9).part("lead")
    )


def test_a_draw_that_was_kept_or_has_no_plan_makes_no_headline():
    kept = campaigns(0.1, 0.1).assign(held_out=[900, 0], draw=["as planned", "no plan"], both=[12, 0])
    found = review.draw(kept)
    assert str(found.part("says")).startswith("The planned split of 1 campaign is on record, and it was drawn as")
    assert str(found.part("caution")).startswith("12 customers of 2024-01 Spend and get were both contacted and held")
    assert not found.headlines
    assert "cannot be checked" in str(review.draw(kept.assign(draw="no plan")).part("says"))
    assert "12" not in str(review.draw(kept.assign(both=[4, 0])).part("caution"))
    assert str(review.draw(campaigns(0.1)).part("says")) == "No campaign has a control group."


def test_a_campaign_without_a_response_beside_others_is_named():
    frame = campaigns(0.17, 0.06)
    frame.loc[1, ["responded", "response_rate"]] = np.nan
    assert str(review.responses(frame, frame).part("caution")).startswith("2024-02 Spend and get has no response")
    assert review.responses(campaigns(0.17), frame).part("caution") is None


@pytest.mark.parametrize(
    ("rate", "held", "said"),
    [
        (0.13, 0.08, "5.0 additional responses per 100 contacts, 4.0 to 6.0 (95% interval)."),
        (0.081, 0.08, "additional responses (0.1 per 100 contacts, −0.9 to 1.1, 95% interval)."),
    ],
)
def test_additional_responses_are_told_from_chance(rate, held, said):
    found = review.incremental(added(rate, held))
    assert str(found.part("says")).endswith(said)
    assert found.headlines[0].sentence == found.part("says")


def test_an_offer_with_few_responses_is_named_with_its_difference_and_interval():
    offers = pd.concat([added(0.1, 0.02).assign(name="tea"), added(0.1, 0.2)], ignore_index=True)
    found = review.incremental(offers)
    assert found.table["campaign"].map(str).tolist() == ["all together"]
    assert str(found.part("caution")).endswith(
        "control group; their additional responses per 100 contacts, with 95% intervals: tea (8.0, 7.0 to 9.0)."
    )
    assert "tea（8.0，7.0 至 9.0）" in found.part("caution").in_language("zh")
    many = pd.concat([added(0.1, 0.2).assign(name="tea"), added(0.1, 0.2)], ignore_index=True)
    assert review.incremental(many).part("caution") is None


def offers(**differences: float) -> pd.DataFrame:
    rows = [added(0.3 + gain, 0.3).assign(name=name) for name, gain in differences.items()]
    return pd.concat([*rows, added(0.33, 0.3)], ignore_index=True)


@pytest.mark.parametrize(
    ("differences", "start"),
    [
        ({"tea": 0.05, "rye": 0.001}, "Responses are added by tea: significantly, though 2 campaigns"),
        ({"tea": 0.05, "rye": -0.05}, "Responses are added by tea: significantly, though 2 campaigns"),
        ({"tea": 0.05, "rye": 0.06}, "Responses are added by tea and rye: significantly, though 2 campaigns"),
        (
            {"tea": 0.0055, "rye": 0.001},
            "For no campaign by itself are additional responses shown (tea and rye; 2 tested",
        ),
    ],
)
def test_only_offers_that_add_responses_beyond_chance_are_said_to_add_some(differences, start):
    found = review.incremental(offers(**differences)).part("so_what")
    assert str(found).startswith(start)
    assert ("rye" in str(found).partition("For ")[2]) == (differences["rye"] < 0.01)


def with_placebos(*placebos: float) -> CampaignResults:
    whole = results(1.0)
    row = whole.effects.iloc[0].to_dict()
    named = [
        row
        | {"campaign_id": str(place), "name": f"2024-01 offer {place}", "placebo": found}
        | {"placebo_low": found - 1.96, "placebo_high": found + 1.96}
        for place, found in enumerate(placebos)
    ]
    influence = pd.DataFrame({str(place): [1.0, 0.0] for place in range(len(placebos))})
    return replace(whole, effects=pd.DataFrame(named), influence=influence, placebo_influence=influence)


def test_a_placebo_that_finds_something_is_said_of_its_offer():
    assert review.effects(with_placebos(0.5, -1.0)).part("caution") is None
    chance = review.effects(with_placebos(2.1, 0.0, 0.0), by_offer=True).part("caution")
    assert str(chance).startswith("The placebo finds a difference before offer 0 began (1 of 3 tests; 0.2 are expected")
    clear = review.effects(with_placebos(0.0, 9.0, 0.1)).part("caution")
    assert "before 2024-01 offer 1 began (1 of 3 tests), more than chance explains (Holm)" in str(clear)
    assert "Holm 校正" in clear.in_language("zh")


@pytest.mark.parametrize(
    ("found", "concluded", "answer"),
    [
        (
            results(0.5),
            "Do not plan with an effect on spend. For all campaigns together",
            "The campaigns had no significant effect on spend: $0.50",
        ),
        (results(5.0), "An effect of $5.00 a week", "Contacted customers spent $5.00 a week more"),
        (results(5.0, 4.0), "Do not count the $5.00 a week as a gain", "Contacted customers spent $5.00 a week more"),
        (
            results(5.0, control=True),
            "The campaign team should plan the next campaigns with the lower bound",
            "Contacted customers spent $5.00 a week more",
        ),
        (
            results(-5.0, control=True),
            "The campaign team should stop repeating these campaigns",
            "Contacted customers spent $5.00 a week less",
        ),
        (
            results(5.0, 4.0, control=True),
            "Before anyone plans with $5.00",
            "Contacted customers spent $5.00 a week more",
        ),
        (results(-5.0), "An effect of −$5.00 a week", "Contacted customers spent $5.00 a week less"),
    ],
)
def test_the_conclusion_follows_interval_placebo_and_control_group(found, concluded, answer):
    assert str(review.placebo(found).part("so_what")).startswith(concluded)
    [stated] = review.effects(found).headlines
    assert str(stated.sentence).startswith(answer)


def test_a_doubtful_effect_is_said_with_what_was_there_before():
    found = results(5.0, 4.0)
    assert "the same method finds $4.00 in the weeks before" in str(review.effects(found).headlines[0].sentence)
    assert str(review.placebo(found).part("title")).startswith("The same method finds a difference of $4.00")
    assert review.placebo(found).headlines[0].value == 4.0


def test_the_two_sides_are_compared_before_the_campaign():
    found = review.balance(results(1.0))
    assert str(found.part("title")).startswith("Contacted customers were very different; after weighting")
    assert "spent $12.00 a week and the others $9.00" in str(found.part("says"))
    assert found.table["trait"][0].in_language("zh") == "此前最近 4 周的消费额"


def test_the_gap_after_the_start_stands_beside_that_before():
    assert str(review.path(results(1.0)).part("title")) == (
        "In the first week of a campaign, contacted customers spend $1.00 more than comparable ones; "
        "in the week before, −$0.50"
    )


def test_a_control_group_is_recommended_where_there_is_none():
    assert str(review.detectable(results(1.0)).part("so_what")).startswith("Hold out a control group at random")
    kept = review.detectable(results(1.0, control=True)).part("so_what")
    assert str(kept).startswith("Keep holding out control groups at random")


def test_the_lead_answers_with_responses_and_spend_or_says_why_not():
    frame, nothing = campaigns(0.1, 0.2), Unavailable("review", "no_comparison", {"group": 30})
    lead = review.summary(frame, added(0.13, 0.08), NOTHING, results(0.5), people=900).part("lead")
    assert str(lead).startswith("2 campaigns reached 900 customers who have made a purchase. 13.0% of those")
    lead = review.summary(frame, NOTHING, NOTHING, nothing, people=900).part("lead")
    assert lead.in_language("zh").startswith("2 次活动触达了 900 位有过消费的客户。没有可比较的活动：需要至少 30 位")


def test_the_lead_names_the_offer_that_adds_most_and_the_one_that_adds_cheapest():
    def read(low: list[float], high: list[float], price_high: list[float]) -> ReadOut:
        rows = {"offer_id": ["1", "2"], "name": ["Spend and get", "Autopay set-up"], "added": [0.1, 0.05]}
        bounds = {"added_low": low, "added_high": high, "price": [32.0, 18.0], "price_low": 16.0}
        return ReadOut(pd.DataFrame(rows).assign(**bounds, price_high=price_high), (), False, pd.DataFrame())

    terms = read([0.089, 0.04], [0.111, 0.06], [36.0, 22.5])
    lead = str(review.summary(campaigns(0.1), added(0.13, 0.08), terms, results(0.5), people=900).part("lead"))
    assert "Surest to add many is “Spend and get”, with 10.0 per 100 contacts (8.9 to 11.1); surest to be cheap" in lead
    assert "“Autopay set-up”" in lead
    lucky = read([0.001, 0.03], [0.199, 0.07], [3200.0, 30.0])
    lead = str(review.summary(campaigns(0.1), NOTHING, lucky, results(0.5), people=9).part("lead"))
    assert "Surest to add many, and cheaply, is “Autopay set-up”" in lead  # the highest estimate is hardly above zero
    unclear = read([-0.2, -0.2], [0.3, 0.3], [np.nan, np.nan])
    assert "Surest" not in str(review.summary(campaigns(0.1), NOTHING, unclear, results(0.5), people=9).part("lead"))


def test_what_cannot_be_compared_states_no_effect_in_the_currency():
    nothing = Unavailable("review", "no_comparison", {"group": 30})
    assert review.balance(nothing).figure is None
    assert [line.value for line in review.effects(nothing).headlines] == [None]


def test_effects_clear_one_by_one_are_said_not_to_be_beyond_chance_among_several():
    found = pd.DataFrame({"effect": [2.2] + [0.1] * 8})
    found = found.assign(effect_low=found["effect"] - 2, effect_high=found["effect"] + 2)
    says, clear = pooling.clear_among(found)
    assert (says, clear.index.tolist()) == ("by_chance", [0])
    says, clear = pooling.clear_among(found.assign(effect=[9.0] + [0.1] * 8, effect_low=[7.0] + [-1.9] * 8))
    assert (says, clear.index.tolist()) == ("beyond_chance", [0])
    assert pooling.clear_among(found[1:])[0] is None
