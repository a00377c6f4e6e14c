"""Findings of notebook 10: what was delivered, whether it adds up, what was quarantined, what a row tells."""

import functools
from collections.abc import Mapping
from decimal import Decimal

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date

from insight.config.definitions import share
from insight.contracts.rules import Rule
from insight.report.charts import in_percent, name_rows
from insight.report.finding import CURRENCY, Finding, Headline, extent, finding, is_few
from insight.report.plot import ACCENT, CAUTION, PALE, figure
from insight.sources import inventory
from insight.sources.keys import Spread
from insight.storage.last_day import last_complete_day
from insight.storage.odd_days import odd_days
from insight.words.context import context
from insight.words.names import column_name, named, table_name
from insight.words.numerals import day, percent
from insight.words.text import Text, text

Totals = Mapping[str, int | Decimal]

_MOST_RULES = 10
_MOST_WEEKS = 5
_WEEK = 7
_FATES = ("delivered", "quarantined", "accepted", "duplicate")


# --- what arrived


def answer(totals: Totals) -> Finding:
    """Answer the page's question: what arrived, and whether all of it counts."""
    rows = totals["rows_delivered"]
    known = "nothing" if rows == 0 else "all" if totals["rows_accepted"] == rows else "some"
    return Finding("intake.answer", totals, variants={"lead": "unknown" if totals["rows_unknown"] else known})


def span(per_day: pd.DataFrame, customers: int) -> Finding:
    """Say from when to when, and about how many customers."""
    covered = inventory.coverage(per_day)
    many = "days" if is_few(customers) else "customers"
    variant = many if covered.days > 1 else "one" if covered.days else "none"
    return Finding("intake.span", {"covered": covered, "customers": customers}, variants={"lead": variant})


def arrived(tables: pd.DataFrame) -> Finding:
    """Lay out the rows of each table delivered, and what became of them."""
    return Finding("intake.arrived", table=named(tables, table_name=table_name))


def account(totals: Totals) -> Finding:
    """Lay out the reconciliation of the transactions: delivered, where it went, and the difference."""
    accepted = inventory.accepted_share(totals)
    certainty = "unknown" if totals["rows_unknown"] else "whole"
    return Finding(
        "intake.account",
        {**totals, "share": accepted},
        table=named(inventory.reconciliation(totals), part="intake.fate"),
        variants={
            "so_what": "none" if accepted is None else "all" if accepted == 1 else "share",
            "note": "unknown" if totals["rows_unknown"] else None,
        },
        headlines=[
            *(Headline(f"rows_{fate}", totals[f"rows_{fate}"], unit="rows") for fate in _FATES),
            Headline("amount_accepted", totals["amount_accepted"], CURRENCY, variant=certainty),
        ],
    )


# --- what was quarantined


def broken_rules(broken: pd.DataFrame) -> Finding:
    """Lay out the rules that rows broke, the most frequent first, and what to mend at the source."""
    return _by_rule(broken, "intake.broken") if len(broken) else Finding("intake.none_broken")


def remarks(remarks: pd.DataFrame) -> Finding:
    """Lay out what was done to values of accepted rows, such as one that cannot be read and was left out."""
    return _by_rule(remarks, "intake.remarks") if len(remarks) else Finding("intake.no_remarks")


def _by_rule(counted: pd.DataFrame, name: str) -> Finding:
    top = named_columns(counted.head(_MOST_RULES))
    rules = [rule_in_words(Rule(row.code, row.bounds)) for row in top.itertuples()]
    places = [text("intake.broken.place", file=row.first_file, line=row.first_line) for row in top.itertuples()]
    table, more = top.assign(rule=rules, place=places), len(counted) - len(top)
    facts = {"first": table.iloc[0], "rows": text("intake.broken.rows", n=int(table.iloc[0].rows)), "n": more}
    return Finding(name, facts, table=table, variants={} if more else {"note": None})


def spread(spread: Spread) -> list[Finding]:
    """Point out the baskets that stand in more than one file; nothing where there are none."""
    return [Finding("intake.spread", {"spread": spread})] if spread.baskets else []


