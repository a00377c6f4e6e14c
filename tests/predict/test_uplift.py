"""Uplift of response from randomised contacts, on a shop whose effects are known."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.config.offers import Economics, OfferTerms
from insight.errors import Unavailable
from insight.predict.uplift import channels, evaluate, model, months, overlap, terms, trials, worth
from on_trial import ANYWAY, FIRST, GIFT, LAST_DAY, MONTHS, made, spends_much


@pytest.fixture(scope="module")
def tables() -> dict[str, ibis.Table]:
    return made()


@pytest.fixture(scope="module")
def seen(tables) -> months.Months:
    return months.read_months(tables, as_of=LAST_DAY)


@pytest.fixture(scope="module")
def on_trial(tables, seen) -> trials.Trials:
    return trials.read_trials(seen, tables["contacts"], tables["responses"], as_of=LAST_DAY)


@pytest.fixture(scope="module")
def fitted(on_trial) -> model.CrossFitted:
    return model.cross_fit(on_trial)


@pytest.fixture(scope="module")
def told(on_trial, fitted) -> np.ndarray:
    return evaluate.cross_fitted_uplift(on_trial, fitted)


# --- what is known at the start of a month


def test_sums_by_month_are_those_of_the_lines(tables, seen):
    lines = tables["transactions"].to_pandas()
    one, month = "c0006", 4
    days = pd.to_datetime(lines["occurred_on"])
    of = lines[(lines["customer_id"] == one) & (days.dt.month - 1).between(month - 3, month - 1)]
    found = seen.known(FIRST + month).loc[one]
    assert found["spend"] == pytest.approx(float(of["amount"].sum()) / 3)
    assert found["purchases"] == 1
    assert seen.now == FIRST + MONTHS


def test_nothing_later_than_the_month_is_known(tables, seen):
    month = FIRST + 6
    lines = tables["transactions"]
    later = lines.mutate(amount=(lines.occurred_on >= ibis.date(2023, 7, 1)).ifelse(lines.amount * 9, lines.amount))
    changed = months.read_months({**tables, "transactions": later}, as_of=LAST_DAY)
    pd.testing.assert_frame_equal(changed.known(month), seen.known(month))
    assert not changed.known(month + 1).equals(seen.known(month + 1))


def test_what_a_day_does_not_know_changes_nothing(tables):
    early = months.read_months(tables, as_of=pd.Timestamp(2023, 6, 30).date())
    known = months.read_months(tables, as_of=LAST_DAY).known(FIRST + 6)
    pd.testing.assert_frame_equal(early.known(early.now), known)


def test_a_table_that_names_accounts_is_summed_by_their_customers(tables):
    con = tables["customers"].get_backend()
    accounts = pd.DataFrame({"account_id": ["a", "b"], "customer_id": "c0001", "opened_on": LAST_DAY.replace(month=1)})
    bills = pd.DataFrame({"account_id": ["a", "b"], "statement_on": LAST_DAY.replace(month=11, day=3),
                          "balance": [2.0, 3.0], "days_past_due": [0, 31]})  # fmt: skip
    more = {"accounts": con.create_table("accounts_", accounts), "statements": con.create_table("bills_", bills)}
    known = months.read_months({**tables, **more}, as_of=LAST_DAY).known(FIRST + 11).loc["c0001"]
    assert (known["balance"], known["days_past_due"], known["months_since_opening"]) == (5, 31, 11)


# --- the trials


def test_every_randomised_contact_with_a_past_counts_once(tables, on_trial):
    assert len(on_trial.sent) == tables["contacts"].count().execute()
    counts = on_trial.counts.set_index("offer_id")
    assert counts.loc["gift", "responded"] > counts.loc["letter", "responded"]
    assert counts[["contacted", "held_out"]].sum().sum() == len(on_trial.sent)


def test_a_trial_of_nothing_random_is_refused(tables, seen):
    contacts, responses = tables["contacts"], tables["responses"]
    ways = {
        "not_randomised": (contacts.mutate(is_random=False), responses),
        "no_responses": (contacts, None),
        "held_out_unmeasured": (contacts, responses.semi_join(contacts.filter(~contacts.is_holdout), "contact_id")),
        "few_trials": (contacts, responses.limit(3)),
    }
    for reason, (sent, answered) in ways.items():
        found = trials.read_trials(seen, sent, answered, as_of=LAST_DAY)
        assert isinstance(found, Unavailable)
        assert found.reason in {reason, "held_out_unmeasured"} if reason == "few_trials" else found.reason == reason
    assert trials.read_trials(seen, contacts.drop("is_random"), responses, as_of=LAST_DAY).reason == "not_randomised"


def test_nobody_held_out_is_no_trial(tables, seen):
    contacts = tables["contacts"].mutate(is_holdout=False)
    assert trials.read_trials(seen, contacts, tables["responses"], as_of=LAST_DAY).reason == "not_randomised"


# --- the model


def test_uplift_is_found_where_it_is(seen, on_trial, fitted):
    known = months.design(seen.known(seen.now))
    fit = model.fit(on_trial, penalty=fitted.penalty, seed=1)
    much = np.array([spends_much(number) for number in range(len(known))])
    for offer, place in (("gift", 0), ("letter", 1)):
        assert fit.offers[place] == offer
        anyway, contacted = fit.chances(known, place)
        assert (contacted >= anyway).all()
        assert anyway.mean() == pytest.approx(ANYWAY, abs=0.04)
        added = (contacted - anyway)[much].mean(), (contacted - anyway)[~much].mean()
        assert added == pytest.approx((GIFT, 0.0) if offer == "gift" else (0.0, 0.0), abs=0.08)
        draws = fit.drawn_uplift(known[much], place).mean(axis=1)
        assert draws.mean() == pytest.approx(added[0], abs=0.03)
        assert 0.002 < draws.std() < 0.05


def test_what_speaks_for_a_contact_is_what_makes_it_work(seen, on_trial, fitted):
    known = months.design(seen.known(seen.now))
    parts = model.fit(on_trial, penalty=fitted.penalty, seed=1).parts(known, 0).sum(axis=1)
    much = np.array([spends_much(number) for number in range(len(known))])
    assert parts[much].min() > parts[~much].max()


def test_an_order_by_uplift_beats_chance_and_a_placebo_does_not(on_trial, told):
    found = evaluate.measure(on_trial, told, seed=1).set_index("offer_id")
    assert found.loc["gift", "qini_low"] > 0.03
    assert found.loc["letter", "qini_low"] <= 0 <= found.loc["letter", "qini_high"]
    assert (found["placebo_low"] <= 0).all()
    assert (found["placebo_high"] >= 0).all()
    assert found.loc["gift", "effect_low"] <= GIFT / 2 <= found.loc["gift", "effect_high"]
    assert (found["auuc"] >= found["auuc_low"]).all()


def test_predicted_uplift_is_calibrated(on_trial, told):
    found = evaluate.calibrate(on_trial, told)
    within = (found["observed_low"] <= found["predicted"]) & (found["predicted"] <= found["observed_high"])
    assert within.mean() >= 0.8
    assert found["observed"].iloc[-1] > 0.3 > found["observed"].iloc[0] + 0.2
    few = evaluate.calibrate(on_trial.take(np.arange(100)), told[:100])
    assert few.reason == "few_to_calibrate"


def test_customers_like_nobody_on_trial_are_told_from_others(tables):
    only = tables["contacts"].filter(tables["contacts"].customer_id.substr(1, 4).cast("int64") % 2 == 0)
    seen = months.read_months(tables, as_of=LAST_DAY)
    found = trials.read_trials(seen, only, tables["responses"], as_of=LAST_DAY)
    tried = overlap.fit_overlap(seen, found, seed=1).is_tried(months.design(seen.known(seen.now)))
    much = np.array([spends_much(number) for number in range(len(tried))])
    assert tried[much].mean() > 0.99
    assert tried[~much].mean() < 0.01


# --- what a response is worth


def terms_of(each: dict[str, OfferTerms], **margins: float) -> terms.Catalogue:
    frame = pd.DataFrame({"lasts": 3, "margin": pd.Series(margins, dtype=float)}, index=list(each))
    return terms.Catalogue(frame, each, {})


def test_effects_on_spending_are_shrunk_as_far_as_they_are_uncertain():
    found = worth._shrunk(pd.DataFrame({"raw": [0.6, 0.0, 5.0, -2.0], "noise": [0.01, 0.01, 50.0, 50.0]}))
    assert found["effect"].iloc[0] == pytest.approx(0.6, abs=0.01)
    assert found["effect"].iloc[1] == pytest.approx(0.0, abs=0.01)
    common = found["effect"].iloc[2:]
    assert common.iloc[0] == pytest.approx(common.iloc[1], abs=0.01)
    assert 0.1 < common.iloc[0] < 0.3


def test_an_effect_that_is_not_there_is_not_found(seen, on_trial):
    found = worth.spend_effects(seen, on_trial, terms_of(dict.fromkeys(on_trial.offers, OfferTerms())))
    assert (found["raw"].abs() < 4 * found["noise"]).all()
    assert (found["effect"] < 0.15).all()


def test_a_shop_says_what_spending_brings_and_a_bank_need_not(tables, seen):
    assert worth.read_money(tables, seen, Economics(), is_bank=False).reason == "no_margin"
    assert worth.read_money(tables, seen, Economics(), is_bank=True).of_spend == worth.INTERCHANGE
    money = worth.read_money(tables, seen, Economics(spend_margin=0.3, points_cost=0.1), is_bank=False)
    assert money.of_spend == pytest.approx(0.2)
    assert (money.of_debt, money.raised, money.plan, money.lost_on_new) == (0, 0, 0, 0)


def test_lending_is_read_from_statements():
    bills = ibis.memtable({"interest": [15.0, 0.0], "previous_balance": [1500.0, 900.0], "payments": [500.0, 900.0]})
    rate, keeps = worth._lending({"statements": bills})
    assert (rate, keeps) == pytest.approx((0.015, 2 / 3))


def test_worth_follows_what_each_offer_works_through():
    money = worth.Money(0.01, 0.01, 0.015, 4.0, 0.25, 90.0, 50.0, 0.8)
    known = pd.DataFrame({
        "spend": [100.0, 10.0], "spend_year": [100.0, 100.0], "bears_interest_year": [0.5, 0.0],
        "utilisation": [0.5, 0.5],
        "credit_limit": [1000.0, 1000.0], "interest_year": [3.0, 0.0], "months_since_opening": [5.0, 90.0],
    }, index=["owes", "silent"])  # fmt: skip
    ways = {way: OfferTerms(works=way) for way in ("spending", "limit", "start", "stay", "plan")}
    effects = pd.DataFrame({"effect": {"spending": 0.1, "limit": 0.1}})
    found = worth.worth_of_responses(known, money, effects, terms_of(ways, plan=7.0))
    assert found["spending"].tolist() == pytest.approx([3 * 0.1 * 100 * (0.01 + 0.5 * 0.01 * 4), 3 * 0.1 * 10 * 0.01])
    drawn = 0.5 * 0.5 * 0.25 * 1000 * 0.01 * 9
    assert found["limit"].tolist() == pytest.approx([found["spending"].iloc[0] + drawn, found["spending"].iloc[1]])
    year = 12 * (100 * 0.01 + 3 * 0.01 / 0.015)
    assert found["start"].tolist() == pytest.approx([year - 50.0] * 2)
    assert found["stay"].tolist() == pytest.approx([0.0, 0.8 * 12 * 100 * 0.01])
    assert found["plan"].tolist() == [7.0, 7.0]


# --- channels


def test_the_channel_that_adds_most_is_told_from_the_trials(on_trial):
    rng = np.random.default_rng(3)
    sent = on_trial.sent.assign(channel=rng.choice(["app", "sms"], len(on_trial.sent)))
    sent["responded"] = sent["treated"] & (sent["channel"] == "sms")
    found = channels.compare_channels(replace(on_trial, sent=sent))
    assert found["channel"].tolist() == ["sms", "app"]
    assert found["added"].tolist() == [1.0, 0.0]
    assert (found["added_low"] < found["added"]).all()


def test_trials_of_one_channel_tell_of_none(on_trial):
    for sent in (on_trial.sent.assign(channel="app"), on_trial.sent.assign(channel=None)):
        found = channels.compare_channels(replace(on_trial, sent=sent))
        assert found == Unavailable("trials", "one_channel", {"least": trials.LEAST_CONTACTS})
        assert channels.reach_of_channels(found).empty


@pytest.fixture(scope="module")
def through_two(on_trial) -> tuple[trials.Trials, set[str]]:
    """Contacts through two channels: calls add responses of every fourth customer alone, and the app of the others."""
    rng = np.random.default_rng(5)
    sent = on_trial.sent.assign(channel=rng.choice(["app", "call"], len(on_trial.sent), p=[0.6, 0.4]))
    calls = {name for name in sent["customer_id"] if int(name[1:]) % 4 == 0}
    added = np.where(sent["customer_id"].isin(calls), sent["channel"] == "call", sent["channel"] == "app")
    sent["responded"] = rng.random(len(sent)) < 0.05 + 0.3 * (sent["treated"] & added)
    return replace(on_trial, sent=sent), calls


def habits_of(names: set[str], channel: str = "call", since: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": sorted(names), "channel": channel, "since": since})


def test_those_who_use_a_channel_are_reached_there_where_it_surely_adds_more(through_two, seen):
    tried, calls = through_two
    compared, habits = channels.compare_channels(tried), habits_of(calls)
    own = channels.compare_own(tried, compared, habits)
    assert own["channel"].tolist() == ["call"]
    assert own["more_low"].iloc[0] > 0.1
    reach = channels.reach_of_customers(channels.reach_of_channels(compared), own, habits, seen.customers)
    best = reach.columns[reach.to_numpy().argmax(axis=1)]
    assert (best == np.where(seen.customers.isin(list(calls)), "call", "app")).all()
    assert reach.loc[sorted(calls), "app"].max() < 0.3
    assert reach.to_numpy().max(axis=1).min() == 1


def test_a_habit_that_came_after_the_contact_says_nothing(through_two):
    tried, calls = through_two
    later = channels.compare_own(tried, channels.compare_channels(tried), habits_of(calls, since=10**6))
    assert later == Unavailable("trials", "none_own", {"least": trials.LEAST_CONTACTS})


def test_a_habit_that_changes_nothing_moves_nobody(through_two, seen):
    tried, _calls = through_two
    others = {name for name in seen.customers if int(name[1:]) % 4 == 1}
    habits, compared = habits_of(others), channels.compare_channels(tried)
    own = channels.compare_own(tried, compared, habits)
    reach = channels.reach_of_customers(channels.reach_of_channels(compared), own, habits, seen.customers)
    assert (reach.to_numpy().argmax(axis=1) == 0).all()


def test_habits_begin_with_what_customers_did_by_themselves_or_answered(tables):
    contacts = tables["contacts"].mutate(channel=ibis.literal("app"))
    visits = ibis.memtable(
        {"customer_id": ["c0001", "c0001", None], "channel": ["call", "call", "call"],
         "occurred_on": [LAST_DAY.replace(day=1, month=2), LAST_DAY, LAST_DAY]}
    )  # fmt: skip
    known = {"contacts": contacts, "responses": tables["responses"], "interactions": visits}
    found = channels.read_habits(known, as_of=LAST_DAY).set_index(["channel", "customer_id"])["since"]
    assert found["call"].to_dict() == {"c0001": months.month_of(LAST_DAY.replace(day=1, month=2))}
    answered = tables["responses"].to_pandas()
    assert set(found["app"].index) == set(answered["customer_id"])
    first = answered.groupby("customer_id")["responded_on"].min()
    assert all(found["app"][name] == months.month_of(pd.Timestamp(day).date()) for name, day in first.items())
    assert channels.read_habits({"contacts": tables["contacts"]}, as_of=LAST_DAY).empty
