"""Moves of customers between the stages of two days, and what became of each stage."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from insight.config.definitions import share
from insight.contracts.tables.segment import STAGES
from insight.intervals import wilson


@dataclass(frozen=True)
class Migration:
    """Stages of the same customers on two days.

    Attributes
    ----------
    earlier, later
        ``customer_id, stage`` on each day.
    from_day, to_day
        The days.
    """

    earlier: pd.DataFrame
    later: pd.DataFrame
    from_day: date
    to_day: date

    @property
    def days(self) -> int:
        """Count the days between."""
        return (self.to_day - self.from_day).days

    @property
    def customers(self) -> int:
        """Count the customers that there were on the earlier day."""
        return len(self.earlier)

    @property
    def stayed(self) -> int:
        """Count the earlier customers who are in the same stage on the later day."""
        both = self.earlier.merge(self.later, on="customer_id", suffixes=("_from", "_to"))
        return int((both["stage_from"] == both["stage_to"]).sum())


def count_moves(migration: Migration) -> pd.DataFrame:
    """Count the customers by their stage on two days: the ``migration`` table.

    Customers who were none on the earlier day come from ``none``.

    Examples
    --------
    >>> then = pd.DataFrame({"customer_id": ["ada"], "stage": ["mature"]})
    >>> now = pd.DataFrame({"customer_id": ["ada", "bob"], "stage": ["dormant", "new"]})
    >>> moves = count_moves(Migration(then, now, date(2024, 1, 1), date(2024, 4, 1)))
    >>> moves[["from_stage", "to_stage", "customers"]]
      from_stage to_stage  customers
    0     mature  dormant          1
    1       none      new          1
    """
    both = migration.later.merge(migration.earlier, on="customer_id", how="left", suffixes=("_to", "_from"))
    both["stage_from"] = both["stage_from"].astype(object).where(both["stage_from"].notna(), "none")
    moves = both.groupby(["stage_from", "stage_to"]).size().rename("customers").reset_index()
    moves = moves.rename(columns={"stage_from": "from_stage", "stage_to": "to_stage"})
    return moves.assign(from_day=migration.from_day, to_day=migration.to_day)


def as_matrix(moves: pd.DataFrame) -> pd.DataFrame:
    """Lay moves out with the earlier stage in rows and the later one in columns, counts, zeros filled.

    Customers who were none on the earlier day are left out: they have nowhere to move from.
    """
    moved = moves[moves["from_stage"] != "none"]
    wide = moved.pivot_table(index="from_stage", columns="to_stage", values="customers", aggfunc="sum")
    rows = [stage for stage in STAGES if stage in wide.index]
    return wide.reindex(index=rows, columns=[s for s in STAGES if s in wide.columns]).fillna(0).astype(int)


def shares_of_rows(
    shown: pd.DataFrame, counts: pd.DataFrame, *, minimum: int, measure: str = "moved_share"
) -> pd.DataFrame:
    """Turn what may be shown of a matrix of moves into shares of its rows; rows of too few are left empty.

    Parameters
    ----------
    shown
        Counts, rounded to fives, NaN where hidden. Of each row with a hidden cell at least two are,
        together no smaller than ``minimum``, so that its total does not give one away.
    counts
        From `as_matrix`.
    minimum
        Customers that a row must have.
    measure
        What the shares are, in the dictionary.
    """
    totals = counts.sum(axis=1)
    rounded = (5 * (totals / 5).round()).where(totals >= minimum)
    return shown.astype(float).apply(lambda moved: share(measure, moved, rounded))


def follow_up(earlier: pd.DataFrame, bought_since: set[str], *, minimum: int) -> pd.DataFrame:
    """Say which share of each earlier stage has bought since, with its interval (Wilson).

    Parameters
    ----------
    earlier
        ``customer_id, stage`` on the earlier day.
    bought_since
        Customers who have bought after it.
    minimum
        A stage is left out where fewer customers than this, but some, did or did not buy.

    Returns
    -------
    DataFrame
        ``stage``, ``customers``, ``bought`` (how many of them have since), ``share``, ``low``, ``high``.
    """
    bought = earlier["customer_id"].isin(bought_since)
    counts = bought.groupby(earlier["stage"]).agg(["size", "sum"])
    rows = []
    for stage in [name for name in STAGES if name in counts.index]:
        n, some = (int(value) for value in counts.loc[stage])
        if n >= minimum and not (0 < some < minimum or 0 < n - some < minimum):
            rows.append((stage, n, some, share("bought_since", some, n), *wilson(some, n)))
    return pd.DataFrame(rows, columns=["stage", "customers", "bought", "share", "low", "high"])
