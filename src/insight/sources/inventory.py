"""Counts of a delivery: rows, amounts, days, kinds, filled columns, broken references."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import DecimalValue, Table

from insight.config.definitions import share
from insight.contracts import CONTRACTS, MONEY, contract_of
from insight.errors import Unavailable
from insight.sources.intake import Arrival
from insight.sources.labelled import FLAT
from insight.sources.records import PEOPLE
from insight.storage.odd_days import DEVIATIONS, MANY

_FATES = ("delivered", "accepted", "quarantined", "duplicate")
#: Whole weeks that week-to-week changes need to say anything.
FEWEST_WEEKS = 8
#: Days from first to last that a line of days needs to say anything.
FEWEST_DAYS = 14
#: Days in a row without transactions that are no question yet.
LONG_WEEKEND = 3
#: Change from one week to the next that wants a question.
JUMP = 0.5
_FIRST = ("transactions", "customers", "products")


def by_table(arrival: Arrival) -> pd.DataFrame:
    """Count files and rows of each delivered table, transactions first.

    Returns
    -------
    DataFrame
        ``table_name, files, rows_delivered, rows_accepted, rows_quarantined, rows_duplicate``.
    """
    rows = [f"rows_{fate}" for fate in _FATES]
    grouped = arrival.delivery.groupby("table_name")
    counted = grouped[rows].sum().assign(files=grouped.source_file.nunique())
    names = sorted(arrival.delivered, key=lambda name: (*(name != first for first in _FIRST), name))
    return counted.reindex(names, fill_value=0).reset_index()[["table_name", "files", *rows]]


def totals(arrival: Arrival, table: str = "transactions") -> dict[str, int | Decimal]:
    """Add up one table's rows and amounts: ``rows_delivered``, ``amount_accepted`` and so on.

    Of ``rows_unknown`` (quarantined) the amount cannot be read: it is in no sum.
    """
    mine = arrival.delivery[arrival.delivery.table_name == table]
    rows = {f"rows_{fate}": int(mine[f"rows_{fate}"].sum()) for fate in (*_FATES, "unknown")}
    return rows | {f"amount_{fate}": sum(mine[f"amount_{fate}"].dropna(), Decimal(0)) for fate in _FATES}


def accepted_share(totals: Mapping[str, int | Decimal]) -> float | None:
    """Give the share of the lines delivered, repeated ones not counted, that are accepted; none where there are none.

    Examples
    --------
    >>> accepted_share({"rows_delivered": 201, "rows_accepted": 198, "rows_duplicate": 1})
    0.99
    """
    once = totals["rows_delivered"] - totals["rows_duplicate"]
    return float(share("accepted_share", totals["rows_accepted"], once)) if once else None


def reconciliation(totals: Mapping[str, int | Decimal]) -> pd.DataFrame:
    """Give lines and amounts delivered, less accepted, quarantined and repeated; the last row is unexplained."""
    rows, amounts = ([totals[f"{what}_{fate}"] for fate in _FATES] for what in ("rows", "amount"))
    return pd.DataFrame(
        {
            "part": [*_FATES, "unexplained"],
            "lines": [*rows, rows[0] - sum(rows[1:])],
            "amount": [*amounts, amounts[0] - sum(amounts[1:])],
        }
    )


def per_day(arrival: Arrival) -> pd.DataFrame:
    """Count transaction lines of every day from the first to the last, days without any included.

    Returns
    -------
    DataFrame
        ``day, lines, amount`` (net); empty where there are no transactions.
    """
    if "transactions" not in arrival.tables:
        return pd.DataFrame({"day": pd.to_datetime([]), "lines": [], "amount": []})
    lines = arrival.tables["transactions"]
    counted = (
        lines.group_by(day=lines.occurred_on)
        .aggregate(lines=lines.count(), amount=_net_of(lines).sum())
        .order_by("day")
        .to_pyarrow()
        .to_pandas()
    )
    if counted.empty:
        return counted
    counted["day"] = pd.to_datetime(counted.day)
    days = pd.date_range(counted.day.min(), counted.day.max(), name="day")
    whole = counted.set_index("day").reindex(days)
    return whole.assign(lines=whole.lines.fillna(0).astype(int), amount=whole.amount.fillna(Decimal(0))).reset_index()


def _net_of(lines: Table) -> DecimalValue:
    """Give each line's part in net: nothing where it is neither purchase nor refund."""
    return lines.kind.isin(["purchase", "refund"]).ifelse(lines.amount, ibis.literal(0).cast(MONEY))


