"""What the notebook of offers on trial says: results in, sentences in both languages out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from insight.config.offers import OfferTerms
from insight.decide.trial import listing, policies, prices, rules
from insight.decide.trial.gains import Gains
from insight.decide.trial.truth import Share
from insight.errors import Unavailable
from insight.predict.uplift.terms import Catalogue
from insight.predict.uplift.trials import Trials
from insight.report.findings.on_trial import trials as told
from insight.words.context import Context, using

OFFERS = ("1", "2")
CATALOGUE = Catalogue(
    pd.DataFrame({"code": ["gift", "limit_increase"], "name": ["gift", "Limit increase"], "margin": [5.0, np.nan],
                  "contact_cost": 1.0, "response_cost": 2.0, "lasts": 3}, index=list(OFFERS)),
    {"1": OfferTerms(), "2": OfferTerms(works="limit")},
    {},
)  # fmt: skip
PARAMS = SimpleNamespace(campaign_budget=300.0)


@pytest.fixture(autouse=True)
def _a_bank():
    with using(Context(currency="CNY", vocabulary="bank", min_cell=10)):
        yield


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def stated(finding) -> dict:
    return {one.name: (one.value, one.low, one.high) for one in finding.headlines}


def listed(offers: list[str], *, price: float = 0.0) -> listing.Listed:
    rows = pd.DataFrame({
        "customer_id": [f"c{at:02}" for at in range(len(offers))], "offer_id": offers, "uplift": 0.2, "cost": 1.0,
        "response_cost": 0.5, "expected_gain": 10.0, "is_holdout": False,
    })  # fmt: skip
    found = prices.Allocation(np.zeros(0, int), price, 0.0, 0.0)
    return listing.Listed(rows, found, np.linspace(100, 400, 200))


def test_trials_are_laid_out_by_offer():
    sent = pd.DataFrame({"customer_id": "c", "offer": [0] * 40 + [1] * 40, "treated": ([True] * 30 + [False] * 10) * 2,
                         "responded": ([True] * 15 + [False] * 25) * 2})  # fmt: skip
    found = told.drawn(Trials(sent, OFFERS, pd.DataFrame(index=sent.index)), CATALOGUE)
    assert said(found, "title")[0] == "80 draws at random for 2 offers; 20 of them were held out and not contacted"
    assert found.shown_table()["rate"].tolist() == [0.5, 0.5]
    assert "抽签" in said(found, "says")[1]


def test_no_rate_is_told_that_few_responses_stand_behind():
    sent = pd.DataFrame({"customer_id": "c", "offer": [0] * 200 + [1] * 200,
                         "treated": ([True] * 100 + [False] * 100) * 2,
                         "responded": ([True] * 15 + [False] * 181 + [True] * 4) * 2})  # fmt: skip
    found = told.drawn(Trials(sent, OFFERS, pd.DataFrame(index=sent.index)), CATALOGUE)
    assert found.shown_table()["rate"].tolist() == [0.15, 0.15]
    assert found.shown_table()["held_rate"].isna().all()
    assert "left out" in said(found, "note")[0]
    many = told.drawn(Trials(sent.assign(responded=True), OFFERS, pd.DataFrame(index=sent.index)), CATALOGUE)
    assert many.part("note") is None


MEASURED = pd.DataFrame({
    "offer_id": OFFERS, "contacts": 100, "effect": [0.02, 0.2], "effect_low": [-0.1, 0.1], "effect_high": [0.1, 0.3],
    "qini": [0.0, 0.03], "qini_low": [-0.1, 0.01], "qini_high": [0.1, 0.05], "placebo": 0.0, "placebo_low": -0.1,
    "placebo_high": 0.1,
})  # fmt: skip


def test_every_offer_has_a_qini_by_its_code():
    found = told.uplift(MEASURED, CATALOGUE)
    assert stated(found)["qini_limit_increase"] == (0.03, 0.01, 0.05)
    assert set(stated(found)) == {"qini_gift", "qini_limit_increase"}
    title = "1 of 2 offers, taken by itself, adds responses; Limit increase adds most, 20.0 per 100 contacts"
    assert said(found, "title")[0] == title
    assert said(found, "says")[0].endswith("its numbers differ.")
    off = told.uplift(MEASURED.assign(placebo_low=[0.05, -0.1]), CATALOGUE)
    assert "1 of 2 orders cannot be told from a random one" in said(off, "says")[0]


def test_what_was_not_randomised_is_not_called_uplift():
    found = told.uplift(Unavailable("trials", "not_randomised"), CATALOGUE)
    assert said(found, "says")[0].startswith("Nothing here was randomised")
    for reason, facts in {"no_responses": {}, "held_out_unmeasured": {}, "no_margin": {"key": "`economics`"}}.items():
        assert said(told.policies(Unavailable("trials", reason, facts)), "says")[1]


def test_a_margin_that_is_delivered_is_named_as_such():
    each = pd.DataFrame({"1": [5.0] * 60, "2": [90.0] * 60})
    allowed = pd.DataFrame({"1": [True] * 20 + [False] * 40, "2": [True] * 30 + [False] * 30})
    effects = pd.DataFrame({"effect": {"2": 0.1}})
    found = told.worth(each, effects, rules.Open(allowed, pd.Series("", index=allowed.index)), CATALOGUE).shown_table()
    assert [str(works) for works in found["works"]] == ["a higher limit that is drawn", "the margin delivered with it"]
    assert found["customers"].tolist() == [30, 20]


def valued(**changed) -> pd.DataFrame:
    rows = {policy: [100, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, 5.0, 1.0, 9.0, 1.0, 1.0, 1.0] for policy in policies.POLICIES}
    rows["ours"] = [100, 900.0, 500.0, 1300.0, 800.0, 300.0, 1300.0, 20.0, 10.0, 30.0, 4.0, 2.0, 9.0]
    columns = [f"{name}{end}" for name in ("value", "weighted", "added", "against") for end in ("", "_low", "_high")]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["contacts", *columns]).rename_axis("policy")
    for name, value in changed.items():
        found.loc["random", name] = value
    return found.reset_index()


def test_a_policy_is_said_to_be_better_only_where_it_surely_is():
    found = told.policies(valued())
    assert "surely more than any other" in said(found, "title")[0]
    assert stated(found)["additional_responses_against_random"] == (4.0, 2.0, 9.0)
    assert stated(found)["off_policy_value"] == (900.0, 500.0, 1300.0)
    unsure = told.policies(valued(value=600.0, value_high=700.0))
    assert "not surely better" in said(unsure, "title")[0]
    none = told.policies(valued(added_low=-1.0))
    assert stated(none)["additional_responses_against_random"][0] is None
    assert said(none, "says")[1].startswith("随机触达")


def test_the_list_says_what_it_leaves_and_what_more_budget_would_bring():
    empty = pd.DataFrame()
    gains = Gains(empty, empty, empty, pd.Series(dtype=float), pd.Series(dtype=float), ratio=0.9)
    reasons = pd.DataFrame({"reason": ["on_the_list", "not_worth"], "customers": [32, 40]})
    chosen = listed(["2"] * 20 + ["1"] * 12, price=3.0)
    summary = listing.summarise(chosen, CATALOGUE, min_cell=10)
    found = told.offer_list(chosen, summary, reasons, PARAMS, gains)
    assert stated(found)["list_contacts"][0] == 32
    assert stated(found)["list_gain"][0] == round(32 * 8.5)
    assert "One more CNY of the budget would bring 3.0" in said(found, "so_what")[0]
    assert (
        "nobody else is worth a contact"
        in said(told.offer_list(listed(["2"] * 20), summary, reasons, PARAMS, gains), "so_what")[0]
    )
    answer = told.answer(chosen, summary, valued())
    assert "with those held out at random, the list has Limit increase (20) and gift (12)" in said(answer, "lead")[0]
    nobody = replace(chosen, rows=chosen.rows.head(0))
    none = told.offer_list(nobody, summary, reasons, PARAMS, gains)
    assert stated(none)["list_contacts"][0] == 0
    assert "more than it costs" in said(none, "so_what")[0]
    assert said(told.answer(nobody, summary, valued()), "lead")[0] == "Nobody is to be contacted: the list is empty."
    assert said(told.left_out(reasons), "title")[0].startswith("Who is on the list, and of all 72 customers")


def test_limits_say_what_one_more_place_would_bring():
    of = [("channel", "call", 30, 40, 0.0), ("channel", "app", 20, 20, 3.5), ("offer", "2", 25, 25, 8.0),
          ("group", "new ones", 15, 15, 1.25)]  # fmt: skip
    used = pd.DataFrame(of, columns=["kind", "name", "used", "limit", "price"]).assign(holds=True)
    chosen = replace(
        listed(["2"] * 32), limits=used, allocation=prices.Allocation(np.zeros(0, int), 0.0, 999.5, 1000.0)
    )
    found = told.limits(chosen, CATALOGUE)
    assert found.shown_table()["limit_name"].astype(str).tolist()[2:] == ["offer: Limit increase", "group: new ones"]
    english, chinese = said(found, "so_what")
    assert "one more contact with Limit increase would bring CN¥8.00" in english
    assert "one of the customers fewer from the group new ones would bring CN¥1.25" in english
    assert "提升额度每增加一次触达可多得" in chinese
    assert "CN¥1,000" in said(found, "says")[0]
    assert "0.05%" in said(found, "says")[0]
    assert stated(found)["allocation_gap"][0] == pytest.approx(0.0005)


def test_a_list_without_limits_says_how_near_it_is_to_the_best():
    alone = told.limits(listed(["2"] * 20), CATALOGUE)
    assert alone.table is None
    assert said(alone, "says")[0].startswith("No list within these limits is expected to leave more than this one")
    assert said(alone, "caution")[0].startswith("The list knows nothing of credit limits")
    assert told.limits(listed(["1"] * 20), CATALOGUE).part("caution") is None
    free = pd.DataFrame(
        [("channel", "call", 0, 40, True, 0.0)], columns=["kind", "name", "used", "limit", "holds", "price"]
    )
    found = told.limits(replace(listed(["2"] * 20), limits=free), CATALOGUE)
    assert said(found, "so_what")[0].startswith("None of the limits")


def test_groups_of_whom_there_are_too_few_are_named_with_what_to_do():
    missing = Unavailable("trials", "groups_too_few", {"groups": ["new ones"], "key": "`group_shares`"})
    words = said(told.limits(missing, CATALOGUE), "says")
    assert all("new ones" in each and "group_shares" in each for each in words)


def test_where_other_limits_hold_a_list_back_more_budget_is_not_called_useless():
    found = listed(["2"] * 20)
    held = replace(found, allocation=replace(found.allocation, limit_prices={("channel", "app"): 2.0}))
    gains = Gains(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), pd.Series(), pd.Series())
    summary = listing.summarise(held, CATALOGUE, min_cell=10)
    reasons = pd.DataFrame({"reason": ["on_the_list"], "customers": [20]})
    words = said(told.offer_list(held, summary, reasons, PARAMS, gains), "so_what")[0]
    assert words.endswith("More budget would bring nothing: other limits hold the list back.")


def test_offers_with_few_on_the_list_are_put_together():
    chosen = listed(["2"] * 20 + ["1"] * 4)
    summary = listing.summarise(chosen, CATALOGUE, min_cell=10)
    assert summary["customers"].tolist() == [24]
    assert summary["offer"].tolist() == [listing.OTHERS]
    assert summary["expected_gain"].tolist() == [240.0]


def test_beside_the_truth_the_share_has_an_interval():
    found = told.oracle(Share(0.65, 0.5, 0.8, 650.0, 1000.0))
    assert stated(found) == {"policy_share_of_oracle": (0.65, 0.5, 0.8)}
    assert "65% of what the truth’s own choice" in found.in_words(found.headlines[0])["sentence"].in_language("en")
    lacking = told.ceiling(Unavailable("trials", "few_known", {"least": 60}))
    assert stated(lacking)["policy_share_of_ceiling"][0] is None
