"""The bank's account of money: every line is what the events of the month say, and the margin their sum."""

import duckdb
import pytest

from insight.simulate.events import books
from simulate.made import other_world, world


@pytest.fixture(scope="module", params=(world, other_world))
def bank(request):
    con, made = duckdb.connect(), request.param()
    for name, table in made.tables.items():
        con.register(name, table)
    con.register("books", made.truth["books"])
    con.register("stolen", made.truth["fraud"])
    con.register("credit", made.truth["credit"])
    return con


def test_the_margin_is_the_sum_of_its_parts(bank):
    parts = " + ".join(books.PARTS)
    assert bank.sql(f"select count(*), count(*) filter (margin <> {parts}) from books").fetchall()[0][1] == 0
    assert bank.sql("select count(*) from books").fetchall()[0][0] > 30_000


@pytest.mark.parametrize("part", books.PARTS)
def test_every_part_has_entries_and_one_sign(bank, part):
    least, most = bank.sql(f"select min({part}), max({part}) from books").fetchall()[0]
    if part == "interchange":  # a refund of last month's purchase gives back what it brought
        assert most > 0
    elif part in ("interest", "fees"):
        assert least == 0 < most
    elif part == "credit":  # what is paid after a charge-off comes back
        assert least < 0 < most
    else:
        assert least < 0 == most


def booked_and_seen(bank, part, query):
    return bank.sql(f"""
        with seen as ({query}),
        booked as (select person, month, {part} as cents from books where {part} <> 0)
        select count(*), count(*) filter (coalesce(booked.cents, 0) <> coalesce(seen.cents, 0))
        from booked full join seen using (person, month)""").fetchall()[0]  # fmt: skip


@pytest.mark.parametrize(("part", "kind"), [("interest", "interest"), ("fees", "fee")])
def test_interest_and_fees_are_those_of_the_transactions(bank, part, kind):
    rows, wrong = booked_and_seen(bank, part, f"""
        select person, cast(date_trunc('month', occurred_at) as date) as month, sum(amount) as cents
        from card_transactions where kind = '{kind}' group by all""")  # fmt: skip
    assert rows > 500
    assert wrong == 0


def test_what_is_given_back_after_fraud_is_booked_as_its_loss(bank):
    rows, wrong = booked_and_seen(bank, "fraud", """
        select b.person, cast(date_trunc('month', t.occurred_at) as date) as month, sum(b.amount) as cents
        from card_transactions b join stolen on b.original = stolen.transaction
        join card_transactions t on t.transaction = stolen.transaction group by all""")  # fmt: skip
    assert rows > 20
    assert wrong == 0


def test_a_charge_off_loses_what_the_account_owed(bank):
    rows, wrong = bank.sql("""
        with last as (select person, arg_max(balance, statement_on) as balance from statements group by all),
        lost as (select person, -min(credit) as cents from books where credit < 0 group by all)
        select count(*), count(*) filter (cents <> balance) from lost join last using (person)
        """).fetchall()[0]  # fmt: skip
    charged = bank.sql("select count(*) from credit where event = 'charge_off' and day >= '2024-01-01'").fetchall()
    assert (rows,) == charged[0]
    assert rows > 50
    assert wrong <= 0.05 * rows  # a refund after the last statement makes it less


def test_no_more_comes_back_than_was_lost(bank):
    assert bank.sql("""
        with lost as (select person, sum(owed) as cents from credit where event = 'charge_off' group by all),
        back as (select person, sum(credit) as cents from books where credit > 0 group by all)
        select count(*) from back left join lost using (person) where back.cents > coalesce(lost.cents, 0)
        """).fetchall() == [(0,)]  # fmt: skip


def test_contacts_cost_what_the_catalogue_says(bank):
    booked = bank.sql("select -sum(contacts) from books").fetchall()[0][0]
    spent = bank.sql("""
        select sum(contact_cost) + sum(case when response is not null then response_cost else 0 end)
        from contacts left join responses using (contact) join offers on contacts.offer = offers.offer
        where not is_holdout""").fetchall()[0][0]  # fmt: skip
    assert booked == spent


def test_points_cost_what_was_earned(bank):
    earned = bank.sql("select sum(points) from rewards where kind = 'earned'").fetchall()[0][0]
    booked = bank.sql("select -sum(points) from books").fetchall()[0][0]
    assert float(booked) == pytest.approx(earned * books.POINT / 100, rel=1e-3)