@dataclass(frozen=True)
class Coverage:
    """Which days have transactions: of ``days`` from ``first`` to ``last``, ``filled`` have some.

    ``gap`` is the first day of the longest stretch without any, ``gap_days`` its length; ``lines`` are all of them,
    ``low`` and ``high`` those of the quietest and the busiest day.
    """

    first: date
    last: date
    days: int
    filled: int
    gap: date | None
    gap_days: int
    lines: int
    low: int
    high: int

    @property
    def empty(self) -> int:
        """Count the days without transactions."""
        return self.days - self.filled

    @property
    def gaps(self) -> str:
        """Say how the days without transactions lie: ``none``, ``one``, ``apart`` or ``some`` in a row."""
        if self.empty < 2:
            return "one" if self.empty else "none"
        return "apart" if self.gap_days == 1 else "some"

    @property
    def verdict(self) -> str:
        """Say what the days are good for: ``none``, too ``few`` to see a habit, ``complete``, or with a ``gap``."""
        if self.days < FEWEST_DAYS:
            return "few" if self.days else "none"
        return "complete" if self.gap_days <= LONG_WEEKEND else "gap"


def coverage(per_day: pd.DataFrame) -> Coverage:
    """Say which days have transactions, and how long the longest gap is.

    Examples
    --------
    >>> found = coverage(pd.DataFrame({"day": pd.date_range("2017-12-24", periods=4), "lines": [4, 0, 0, 5]}))
    >>> found.gap, found.gap_days, found.filled, found.gaps, found.verdict
    (datetime.date(2017, 12, 25), 2, 2, 'some', 'few')
    """
    day, lines = per_day.day, per_day.lines
    silent = lines == 0
    stretch = (silent != silent.shift()).cumsum()[silent]
    lengths = stretch.value_counts().sort_index()
    gap = day[stretch.index[stretch == lengths.idxmax()][0]].date() if len(stretch) else None
    counts = (len(per_day), int((~silent).sum()), gap, int(lengths.max()) if len(stretch) else 0)
    return Coverage(day.min(), day.max(), *counts, lines.sum(), lines.min(), lines.max())


def by_month(per_day: pd.DataFrame) -> pd.DataFrame:
    """Add the days up to months: ``month`` (its first day), ``days`` with transactions, ``lines, amount``."""
    months = per_day.assign(month=per_day.day.dt.to_period("M").dt.start_time)
    return months.groupby("month", as_index=False).agg(
        days=("lines", lambda lines: int((lines > 0).sum())), lines=("lines", "sum"), amount=("amount", "sum")
    )


def by_week(days: pd.DataFrame) -> pd.DataFrame | Unavailable:
    """Add the days up to whole weeks: ``week`` (its Monday), ``lines``, and their ``change`` from the week before.

    Examples
    --------
    >>> days = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=56), "lines": [1] * 28 + [2] * 28})
    >>> by_week(days)["change"].dropna().tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """
    weeks = days.groupby(days.day.dt.to_period("W").dt.start_time.rename("week")).lines.agg(["size", "sum"])
    whole = weeks[weeks["size"] == 7].rename(columns={"sum": "lines"}).reset_index()[["week", "lines"]]
    if len(whole) < FEWEST_WEEKS or (whole["lines"] == 0).any():
        return Unavailable("intake", "weeks")
    return whole.assign(change=whole["lines"].pct_change())


