import duckdb
import pytest

from simulate.made import other_world, world

_POSTED = """
    with s as (select *, lag(statement_on) over (partition by account order by statement_on) as before from statements),
    posted as (
      select s.account, s.statement_on,
        coalesce(sum(amount) filter (kind = 'purchase'), 0) as purchases,
        coalesce(sum(amount) filter (kind = 'cash_advance'), 0) as cash_advances,
        coalesce(sum(amount) filter (kind = 'fee'), 0) as fees,
        coalesce(sum(amount) filter (kind = 'interest'), 0) as interest,
        coalesce(-sum(amount) filter (kind = 'refund'), 0) as refunds
      from s left join card_transactions t
        on t.account = s.account and t.status = 'cleared' and t.posted_on <= s.statement_on
        and t.posted_on > s.before
      where s.person < 800 and s.before is not null group by all)
    select count(*) as statements, count(*) filter (
      (s.purchases, s.cash_advances, s.fees, s.interest, s.refunds)
      is distinct from (p.purchases, p.cash_advances, p.fees, p.interest, p.refunds)) as wrong
    from posted p join s using (account, statement_on)
"""


@pytest.fixture(scope="module", params=(world, other_world))
def bank(request):
    con, made = duckdb.connect(), request.param()
    for name, table in made.tables.items():
        con.register(name, table)
    for name, table in made.truth.items():
        con.register(f"truth_{name}", table)
    return con


def one(con, query):
    return con.sql(query).fetchall()[0]


def test_a_statement_is_the_one_before_plus_what_happened(bank):
    wrong = one(bank, """
        select count(*) from statements where balance is distinct from
        previous_balance + purchases + cash_advances + fees + interest - refunds - payments""")  # fmt: skip
    assert wrong == (0,)


def test_a_statement_begins_where_the_last_one_ended(bank):
    wrong = one(bank, """
        select count(*) from (select balance, lead(previous_balance) over
          (partition by account order by statement_on) as following from statements)
        where following <> balance""")  # fmt: skip
    assert wrong == (0,)


def test_statements_have_the_transactions_posted_since_the_last_one(bank):
    statements, wrong = one(bank, _POSTED)
    assert statements > 5_000
    assert wrong == 0


def test_statements_have_the_payments_made_since_the_last_one(bank):
    statements, wrong = one(bank, """
        with s as (select *, lag(statement_on) over (partition by account order by statement_on) as before
                   from statements),
        paid as (select s.account, s.statement_on, coalesce(sum(p.amount), 0) as paid
          from s left join payments p on p.account = s.account and cast(p.paid_at as date) < s.statement_on
            and cast(p.paid_at as date) >= s.before where s.before is not null group by all)
        select count(*), count(*) filter (paid <> payments)
        from paid join s using (account, statement_on)""")  # fmt: skip
    assert statements > 20_000
    assert wrong == 0


def test_declined_transactions_are_never_posted(bank):
    assert one(
        bank, "select count(*) from card_transactions where (status = 'cleared') <> (posted_on is not null)"
    ) == (0,)


def test_a_refund_gives_back_no_more_than_was_paid(bank):
    assert one(bank, """
        select count(*) from card_transactions r join card_transactions t on r.original = t.transaction
        where r.kind = 'refund' and (-r.amount > t.amount or r.account <> t.account or r.occurred_at <= t.occurred_at)
        """) == (0,)  # fmt: skip


def test_points_are_one_for_each_yuan_and_never_below_nothing(bank):
    assert one(bank, "select count(*) from rewards where (kind = 'earned') <> (points > 0)") == (0,)
    earned = one(bank, "select sum(points) from rewards where kind = 'earned'")[0]
    bought = one(bank, "select sum(greatest(floor(purchases - refunds), 0)) from statements")[0]
    assert earned == int(bought)


def test_nothing_happens_on_a_card_before_it_is_activated_or_after_it_is_closed(bank):
    early, late = one(bank, """
        select count(*) filter (cast(occurred_at as date) < activated_on),
               count(*) filter (cast(occurred_at as date) > closed_on and t.kind = 'purchase')
        from card_transactions t join accounts using (account)""")  # fmt: skip
    assert (early, late) == (0, 0)


def test_nobody_is_contacted_without_consent_or_twice_in_a_month(bank):
    assert one(bank, "select count(*) from contacts join people using (person) where not consent") == (0,)
    assert one(bank, """
        select count(*) from (select person, date_trunc('month', sent_at) from contacts
                              group by all having count(*) > 1)
        """) == (0,)  # fmt: skip
