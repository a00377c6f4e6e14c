"""A decision is taken only on evidence that excludes nothing gained; where there is none, what to measure is said."""

import pandas as pd
import pytest

from insight.decide import decisions

EFFECT = {"name": "campaign_effect", "value": 2.0, "low": 1.0, "high": 3.0}
PLACEBO = {"name": "campaign_effect_placebo", "value": 0.1, "low": -1.0, "high": 1.2}
REACH = {"name": "campaign_reach", "value": 500, "low": None, "high": None}


def offer(name: str, added: float, half: float, *, held: float = 0.05, cost: float = 4.0, **more) -> dict:
    counts = {"contacted": 2000, "held_out": 1000, "responded": (held + added) * 2000, "held_responded": held * 1000}
    rates = {"rate": held + added, "held_rate": held, "added": added, "added_low": added - half}
    spent = 0.5 + (held + added) * cost
    costs = {"added_high": added + half, "contacts_year": 1000, "response_cost": cost, "spent": spent}
    prices = {"price": spent / added, "price_low": spent / (added + half), "price_high": spent / (added - half)}
    return {"name": name, **counts, **rates, **costs, **prices, "worth": None, "next": "again", **more}


def offers(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows).astype({"worth": float})


def decided(*rows: dict, stated: dict | None = None, **tables) -> dict[str, decisions.Decision]:
    table = offers(*rows) if rows else None
    found = decisions.decide(stated or {}, offers=table, **tables)
    assert len(found) <= decisions.MOST
    return {one.code: one for one in found}


def test_nothing_is_decided_without_evidence():
    assert decided() == {}
    assert decided(offer("tea", 0.01, 0.02)) == {}
    [first] = decisions.measure_first({})
    assert (first.code, first.owner, first.money) == ("record_campaigns", "campaigns", None)


def test_the_cheapest_response_is_priced_by_hand():
    found = decided(offer("tea", 0.1, 0.02))["repeat"]
    price = 0.5 + 0.15 * 4
    assert found.money == pytest.approx(price / 0.1)
    assert found.low == pytest.approx(price / 0.12)
    assert found.high == pytest.approx(price / 0.08)
    assert (found.owner, found.evidence) == ("campaigns", "randomised")


def test_the_cheaper_offer_comes_first_where_prices_surely_lie_apart():
    cheap, dear = offer("tea", 0.1, 0.01), offer("wine", 0.1, 0.01, cost=40)
    found = decided(dear, cheap)["repeat_cheapest"]
    spent = 1000 * (0.5 + 0.15 * 40)
    assert (found.facts["name"], found.facts["other"], found.money) == ("tea", "wine", pytest.approx(spent))
    assert found.facts["here"] == pytest.approx(spent * 0.1 / (0.5 + 0.15 * 4))
    assert found.facts["there"] == pytest.approx(1000 * 0.1)
    assert set(decided(offer("tea", 0.1, 0.05), offer("wine", 0.1, 0.05, cost=6))) == {"repeat"}


def test_where_a_response_has_a_worth_the_gain_decides():
    rich, poor = offer("tea", 0.1, 0.02, worth=50.0), offer("wine", 0.1, 0.02, worth=5.0, next="change")
    found = decided(rich, poor, offer("silk", 0.01, 0.02, worth=5.0, next="stop"))
    cost = 1000 * (0.5 + 0.15 * 4)
    assert found["repeat_gain"].money == pytest.approx(1000 * 0.1 * 50 - cost)
    assert found["repeat_gain"].low > 0
    assert (found["change"].facts["name"], found["stop"].facts["name"]) == ("wine", "silk")
    assert found["change"].money == pytest.approx(cost - 1000 * 0.1 * 5)
    assert 0 < found["change"].low < found["change"].money < found["change"].high
    assert decided(offer("tea", 0.1, 0.02, worth=11.0)) == {}
    assert "stop" not in decided(offer("tea", 0.01, 0.02))  # what it brings is not known


