"""The bank's figures lie where those of real banks do: orders of magnitude, from the trade (docs/card-bank.md)."""

import duckdb
import pytest

from simulate.made import world

#: Each figure's real range, and how it is measured on the delivered tables and the books.
RANGES = {
    "income by spend": (
        0.03, 0.06,
        """select (select sum(interchange + interest + fees)::double from books) / sum(amount)::double
        from card_transactions where kind in ('purchase', 'cash_advance') and status <> 'declined'""",
    ),
    "interest by income": (
        0.5, 0.75, "select sum(interest)::double / sum(interchange + interest + fees)::double from books",
    ),
    "utilisation": (
        0.2, 0.4, "select sum(greatest(balance, 0))::double / sum(credit_limit)::double from statements",
    ),
    "statements with interest": (0.3, 0.5, "select avg((interest > 0)::int) from statements"),
    "utilisation at charge-off": (
        0.85, 1.1, """select median(u) from (select arg_max(balance / s.credit_limit, statement_on)::double as u
        from statements s join accounts using (account) where status = 'charged_off' group by account)""",
    ),
    "rise of it in the year before": (
        1.2, 2.5, """with ended as (select account, max(statement_on) as last from statements
          join accounts using (account) where status = 'charged_off' group by all)
        select avg(balance / s.credit_limit) filter (datediff('month', statement_on, last) = 3)
             / avg(balance / s.credit_limit) filter (datediff('month', statement_on, last) = 12)
        from statements s join ended using (account)""",
    ),
    "90 days past due within a year of opening": (
        0.01, 0.09, """with late as (select account, min(statement_on) as day from statements
          where days_past_due >= 90 group by all)
        select avg((datediff('day', opened_on, day) <= 365 and day is not null)::int)
        from accounts left join late using (account)
        where kind = 'credit_card' and opened_on between date '2024-01-01' and date '2024-12-31'""",
    ),
    "approved of decided": (
        0.3, 0.6, """select avg((decision = 'approved')::int) from applications
        where decision in ('approved', 'declined') and applied_at >= timestamp '2024-01-01'""",
    ),
    "cards in use, of those a year before": (
        0.94, 1.06, """select count(*) filter (date_trunc('month', statement_on) = date '2025-12-01')
        / count(*) filter (date_trunc('month', statement_on) = date '2024-12-01') from statements""",
    ),
    "past due by 30 days in the first quarter, of that in the last year": (
        0.6, 1.7, """select avg((days_past_due >= 30)::int) filter (statement_on < date '2024-04-01')
        / avg((days_past_due >= 30)::int) filter (statement_on >= date '2025-01-01') from statements""",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bank():
    con = duckdb.connect()
    for name, table in world().tables.items():
        con.register(name, table)
    con.register("books", world().truth["books"])
    return con


@pytest.mark.parametrize("figure", RANGES)
def test_the_figure_lies_in_its_real_range(bank, figure):
    least, most, query = RANGES[figure]
    [(seen,)] = bank.sql(query).fetchall()
    assert least <= float(seen) <= most


def test_cures_fall_from_bucket_to_bucket(bank):
    cured = [share for _, share in bank.sql("""
        with steps as (select (days_past_due + 29) // 30 as bucket,
          lead(days_past_due) over (partition by account order by statement_on) as following from statements)
        select bucket, avg((following = 0)::int) from steps
        where following is not null and bucket between 1 and 4 group by all order by bucket""").fetchall()]  # fmt: skip
    assert cured == sorted(cured, reverse=True)
    assert cured[0] > 0.5 > 0.25 > cured[3]


def test_declines_of_before_the_first_month_are_known_with_their_reason_and_score(bank):
    [(declines, reasons, scored)] = bank.sql("""
        select count(distinct application), count(decline_reason),
          count(distinct application) filter (score is not null)
        from applications a left join bureau_scores s on a.person = s.person and cast(applied_at as date) = scored_on
        where decision = 'declined' and applied_at < timestamp '2024-01-01'""").fetchall()  # fmt: skip
    assert declines > 100
    assert scored == declines
    assert reasons == declines