def rule_in_words(rule: Rule) -> Text:
    """Say what was wrong with a row."""
    first, second, *_ = (*rule.bounds, None, None)
    return text(f"intake.rule.{rule.code}", bounds=rule.bounds, first=first, second=second)


# --- whose it is


def owners(customers: inventory.Customers, *, linked: bool = False) -> list[Finding]:
    """Say whose the transactions are and how many have a row in a customer file; ``linked``: records make customers."""
    if linked:
        return [Finding("intake.owners", variants={"says": "issued"})]
    known = customers.known
    few = is_few(known)
    counted = Finding(
        "intake.owners",
        {"n": known},
        variants={"says": "no_ids" if not known else "few_ids" if few else "ids"},
        headlines=[Headline("customers", None if few else known, "customers", variant="few" if few else "shown")],
    )
    if known == 0:
        return [counted]
    silent = Finding("intake.silent", {"n": customers.silent})
    beside = [silent] if customers.buyers and not is_few(customers.silent) else []
    return [counted, _described(customers), *beside]


def _described(customers: inventory.Customers) -> Finding:
    part = customers.described if customers.buyers else customers.records
    few = is_few(customers.known) or (part and is_few(part))
    variant = "no_file" if not customers.has_file else "few" if few else extent(part, customers.known)
    facts = {"n": part, "share": float(share("described_share", part, customers.known)), "records": customers.records}
    return Finding("intake.described", facts, variants={"says": variant})


def unassigned(found: Totals) -> Finding:
    """Say which part of the transactions names no customer, and what follows."""
    part = extent(found["rows"], found["rows_all"]) if found["rows_all"] else "no_lines"
    shares = inventory.unassigned_shares(found)
    says = part if not found["rows"] else "amount" if shares["part"] is None else "share"
    return Finding("intake.unassigned", {**found, **shares}, variants={"says": says, "so_what": part})


@finding
def stream(reconciled: pd.DataFrame) -> Finding:
    """Lay out the stream of events beside the tables that it is made of."""
    unassigned = int(reconciled["unassigned"].sum())
    return Finding(
        facts={"n": reconciled["events"].sum(), "unassigned": unassigned},
        table=named(reconciled, stream=table_name),
        variants={"says": "some" if unassigned else "all"},
    )


# --- which days


def days(per_day: pd.DataFrame, customers: int) -> Finding:
    """Show transaction lines per day, and the longest gap in them; few days are said, not drawn."""
    covered = inventory.coverage(per_day)
    few = covered.days > 0 < customers and is_few(customers)
    reason = "common.too_few" if few else "intake.few_days.says" if covered.days else "common.nothing_to_count"
    return Finding(
        "intake.days",
        {"covered": covered},
        figure=_draw_days(per_day),
        table=named(inventory.by_month(per_day), month=functools.partial(day, style="month")),
        variants={"title": covered.gaps, "so_what": covered.verdict},
        headlines=[Headline("days", covered.filled, unit="days")],
    ).unless(text(reason, n=covered.days) if few or covered.days < inventory.FEWEST_DAYS else None)


def last_day(per_day: pd.DataFrame) -> list[Finding]:
    """Say which day is the last complete one, where the last of all is not, and which days before it stand out."""
    if per_day.empty:
        return []
    lines = per_day.set_index("day").lines
    complete = last_complete_day(lines)
    after = (per_day.day.max().date() - complete).days
    said = [Finding("intake.last_day", {"complete": complete, "n": after})] if after else []
    return said + [
        Finding("intake.odd_days", {"odd": odd}, variants={"says": "level" if odd.kind == "level" else "days"})
        for odd in odd_days(lines[: pd.Timestamp(complete)])
    ]


@figure
def _draw_days(ax: Axes, per_day: pd.DataFrame) -> None:
    smooth = per_day.lines.rolling(_WEEK, center=True, min_periods=_WEEK).mean()
    ax.plot(per_day.day, per_day.lines, color=PALE, linewidth=1)
    ax.plot(per_day.day, smooth, color=ACCENT)
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
    first, last = ax.get_xlim()
    style = "short month" if last - first > 62 else "short"
    ax.xaxis.set_major_formatter(lambda value, _place: str(day(num2date(value), style=style)))


