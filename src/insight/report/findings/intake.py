"""Findings of notebook 10: what was delivered, whether it adds up, what was quarantined, what a row tells."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import seaborn
from babel.dates import format_date, format_skeleton
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.ticker import FuncFormatter, PercentFormatter

from insight.contracts.rules import Rule
from insight.report.charts import name_rows
from insight.report.context import context
from insight.report.finding import CURRENCY, NO_CUSTOMERS, Finding, Headline, finding
from insight.report.names import column_name, named, table_name
from insight.report.numerals import LOCALES, current, day, percent
from insight.report.plot import ACCENT, CAUTION, PALE, Figure, figure
from insight.report.text import Text, text, word
from insight.sources import inventory

Totals = Mapping[str, int | Decimal]

#: Days from first to last that a line of days needs to say anything.
FEWEST_DAYS = 14
#: Days in a row without transactions that are no question yet: a long weekend.
_LONG_WEEKEND = 3
_MOST_RULES = 10
_MOST_WEEKS = 5
#: Change from one week to the next that wants a question.
JUMP = 0.5
_WEEK = 7
_FATES = ("delivered", "quarantined", "accepted", "duplicate")


# --- what arrived


def answer(totals: Totals) -> Finding:
    """Answer the page's question: what arrived, and whether all of it counts."""
    if totals["rows_delivered"] == 0:
        variant = "nothing"
    else:
        variant = "all" if totals["rows_accepted"] == totals["rows_delivered"] else "some"
    return Finding("intake.answer", totals, variants={"lead": variant})


def span(days: pd.DataFrame, customers: int) -> Finding:
    """Say from when to when, and about how many customers."""
    if len(days) < 2:
        variant = "one" if len(days) else "none"
    else:
        variant = "days" if customers < context().min_cell else "customers"
    facts = {"first": days.day.min(), "last": days.day.max(), "customers": customers}
    return Finding("intake.span", facts, variants={"lead": variant})


def arrived(tables: pd.DataFrame) -> Finding:
    """Lay out the rows of each table delivered, and what became of them."""
    return Finding("intake.arrived", table=tables.assign(table=tables.table_name.map(table_name)), counts=NO_CUSTOMERS)


def account(totals: Totals) -> Finding:
    """Lay out the reconciliation of the transactions: delivered, where it went, and the difference.

    Examples
    --------
    >>> totals = {f"rows_{fate}": 3 * (fate in ("delivered", "accepted")) for fate in _FATES}
    >>> totals |= {name.replace("rows", "amount"): Decimal(value) for name, value in totals.items()}
    >>> account(totals).table["lines"].tolist()
    [3, 3, 0, 0, 0]
    """
    once = totals["rows_delivered"] - totals["rows_duplicate"]
    share = float(totals["rows_accepted"] / once) if once else None
    variant = "none" if share is None else "all" if share == 1 else "share"
    left = inventory.reconciliation(totals)
    return Finding(
        "intake.account",
        {**totals, "share": share},
        table=named(left, part="intake.fate"),
        counts=NO_CUSTOMERS,
        variants={"so_what": variant},
        headlines=[
            *(Headline(f"rows_{fate}", totals[f"rows_{fate}"], unit="rows") for fate in _FATES),
            Headline("amount_accepted", totals["amount_accepted"], unit=CURRENCY),
        ],
    )


# --- what was quarantined


def broken_rules(broken: pd.DataFrame) -> Finding:
    """Lay out the rules that rows broke, the most frequent first, and what to mend at the source."""
    if broken.empty:
        return Finding("intake.none_broken")
    top = broken.head(_MOST_RULES)
    frame = pd.DataFrame(
        {
            "table": [table_name(name) for name in top.table_name],
            "column": [column_name(name) for name in top.column],
            "rule": [rule_in_words(Rule(code, bounds)) for code, bounds in zip(top.code, top.bounds, strict=True)],
            "rows": top.rows.to_numpy(),
            "place": [
                text("intake.broken.place", file=file, line=line)
                for file, line in zip(top.first_file, top.first_line, strict=True)
            ],
        }
    )
    first, more = frame.iloc[0], len(broken) - len(top)
    return Finding(
        "intake.broken",
        {**first, "rows": text("intake.broken.rows", n=int(first.rows)), "n": more},
        table=frame,
        counts=NO_CUSTOMERS,
        variants={} if more else {"note": None},
    )


def rule_in_words(rule: Rule) -> Text:
    """Say what was wrong with a row.

    Examples
    --------
    >>> str(rule_in_words(Rule("below", ("0",)))), str(rule_in_words(Rule("wrong_fields", ("2", "3"))))
    ('is below 0', '2 fields where 3 are expected')
    """
    first, second, *_ = (*rule.bounds, None, None)
    return text(f"intake.rule.{rule.code}", bounds=rule.bounds, first=first, second=second)


# --- whose it is


