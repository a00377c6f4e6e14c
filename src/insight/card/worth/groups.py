"""Where a card business's margin comes from: the account by part, kinds of customers, and who brings how much."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from insight.card.worth.backtest import Today
from insight.card.worth.books import COSTS, INCOME, PARTS, Books
from insight.errors import unless_unavailable
from insight.predict.uplift.months import YEAR
from insight.predict.value import totals

#: Kinds of customers that are shown side by side.
KINDS = REVOLVER, TRANSACTOR, DEFAULTER = ("revolver", "transactor", "defaulter")
TOP = 0.1
_OFTEN = 0.5  # of the months: who pays interest in more of them is a revolver


def account(books: Books) -> pd.DataFrame:
    """Sum the account of money over the last twelve months, and over the twelve before where the data has them.

    Returns
    -------
    DataFrame
        ``part`` (revenue and margin among them), ``amount``, ``of_revenue``, ``before`` (missing without them).
    """
    now = books.months.now
    has_before = books.span >= 2 * YEAR
    rows = {name: [float(books.sum([name], now - back, YEAR).sum()) for back in (YEAR, 2 * YEAR)] for name in PARTS}
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["amount", "before"])
    found.loc["revenue"] = found.loc[list(INCOME)].sum()
    found.loc["margin"] = found.loc[list(PARTS)].sum()
    found = found.loc[[*INCOME, "revenue", *PARTS[len(INCOME) :], "margin"]]
    if not has_before:
        found["before"] = np.nan
    found["of_revenue"] = found["amount"] / found.loc["revenue", "amount"] if found.loc["revenue", "amount"] else np.nan
    return found.rename_axis("part").reset_index()


def kinds(books: Books) -> pd.DataFrame:
    """Give what customers of each kind brought in the last twelve months, the middle one of each number by itself.

    Whoever held a card through these months and spent is a revolver with interest in more than half of them, and a
    transactor with none; a defaulter was charged off in them.

    Returns
    -------
    DataFrame
        By ``kind``: ``customers``, and the medians of ``spend``, ``owed`` (on statements, on average), ``revenue``,
        ``costs`` before losses, ``credit`` losses and ``margin``.
    """
    now, months = books.months.now, books.months
    first = max(now - YEAR, months.first)
    at = slice(first - months.first, None)
    interest, spend = months.sums["interest"][at] > 0, months.sums["spend"][at].sum(axis=0)
    held = books.holders(first) & books.holders(now) & (spend > 0)
    of = {
        REVOLVER: held & (interest.mean(axis=0) > _OFTEN),
        TRANSACTOR: held & ~interest.any(axis=0),
        DEFAULTER: (books.charged_off >= first) & (books.charged_off < now),
    }
    each = {"spend": spend, "owed": months.sums["balance"][at].mean(axis=0), "revenue": books.sum(INCOME, first, YEAR)}
    each |= {"costs": books.sum(COSTS, first, YEAR), "credit": books.sum(["credit"], first, YEAR)}
    each["margin"] = books.sum(PARTS, first, YEAR)
    rows = [
        {"kind": kind, "customers": int(some.sum())}
        | {name: float(np.median(values[some])) if some.any() else np.nan for name, values in each.items()}
        for kind, some in of.items()
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Concentration:
    """How expected margin is spread.

    Attributes
    ----------
    curve
        ``share`` of customers, those first who bring most, and ``held``, what they bring of the whole.
    top
        What the first tenth brings.
    costing, costs
        Customers of whom less than nothing is expected, as a share of all, and what they cost of the whole.
    """

    curve: pd.DataFrame
    top: float
    costing: float
    costs: float


@unless_unavailable
def concentration(now: Today) -> Concentration:
    """Give the part of the expected margin that is held by each share of customers."""
    values = now.expected.margin
    curve, below = totals.concentration(values), values < 0
    return Concentration(
        curve, float(np.interp(TOP, curve["share"], curve["held"])), float(below.mean()),
        float(-values[below].sum() / values.sum()),
    )  # fmt: skip


def channels(applications: ibis.Table) -> pd.Series:
    """Give the channel of each customer's last approved application, by customer."""
    asked = applications.filter(applications.decision == "approved", applications.channel.notnull())
    last = asked.group_by("customer_id").aggregate(channel=asked.channel.argmax(asked.applied_on))
    return last.to_pandas().set_index("customer_id")["channel"]


@unless_unavailable
def by_group(now: Today, groups: pd.Series) -> pd.DataFrame:
    """Give what is expected of customers of a group.

    Parameters
    ----------
    groups
        By customer; those who are in none are left out.

    Returns
    -------
    DataFrame
        ``group``, ``customers``, and of each on average: ``margin``, ``income``, ``losses``, ``default_chance``.
    """
    expected = now.expected
    each = pd.DataFrame(
        {"margin": expected.margin, "income": expected.income, "losses": expected.parts["losses"]},
        index=expected.parts.index,
    ).assign(default_chance=expected.default_chance, group=groups.reindex(expected.parts.index))
    found = each.groupby("group").mean()
    found.insert(0, "customers", each.groupby("group").size())
    return found.reset_index()


def opened(books: Books) -> pd.Series:
    """Give the year in which each customer opened the first account that lends."""
    began = books.months.began.get("opening", np.full(len(books.months.customers), np.nan))
    return pd.Series(began // YEAR, index=books.months.customers)
