"""From purchases and contacts to what campaigns brought, on a made-up shop with a known truth."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.contracts import CONTRACTS
from insight.engine import connect
from insight.errors import Unavailable
from insight.review import behaviour, effects, pooling, reach

FIRST = date(2024, 1, 1)
START = date(2024, 5, 1)
LAST = date(2024, 6, 30)
PRE = 28


def as_tables(con, lines: pd.DataFrame, campaigns: pd.DataFrame, contacts: pd.DataFrame) -> tuple:
    bought = con.create_table("transactions", lines)
    bought = bought.mutate(
        amount=bought.amount.cast("decimal(18, 4)"),
        discount=bought.discount.cast("decimal(18, 4)"),
        occurred_on=bought.occurred_on.cast("date"),
    )
    ran = con.create_table("campaigns", campaigns)
    ran = ran.mutate(starts_on=ran.starts_on.cast("date"), ends_on=ran.ends_on.cast("date"))
    return bought, ran, con.create_table("contacts", contacts)


def line(customer: str, day: date, amount: float, kind: str = "purchase") -> dict:
    return {"customer_id": customer, "occurred_on": day, "amount": amount, "discount": 0.0, "kind": kind}


@pytest.fixture
def con():
    return connect()


@pytest.fixture
def few(con):
    """Ada buys before, on the first day, and after the end; Bob once, long before, with a refund during."""
    lines = pd.DataFrame(
        [
            line("ada", START - timedelta(days=1), 7.0),
            line("ada", START - timedelta(days=29), 14.0),
            line("ada", START, 21.0),
            line("ada", START + timedelta(days=7), 99.0),
            line("bob", FIRST, 10.0),
            line("bob", START + timedelta(days=1), -4.0, "refund"),
            line("new", START, 5.0),
        ]
    )
    campaigns = pd.DataFrame(
        {"campaign_id": ["1"], "name": ["spring"], "kind": ["A"], "starts_on": [START], "ends_on": [LAST]}
    )
    contacts = pd.DataFrame({"campaign_id": ["1"], "customer_id": ["ada"], "is_holdout": [False]})
    return as_tables(con, lines, campaigns, contacts)


def test_the_window_begins_on_the_first_day_and_ends_on_the_last(few):
    daily = behaviour.daily_totals(few[0], as_of=LAST)
    found = behaviour.behaviour_around(daily, start=START, days=7, pre_days=PRE, first=FIRST, known_by=START)
    assert found["outcome"].to_dict() == {"ada": 21.0, "bob": -4.0}


def test_what_is_known_before_ends_the_day_before(few):
    daily = behaviour.daily_totals(few[0], as_of=LAST)
    ada = behaviour.behaviour_around(daily, start=START, days=7, pre_days=PRE, first=FIRST, known_by=START).loc["ada"]
    assert ada["spend_1"] == 7.0 * 7 / PRE
    assert ada["visits"] == 1 * 7 / PRE
    assert ada["spend_long"] == pytest.approx(21.0 * 7 / (START - FIRST).days)


def test_later_purchases_do_not_change_what_was_known(few, con):
    daily = behaviour.daily_totals(few[0], as_of=LAST)
    earlier = behaviour.daily_totals(few[0], as_of=START - timedelta(days=1))
    rules = {"start": START, "days": 7, "pre_days": PRE, "first": FIRST, "known_by": START}
    pd.testing.assert_frame_equal(
        behaviour.behaviour_around(daily, **rules).drop(columns="outcome"),
        behaviour.behaviour_around(earlier, **rules).drop(columns="outcome"),
    )


def test_blocks_cover_all_days_before(few):
    daily = behaviour.daily_totals(few[0], as_of=LAST)
    found = behaviour.behaviour_around(daily, start=START, days=7, pre_days=60, first=FIRST, known_by=START)
    assert [name for name in found if name.startswith("spend_")] == ["spend_1", "spend_2", "spend_long"]
    assert found.loc["ada", "spend_2"] == 14.0 * 7 / 32


def test_weeks_are_counted_from_the_start(few):
    path = behaviour.weekly_path(behaviour.daily_totals(few[0], as_of=LAST), start=START, before=5, after=2)
    assert path.loc["ada"].to_dict() == {-5: 14.0, -4: 0.0, -3: 0.0, -2: 0.0, -1: 7.0, 0: 21.0, 1: 99.0}


def reach_of(con, *told: tuple, answers: tuple = ()) -> pd.DataFrame:
    campaigns = con.create_table(
        "c",
        pd.DataFrame(
            {"campaign_id": ["1", "2"], "name": "x", "kind": "A", "starts_on": [START] * 2, "ends_on": [LAST] * 2}
        ),
    )
    contacts = con.create_table("k", pd.DataFrame(told, columns=["campaign_id", "customer_id", "is_holdout"]))
    responses = con.create_table("r", pd.DataFrame(answers or [("9", "x")], columns=["campaign_id", "customer_id"]))
    return reach.count_reach(campaigns, contacts, responses).set_index("campaign_id")


def test_a_customer_counts_once_and_a_holdout_is_not_contacted(con):
    told = [("1", "ada", False), ("1", "ada", False), ("1", "bob", True)]
    found = reach_of(con, *told, answers=(("1", "ada"), ("1", "ada"), ("1", "bob")))
    assert found.loc["1", ["contacted", "held_out", "responded"]].tolist() == [1, 1, 1]
    assert found.loc["2", ["contacted", "responded"]].tolist() == [0, 0]
    assert np.isnan(found.loc["2", "response_rate"])


def test_without_records_of_responses_there_is_no_rate(con, few):
    found = reach.count_reach(few[1], few[2], None)
    assert found[["responded", "response_rate"]].isna().all(axis=None)


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (1, 13), (36, 361), (50, 50)])
def test_wilson_agrees_with_statsmodels(hits, n):
    from statsmodels.stats.proportion import proportion_confint

    found = reach.response_rates(pd.Series([float(hits)]), pd.Series([n])).iloc[0]
    assert (found["response_low"], found["response_high"]) == pytest.approx(
        proportion_confint(hits, n, method="wilson"), abs=1e-9
    )


def test_campaigns_that_cannot_be_compared_say_why():
    days = pd.DataFrame(
        {
            "starts_on": [FIRST - timedelta(days=9), START, FIRST + timedelta(days=9), START, START, START, START],
            "ends_on": [LAST, LAST + timedelta(days=1), LAST, LAST, LAST, LAST, LAST],
            "contacted": [50, 50, 50, 29, 190, 50, 50],
            "held_out": 0,
            "draw": ["no plan"] * 6 + ["not as planned"],
        }
    )
    found = reach.judge_campaigns(days, first=FIRST, last=LAST, past_days=PRE + 28, customers=200)
    assert found["verdict"].tolist() == [
        "began before the data",
        "not finished",
        "too little before it",
        "few contacted",
        "few to compare with",
        "compared",
        "drawn otherwise than planned",
    ]


def test_small_shares_of_answers_are_not_shown():
    found = reach.with_enough_responses(
        pd.DataFrame({"contacted": [100, 100, 12], "responded": [30.0, 9.0, 11.0]}), min_cell=10
    )
    assert found["responded"].tolist() == [30.0]


def made_up(con, *, effect: float, drawn: bool, n: int = 400, seed: int = 0) -> tuple:
    """Purchases of a year's half: big spenders are contacted, or lots are drawn; the effect is known."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(3.0, 8.0, n)
    chance = np.full(n, 0.5) if drawn else 1 / (1 + np.exp(1.5 - level / 20))
    contacted = rng.random(n) < chance
    lines = []
    for week in range(26):
        day = FIRST + timedelta(days=7 * week + 2)
        spend = level + effect * (contacted & (START <= day <= START + timedelta(days=27))) + rng.normal(0, 6, n)
        lines += [line(f"c{one:03d}", day, max(0.5, spend[one])) for one in range(n)]
    campaigns = pd.DataFrame(
        {
            "campaign_id": ["1"],
            "name": ["spring"],
            "kind": ["A"],
            "starts_on": [START],
            "ends_on": [START + timedelta(days=27)],
        }
    )
    told = [("1", f"c{one:03d}", False) for one in np.flatnonzero(contacted)]
    held = [("1", f"c{one:03d}", True) for one in np.flatnonzero(~contacted)] if drawn else []
    contacts = pd.DataFrame(told + held, columns=["campaign_id", "customer_id", "is_holdout"])
    return as_tables(con, pd.DataFrame(lines), campaigns, contacts)