def owners(customers: Mapping[str, int], *, linked: bool = False) -> list[Finding]:
    """Say whose the transactions are, and how many customers have a row in a customer file.

    Parameters
    ----------
    customers
        ``all, record, buyers``.
    linked
        Whether customers will be made of records of people.
    """
    everyone, record, least = customers["all"], customers["record"], context().min_cell
    shown = everyone if everyone >= least else None
    headline = Headline("customers", shown, unit="customers", variant="few" if shown is None else "shown")
    counted = Finding("intake.customers", {"customers": everyone}, headlines=[headline])
    facts = {"n": everyone}
    if linked:
        return [Finding("intake.owners", facts, variants={"says": "issued"})]
    if everyone == 0:
        return [counted, Finding("intake.owners", facts, variants={"says": "no_ids"})]
    if everyone < least or 0 < record < least:
        variant = "few"
    else:
        variant = "none" if record == 0 else "all" if record >= everyone else "some"
    return [
        counted,
        Finding("intake.owners", facts, variants={"says": "ids" if everyone >= least else "few_ids"}),
        Finding("intake.described", {"n": record, "share": record / everyone}, variants={"says": variant}),
    ]


def unassigned(found: Totals) -> Finding:
    """Say which part of the transactions names no customer, and what follows."""
    if found["rows_all"] == 0:
        return Finding("intake.unassigned", variants={"says": "no_lines", "so_what": "no_lines"})
    if found["rows"] == 0:
        return Finding("intake.unassigned", variants={"says": "none", "so_what": "none"})
    is_part = found["amount_all"] > 0
    part = found["amount"] / found["amount_all"] if is_part else None
    return Finding(
        "intake.unassigned",
        {**found, "share": found["rows"] / found["rows_all"], "part": part},
        variants={
            "says": "share" if is_part else "amount",
            "so_what": "all" if found["rows"] == found["rows_all"] else "some",
        },
    )


@finding
def stream(reconciled: pd.DataFrame) -> Finding:
    """Lay out the stream of events beside the tables that it is made of."""
    amounts = [None if pd.isna(amount) else float(amount) for amount in reconciled["amount_of_events"]]
    unassigned = int(reconciled["unassigned"].sum())
    return Finding(
        "intake.stream",
        {"n": reconciled["events"].sum(), "unassigned": unassigned},
        table=reconciled.assign(name=reconciled["stream"].map(table_name), amount_of_events=amounts),
        counts=NO_CUSTOMERS,
        variants={"says": "some" if unassigned else "all"},
    )


# --- which days


def days(per_day: pd.DataFrame, customers: int) -> Finding:
    """Show transaction lines per day, and the longest gap in them; few days are said, not drawn."""
    lines, (gap_from, length) = per_day.lines, inventory.longest_gap(per_day)
    with_some = int((lines > 0).sum())
    facts: dict[str, Any] = {"n": len(per_day), "with_some": with_some, "k": len(per_day) - with_some}
    facts |= {"length": length, "day": gap_from, "lines": lines.sum(), "low": lines.min(), "high": lines.max()}
    facts |= {"first": per_day.day.min(), "last": per_day.day.max()}
    headlines = [Headline("days", with_some, unit="days")]
    if len(per_day) < FEWEST_DAYS:
        variant = "few" if len(per_day) else "none"
    else:
        variant = "complete" if length <= _LONG_WEEKEND else "gap"
    if 0 < customers < context().min_cell or len(per_day) < FEWEST_DAYS:
        words = {"says": _why_no_line(per_day, customers)}
        return Finding("intake.days", facts, variants={"so_what": variant}, headlines=headlines, words=words)
    months = inventory.by_month(per_day)
    return Finding(
        "intake.days",
        facts,
        figure=_draw_days(per_day),
        table=months.assign(month=[day(first, style="month") for first in months["month"]]),
        counts=NO_CUSTOMERS,
        variants={"title": _kind_of_gaps(facts["k"], length), "so_what": variant},
        headlines=headlines,
    )


def _why_no_line(per_day: pd.DataFrame, customers: int) -> Text:
    if per_day.empty:
        return text("common.nothing_to_count")
    few_people = 0 < customers < context().min_cell
    return text("common.too_few") if few_people else text("intake.few_days.says", n=len(per_day))


def _kind_of_gaps(empty: int, longest: int) -> str:
    if empty < 2:
        return "one" if empty else "each"
    return "apart" if longest == 1 else "some"


@figure
def _draw_days(ax: Axes, per_day: pd.DataFrame) -> None:
    smooth = per_day.lines.rolling(_WEEK, center=True, min_periods=_WEEK).mean()
    ax.plot(per_day.day, per_day.lines, color=PALE, linewidth=1)
    ax.plot(per_day.day, smooth, color=ACCENT)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.0f}"))
    _name_months(ax)


def _name_months(ax: Axes) -> None:
    """Write dates under the axis as the language of the moment does, about five of them."""
    lang = current()
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
    first, last = ax.get_xlim()
    in_months = last - first > 62

    def write(value: float, _place: int) -> str:
        moment = num2date(value).date()
        if in_months:
            return format_skeleton("yMMM", moment, locale=LOCALES[lang])
        return format_date(moment, format="d MMM" if lang == "en" else "M月d日", locale=LOCALES[lang])

    ax.xaxis.set_major_formatter(FuncFormatter(write))


