"""Each trigger by hand, days played by hand, and nothing that comes later changes what is due."""

from datetime import date, datetime

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decide.made_up_events import day, purchases, random_tables, records, until
from insight.config.triggers import GoneQuiet, NewProduct, PointsLapse, Triggers
from insight.decide.control_group import customers_needed
from insight.decide.triggers import listing, met, play, rules
from insight.errors import Unavailable

SPAN = rules.Span(day(1), day(400))
EVERYTHING = Triggers(
    points_lapse=PointsLapse(lifetime_months=1, ends="month", days=10, least=50), gone_quiet=GoneQuiet(gaps=3)
)
LIMITS = play.Limits(rest_days=5, holdout_share=0.2, consent_assumed=False, key="7")


def due(name: str, tables: dict, *, as_of: int, given: Triggers | None = None) -> list[tuple[str, date]]:
    """List whom a trigger is due to, and when."""
    found = rules.RULES[name](records(tables, as_of=as_of, rules=given), SPAN).to_pandas()
    days = pd.to_datetime(found["due_on"]).dt.date
    return sorted(zip(found["customer_id"], days, strict=True))


def test_no_first_purchase_counts_from_the_first_account():
    opened = [("1", "ada", day(10), None), ("2", "bob", day(10), None), ("3", "dan", day(10), None)]
    before_the_data = ("4", "eve", day(-5), None)
    tables = {
        "accounts": [*opened, before_the_data],
        "transactions": purchases([("somebody", 1), ("bob", 20), ("dan", 24)]),
    }
    # dan's purchase on the very day is not known the evening before
    assert due("no_first_purchase", tables, as_of=60) == [("ada", day(24)), ("dan", day(24))]
    assert due("no_first_purchase", tables, as_of=23) == [("ada", day(24)), ("dan", day(24))]


def test_registration_counts_where_there_are_no_accounts_and_not_where_it_is_the_first_purchase():
    bought = purchases([("ada", 2), ("bob", 30)])
    known = {"transactions": bought, "customers": [("ada", 1, day(2), True), ("bob", 1, day(3), True)]}
    assert due("no_first_purchase", known, as_of=60) == [("bob", day(17))]
    state = rules.judge(records(known, as_of=60)).set_index("trigger")["state"]
    assert state["no_first_purchase"] == rules.APPLIES
    by_purchase = known | {"customers": [("ada", 1, day(2), True), ("bob", 1, day(30), True)]}
    state = rules.judge(records(by_purchase, as_of=60)).set_index("trigger")["state"]
    assert state["no_first_purchase"] == rules.NO_REGISTRATION


def test_birthdays_fall_on_the_first_of_the_month_and_in_every_year():
    tables = {
        "customers": [("ada", 1, day(-90), True), ("bob", 3, day(-90), True), ("new", 3, date(2024, 3, 1), True)],
        "transactions": purchases([("ada", 1)]),
    }
    january = [("ada", date(2024, 1, 1)), ("ada", date(2025, 1, 1)), ("bob", date(2024, 3, 1))]
    assert due("birthday", tables, as_of=366) == january


def test_only_the_first_late_statement_counts_and_one_on_time_must_stand_before_it():
    tables = {
        "accounts": [(who, who, None, None) for who in ("ada", "bob", "eve")],
        "statements": [("ada", day(1), 0), ("ada", day(31), 5), ("ada", day(61), 9), ("bob", day(1), 5),
                       ("bob", day(31), 5), ("eve", day(1), 0)],
        "transactions": purchases([("ada", 1)]),
    }  # fmt: skip
    assert due("first_late_payment", tables, as_of=90) == [("ada", day(32))]