def largest_changes(by_week: pd.DataFrame) -> pd.DataFrame:
    """Order the weeks that have one before them by how much their lines changed, the largest change first."""
    return by_week.dropna(subset="change").sort_values("change", key=abs, ascending=False, kind="stable")


def is_jump(week: pd.Series) -> bool:
    """Say whether a week changed from the one before by more than habit and, of many lines, more than chance.

    Examples
    --------
    >>> is_jump(pd.Series({"lines": 9_000, "change": 2.0})), is_jump(pd.Series({"lines": 9, "change": 2.0}))
    (True, False)
    """
    before = week["lines"] / (1 + week["change"])
    larger, between = max(week["lines"], before), abs(week["lines"] - before)
    return bool(abs(week["change"]) > JUMP and larger >= MANY and between > DEVIATIONS * np.sqrt(larger))


def kinds(arrival: Arrival) -> pd.DataFrame:
    """Count lines, customers and money of each kind of transaction.

    Returns
    -------
    DataFrame
        ``kind, lines, zero, customers, amount``, in the order of the contract; amounts signed, ``zero``
        the lines at nothing.
    """
    columns = ["kind", "lines", "zero", "customers", "amount"]
    if "transactions" not in arrival.tables:
        return pd.DataFrame(columns=columns)
    lines = arrival.tables["transactions"]
    counted = lines.group_by("kind").aggregate(
        lines=lines.count(),
        zero=(lines.amount == 0).cast("int64").sum(),
        customers=lines.customer_id.nunique(),
        amount=lines.amount.sum(),
    )
    order = list(CONTRACTS["transactions"].column("kind").allowed)
    frame = counted.to_pyarrow().to_pandas()
    return frame.sort_values("kind", key=lambda kinds: kinds.map(order.index), ignore_index=True)[columns]


@dataclass(frozen=True)
class Net:
    """What was bought (``gross``), what was given back (``back``), and what other kinds come to (``rest``).

    Net is what was bought less what was given back, here and in every other report; the rest is beside it.
    """

    gross: Decimal
    back: Decimal
    rest: Decimal

    @property
    def net(self) -> Decimal:
        """Give what was bought less what was given back."""
        return self.gross - self.back

    @property
    def share(self) -> float | None:
        """Give the share of what was bought that was given back; none where more was given back than bought."""
        is_part = self.gross > 0 and 0 <= self.back <= self.gross
        return share("refund_share", float(self.back), float(self.gross)) if is_part else None


def net(counted: pd.DataFrame) -> Net | None:
    """Take the amounts of `kinds` apart; nothing where nothing was bought.

    Examples
    --------
    >>> found = net(pd.DataFrame({"kind": ["purchase", "refund"], "amount": [Decimal(900), Decimal(-45)]}))
    >>> str(found.net), str(found.share), str(found.rest)
    ('855', '0.05', '0')
    """
    amounts = counted.set_index("kind").amount
    if "purchase" not in amounts:
        return None
    gross, back = amounts["purchase"], -amounts.get("refund", Decimal(0))
    return Net(gross, back, amounts.sum() - gross + back)