@finding
def weeks(by_week: pd.DataFrame) -> Finding:
    """Show how much transaction lines change from one whole week to the next: a jump may be a missing file."""
    changes = by_week.dropna(subset="change")
    most = changes.loc[changes["change"].abs().idxmax()]
    top = changes.reindex(changes["change"].abs().sort_values(ascending=False).index).head(_MOST_WEEKS)
    return Finding(
        "intake.weeks",
        {"most": most, "n": len(changes)},
        figure=_draw_weeks(changes["change"]),
        table=top,
        counts=NO_CUSTOMERS,
        variants={"so_what": "jump" if abs(most["change"]) > JUMP else "steady"},
    )


@figure(height=2.4)
def _draw_weeks(ax: Axes, changes: pd.Series) -> None:
    seaborn.histplot(x=changes, bins="sturges", color=ACCENT, edgecolor="white", ax=ax)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))


# --- which kinds


def kinds(counted: pd.DataFrame, *, linked: bool = True) -> Finding:
    """Lay out lines, customers and money of each kind of transaction, and what is left net.

    Parameters
    ----------
    counted
        ``kind, lines, zero, customers, amount``.
    linked
        Whether customers are counted; before records are linked, each source knows a customer its own way.
    """
    facts, variant = _net(counted)
    if counted.empty:
        return Finding("intake.net", facts, variants={"says": variant})
    names = [word("intake.kind", kind) for kind in counted.kind]
    people = "customers" if linked else "keys"
    frame = counted.assign(name=names, amount=counted.amount.astype(float)).rename(columns={"customers": people})
    return Finding(
        "intake.kinds",
        facts,
        table=frame,
        columns={"name": "text", "lines": "count", "zero": "count", people: "count", "amount": "money2"},
        counts=people,
        words={"says": text(f"intake.net.says.{variant}", **facts)},
    )


def _net(counted: pd.DataFrame) -> tuple[dict[str, Decimal | None], str]:
    """Give what was bought, given back and remains, and how it is said."""
    if "purchase" not in counted.kind.tolist():
        return {}, "no_purchases"
    if counted.kind.tolist() == ["purchase"]:
        return {}, "only_purchases"
    if counted.customers.between(1, context().min_cell - 1).any():
        return {}, "few"
    facts = inventory.gross_and_net(counted)
    return facts, "with_others" if facts["rest"] else "taken_apart"


# --- what a row tells


def filled_columns(filled: pd.DataFrame) -> Finding:
    """Show the share of rows that carry each fact beyond what every row must have."""
    some = filled[filled.filled > 0]
    if some.empty:
        return Finding("intake.no_facts")
    least = some.loc[some.share.idxmin()]
    rows = filled.groupby("table_name", sort=False).rows.first()
    partly = int((some.filled < some.rows).sum())
    facts = {
        **{"n": len(some), "k": partly, "share": least.share, "column": column_name(least.column)},
        "parts": [text("intake.filled.rows_of", table=table_name(table), n=n) for table, n in rows.items()],
    }
    return Finding(
        "intake.filled",
        facts,
        figure=_filled_figure(some.iloc[::-1]),
        table=named_columns(some),
        counts=NO_CUSTOMERS,
        variants={"title": "partly" if partly else "full"},
    )


def named_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the names of tables and columns into words: ``table, name``."""
    return frame.assign(table=frame.table_name.map(table_name), name=frame.column.map(column_name))


def _filled_figure(some: pd.DataFrame) -> Figure:
    return figure(_draw_filled, height=1.0 + 0.3 * len(some))(some)


def _draw_filled(ax: Axes, some: pd.DataFrame) -> None:
    places = range(len(some))
    colours = [ACCENT if full else CAUTION for full in some.filled == some.rows]
    ax.barh(places, some.share, color=colours, height=0.62)
    for place, share in zip(places, some.share, strict=True):
        ax.text(share + 0.012, place, str(percent(share)), va="center", fontsize=10.5)
    names = named_columns(some)
    labels = [text("intake.filled.label", table=row.table, column=row.name) for row in names.itertuples(index=False)]
    name_rows(ax, places, labels)
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1))


def absent_columns(filled: pd.DataFrame) -> Finding:
    """Name the facts that this business does not deliver."""
    absent = filled[filled.filled == 0]
    variant = "no_rows" if filled.empty else "none" if absent.empty else "some"
    return Finding(
        "intake.absent", {"names": [column_name(name) for name in absent.column]}, variants={"says": variant}
    )


def broken_links(links: pd.DataFrame) -> Finding:
    """Lay out the rows that name something which no row of the other table is about."""
    if links.empty:
        return Finding("intake.no_broken_links")
    return Finding(
        "intake.links",
        table=named_columns(links).assign(target=links.points_to.map(table_name)),
        counts=NO_CUSTOMERS,
    )
