"""The card bank's figures against the ranges of real banks: orders of magnitude, from the trade.

``python benchmarks/bank_ranges.py`` writes ``benchmarks/results/bank_ranges.json`` and the table in
``docs/card-bank.md`` for three seeds; ``tests/simulate/test_ranges.py`` holds a small bank to the same ranges, as far
as its size allows.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import duckdb
from ceilings import into_page

from insight.simulate.world import World, make_world

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results" / "bank_ranges.json", HERE.parent / "docs" / "card-bank.md"


class Range(NamedTuple):
    """A figure's real range, how it is measured, and what a bank of 4,000 may lie off by luck, as a factor."""

    least: float
    most: float
    query: str
    luck: float = 1.0


_ENDED = """with ended as (select account, max(statement_on) as last from statements
  join accounts using (account) where status = 'charged_off' group by all)"""
_DECIDED = """with begun as (select person, min(month) as day from stages where stage = 'drifting' group by all),
  seen as (select person, day from begun where day >= date '2024-08-01')"""
_LATE = """with steps as (select (days_past_due + 29) // 30 as bucket,
  lead(days_past_due) over (partition by account order by statement_on) as following from statements)"""

#: By subject (BANK.md 2) and figure.
RANGES: dict[tuple[str, str], Range] = {
    ("income", "interest, fees and interchange, by spend"): Range(
        0.03, 0.06,
        """select (select sum(interchange + interest + fees)::double from books) / sum(amount)::double
        from card_transactions where kind in ('purchase', 'cash_advance') and status <> 'declined'""",
    ),
    ("income", "interest, of these"): Range(
        0.5, 0.75, "select sum(interest)::double / sum(interchange + interest + fees)::double from books",
    ),
    ("credit", "utilisation"): Range(
        0.2, 0.4, "select sum(greatest(balance, 0))::double / sum(credit_limit)::double from statements",
    ),
    ("credit", "statements with interest"): Range(
        0.3, 0.5, "select avg((interest > 0)::int) from statements"
    ),
    ("default", "utilisation at charge-off"): Range(
        0.85, 1.1, """select median(u) from (select arg_max(balance / s.credit_limit, statement_on)::double as u
        from statements s join accounts using (account) where status = 'charged_off' group by account)""",
    ),
    ("default", "rise of it in the year before"): Range(
        1.2, 2.5, _ENDED + """ select avg(balance / s.credit_limit) filter (datediff('month', statement_on, last) = 3)
             / avg(balance / s.credit_limit) filter (datediff('month', statement_on, last) = 12)
        from statements s join ended using (account)""",
    ),
    ("default", "cash, of what is drawn in the year before, against the others' share"): Range(
        2, 40, _ENDED + """, cash as (select account in (select account from ended) as bad,
          sum(cash_advances)::double / sum(purchases + cash_advances)::double as share from statements group by all)
        select max(share) filter (bad) / max(share) filter (not bad) from cash""",
    ),
    ("default", "purchases three to one months before the first 30 days past due, against nine to seven"): Range(
        0.7, 3, """with ended as (select account from accounts where status = 'charged_off'),
          late as (select account, min(statement_on) as day from statements join ended using (account)
          where days_past_due > 0 group by all)
        select avg(purchases) filter (datediff('month', statement_on, day) between 1 and 3)
          / avg(purchases) filter (datediff('month', statement_on, day) between 7 and 9)
        from statements join late using (account)""", 1.3,
    ),
    ("default", "days past due on the last statement before charge-off"): Range(
        150, 210, _ENDED + """ select median(days_past_due) from statements join ended using (account)
        where statement_on = last""",
    ),
    ("default", "cured within a month, up to 30 days past due"): Range(
        0.5, 0.9, _LATE + " select avg((following = 0)::int) from steps where following is not null and bucket = 1"
    ),
    ("default", "cured within a month, 91 to 120 days past due"): Range(
        0.02, 0.25, _LATE + " select avg((following = 0)::int) from steps where following is not null and bucket = 4"
    ),
    ("new accounts", "90 days past due within a year of opening"): Range(
        0.02, 0.06, """with late as (select account, min(statement_on) as day from statements
          where days_past_due >= 90 group by all)
        select avg((datediff('day', opened_on, day) <= 365 and day is not null)::int)
        from accounts left join late using (account)
        where kind = 'credit_card' and opened_on between date '2024-01-01' and date '2024-12-31'""", 1.7,
    ),
    ("approval", "approved of decided"): Range(
        0.3, 0.6, """select avg((decision = 'approved')::int) from applications
        where decision in ('approved', 'declined') and applied_at >= timestamp '2024-01-01'""",
    ),
    ("approval", "declined with a reason and a score, of the declined"): Range(
        1, 1, """select count(distinct application) filter (decline_reason is not null and score is not null)
          / count(distinct application)
        from applications a left join bureau_scores s on a.person = s.person and cast(applied_at as date) = scored_on
        where decision = 'declined'""",
    ),
    ("approval", "document checks that fail, papers for a time against resident cards"): Range(
        3, 40, """select avg((outcome = 'failed')::int) filter (document <> 'resident_card')
          / avg((outcome = 'failed')::int) filter (document = 'resident_card')
        from application_checks where kind = 'document'""", 1.5,
    ),
    ("leaving", "purchases one and two months before the decision, against five to seven"): Range(
        0.5, 0.92, _DECIDED + """ select count(*) filter (datediff('month', occurred_at, day) between 1 and 2) / 2
          / (count(*) filter (datediff('month', occurred_at, day) between 5 and 7) / 3)
        from seen join card_transactions using (person) where kind = 'purchase'""",
    ),
    ("leaving", "complaints about fees in the three months before it, against all card holders"): Range(
        1.5, 8, _DECIDED + """, usual as (select count(*) / (select count(*) from ahead) as often from tickets
          where topic = 'fee_complaint')
        select count(*) / (select count(*) from seen) / 3 / (select often from usual)
        from seen join tickets using (person)
        where topic = 'fee_complaint' and datediff('month', opened_at, day) between 1 and 3""",
    ),
    ("stock", "cards in use, of those a year before"): Range(
        0.94, 1.06, """select count(*) filter (date_trunc('month', statement_on) = date '2025-12-01')
        / count(*) filter (date_trunc('month', statement_on) = date '2024-12-01') from statements""",
    ),
    ("stock", "past due by 30 days in the first quarter, of that in the last year"): Range(
        0.6, 1.7, """select avg((days_past_due >= 30)::int) filter (statement_on < date '2024-04-01')
        / avg((days_past_due >= 30)::int) filter (statement_on >= date '2025-01-01') from statements""",
    ),
    ("stock", "applications of the last year, of those of the year before"): Range(
        0.8, 1.25, """select count(*) filter (applied_at >= timestamp '2025-01-01')
        / count(*) filter (applied_at between timestamp '2024-01-01' and timestamp '2025-01-01')
        from applications""", 1.1,
    ),
    ("fraud", "of the value, in basis points"): Range(
        1, 8, """select 1e4 * sum(amount) filter (transaction in (select transaction from stolen))::double
          / sum(amount)::double
        from card_transactions where kind in ('purchase', 'cash_advance') and status <> 'declined'""",
    ),
    ("fraud", "false alarms for a case"): Range(
        5, 20, """select count(*) filter (outcome = 'false_alarm') / count(*) filter (outcome = 'confirmed')
        from fraud_cases""", 1.3,
    ),
    ("fraud", "from midnight to six, of thieves' purchases"): Range(
        0.08, 0.4, """select avg((hour(occurred_at) < 6)::int) from card_transactions
        where transaction in (select transaction from stolen)""", 1.5,
    ),
    ("fraud", "in shops, of thieves' purchases"): Range(
        0.25, 0.7, """select avg((channel <> 'online')::int) from card_transactions
        where transaction in (select transaction from stolen)""", 1.3,
    ),
    ("tickets", "different texts, of all"): Range(
        0.9, 1, "select count(distinct text) / count(*) from tickets"
    ),
    ("tickets", "with several wishes"): Range(
        0.15, 0.4, "select avg((place = 1)::int) / avg((place = 0)::int) from wishes"
    ),
    ("tickets", "wording of the last six months that nobody has seen before"): Range(
        0.5, 0.7, """select avg((family = 5)::int) from wishes join tickets using (ticket)
        where opened_at >= timestamp '2025-07-01'""",
    ),
    ("differences", "satisfaction in a branch above that in the app's chat, marks"): Range(
        0.3, 1.2, """select avg(satisfaction) filter (channel = 'branch')
          - avg(satisfaction) filter (channel = 'app_chat') from tickets""", 1.3,
    ),
    ("differences", "approved of the referred above those of outlets"): Range(
        0.08, 0.35, """select avg((decision = 'approved')::int) filter (channel = 'referral')
          - avg((decision = 'approved')::int) filter (channel = 'outlet')
        from applications where decision in ('approved', 'declined') and applied_at >= timestamp '2022-02-01'""", 1.6,
    ),
}  # fmt: skip


