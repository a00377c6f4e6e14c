"""Fraud: what thieves do, what the bank sees of it, and a probability that means what it says."""

import duckdb
import numpy as np
import pytest

from insight.simulate.engine.calendar import Month
from insight.simulate.fraud import cases, patterns
from insight.simulate.world import make_world
from simulate.made import world

FREQUENT = 0.02  # a month: enough frauds in a small bank


@pytest.fixture(scope="module")
def plagued():
    """A small bank with thirty times the usual frauds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "HAZARD", FREQUENT)
        made = make_world(11, 0, 3_000, 6)
    con = duckdb.connect()
    for name, table in made.tables.items():
        con.register(name, table)
    for name, table in made.truth.items():
        con.register(f"truth_{name}", table)
    con.sql("""create view stolen as select t.*, pattern, fraud_case, coalesce(probability, 0) as probability
        from truth_fraud join card_transactions t using (transaction)
        left join truth_fraud_probability using (transaction)""")
    return con


def one(con, query):
    return con.sql(query).fetchall()[0]


def test_the_probability_of_fraud_comes_true(plagued):
    levels = plagued.sql("""
        select least(floor(probability * 5), 4) as level, count(*), sum(probability), count(pattern),
          sum(probability * (1 - probability))
        from truth_fraud_probability left join truth_fraud using (transaction)
        group by all order by level""").fetchall()
    assert [level for level, *_ in levels] == [0, 1, 2, 3, 4]
    for _, rows, expected, stolen, variance in levels:
        assert rows > 10
        assert stolen == pytest.approx(expected, abs=4 * np.sqrt(variance) + 0.02 * expected)


def test_it_tells_thieves_from_holders_but_not_those_who_imitate_them(plagued):
    told = dict(plagued.sql("select pattern, avg(probability) from stolen group by all").fetchall())
    assert set(told) == set(patterns.NAMES)
    assert told["imitation"] < 0.3
    assert all(share > 0.6 for name, share in told.items() if name != "imitation")
    hard, all_of_them = one(
        plagued,
        """
        select count(*) filter (best < 0.1), count(*)
        from (select max(probability) as best from stolen group by person, date_trunc('month', occurred_at))""",
    )
    assert 0.1 < hard / all_of_them < 0.35


def test_thieves_come_at_all_hours_and_with_the_card_too(plagued):
    hours = [
        count
        for _, count in plagued.sql(
            "select hour(occurred_at) // 6 as part, count(*) from stolen group by all order by part"
        ).fetchall()
    ]
    assert len(hours) == 4
    assert min(hours) > 0.1 * sum(hours)
    present, away, declined = one(
        plagued,
        """
        select avg((channel = 'pos')::int), avg((m.city <> p.city and not online)::int), avg((status = 'declined')::int)
        from stolen join merchants m using (merchant) join people p using (person)""",
    )
    assert 0.2 < present < 0.7
    assert away > 0.1
    assert 0.05 < declined < 0.3


def test_small_tests_come_before_the_card_is_cashed_in(plagued):
    first, later = one(
        plagued,
        """
        with ordered as (select amount, row_number() over (partition by person, date_trunc('month', occurred_at)
          order by occurred_at) as turn, count(*) over (partition by person, date_trunc('month', occurred_at)) as rows
          from stolen where pattern = 'stolen_number')
        select median(amount) filter (turn = 1), median(amount) filter (turn = rows) from ordered where rows >= 3""",
    )
    assert later > 10 * first


def test_most_frauds_are_noticed_and_what_was_posted_is_given_back(plagued):
    noticed = dict(
        plagued.sql("""
        select pattern = 'imitation', avg((fraud_case is not null)::int) from stolen
        where status <> 'declined' group by all""").fetchall()
    )
    assert noticed[False] == pytest.approx(0.9, abs=0.06)
    assert noticed[True] == pytest.approx(0.6, abs=0.12)
    assert one(
        plagued,
        """
        select count(*) from stolen s left join card_transactions r on r.original = s.transaction
        where s.fraud_case is not null and r.transaction is null""",
    ) == (0,)


def test_losses_and_false_alarms_lie_in_their_real_range():
    con = duckdb.connect()
    made = world()
    for name in ("card_transactions", "fraud_cases"):
        con.register(name, made.tables[name])
    con.register("stolen", made.truth["fraud"])
    points, alarms = one(
        con,
        """
        select 1e4 * sum(amount) filter (transaction in (select transaction from stolen))::double / sum(amount)::double,
          (select count(*) filter (outcome = 'false_alarm') / count(*) filter (outcome = 'confirmed') from fraud_cases)
        from card_transactions where kind in ('purchase', 'cash_advance') and status <> 'declined'""",
    )
    assert 1 < points < 8
    assert 4 < alarms < 12  # 5 to 10, and some thirty cases make it


def test_tricks_drift_by_month():
    months = [Month.at(1, 0, index, np.datetime64("2024-01-01")) for index in range(12)]
    shares = np.array([patterns.shares(month) for month in months])
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares.max(axis=0) > 1.8 * shares.min(axis=0)).all()
    wanted = [patterns.wanted(0, month).argmax() for month in months]
    assert len(set(wanted)) >= 2