def unassigned(arrival: Arrival) -> dict[str, int | Decimal]:
    """Count transaction lines that name no customer: ``rows``, net ``amount``, of ``rows_all`` and ``amount_all``."""
    nothing: dict[str, int | Decimal] = {"rows": 0, "amount": Decimal(0), "rows_all": 0, "amount_all": Decimal(0)}
    if "transactions" not in arrival.tables:
        return nothing
    lines = arrival.tables["transactions"]
    nobody = lines.customer_id.isnull()
    zero = ibis.literal(0).cast(MONEY)
    (found,) = (
        lines.aggregate(
            rows=nobody.cast("int64").sum(),
            amount=nobody.ifelse(_net_of(lines), zero).sum(),
            rows_all=lines.count(),
            amount_all=_net_of(lines).sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    return {name: found[name] if found[name] is not None else nothing[name] for name in nothing}


def unassigned_shares(found: Mapping[str, int | Decimal]) -> dict[str, int | Decimal | float | None]:
    """Give the ``share`` of lines that name no customer, and what of net they come to, relative to all: ``part``."""
    whole = found["amount_all"]
    return {
        "share": share("unattributed_share", found["rows"], found["rows_all"]) if found["rows_all"] else None,
        "part": found["amount"] / whole if whole > 0 else None,
    }


@dataclass(frozen=True)
class Customers:
    """Who bought (``buyers``), of how many of them a customer file has a row (``described``), and its ``records``.

    ``has_file`` says whether there is a customer file at all.
    """

    buyers: int = 0
    described: int = 0
    records: int = 0
    has_file: bool = False

    @property
    def known(self) -> int:
        """Count who bought; where there are no transactions, who is described."""
        return self.buyers or self.records

    @property
    def silent(self) -> int:
        """Count who is described and never bought."""
        return self.records - self.described


def customers(arrival: Arrival) -> Customers:
    """Count who bought, and of whom a customer file has a row."""
    if PEOPLE in arrival.tables:  # they have no ids yet
        return Customers()
    bought = arrival.tables["transactions"].select("customer_id") if "transactions" in arrival.tables else None
    bought = None if bought is None else bought.filter(bought.customer_id.notnull()).distinct()
    record = arrival.described
    buyers = 0 if bought is None else int(bought.count().execute())
    if record is None:
        return Customers(buyers)
    both = 0 if bought is None else int(bought.semi_join(record, "customer_id").count().execute())
    return Customers(buyers, both, int(record.count().execute()), has_file=True)


def most_keys(arrival: Arrival) -> int:
    """Count the records of people of the system that knows most; 0 where none are delivered.

    Before records are linked nobody can say how many customers there are.
    """
    if PEOPLE not in arrival.tables:
        return 0
    records = arrival.tables[PEOPLE]
    return int(records.group_by("source_system").aggregate(n=records.count()).n.max().execute() or 0)


def filled(
    tables: Mapping[str, Table],
    *,
    names: tuple[str, ...] = ("transactions", "customers", *FLAT),
) -> pd.DataFrame:
    """Say for each column that not every row must have how many rows have it; of customers, of those who bought.

    Returns
    -------
    DataFrame
        ``table_name, column, rows, filled, share``; tables without rows are left out.
    """
    if "customers" in tables and "transactions" in tables:
        tables = {**tables, "customers": tables["customers"].semi_join(tables["transactions"], "customer_id")}
    parts = [_filled_in(name, tables[name]) for name in names if name in tables]
    whole = pd.concat([*parts, _NO_COLUMNS], ignore_index=True)
    return whole[whole.rows > 0].reset_index(drop=True)


_NO_COLUMNS = pd.DataFrame(
    {
        "table_name": pd.Series(dtype=object),
        "column": pd.Series(dtype=object),
        "rows": pd.Series(dtype="int64"),
        "filled": pd.Series(dtype="int64"),
        "share": pd.Series(dtype="float64"),
    }
)


def _filled_in(name: str, table: Table) -> pd.DataFrame:
    contract = contract_of(name, table.columns)
    optional = [column.name for column in contract.columns if not contract.is_required(column)]
    counted = table.aggregate([table.count().name("rows_"), *[table[c].count().name(c) for c in optional]])
    found = counted.to_pyarrow().to_pylist()[0]
    rows = found.pop("rows_")
    frame = pd.DataFrame({"column": list(found), "filled": list(found.values())})
    return frame.assign(table_name=name, rows=rows, share=share("filled_share", frame.filled, rows))[list(_NO_COLUMNS)]


def broken_links(arrival: Arrival) -> pd.DataFrame:
    """Give the links that are broken somewhere, and all lookups: loud ones first, and of customers only loud ones.

    That a customer who bought is not described is said where customers are counted.
    """
    links = arrival.links
    links = links[links.loud | (links.points_to != "customers")]
    told = pd.concat([links.assign(is_lookup=False), arrival.lookups.assign(is_lookup=True)], ignore_index=True)
    return told.sort_values(["loud", "rows"], ascending=False, ignore_index=True)
