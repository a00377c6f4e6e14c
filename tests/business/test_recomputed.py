"""Numbers that the pages state, computed again from the canonical tables in plain SQL that shares no code with them."""

import json
import re
from pathlib import Path

import duckdb

#: How each number is computed again: of a page and a measure, a query of scopes (as the page words them) and values.
_NUMBERS: dict[tuple[str, str], str] = {
    ("10", "rows_accepted"): "select 'transactions', count(*) from transactions union all "
    "select strftime(occurred_on, '%B %Y'), count(*) from transactions group by 1 union all "
    "select kind, count(*) from kinds group by 1",
    ("10", "rows_zero"): "select kind, count(*) filter (amount = 0) from kinds group by 1",
    ("10", "named_customers"): "select kind, count(distinct customer_id) from kinds group by 1",
    ("10", "amount_accepted"): "select '', sum(amount) from transactions union all "
    "select strftime(occurred_on, '%B %Y'), sum(amount) from kinds where kind in ('purchases', 'refunds') group by 1 "
    "union all select kind, sum(amount) from kinds group by 1",
    ("10", "accepted_gross"): "select '', sum(amount) from transactions where kind = 'purchase'",
    ("10", "accepted_refunds"): "select '', -sum(amount) from transactions where kind = 'refund'",
    ("10", "accepted_net"): "select '', sum(amount) from transactions where kind in ('purchase', 'refund')",
    (
        "10",
        "days_filled",
    ): "select strftime(occurred_on, '%B %Y'), count(distinct occurred_on) from transactions group by 1",
    ("20", "buyers"): "select '', count(*) from buyers",
    ("20", "business_net"): "select '', sum(amount) from amounts",
    ("20", "quiet_buyers"): "select '', count(*) filter (silent > {quiet_days}) from buyers",
    ("20", "quiet_share"): "select '', avg((silent > {quiet_days})::int) from buyers",
    ("20", "owner_customers"): "select '', count(*) from buyers",
    ("20", "owner_lines"): "select '', count(*) from spend",
    ("20", "owner_purchases"): "select '', sum(amount) from spend where kind = 'purchase'",
    ("20", "owner_refunds"): "select '', sum(amount) from spend where kind = 'refund'",
    ("20", "owner_net"): "select '', sum(amount) from spend",
    ("20", "mean_spend"): "select fifth, avg(net) from fifths group by 1",
    ("20", "group_buyers"): "select fifth, count(*) from fifths group by 1 union all "
    "select low || ' to ' || high, count(*) from bands group by 1 union all "
    "select 'over ' || (low - 1), count(*) from bands where high is null group by 1",
    ("20", "group_share"): "select coalesce(low || ' to ' || high, 'over ' || (low - 1)), "
    "count(*) / (select count(*) from buyers) from bands group by 1",
    ("20", "spend_share"): "select fifth, sum(net) / (select sum(net) from buyers) from fifths group by 1 union all "
    "select coalesce(low || ' to ' || high, 'over ' || (low - 1)), sum(net) / (select sum(net) from buyers) "
    "from bands group by 1",
    (
        "20",
        "spend_times",
    ): "select '', avg(net) filter (fifth = 'top fifth') / avg(net) filter (fifth = 'lowest fifth') from fifths",
    ("20", "category_share"): "select replace(category, '_', ' '), sum(amount) / sum(sum(amount)) over () from spend "
    "where kind = 'purchase' group by category",
    ("20", "category_reach"): "select replace(category, '_', ' '), count(*) / (select count(*) from buyers) from "
    "(select customer_id, category from spend where kind = 'purchase' group by all having sum(amount) <> 0) group by 1",
    ("20", "purchases_share"): "select dayname(day) || ' / ' || case when hour < 12 then 'Before 12:00' "
    "when hour < 17 then '12:00 to 17:00' else 'From 17:00' end, count(*) / sum(count(*)) over () "
    "from baskets where hour is not null group by 1",
    ("30", "buyers"): "select '', count(*) from buyers",
    ("30", "group_buyers"): "select tier, count(*) from tiers group by 1",
    ("30", "group_share"): "select tier, count(*) / (select count(*) from buyers) from tiers group by 1",
    ("30", "group_spend"): "select tier, sum(net) from tiers group by 1",
    ("30", "spend_share"): "select tier, sum(net) / (select sum(net) from buyers) from tiers group by 1",
    ("40", "known_customers"): "select '', count(*) from buyers",
    ("60", "buyers"): "select '', count(*) from buyers",
    ("60", "contacts"): "select '', count(*) from contacted union all select kind, count(*) from contacted group by 1",
    ("60", "contacted_people"): "select '', count(distinct customer_id) from contacted",
    ("60", "campaigns"): "select '', count(*) from campaigns",
    ("60", "contacts_each"): "select '', count(*) / count(distinct customer_id) from contacted",
    ("60", "responded"): "select kind, count(*) filter (responded) from contacted group by 1",
    ("60", "response_rate"): "select '', avg(responded::int) from contacted union all "
    "select kind, avg(responded::int) from contacted group by 1",
}
#: Findings whose groups are those of some campaigns alone.
_OF_PART = {"review.comparability", "review.effects_by_kind"}
#: Tables that several of them ask: the spend up to the last complete day, of known customers, and what follows from it.
_TABLES = """
create view kinds as select *replace (case kind when 'purchase' then 'purchases' when 'refund' then 'refunds'
  when 'fee' then 'fees and interest' else kind end as kind) from transactions;
create table amounts as select * from transactions
  where kind in ('purchase', 'refund') and occurred_on <= date '{as_of}';
create table spend as select * from amounts where customer_id is not null;
create table baskets as select customer_id, basket_id, min(occurred_on) as day, min(hour) as hour from spend
  where kind = 'purchase' group by 1, 2 having sum(amount) > 0;
create table buyers as select customer_id, date '{as_of}' - max(day) as silent, any_value(net)::double as net
  from baskets join (select customer_id, sum(amount) as net from spend group by 1) using (customer_id) group by 1;
create table ranked as select *, (row_number() over (order by net, customer_id) - 1) / (count(*) over () - 1) as place,
  sum(greatest(net, 0)) over (order by net desc range unbounded preceding)
  - sum(greatest(net, 0)) over (partition by net) as above, sum(greatest(net, 0)) over () as total from buyers;
create table fifths as select *, ['lowest fifth', 'second fifth', 'third fifth', 'fourth fifth', 'top fifth']
  [case when place <= .2 then 1 when place <= .4 then 2 when place <= .6 then 3 when place <= .8 then 4 else 5 end]
  as fifth from ranked;
create table tiers as select *, case when net <= 0 then 'base' when above < total * .5 then 'top'
  when above < total * .8 then 'middle'
  else 'base' end as tier from ranked;
"""