def test_a_case_counts_by_its_topic_or_by_a_low_satisfaction_on_the_day_of_the_business():
    evening = datetime(2024, 1, 10, 20)  # the 11th in Shanghai
    cases = [("ada", evening, "fee_complaint", None), ("bob", evening, "limit", 2.0), ("eve", evening, "limit", 3.0),
             ("dan", None, "fee_complaint", None)]  # fmt: skip
    tables = {"service_tickets": cases, "transactions": purchases([("ada", 1)])}
    assert due("complaint_closed", tables, as_of=60) == [("ada", day(14)), ("bob", day(14))]


def test_silence_is_long_when_it_exceeds_each_of_the_last_gaps():
    bought = [("ada", on) for on in (1, 3, 6, 30)] + [("bob", on) for on in (1, 3)]
    given = Triggers(gone_quiet=GoneQuiet(gaps=2, least_days=2))
    tables = {"transactions": purchases(bought)}
    # gaps of 2 and 3: silent for four days on day 10; then gaps of 3 and 24
    assert due("gone_quiet", tables, as_of=99, given=given) == [("ada", day(10)), ("ada", day(55))]
    patient = Triggers(gone_quiet=GoneQuiet(gaps=2, least_days=20))
    assert due("gone_quiet", tables, as_of=99, given=patient)[0] == ("ada", day(26))


def test_a_lead_counts_where_nothing_has_followed_and_no_later_one():
    touches = [("ada", day(10), "Lead: gold"), ("bob", day(10), "lead: gold"), ("eve", day(10), "lead: gold"),
               ("eve", day(14), "consultation: gold"), ("dan", day(10), "login")]  # fmt: skip
    tables = {
        "interactions": touches,
        "applications": [("bob", day(16)), ("ada", day(17))],
        "transactions": purchases([("ada", 1)]),
    }
    assert due("lead", tables, as_of=60) == [("ada", day(17)), ("eve", day(21))]


def test_points_earned_first_are_used_first():
    given = Triggers(points_lapse=PointsLapse(lifetime_months=1, ends="month", days=10))
    entries = [
        *(("ada", day(5), "earned", 100), ("ada", day(40), "earned", 50), ("ada", day(41), "redeemed", -100)),
        *(("bob", day(5), "earned", 100), ("bob", day(45), "redeemed", -30)),
    ]
    found = rules.lapsing(
        records({"rewards": entries}, as_of=200).table("rewards"), given.points_lapse, last=date(2024, 4, 30)
    )
    told = {(row.customer_id, row.due_on): row.points for row in found.itertuples()}
    # January's points lapse on 29 February, February's on 31 March
    assert told == {("bob", date(2024, 2, 19)): 70, ("ada", date(2024, 3, 21)): 50}


def test_points_that_expired_show_that_nothing_later_had_been_used():
    given = PointsLapse(lifetime_months=1, ends="month", days=10)
    older = [("ada", day(5), "earned", 100), ("ada", day(20), "redeemed", -80), ("ada", day(31), "expired", -40)]
    rewards = records({"rewards": older}, as_of=200).table("rewards")
    found = rules.lapsing(rewards, given, last=date(2024, 4, 30))
    assert found["points"].tolist() == [100]  # the 80 came from points of the year before


def test_a_new_product_fits_those_who_buy_its_category_and_not_it():
    given = Triggers(new_product=NewProduct(buyers=2, history_days=28, purchase_days=2, days=14))
    lines = [("ada", 30, "tea"), ("ada", 35, "tea"), ("bob", 30, "tea"), ("bob", 35, "tea"), ("bob", 41, "chai"),
             ("eve", 41, "chai"), ("eve", 35, "tea"), ("dan", 35, "cake"), ("dan", 36, "cake"), ("ida", 1, "tea"),
             ("ida", 53, "tea"), ("ida", 54, "tea")]  # fmt: skip
    tables = {"transactions": purchases(lines), "products": [("tea", "hot"), ("chai", "hot"), ("cake", "sweet")]}
    # chai is first sold on day 41, and known by then to two customers on day 55
    assert due("new_product", tables, as_of=90, given=given) == [("ada", day(55)), ("ida", day(55))]
    unpopular = Triggers(new_product=NewProduct(buyers=3, history_days=28, purchase_days=2, days=14))
    assert due("new_product", tables, as_of=90, given=unpopular) == []