def read(tables: tuple) -> tuple[pd.DataFrame, pooling.CampaignResults]:
    bought, campaigns, contacts = tables
    daily = behaviour.daily_totals(bought, as_of=LAST).cache()
    counted = reach.count_reach(campaigns, contacts, None)
    judged = reach.judge_campaigns(counted, first=FIRST, last=LAST, past_days=PRE + 28, customers=400)
    found = effects.estimate_effects(daily, judged, contacts=contacts, campaigns=campaigns, first=FIRST, pre_days=PRE)
    return judged, found


@pytest.mark.parametrize("drawn", [True, False])
def test_a_planted_effect_comes_out_and_nothing_before_it(con, drawn):
    _, found = read(made_up(con, effect=5.0, drawn=drawn))
    pooled = found.pooled()
    assert pooled.effect.low < 5.0 < pooled.effect.high
    assert pooled.placebo.sign == 0
    assert pooled.verdict == "plausible"
    assert found.all_controlled is drawn


def test_where_there_is_no_effect_none_is_shown(con):
    _, found = read(made_up(con, effect=0.0, drawn=False))
    assert found.pooled().verdict == "not shown"


def test_every_campaign_has_a_row_in_the_table(con):
    judged, found = read(made_up(con, effect=0.0, drawn=True))
    late = judged.assign(campaign_id="2", verdict="not finished")
    table = effects.campaign_effects_table(pd.concat([judged, late]), found)
    assert table.columns.tolist() == CONTRACTS["campaign_effects"].names
    assert table["effect"].notna().tolist() == [True, False]


