"""Offers on trial: nobody is listed who may not be, prices allocate, and past trials say what a policy is worth."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, kron, vstack

from insight.config.offers import Economics, GroupShare, OfferTerms
from insight.decide import cooldown, eligibility
from insight.decide.trial import duals, gains, limits, listing, policies, prices, repair, rules
from insight.decide.trial.constrained import Limit, Problem
from insight.errors import ParameterError, Unavailable
from insight.predict.uplift import channels, model, months, overlap, terms, trials, worth
from on_trial import GIFT, LAST_DAY, made, spends_much

EXCLUSIONS = ({"column": "purchases", "is": "under", "value": 1},)


@pytest.fixture(scope="module")
def shop() -> dict:
    """Everything that a list is made of, for the made-up shop: a response to the gift is worth 30."""
    tables = made()
    seen = months.read_months(tables, as_of=LAST_DAY)
    found = trials.read_trials(seen, tables["contacts"], tables["responses"], as_of=LAST_DAY)
    catalogue = terms.read_catalogue(tables["offers"], {}, contact_cost=1.0).only(found.offers)
    fitted = model.cross_fit(found)
    fit = model.fit(found, penalty=fitted.penalty, seed=1)
    money = worth.read_money(tables, seen, Economics(spend_margin=0.2), is_bank=False)
    effects = worth.spend_effects(seen, found, catalogue)
    now = seen.known(seen.now)
    known = months.design(now)
    each = worth.worth_of_responses(now, money, effects, catalogue)
    tried = overlap.fit_overlap(seen, found, seed=1)
    open_to = rules.open_offers(
        now,
        catalogue,
        tried=tried.is_tried(known),
        consent=eligibility.contactable(tables["customers"]),
        contacts=cooldown.read_offers(tables["contacts"], covered=None, offers=with_campaigns(tables["offers"])),
        exclusions=EXCLUSIONS,
        as_of=LAST_DAY,
        rest_days=7,
    )
    return {
        "tables": tables, "months": seen, "trials": found, "catalogue": catalogue, "fitted": fitted, "model": fit,
        "gains": gains.expected_gains(fit, known, each, catalogue), "known": known, "now": now, "open": open_to,
        "overlap": tried, "money": money, "effects": effects,
    }  # fmt: skip


def with_campaigns(offers):
    return offers.mutate(campaign_id=offers.offer_id)


def listed(shop: dict, **changed) -> listing.Listed:
    asked = {"budget": 500.0, "holdout_share": 0.2, "key": "k"} | changed
    return listing.write_list(shop["gains"], shop["open"], shop["model"], shop["known"], **asked)


# --- terms


def test_terms_are_joined_by_the_offers_product(shop):
    given_terms = {"letter": OfferTerms(works="stay", categories=("tea",))}
    found = terms.read_catalogue(shop["tables"]["offers"], given_terms, contact_cost=9.0)
    assert found.terms["letter"].works == "stay"
    assert found.terms["gift"].works == "spending"
    assert found.covered == {"letter": "spend_letter"}
    assert found.offers.loc["gift", ["contact_cost", "response_cost", "margin"]].tolist() == [1.0, 2.0, 30.0]


@pytest.mark.parametrize(
    ("given_terms", "said"),
    [
        ({"leter": OfferTerms()}, "did you mean `letter`"),
        ({"letter": OfferTerms(when=({"column": "spend", "is": "huge", "value": 1},))}, "offer_terms.letter"),
        (
            {"letter": OfferTerms(when=({"column": "spend", "is": "over", "quantile": 0.5},))},
            "a value, a text or a flag",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused(shop, given_terms, said):
    with pytest.raises(ParameterError, match=said):
        terms.read_catalogue(shop["tables"]["offers"], given_terms, contact_cost=9.0)


def test_conditions_that_are_delivered_count(shop):
    offers = shop["tables"]["offers"].mutate(eligibility=ibis.literal("[{column: spend, is: over, value: 100}]"))
    found = terms.read_catalogue(offers, {}, contact_cost=9.0)
    assert found.terms["gift"].when == ({"column": "spend", "is": "over", "value": 100},)
    with pytest.raises(ParameterError, match="eligibility"):
        terms.read_catalogue(offers.mutate(eligibility=ibis.literal("good customers")), {}, contact_cost=9.0)


# --- who may have what


def test_a_condition_holds_for_who_has_the_value():
    known = pd.DataFrame({"spend": [5.0, 50.0, np.nan], "kind": ["person", "firm", "person"]})
    when = terms.read_conditions(({"column": "spend", "is": "over", "value": 10},), place="x")
    assert rules.meets(known, when, place="x").tolist() == [False, True, False]
    when = terms.read_conditions(({"column": "kind", "is": "other than", "text": "firm"},), place="x")
    assert rules.meets(known, when, place="x").tolist() == [True, False, True]
    wrong = terms.read_conditions(({"column": "spent", "is": "over", "value": 1},), place="x")
    with pytest.raises(ParameterError, match="spend"):
        rules.meets(known, wrong, place="x")


@settings(max_examples=15, deadline=None)
@given(
    budget=st.floats(0, 2000),
    holdout=st.floats(0, 0.5),
    refusing=st.sets(st.integers(0, 699), max_size=400),
    lately=st.sets(st.integers(0, 699), max_size=200),
    least=st.floats(0, 600),
)
def test_nobody_is_listed_who_may_not_be(shop, budget, holdout, refusing, lately, least):
    consent = pd.DataFrame({"allowed": True, "asked": True}, index=shop["now"].index)
    consent.loc[[f"c{number:04}" for number in refusing], "allowed"] = False
    rested = shop["tables"]["contacts"].get_backend()
    sent = pd.DataFrame({"customer_id": [f"c{number:04}" for number in sorted(lately)] or ["nobody"],
                         "sent_on": LAST_DAY, "offer_id": "letter", "cooldown_days": 45})  # fmt: skip
    contacts = cooldown.Offers(contacts=rested.create_table("sent_lately", sent, overwrite=True))
    exclusions = ({"column": "spend", "is": "under", "value": least},)
    open_to = rules.open_offers(
        shop["now"], shop["catalogue"], tried=shop["overlap"].is_tried(shop["known"]), consent=consent,
        contacts=contacts, exclusions=exclusions, as_of=LAST_DAY, rest_days=7,
    )  # fmt: skip
    found = listed({**shop, "open": open_to}, budget=budget, holdout_share=holdout).rows
    assert found["customer_id"].is_unique
    assert consent.loc[found["customer_id"], "allowed"].all()
    assert not found["customer_id"].isin(sent["customer_id"]).any()
    assert (shop["now"].loc[found["customer_id"], "spend"] >= least).all()
    assert found["cost"].sum() + found["response_cost"].sum() <= budget + 1e-3
    assert (found.loc[found["is_holdout"], ["cost", "response_cost"]] == 0).all(axis=None)
    counted = listing.count_reasons(shop["gains"], open_to, listed({**shop, "open": open_to}))
    assert counted["customers"].sum() == len(consent)


def test_an_offer_rests_as_long_as_its_own_cooldown(shop):
    sent = shop["tables"]["contacts"].to_pandas()
    days = (pd.Timestamp(LAST_DAY) - pd.to_datetime(sent["sent_on"])).dt.days
    recent = sent[(sent["offer_id"] == "letter") & ~sent["is_holdout"] & (days < 45)]
    assert len(recent) > 20
    assert not shop["open"].allowed.loc[recent["customer_id"], "letter"].any()
    assert shop["open"].allowed["gift"].any()


def test_a_stopped_offer_is_open_to_nobody(shop):
    catalogue = terms.read_catalogue(
        shop["tables"]["offers"], {"gift": OfferTerms(stopped=True)}, contact_cost=1.0
    ).only(shop["trials"].offers)
    consent = pd.DataFrame({"allowed": True, "asked": True}, index=shop["now"].index)
    open_to = rules.open_offers(
        shop["now"], catalogue, tried=shop["overlap"].is_tried(shop["known"]), consent=consent,
        contacts=cooldown.Offers(), exclusions=(), as_of=LAST_DAY, rest_days=7,
    )  # fmt: skip
    assert not open_to.allowed["gift"].any()
    assert open_to.allowed["letter"].any()


def test_every_open_offer_has_its_estimate(shop):
    reach = reaching(shop, app=1.0, call=0.5)
    reach.iloc[::2] = [0.4, 1.0]
    found = listing.every_gain(shop["gains"], shop["open"], limits.Limits(reach=reach))
    assert len(found) == shop["open"].allowed.to_numpy().sum()
    assert shop["open"].allows(found).all()
    calls = set(reach.index[::2])
    assert (found["channel"] == np.where(found["customer_id"].isin(calls), "call", "app")).all()
    of = found.set_index(["customer_id", "offer_id"])["expected_gain"]
    customer, offer = of.index[7]
    assert of.iloc[7] == shop["gains"].net.loc[customer, offer]


# --- the list


def test_the_list_goes_to_those_whom_the_gift_persuades(shop):
    found = listed(shop)
    much = [spends_much(int(name[1:])) for name in found.rows["customer_id"]]
    assert len(found.rows) > 50
    assert np.mean(much) > 0.97
    assert (found.rows["offer_id"] == "gift").mean() > 0.97
    sent = found.contacted
    true = GIFT * 30 - 1 - (GIFT + 0.1) * 2
    value, low, high = found.net
    assert low < true * len(sent) < high
    assert low < value < high
    assert (found.rows["gain_low"] <= found.rows["expected_gain"]).all()
    assert found.rows["reason_1"].str.startswith(("spend", "purchases")).mean() > 0.9
    assert found.allocation.budget_price > 0


def test_half_the_list_at_most_may_be_of_one_offer(shop):
    limited = {"gift": OfferTerms(share=0.5)}
    catalogue = terms.read_catalogue(shop["tables"]["offers"], limited, contact_cost=1.0)
    found, free = listed(shop, limits=limits.Limits(shares=catalogue.shares)), listed(shop)
    assert 0 < (found.contacted["offer_id"] == "gift").sum() <= len(free.contacted) / 2


def test_a_promise_to_those_who_were_chosen_is_corrected(shop):
    asked = shop["known"], shop["open"]
    sound = gains.correct_for_choice(shop["gains"], shop["fitted"], *asked, contacts=200)
    assert 0.8 < sound.ratio <= 1
    assert sound.brought.to_numpy() == pytest.approx(shop["gains"].brought.to_numpy() * sound.ratio)
    rng, halves = np.random.default_rng(0), []
    for one in shop["fitted"].models:  # two halves that agree on nothing
        halves.append(replace(one, weights=rng.normal(0, 2, len(one.weights))))
    noise = model.CrossFitted((halves[0], halves[1]), 1.0)
    assert gains.correct_for_choice(shop["gains"], noise, *asked, contacts=50).ratio < 0.8


# --- prices


@pytest.mark.parametrize("seed", range(6))
def test_the_price_of_a_budget_alone_states_a_bound(seed):
    problem = made_problem(seed, customers=60, few=0)
    found = prices.allocate(problem.gain, problem.costs, budget=problem.budget)
    rows = np.flatnonzero(found.offer >= 0)
    assert problem.costs[rows, found.offer[rows]].sum() <= problem.budget + 1e-6
    assert found.gained <= solved(problem) + 1e-6 <= found.bound + 2e-6
    assert found.gained >= 0.95 * solved(problem)


def made_problem(seed: int, *, customers: int, few: int = 1) -> Problem:
    """Two offers through two channels, with places in each and a group that must have its share."""
    rng = np.random.default_rng(seed)
    gain, costs = rng.normal(1, 3, (customers, 4)), rng.uniform(0.5, 2, (customers, 4))
    gain = np.where((rng.random(gain.shape) < 0.2) | (gain <= 0), -np.inf, gain)
    belongs = rng.random(customers) < 0.3
    each = [
        Limit(float(rng.integers(1, 2 + customers // 4)), np.array([1.0, 0, 1, 0])),
        Limit(float(rng.integers(1, 2 + customers // 3)), np.array([0, 0, 1.0, 1])),
        Limit(0.0, np.full(4, rng.uniform(0.2, 0.5)), -belongs.astype(float)),
    ]
    return Problem(gain, costs, customers * 0.4, each if few else [])


def solved(problem: Problem) -> float:
    """Give the most that can be gained, by an exact solver."""
    rows, options = (each.ravel() for each in np.indices(problem.gain.shape))
    once = kron(csr_array(np.eye(len(problem.gain))), np.ones((1, problem.gain.shape[1])))
    uses = vstack([once, csr_array(problem.use_of(rows, options))])
    found = milp(
        -np.where(np.isfinite(problem.gain), problem.gain, -1e3).ravel(),
        constraints=LinearConstraint(uses, -np.inf, np.r_[np.ones(len(problem.gain)), problem.most]),
        integrality=np.ones(len(rows)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return -found.fun


@pytest.mark.parametrize("seed", range(12))
def test_few_customers_are_allocated_as_an_exact_solver_does(seed):
    problem = made_problem(seed, customers=60)
    found, bound = duals.find_prices(problem)
    chosen = repair.repair(problem, found, bound)
    assert (problem.used(chosen) <= problem.most + 1e-6).all()
    assert problem.gained(chosen) == pytest.approx(solved(problem), rel=1e-3)
    assert solved(problem) <= bound * (1 + 1e-9)


def test_many_customers_are_allocated_within_a_thousandth_of_the_bound():
    problem = made_problem(3, customers=60_000)
    found, bound = duals.find_prices(problem)
    chosen = repair.repair(problem, found, bound)
    assert (problem.used(chosen) <= problem.most + 1e-4).all()
    assert bound * 0.999 <= problem.gained(chosen) <= bound


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), customers=st.integers(4, 90))
def test_limits_hold_whatever_they_are(seed, customers):
    problem = made_problem(seed, customers=customers)
    found, bound = duals.find_prices(problem)
    chosen = repair.repair(problem, found, bound)
    taken = np.flatnonzero(chosen >= 0)
    assert (problem.used(chosen) <= problem.most + 1e-6).all()
    assert np.isfinite(problem.gain[taken, chosen[taken]]).all()
    assert problem.gained(chosen) <= bound + 1e-6


def test_the_price_of_a_place_is_what_one_more_brings():
    gain, one = np.column_stack([np.arange(1.0, 41.0), np.full(40, 0.5)]), np.array([1.0, 0.0])
    each = [Problem(gain, np.ones((40, 2)), 1e9, [Limit(float(most), one)]) for most in (10, 11)]
    found = [duals.find_prices(problem) for problem in each]
    less, more = (p.gained(repair.repair(p, *of)) for p, of in zip(each, found, strict=True))
    assert more - less == pytest.approx(29.5)
    assert 29.5 - 1e-6 <= found[0][0][1] <= 30.5 + 1e-6


# --- limits of the list


def reaching(shop: dict, **channels: float) -> pd.DataFrame:
    return pd.DataFrame(channels, index=shop["now"].index)


def kept(shop: dict, *, capacity: dict[str, int], offers: dict[str, OfferTerms] | None = None, young: float = 0.0):
    trialled = terms.read_catalogue(shop["tables"]["offers"], offers or {}, contact_cost=1.0).only(
        shop["trials"].offers
    )
    sent = shop["trials"].sent.assign(channel=np.where(shop["trials"].sent.index % 2, "app", "call"))
    when = ({"column": "spend", "is": "under", "value": 200},)
    return limits.read_limits(
        shop["now"], trialled, replace(shop["trials"], sent=sent),
        reach=reaching(shop, app=1.0, call=0.5), channels=capacity,
        groups={"spends little": GroupShare(when=when, share=young)} if young else {},
    )  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(
    app=st.integers(1, 300), call=st.integers(1, 200), gift=st.integers(1, 400), young=st.floats(0.001, 0.3),
    budget=st.floats(20, 900), holdout=st.floats(0, 0.4), refusing=st.sets(st.integers(0, 699), max_size=300),
)  # fmt: skip
def test_a_list_keeps_every_limit_and_names_nobody_who_may_not_be(
    shop, app, call, gift, young, budget, holdout, refusing
):
    out = [f"c{number:04}" for number in refusing]
    allowed = shop["open"].allowed.copy()
    allowed.loc[out] = False
    open_to = rules.Open(allowed, shop["open"].obstacle)
    of = kept(shop, capacity={"app": app, "call": call}, offers={"gift": OfferTerms(capacity=gift)}, young=young)
    found = listed({**shop, "open": open_to}, limits=of, budget=budget, holdout_share=holdout)
    if isinstance(found, Unavailable):
        assert found.reason == "groups_too_few"
        return
    rows, sent = found.rows, found.contacted
    assert rows["customer_id"].is_unique
    assert open_to.allows(rows).all()
    assert not rows["customer_id"].isin(out).any()
    assert (sent["channel"] == "app").sum() <= app
    assert (sent["channel"] == "call").sum() <= call
    assert (sent["offer_id"] == "gift").sum() <= gift
    assert rows[["cost", "response_cost"]].sum().sum() <= budget + 1e-3
    little = shop["now"].loc[rows["customer_id"], "spend"] < 200
    assert little.sum() >= young * len(rows) - 1e-3
    assert found.limits["holds"].all()


def test_limits_that_do_not_bind_change_nothing(shop):
    free, of = listed(shop), kept(shop, capacity={"app": 690}, offers={"gift": OfferTerms(capacity=690)})
    same = listed(shop, limits=of)
    pd.testing.assert_frame_equal(same.rows.drop(columns="channel"), free.rows.drop(columns="channel"))
    assert same.rows["channel"].eq("app").all()
    assert same.limits["price"].eq(0).all()


def test_a_full_channel_sends_on_those_who_lose_least(shop):
    found = listed(shop, limits=kept(shop, capacity={"app": 60, "call": 300}))
    sent = found.contacted
    assert (sent["channel"] == "app").sum() == pytest.approx(60, abs=8)
    assert (sent["channel"] == "call").sum() > 100
    assert sent.groupby("channel")["uplift"].mean()["app"] > 1.8 * sent.groupby("channel")["uplift"].mean()["call"]
    price = found.limits.set_index("name")["price"]
    assert price["app"] > 1 > price["call"] == 0
    assert found.allocation.gap < 0.001


def test_who_is_reached_better_through_another_channel_is_written_to_there_while_it_has_places(shop):
    reach = reaching(shop, app=1.0, call=0.5)
    calls = reach.index[::2]
    reach.loc[calls] = [0.25, 1.0]
    free = listed(shop, limits=limits.Limits(reach=reach))
    assert (free.rows["channel"] == np.where(free.rows["customer_id"].isin(calls), "call", "app")).all()
    pd.testing.assert_frame_equal(free.rows.drop(columns="channel"), listed(shop).rows.drop(columns="channel"))
    full = listed(shop, limits=replace(kept(shop, capacity={"app": 690, "call": 30}), reach=reach)).contacted
    called = full[full["customer_id"].isin(calls)]
    assert called["channel"].value_counts()["call"] == pytest.approx(30, abs=5)
    assert (full.loc[full["channel"] == "call", "customer_id"]).isin(calls).all()


def test_a_group_of_whom_there_are_too_few_is_named(shop):
    allowed = shop["open"].allowed.copy()
    allowed.loc[shop["now"]["spend"] < 200] = False
    open_to = rules.Open(allowed, shop["open"].obstacle)
    found = listed({**shop, "open": open_to}, limits=kept(shop, capacity={}, young=0.2))
    assert isinstance(found, Unavailable)
    assert found.facts["groups"] == ["spends little"]


def test_a_channel_that_no_trial_went_through_is_refused(shop):
    with pytest.raises(ParameterError, match="did you mean `call`"):
        kept(shop, capacity={"cal": 3})


def test_what_channels_reach_is_shrunk_and_the_best_is_one():
    compared = pd.DataFrame(
        {"channel": ["app", "call", "sms"], "added": [0.2, 0.1, -0.02], "added_low": [0.15, 0.05, -0.07],
         "added_high": [0.25, 0.15, 0.03]}
    )  # fmt: skip
    found = channels.reach_of_channels(compared)
    assert found.index.tolist() == ["app", "call", "sms"]
    assert found["app"] == 1
    assert 0.5 < found["call"] < 0.7
    assert 0 <= found["sms"] < 0.1
    assert channels.reach_of_channels(Unavailable("trials", "one_channel"), {"b": 1, "a": 2}).to_dict() == {
        "a": 1,
        "b": 1,
    }


def test_what_the_price_leaves_of_a_budget_is_spent_on_as_many_as_it_pays():
    found = prices.allocate(np.full((9, 1), 4.0), np.full((9, 1), 2.0), budget=13)
    assert (found.offer >= 0).sum() == 6


def test_the_price_of_the_budget_is_what_more_of_it_brings():
    gain = np.arange(1.0, 101.0)[:, None]
    found = prices.allocate(gain, np.ones((100, 1)), budget=30)
    more = prices.allocate(gain, np.ones((100, 1)), budget=31)
    assert found.offer.tolist() == [-1] * 70 + [0] * 30
    assert gain[more.offer >= 0].sum() - gain[found.offer >= 0].sum() == pytest.approx(found.budget_price, abs=1)


# --- what policies would have brought


def test_an_additional_response_is_worth_what_it_brings_of_those_it_is_expected_from(shop):
    parts = [shop[name] for name in ("months", "trials", "fitted", "overlap", "catalogue", "money", "effects")]
    logged, offers = policies.look_back(*parts), shop["trials"].offers
    found = policies.worth_of_added(logged, offers).set_index("offer_id")["worth"]
    assert found[list(shop["catalogue"].margins)].tolist() == pytest.approx([30.0, 30.0])
    at, place = (logged.sent["offer"] == 0) & logged.sent["treated"], 0
    added = (logged.contacted - logged.anyway)[at, place]
    assert found[offers[0]] == pytest.approx((added * logged.worth[at, place]).sum() / added.sum())


def test_past_trials_say_what_policies_are_worth(shop):
    parts = [shop[name] for name in ("months", "trials", "fitted", "overlap", "catalogue", "money", "effects")]
    found = policies.off_policy(policies.look_back(*parts), share=0.3, seed=1).set_index("policy")
    each = GIFT * 30 - 1 - (GIFT + 0.1) * 2
    ours = found.loc["ours"]
    assert ours["value_low"] < 300 * each < ours["value_high"]
    assert ours["weighted_low"] < 300 * each < ours["weighted_high"]
    assert ours["added_low"] < 1000 * GIFT < ours["added_high"]
    assert ours["against_low"] > 2  # of all customers a quarter responds because of what lots give
    lots = GIFT * 30 / 4 - 1 - (GIFT / 4 + 0.1)
    assert found.loc["everybody", "value_low"] < 1000 * lots < found.loc["everybody", "value_high"]
    assert found.loc["nobody", ["value", "added", "contacts"]].tolist() == [0, 0, 0]
    assert found.loc["random", "contacts"] == pytest.approx(ours["contacts"], abs=1)