def test_whoever_has_closed_every_account_gets_no_message_but_for_a_lead():
    tables = {
        "customers": [("ada", 3, day(-90), True), ("bob", 3, day(-90), True)],
        "accounts": [("1", "ada", day(-90), day(20)), ("2", "bob", day(-90), day(20)), ("3", "bob", day(10), None)],
        "interactions": [("ada", day(50), "lead")],
        "transactions": purchases([("ada", 1)]),
    }
    seen = records(tables, as_of=99)
    found = rules.find(seen, rules.judge(seen), SPAN).to_pandas()
    assert sorted(zip(found["customer_id"], found["trigger"], strict=True)) == [("ada", "lead"), ("bob", "birthday")]


def test_a_business_is_told_why_a_trigger_does_not_apply():
    given = Triggers(unused=("birthday",), order=("gone_quiet",))
    tables = {"transactions": purchases([("ada", 1)]), "rewards": [("ada", day(1), "earned", 5)]}
    judged = rules.judge(records(tables, as_of=9, rules=given)).set_index("trigger")
    assert judged.index[0] == "gone_quiet"
    assert judged.index[-1] == "birthday"
    assert judged["state"].loc[["gone_quiet", "points_lapse", "birthday", "lead"]].tolist() == [
        *(rules.APPLIES, rules.NO_LIFETIME, rules.OFF, rules.LACKS)
    ]
    assert judged["lacks"].loc[["lead", "new_product"]].tolist() == ["interactions", "transactions.product_id"]


def events(*rows: tuple) -> pd.DataFrame:
    """Give events of ``customer, trigger, day, allowed, day of the last contact``."""
    frame = pd.DataFrame(rows, columns=["customer_id", "trigger", "due_on", "allowed", "contacted_on"])
    for name in ("due_on", "contacted_on"):
        frame[name] = pd.to_datetime([None if pd.isna(on) else day(int(on)) for on in frame[name]])
    return frame


def test_each_message_ends_in_one_way_counted_by_hand():
    nobody_held = play.Limits(rest_days=5, holdout_share=0.0, consent_assumed=False, key="7")
    given = events(
        *(("ada", "a", 10, True, None), ("ada", "b", 10, True, None), ("ada", "b", 15, True, None)),
        *(("ada", "b", 16, True, None), ("bob", "a", 10, False, None), ("bob", "b", 12, True, None)),
        *(("eve", "a", 10, True, 5), ("eve", "b", 11, True, 5)),
    )
    played = play.play(given, ["b", "a"], nobody_held).set_index(["customer_id", "trigger", "due_on"])["outcome"]
    told = {(who, name, on.day): outcome for (who, name, on), outcome in played.items()}
    assert told == {
        **{("ada", "b", 10): play.SENT, ("ada", "a", 10): play.COLLIDED, ("ada", "b", 15): play.COLLIDED},
        **{("ada", "b", 16): play.SENT, ("bob", "a", 10): play.NO_CONSENT, ("bob", "b", 12): play.SENT},
        **{("eve", "a", 10): play.CONTACTED, ("eve", "b", 11): play.SENT},
    }


def test_being_held_out_is_no_contact_but_takes_the_day():
    everybody = play.Limits(rest_days=5, holdout_share=0.9, consent_assumed=False, key="7")
    customers = [f"c{number}" for number in range(200)]
    rows = [(who, name, on, True, None) for who in customers for name, on in (("a", 10), ("b", 10), ("b", 11))]
    played = play.play(events(*rows), ["a", "b"], everybody)
    first, same_day, next_day = (played["outcome"].to_numpy()[start::3] for start in range(3))
    held = first == play.HELD_OUT
    assert 0.8 < held.mean() < 1
    assert (same_day == play.COLLIDED).all()
    assert (next_day[~held] == play.COLLIDED).all()
    assert not (next_day[held] == play.COLLIDED).any()