@finding
def weeks(by_week: pd.DataFrame) -> Finding:
    """Show how much transaction lines change from one whole week to the next: a jump may be a missing file."""
    changes = inventory.largest_changes(by_week)
    most = changes.iloc[0]
    return Finding(
        facts={"most": most, "n": len(changes)},
        figure=_draw_weeks(by_week["change"].dropna()),
        table=changes.head(_MOST_WEEKS),
        variants={"so_what": "jump" if inventory.is_jump(most) else "steady"},
    )


@figure(height=2.4)
def _draw_weeks(ax: Axes, changes: pd.Series) -> None:
    seaborn.histplot(x=changes, bins="sturges", color=ACCENT, edgecolor="white", ax=ax)
    in_percent(ax.xaxis)


# --- which kinds


def kinds(counted: pd.DataFrame, *, linked: bool = True) -> Finding:
    """Lay out lines, customers (``linked``, or keys of sources) and money of each kind, and what is left net."""
    net = inventory.net(counted)
    if net is None or counted.kind.tolist() == ["purchase"]:
        variant = "only_purchases" if net else "no_purchases"
    elif counted.customers.between(1, context().min_cell - 1).any():
        variant = "few"
    else:
        variant = "with_others" if net.rest else "taken_apart"
        variant = variant if net.share is not None else f"more_back.{variant}"
    return Finding(
        "intake.kinds",
        {"net": net},
        table=None if counted.empty else named(counted.astype({"amount": float}), kind="intake.kind"),
        variants={"says": variant, "column.customers": "linked" if linked else "keys"},
    )


# --- what a row tells


def filled_columns(filled: pd.DataFrame) -> Finding:
    """Show the share of rows that carry each fact beyond what every row must have."""
    some = named_columns(filled[filled.filled > 0])
    if some.empty:
        return Finding("intake.no_facts")
    rows = named_columns(filled.drop_duplicates("table_name"))
    partly = int((some.share < 1).sum())
    facts = {
        **{"n": len(some), "k": partly, "least": some.loc[some.share.idxmin()]},
        "parts": [text("intake.filled.rows_of", table=row.table_name, n=row.rows) for row in rows.itertuples()],
    }
    return Finding(
        "intake.filled",
        facts,
        figure=figure(_draw_filled, height=1.0 + 0.3 * len(some))(some.iloc[::-1]),
        table=some,
        variants={"title": "partly" if partly else "full"},
    )


def named_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the names of tables and columns into words."""
    return named(frame, table_name=table_name, column=column_name)


def _draw_filled(ax: Axes, some: pd.DataFrame) -> None:
    places = range(len(some))
    ax.barh(places, some.share, color=[CAUTION if part < 1 else ACCENT for part in some.share], height=0.62)
    for place, part in zip(places, some.share, strict=True):
        ax.text(part + 0.012, place, str(percent(part)), va="center", fontsize=10.5)
    name_rows(ax, places, [text("intake.filled.label", row=row) for row in some.itertuples()])
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    in_percent(ax.xaxis)


def absent_columns(filled: pd.DataFrame) -> Finding:
    """Name the facts that this business does not deliver."""
    names = [column_name(name) for name in filled.column[filled.filled == 0]]
    return Finding(
        "intake.absent", {"names": names}, variants={"says": "no_rows" if filled.empty else "some" if names else "none"}
    )


def broken_links(links: pd.DataFrame) -> list[Finding]:
    """Lay out the rows that name what no other row is about, the loudest first; say how many rows each lookup met."""
    met = [
        Finding("intake.lookups", {"link": link, "met": link.named - link.rows})
        for link in named_columns(links[links.is_lookup]).itertuples()
    ]
    links = links[links.rows > 0]
    if links.empty:
        return [Finding("intake.no_broken_links"), *met]
    table = named(named_columns(links), points_to=table_name)
    laid_out = Finding("intake.links", table=table)
    if not links.loud.any():
        return [laid_out, *met]
    first = table.iloc[0]
    return [Finding("intake.unmet", {"first": first}, variants={"says": first.way or "plain"}), laid_out, *met]