def connect(world: World) -> duckdb.DuckDBPyConnection:
    """Give the delivered tables, and what of the truth the figures need."""
    con = duckdb.connect()
    truth = {"books": "books", "stages": "stages", "ahead": "ahead", "stolen": "fraud", "wishes": "tickets"}
    for name, table in world.tables.items():
        con.register(name, table)
    for name, of_truth in truth.items():
        con.register(name, world.truth[of_truth])
    return con


def measured(con: duckdb.DuckDBPyConnection, query: str) -> float:
    """Give a figure."""
    [(seen,)] = con.sql(query).fetchall()
    return float(seen)


def as_table(results: dict) -> str:
    """Write the results as the page shows them: the least and the most of the seeds."""
    lines = ["| subject | figure | real | here, by seed |", "|---|---|---|---|"]
    for row in results["figures"]:
        seen = ", ".join(f"{value:.3g}" for value in row["seen"])
        lines.append(f"| {row['subject']} | {row['figure']} | {row['least']:g} to {row['most']:g} | {seen} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, write the results and the table of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 23])
    parser.add_argument("--customers", type=int, default=10_000)
    given = parser.parse_args()
    figures: list[dict] = [{"subject": subject, "figure": figure, "least": each.least, "most": each.most, "seen": []}
                           for (subject, figure), each in RANGES.items()]  # fmt: skip
    for seed in given.seeds:
        con = connect(make_world(seed, 0, given.customers, 24))
        for row, each in zip(figures, RANGES.values(), strict=True):
            row["seen"].append(round(measured(con, each.query), 4))
    results = {"customers": given.customers, "seeds": given.seeds, "figures": figures}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    into_page(as_table(results), PAGE)


if __name__ == "__main__":
    main()