def test_consent_is_that_of_the_day():
    tables = {
        "transactions": purchases([("ada", 1)]),
        "customers": [("ada", 1, day(1), True), ("bob", 1, day(1), True)],
        "consents": [("ada", day(5), True), ("ada", day(10), False), ("ada", day(20), True), ("ada", day(20), False)],
        "contacts": [("ada", day(8), False), ("ada", day(9), True)],
    }
    seen = records(tables, as_of=60)
    dates = [("ada", on) for on in (5, 6, 10, 11, 21)] + [("bob", 30)]
    asked = ibis.memtable(
        {"customer_id": [who for who, _ in dates], "due_on": [day(on) for _, on in dates], "trigger": ["a"] * 6},
        schema={"customer_id": "string", "due_on": "date", "trigger": "string"},
    )
    found = play.may_contact(seen, asked, LIMITS)
    assert found["allowed"].tolist() == [False, True, True, False, False, False]
    assert found["contacted_on"].dt.day.fillna(0).tolist() == [0, 0, 8, 8, 8, 0]  # being held out is none
    no_days = {name: rows for name, rows in tables.items() if name != "consents"}
    assert play.may_contact(records(no_days, as_of=60), asked, LIMITS)["allowed"].all()


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_later_changes_nothing(seed):
    tables, last = random_tables(seed), 90
    whole, cut = (
        records(tables, as_of=120, rules=EVERYTHING),
        records(until(tables, last), as_of=last, rules=EVERYTHING),
    )
    judged = rules.judge(whole)
    assert (judged["state"] == rules.APPLIES).sum() == 7
    found = []
    for seen in (whole, cut):
        due_by_then = rules.find(seen, judged, rules.Span(day(20), day(last + 1)))
        told = play.play(play.may_contact(seen, due_by_then, LIMITS), rules.in_order(EVERYTHING), LIMITS)
        found.append(told.sort_values(["customer_id", "due_on", "trigger"]).reset_index(drop=True))
    pd.testing.assert_frame_equal(*found)
    assert found[0]["trigger"].nunique() == 7
    assert (found[0]["due_on"] == pd.Timestamp(day(last + 1))).any()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abc"), st.booleans(), st.integers(0, 40)), max_size=25))
def test_nobody_without_consent_or_in_rest_is_ever_on_the_list(rows):
    by_customer = {who: (allowed, back) for who, _name, allowed, back in rows}
    pairs = sorted({(who, name) for who, name, _allowed, _back in rows})
    drawn = [(f"c{who}", name, 100, by_customer[who][0], 100 - by_customer[who][1]) for who, name in pairs]
    drawn = [(*row[:4], row[4] if row[4] < 100 else None) for row in drawn]
    listed = listing.next_day(events(*drawn), ["b", "a", "c"], LIMITS)
    free = {f"c{who}" for who, (allowed, back) in by_customer.items() if allowed and not 0 < back <= 5}
    assert set(listed["customer_id"]) == free
    assert listed["customer_id"].is_unique


def test_the_simulation_is_the_last_year_and_the_list_the_day_after():
    seen = records(random_tables(1), as_of=120, rules=EVERYTHING)
    played, tomorrow = play.simulate(seen, rules.judge(seen), LIMITS)
    assert (played.first, played.last, played.days) == (day(2), day(120), 119)
    assert set(tomorrow["due_on"]) <= {pd.Timestamp(day(121))}
    counted = play.volumes(played).set_index("trigger")
    assert counted["due"].drop("").sum() == counted.loc["", "due"] == played.due
    parts = counted[list(play.OUTCOMES)].sum(axis=1)
    assert np.allclose(parts[counted["due"] > 0], 1)
    assert played.held_back + played.sent <= played.due
    assert played.sent_a_day == pytest.approx(counted.loc["", "sent_a_day"])