_CONTACTED = """
create table contacted as select c.*, p.kind, p.name, r.contact_id is not null as responded from contacts c
  join campaigns p using (campaign_id) left join (select distinct contact_id from responses) r using (contact_id)
  where not coalesce(is_holdout, false) and sent_on <= date '{as_of}';
"""


def numbers_of(reports: Path) -> list[dict]:
    """List the numbers that the English pages of a business state, each with its page's number."""
    stated = json.loads((reports / "statements.json").read_text(encoding="utf-8"))
    shown = [number for number in stated if number["bound"] == "value" and number["value"] is not None]
    return [{**number, "page": number["page"][:2]} for number in shown if number["finding"] not in _OF_PART]


def database(processed: Path, numbers: list[dict]) -> duckdb.DuckDBPyConnection:
    """Open the tables of a business, and make those that several numbers follow from."""
    con = duckdb.connect()
    for path in processed.glob("*.parquet"):
        con.execute(f"create view \"{path.stem}\" as from '{path}'")
    as_of = con.sql("select last_on + recency_days::int from profile limit 1").fetchall()[0][0]
    con.execute(_TABLES.format(as_of=as_of))
    edges = [re.fullmatch(r"(\d+) to (\d+)|over (\d+)", number["scope"]) for number in numbers]
    bands = {(int(e[1] or int(e[3]) + 1), e[2] or "null") for e in edges if e}
    values = ", ".join(f"({low}, {high})" for low, high in bands)
    con.execute(
        f"create table bands as select * from buyers join (values {values}) b(low, high) "
        "on silent >= low and silent <= coalesce(high, silent)"
    )
    if (processed / "contacts.parquet").is_file():
        con.execute(_CONTACTED.format(as_of=as_of))
    return con


def again(con: duckdb.DuckDBPyConnection, numbers: list[dict]) -> tuple[int, list[str]]:
    """Compute again what can be: how many numbers were, and those that differ by more than their rounding.

    Beside hidden groups counts are rounded to fives, and shares are made from those.
    """
    quiet_days = next(number["value"] for number in numbers if number["measure"] == "quiet_days")
    [(buyers,)] = con.sql("select count(*) from buyers").fetchall()
    compared, different = 0, []
    for (page, measure), query in _NUMBERS.items():
        here = [number for number in numbers if (number["page"], number["measure"]) == (page, measure)]
        if not here:
            continue
        known = dict(con.sql(query.format(quiet_days=quiet_days)).fetchall())
        for number in here:
            scope = next((scope for scope in known if _is_of(number["scope"], scope)), None)
            if scope is None:
                continue
            compared += 1
            of_fives = 2.5 / buyers if number.get("of_rounded") and number["unit"] == "share" else 0.0
            if abs(number["value"] - float(known[scope])) > (number["step"] / 2 + of_fives) * (1 + 1e-9):
                different.append(f"{page} {measure} of {scope or 'all'}: {number['shown']}, not {known[scope]}")
    return compared, different


def _is_of(stated: str, scope: str) -> bool:
    """Say whether a number is of a group: of it alone, or of a column or a row that begins with it."""
    return stated == scope or (scope != "" and stated.startswith((f"{scope} / ", f"{scope}, ")))


def test_numbers_of_the_bank_are_those_of_its_tables(small_bank):
    numbers = numbers_of(small_bank.reports("tiny"))
    compared, different = again(database(small_bank.processed("tiny"), numbers), numbers)
    assert different == []
    assert compared >= 100


def test_numbers_of_the_grocer_are_those_of_its_tables(grocer):
    numbers = numbers_of(grocer.reports("complete_journey"))
    compared, different = again(database(grocer.processed("complete_journey"), numbers), numbers)
    assert different == []
    assert compared >= 100
