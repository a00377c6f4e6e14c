"""The brief repeats what other reports state, works with few of them, and never puts up a doubted effect large."""

import pytest

from insight.report.sentences import brief


def line(name: str, value: float | None, low: float | None = None, high: float | None = None) -> dict:
    words = {"en": f"{name} is {value}.", "zh": f"{name} 为 {value}。"}
    return {"name": name, "value": value, "low": low, "high": high, "unit": "", "sentence": words, "label": words}


@pytest.fixture
def shop() -> dict:
    """A shop without campaigns: 10 to 40 only."""
    return {
        "10_data_unification": [line("rows_accepted", 900), line("rows_quarantined", 3)],
        "20_customer_profile": [line("customers", 100), line("best_fifth_share", 0.5), line("quiet_share", 0.1)],
        "40_churn_and_value": [
            line("churn_auc", 0.8, 0.7, 0.9),
            line("churn_auc_logistic", 0.79),
            line("value_expected", None),
        ],
    }


def grocer(shop: dict, effect: dict, placebo: dict) -> dict:
    return {**shop, "50_next_best_offer": [line("list_contacts", 50)], "60_campaign_review": [effect, placebo]}


def test_it_works_without_any_report():
    assert str(brief.lead({})) == "No report has anything to state yet."
    assert brief.reports({}).empty
    assert brief.tiles({}) == []
    for step in (brief.data_step, brief.customers_step, brief.future_step, brief.decisions_step, brief.always_unknown):
        assert str(step({}))


def test_a_shop_without_campaigns_has_a_brief(shop):
    assert [tile["name"] for tile in brief.tiles(shop)] == ["customers", "best_fifth_share"]
    assert "3 lines" in str(brief.data_step(shop))
    assert "a plain model does it about as well" in str(brief.future_step(shop))
    assert str(brief.decisions_step(shop)).startswith("Start the next campaign with a random hold-out")


def test_what_could_not_be_told_is_listed(shop):
    assert [str(words) for words in brief.unknown(shop)] == ["Churn and value: value_expected is None."]


def test_a_doubted_effect_is_said_but_not_put_up_large(shop):
    stated = grocer(shop, line("campaign_effect", 1.2, 0.1, 2.3), line("campaign_effect_placebo", 1.5, 0.2, 2.8))
    assert "campaign_effect" not in [tile["name"] for tile in brief.tiles(stated)]
    assert str(brief.decisions_step(stated)).startswith("Do not plan with a gain from past campaigns")
    assert "campaign_effect is 1.2." in str(brief.lead(stated))


def test_a_clear_effect_is_to_be_confirmed(shop):
    stated = grocer(shop, line("campaign_effect", 3.0, 1.0, 5.0), line("campaign_effect_placebo", 0.1, -1.0, 1.2))
    assert "campaign_effect" in [tile["name"] for tile in brief.tiles(stated)]
    assert str(brief.decisions_step(stated)).startswith("Past campaigns seem to have worked")


def test_the_same_sentence_is_listed_once(shop):
    shop["40_churn_and_value"] = [line("a", None), {**line("a", None), "name": "b"}]
    assert len(brief.unknown(shop)) == 1