def test_nothing_is_played_where_no_trigger_applies():
    seen = records({"transactions": purchases([("ada", 1)])}, as_of=9, rules=Triggers(unused=("gone_quiet",)))
    assert play.simulate(seen, rules.judge(seen), LIMITS) == Unavailable("triggers", "none_apply")
    assert not play.volumes(play.simulate(seen, rules.judge(seen), LIMITS))


def played_of(given: pd.DataFrame, order: tuple[str, ...]) -> play.Played:
    return play.Played(given, order, day(1), day(120), 5, 50)


def test_collisions_are_counted_within_the_days_of_rest():
    given = events(
        *(("ada", "a", 10, True, None), ("ada", "b", 12, True, None), ("bob", "a", 20, True, 16)),
        *(("bob", "b", 26, True, None), ("eve", "a", 5, True, None), ("eve", "b", 5, True, None)),
    )
    found = play.collisions(played_of(given.assign(outcome=play.SENT), ("a", "b", "c")))
    assert found.loc["b", "a"] == pytest.approx(2 / 3)  # two days after, and on the same day; six days are too many
    assert found.loc["a", "b"] == pytest.approx(1 / 3)
    assert found.loc["a", play.CAMPAIGN] == pytest.approx(1 / 3)
    assert found.loc["b", play.ANY] == pytest.approx(2 / 3)
    assert found.loc["c"].isna().all()


def test_who_reaches_the_goal_is_counted_by_hand_beside_those_who_buy_as_often():
    quiet = Triggers(gone_quiet=GoneQuiet(gaps=2, least_days=2, within=10))
    every_other = [(who, on) for who in ("ada", "bob") for on in range(1, 20, 2)]
    steady = [(f"s{number}", on) for number in range(3) for on in range(1, 121, 2)]
    back = [("ada", 25)]  # within ten days of the message; bob never comes back
    seen = records({"transactions": purchases([*every_other, *steady, *back])}, as_of=120, rules=quiet)
    played, _ = play.simulate(seen, rules.judge(seen), play.Limits(5, 0.0, True, "7"))
    first = played.events[played.events["due_on"] < pd.Timestamp(day(24))]
    assert first["customer_id"].tolist() == ["ada", "bob"]
    compared = met.look_beside(seen, play.Played(first, played.order, day(2), day(120), 5, 5))
    found = met.met(compared, played, quiet, holdout_share=0.5, min_cell=1)
    # of January's first day nothing is known before it, so nobody is comparable: nothing is said
    assert found.empty
    assert compared.others.groupby("due_on")["customer_id"].nunique().tolist() == [5, 5, 5]
    reached = (compared.events["purchase_after"] - compared.events["due_on"]).dt.days < 10
    assert reached.tolist() == [True, False]
    habits = compared.others.set_index(["customer_id", "due_on"])["bought"]
    assert habits["ada", pd.Timestamp(2024, 2, 1)] == 11
    assert habits["s1", pd.Timestamp(2024, 4, 1)] == 46


def test_those_compared_weigh_as_those_with_the_message_do():
    own = pd.DataFrame({"cell": [1, 1, 2]})
    others = pd.DataFrame({"cell": [1, 2, 2, 2, 3]})
    weights = met._weights(own, others)
    assert weights.tolist() == pytest.approx([2, 1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_a_test_of_the_size_given_finds_the_rise_in_four_of_five(share):
    size = customers_needed(share, rise=0.1, control_share=0.3)
    controls, others = round(0.3 * size), round(0.7 * size)
    rng = np.random.default_rng(5)
    low, high = rng.binomial(controls, share, 4000) / controls, rng.binomial(others, 1.1 * share, 4000) / others
    error = np.sqrt(low * (1 - low) / controls + high * (1 - high) / others)
    assert np.mean((high - low) / error > 1.96) == pytest.approx(0.8, abs=0.03)
