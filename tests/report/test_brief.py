"""The brief repeats what other reports state, works with few of them, and never puts up a doubted effect large."""

import pytest

from insight.decide import advice
from insight.report.findings import brief


def line(name: str, value: float | None, low: float | None = None, high: float | None = None) -> dict:
    words = {"en": f"{name} is {value}.", "zh": f"{name} 为 {value}。"}
    return {"name": name, "value": value, "low": low, "high": high, "unit": "", "sentence": words, "label": words}


@pytest.fixture
def shop() -> dict:
    """A shop without campaigns: 10 to 40 only."""
    return {
        "10_data_intake": [line("rows_accepted", 900), line("rows_quarantined", 3)],
        "20_customer_profile": [line("customers", 100), line("best_fifth_share", 0.5), line("quiet_share", 0.1)],
        "40_churn_and_value": [
            line("churn_auc", 0.8, 0.7, 0.9),
            line("churn_auc_logistic", 0.79, 0.7, 0.88),
            line("value_expected", None),
        ],
    }


def grocer(shop: dict, effect: dict, placebo: dict, *more: dict) -> dict:
    reviewed = [effect, placebo, *more]
    return {**shop, "50_next_best_offer": [line("list_contacts", 50)], "60_campaign_review": reviewed}


def advised(stated: dict) -> list[str]:
    steps = {
        "data": [advice.advise_on_data(stated)],
        "customers": [advice.advise_on_customers(stated)],
        "future": [advice.advise_on_future(stated)],
        "decisions": advice.advise_on_campaigns(stated),
    }
    return [str(list(brief.part(stated, name, *given))[-1].part("so_what")) for name, given in steps.items()]


def large(stated: dict) -> list[str]:
    return [tile.name for tile in brief.lead(stated).headlines]


def test_it_works_without_any_report():
    assert str(brief.lead({}).part("lead")) == "No report has anything to state yet."
    assert brief.reports({}).table.empty
    assert large({}) == []
    assert all(advised({}))
    [nothing, _advice] = brief.part({}, "data", advice.advise_on_data({}))
    assert str(nothing.part("says")) == "No report on this could be made from what this business delivers."


@pytest.mark.parametrize(("low", "is_sent"), [(0.02, True), (-0.01, False)])
def test_a_list_is_advised_only_where_its_ranking_is_above_chance(low, is_sent):
    stated = {"50_next_best_offer": [line("list_contacts", 50), line("map_at_k_lead", 0.03, low, 0.07)]}
    assert ("send_list" in [one.code for one in advice.advise_on_campaigns(stated)]) == is_sent


def test_a_shop_without_campaigns_has_a_brief(shop):
    assert large(shop) == ["customers", "best_fifth_share"]
    data, customers, future, decisions = advised(shop)
    assert "3 quarantined rows" in data
    assert "who bring 50% of spend" in customers
    assert "A plain model ranks about as well (AUC 0.79)" in future
    assert decisions == "Start the next campaign with a random control group, so that its effect can be measured."


def test_headlines_are_repeated_in_both_languages(shop):
    [first, *_rest] = brief.part(shop, "customers", advice.advise_on_customers(shop))
    assert first.part("says").in_language("zh") == "customers 为 100。"


def test_what_could_not_be_told_is_listed_once(shop):
    shop["40_churn_and_value"].append({**shop["40_churn_and_value"][2], "name": "b"})
    said = [str(item.part("says") or item.part("caution")) for item in brief.unknown(shop)]
    assert said[0] == "Churn and value: value_expected is None."
    assert said[1].startswith("Purchases say what customers did, not why. Margins")
    assert len(said) == 2


def test_a_doubted_effect_is_said_but_not_put_up_large(shop):
    stated = grocer(shop, line("campaign_effect", 1.2, 0.1, 2.3), line("campaign_effect_placebo", 1.5, 0.2, 2.8))
    assert "campaign_effect" not in large(stated)
    assert advised(stated)[-1].startswith("Do not plan with a gain from past campaigns")
    assert advised(stated)[-1].endswith(
        "The list of 50 contacts is ready: check consent, then send it with its control group."
    )
    assert "campaign_effect is 1.2." in str(brief.lead(stated).part("lead"))


def test_a_clear_effect_is_to_be_confirmed(shop):
    stated = grocer(shop, line("campaign_effect", 3.0, 1.0, 5.0), line("campaign_effect_placebo", 0.1, -1.0, 1.2))
    assert "campaign_effect" in large(stated)
    assert advised(stated)[-1].startswith("Past campaigns seem to have raised spend")


def test_additional_responses_are_planned_with_where_spend_does_not_change(shop):
    effect, placebo = line("campaign_effect", 1.0, -1.0, 3.0), line("campaign_effect_placebo", 0.1, -1.0, 1.2)
    stated = grocer(shop, effect, placebo, line("campaign_answers_added", 0.055, 0.05, 0.06))
    assert "5.5 additional responses per 100 contacts" in advised(stated)[-1]


@pytest.mark.parametrize(("low", "code"), [(0.7, "plain_model"), (0.795, "rank_by_churn")])
def test_the_elaborate_model_is_preferred_only_where_it_ranks_significantly_better(shop, low, code):
    shop["40_churn_and_value"][0]["low"] = low
    assert advice.advise_on_future(shop).code == code


def test_a_ranking_no_better_than_chance_is_not_advised(shop):
    for stated in shop["40_churn_and_value"]:
        if stated["name"].startswith("churn_auc"):
            stated |= {"value": 0.335, "low": 0.221, "high": 0.458}
    assert advice.advise_on_future(shop).code == "no_ranking"
    assert "Do not rank" in advised(shop)[2]