def test_campaigns_without_a_comparable_customer_are_named(con):
    judged, found = read(made_up(con, effect=0.0, drawn=False, n=40))
    assert found.or_unavailable() == Unavailable("review", "no_comparison", {"group": 30})
    assert effects.correct_verdicts(judged.assign(verdict="compared"), found)["verdict"].tolist() == [
        "few to compare with"
    ]


def effect(value: float, error: float) -> pooling.Effect:
    return pooling.Effect.of(value, error)


@pytest.mark.parametrize(
    ("found", "before", "verdict"),
    [
        (effect(5.0, 1.0), effect(0.0, 1.0), "plausible"),
        (effect(5.0, 1.0), effect(4.0, 1.0), "doubtful"),
        (effect(1.0, 1.0), effect(4.0, 1.0), "not shown"),
        (effect(-5.0, 1.0), effect(0.0, 1.0), "plausible"),
        (effect(2.5, 1.0), effect(1.5, 1.0), "doubtful"),
    ],
)
def test_the_verdict_follows_the_interval_and_the_placebo(found, before, verdict):
    net = effect(found.value - before.value, 1.4)
    assert pooling.Pooled(1, 100, 50.0, found, before, net).verdict == verdict


def test_the_same_customers_in_two_campaigns_do_not_count_as_twice_as_many():
    shared = pd.DataFrame({"1": [0.3, -0.3], "2": [0.3, -0.3]}, index=["ada", "bob"])
    apart = pd.DataFrame({"1": [0.3, -0.3, 0, 0], "2": [0, 0, 0.3, -0.3]}, index=list("abcd"))
    rows = pd.DataFrame(
        {
            "campaign_id": ["1", "2"],
            "kind": "A",
            "contacted": 10,
            "days": 7,
            "effect": 1.0,
            "placebo": 0.0,
            "spend_per_week": 9.0,
        }
    )
    errors = [
        pooling.CampaignResults(rows, table, table, pd.DataFrame(), pd.DataFrame(), FIRST).pooled().effect.high - 1.0
        for table in (shared, apart)
    ]
    assert errors[0] == pytest.approx(errors[1] * 2**0.5)


def test_effects_are_clear_where_their_intervals_exclude_nothing():
    found = pd.DataFrame({"effect_low": [0.1, -2.0, -1.0, 0.0], "effect_high": [1.0, -0.1, 1.0, 3.0]})
    assert pooling.count_clear(found) == 2


@pytest.mark.parametrize(
    ("sides", "real", "said"),
    [
        (["hold-out"] * 2, 5.0, ("control", "control")),
        (["hold-out", "others"], 5.0, ("observational", "plausible")),
        (["hold-out"] * 2, 0.0, ("control", "not_shown")),
    ],
)
def test_control_groups_conclude_only_what_they_show(sides, real, said):
    found = pd.DataFrame({"campaign_id": ["a", "b"], "kind": None, "name": None, "comparison": sides, "effect": real})
    found = found.assign(contacted=50, days=7, placebo=0.0, spend_per_week=9.0)
    influence = pd.DataFrame({"a": [0.5, -0.5], "b": [0.5, -0.5]})
    nothing = pd.DataFrame()
    results = pooling.CampaignResults(found, influence, influence, nothing, nothing, FIRST)
    assert (results.comparison, results.conclusion) == said
    assert results.pooled().as_table()["part"].tolist() == ["effect", "placebo", "net"]
