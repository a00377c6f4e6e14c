"""The brief says what to decide, with money, owner and evidence, and repeats what other reports state."""

from dataclasses import replace

import pytest

from insight.config.definitions import definitions
from insight.decide.decisions import Decision
from insight.report.findings import brief
from insight.words.context import Context, using
from insight.words.text import catalogue, render

MONEY = {"money": 4230.0, "low": 3100.0, "high": 5900.0}
SPLIT = dict.fromkeys(("here", "here_low", "here_high", "there", "there_low", "there_high"), 70.4)
FACTS = {"name": "tea", "other": "wine", "added": 0.042, "times": 3.7, "share": 0.71, "rows": 3, "offers": 9, **SPLIT}
EVIDENCE = {"continue": "compared", "correct": "counted"}
CODES = sorted(key.removeprefix("do.") for key in catalogue("brief") if key.startswith("do."))


def line(name: str, value: float | None, **more) -> dict:
    words = {"en": f"{name} is {value}.", "zh": f"{name} 为 {value}。"}
    return {"name": name, "value": value, "low": None, "high": None, "unit": "", "sentence": words, **more}


@pytest.fixture
def shop() -> dict:
    """A shop without campaigns: 10 to 40 only."""
    return {
        "10_data_intake": [line("rows_accepted", 900), line("rows_quarantined", 3)],
        "20_customer_profile": [line("customers", 100), line("best_fifth_share", 0.5), line("quiet_share", 0.1)],
        "40_churn_and_value": [line("churn_auc", 0.8), line("value_expected", None)],
    }


def decision(code: str) -> Decision:
    first = f"unsure.{code}" in catalogue("brief")
    return Decision(code, "campaigns", "" if first else EVIDENCE.get(code, "randomised"), **MONEY, facts=FACTS)


def card(one: Decision, lang: str) -> list[str]:
    with using(Context(currency="EUR")):
        [row] = brief.decisions([one]).shown_table().itertuples(index=False)
        return [render(cell, lang) for cell in row]


@pytest.mark.parametrize("code", CODES)
def test_every_decision_is_said_in_both_languages_with_owner_and_certainty(code):
    for lang in ("en", "zh"):
        what, _amount, owner, sure = card(decision(code), lang)
        assert all((what, owner, sure))
        assert "{" not in what + owner + sure


def test_a_decision_names_its_money_and_interval():
    what, amount, owner, sure = card(decision("tighten"), "en")
    assert what.startswith("Tighten the terms of “tea”: 71% of those who respond")
    assert amount == "€4,230 a year is paid for that, €3,100 to €5,900 (95% interval)"
    assert owner == "Campaign team"
    assert sure.startswith("High: random control groups")


def test_what_is_lost_for_sure_has_no_interval():
    known = replace(decision("stop"), low=None, high=None)
    assert card(known, "en")[1] == "saves €4,230 a year"
    assert card(known, "zh")[1] == "每年节省 €4,230"


def test_every_owner_is_one_of_the_definitions():
    assert {one.owner for one in [decision(code) for code in CODES]} <= set(definitions().owners)
    assert card(decision("tighten"), "zh")[2] == definitions().owners["campaigns"].zh


def test_the_lead_says_how_the_business_stands(shop):
    span = {"from": "2024-12-03", "to": "2024-12-30"}
    change = {**span, "before": {"value": 80.0}, "year": None}
    shop["20_customer_profile"].append(line("kpi_net_spend", 100.0, change=change) | {"unit": "EUR"})
    said = brief.lead(shop, [decision("tighten")]).part("lead")
    assert render(said, "en") == (
        "€100.00 of spend in the 4 weeks to 30 December 2024: +25.0% on the 4 weeks before. "
        "One decision follows from the evidence."
    )
    assert render(brief.lead({}, []).part("lead"), "zh") == "现有证据尚不支持任何决策；应先做的测量见下。"


def test_it_works_without_any_report():
    assert brief.decisions([]).table is None
    assert brief.reports({}).table.empty
    assert str(brief.part({}, "data").part("says")).startswith("No report on this could be made")


def test_headlines_are_repeated_in_both_languages_and_none_is_for_modellers(shop):
    assert render(brief.part(shop, "customers").part("says"), "zh") == "best_fifth_share 为 0.5。quiet_share 为 0.1。"
    assert "churn_auc" not in str(brief.part(shop, "future").part("says"))


def test_what_could_not_be_told_is_listed_once(shop):
    shop["40_churn_and_value"].append({**shop["40_churn_and_value"][1], "name": "b"})
    said = [str(item.part("says") or item.part("caution")) for item in brief.unknown(shop)]
    assert said[0] == "Churn and value: value_expected is None."
    assert said[1].startswith("Purchases say what customers did, not why. Margins")
    assert len(said) == 2