def test_responses_that_lose_money_lose_most_where_there_are_most():
    found = decided(offer("tea", 0.1, 0.02, worth=-20.0, next="stop"))["stop"]
    assert found.money == pytest.approx(1000 * (0.5 + 0.15 * 4) + 1000 * 0.1 * 20)
    assert found.low < found.money < found.high


def test_responses_that_bring_nothing_lose_what_they_cost():
    found = decided(offer("tea", 0.1, 0.02, worth=0.0, next="stop"))["stop"]
    assert (found.money, found.low, found.high) == (pytest.approx(1000 * (0.5 + 0.15 * 4)), None, None)


@pytest.mark.parametrize("what", ["change", "stop"])
def test_of_an_offer_that_is_to_be_changed_or_stopped_nothing_else_is_said(what):
    assert set(decided(offer("tea", 0.03, 0.01, held=0.2, worth=0.5, next=what))) == {what}


def test_benefits_that_most_would_have_earned_anyway_are_tightened():
    found = decided(offer("tea", 0.03, 0.01, held=0.2))["tighten"]
    assert found.money == pytest.approx(1000 * 0.2 * 4)
    assert found.low < found.money < found.high
    assert found.facts["share"] == pytest.approx(0.2 / 0.23)
    assert "tighten" not in decided(offer("tea", 0.03, 0.01, held=0.2, cost=0))
    assert "tighten" not in decided(offer("tea", 0.2, 0.01, held=0.2))


@pytest.mark.parametrize(("comparison", "evidence"), [("hold-out", "randomised"), ("others", "compared")])
def test_an_effect_on_spend_is_a_year_of_contacts(comparison, evidence):
    rows = {"starts_on": ["2024-01-01", "2022-01-01"], "ends_on": ["2024-01-14", "2022-01-14"], "contacted": [100, 900]}
    effects = pd.DataFrame(rows).assign(effect=1.0, comparison=comparison)
    found = decided(stated={"60_campaign_review": [EFFECT, PLACEBO]}, effects=effects)["continue"]
    assert (found.money, found.low, found.high) == (400, 200, 600)
    assert found.evidence == evidence
    doubted = PLACEBO | {"low": 0.05}
    assert decided(stated={"60_campaign_review": [EFFECT, doubted]}, effects=effects) == {}
    assert decided(stated={"60_campaign_review": [EFFECT | {"low": -0.1}, PLACEBO]}, effects=effects) == {}


def test_quarantined_amounts_are_the_data_offices():
    delivery = pd.DataFrame({"rows_quarantined": [3, 0], "amount_quarantined": [120.5, None]})
    found = decided(delivery=delivery)["correct"]
    assert (found.owner, found.money, found.evidence, found.facts["rows"]) == ("data", 120.5, "counted", 3)
    assert decided(delivery=delivery.assign(rows_quarantined=0)) == {}
    assert decided(delivery=delivery.assign(amount_quarantined=None)) == {}


def test_what_stands_in_the_way_is_measured_first():
    stated = {"60_campaign_review": [REACH]}
    assert [one.code for one in decisions.measure_first(stated)] == ["hold_out"]
    margins = decisions.measure_first(stated, offers=offers(offer("tea", 0.1, 0.02)))
    assert [(one.code, one.owner) for one in margins] == [("deliver_margins", "finance")]
    listed = {"50_next_best_offer": [{"name": "list_contacts", "value": 40}]}
    assert [one.code for one in decisions.measure_first(listed)] == ["test_list"]


@pytest.mark.parametrize(("low", "expected"), [(0.6, ["hold_out", "test_retention"]), (0.45, ["hold_out"])])
def test_retention_is_tested_only_where_the_ranking_is_above_chance(low, expected):
    churn = [{"name": "churn_auc", "value": 0.7, "low": low}, {**EFFECT, "name": "spend_at_risk", "value": 5000.0}]
    stated = {"40_churn_and_value": churn, "60_campaign_review": [REACH]}
    found = decisions.measure_first(stated)
    assert [one.code for one in found] == expected
    assert found[-1].money == (5000.0 if low > 0.5 else None)
