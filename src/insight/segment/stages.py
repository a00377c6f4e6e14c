"""Lifecycle stages as of a day, from each customer's own rhythm, and moves between two days.

A customer's *rhythm* is the mean of their days between purchases, mixed with three such gaps of
the typical customer: it says something after one purchase and is all their own after many. How
much longer than the rhythm a silence may last is read from all completed silences (`read_ruler`):
nine in ten end before ``drift_times`` the rhythm, ninety-nine in a hundred before ``lapse_times``.

=========  =====================================================================================
lapsed     silent for longer than ``lapse_times`` the rhythm, and than ``quiet_days``
drifting   silent for longer than ``drift_times`` the rhythm, and than half of ``quiet_days``; or quiet,
           silent for longer than ``quiet_days``, or churned, by whatever rhythm
won_back   bought in the window after a silence in which they had lapsed
new        first bought within the window
growing    a customer for two windows or more, spending a quarter more than in the one before
steady     everyone else
=========  =====================================================================================

The first line that is true counts; whoever has something planned ahead is not silent. So nobody who is quiet or
has churned, as the other notebooks say it, is called steady, new or growing here. The window is
``trend_days`` long. Nothing after the day is known, so the stages of an earlier day are those that one
would have seen then.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import pandas as pd

from insight.config.definitions import share, shares_of_sum
from insight.contracts.tables.segment import STAGES
from insight.intervals import wilson
from insight.profile.features import summarise_baskets, summarise_days
from insight.profile.planned import NEXT
from insight.profile.silence import count_silences, quiet_after, quiet_limit, return_curve

STEADYING = 3  # gaps of the typical customer that every rhythm is mixed with
DRIFT, LAPSE = 0.9, 0.99
GROWTH = 1.25
_KNOWN_GAPS = 3  # completed silences from which a customer counts for the ruler


@dataclass(frozen=True)
class Ruler:
    """What silences are measured by on one day.

    Attributes
    ----------
    usual_days
        Mean days between purchases of the typical (median) customer who came back.
    drift_times, lapse_times
        Multiples of the own rhythm from which a silence is unusual, and very unusual.
    quiet_days
        The quiet limit: nobody is called lapsed before it, and everybody is at least drifting after it.
    has_returns
        Whether anybody has come back yet; else ``usual_days`` is the window.
    """

    usual_days: float
    drift_times: float
    lapse_times: float
    quiet_days: int
    has_returns: bool = True

    @property
    def basis(self) -> str:
        """Say what silences are judged by: ``no_returns`` yet, or the own ``rhythm``."""
        return "rhythm" if self.has_returns else "no_returns"


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


def stages_as_of(
    transactions: ibis.Table,
    *,
    as_of: date,
    return_days: int,
    window_days: int,
    minimum: int,
    quiet_days: int | None = None,
    planned: ibis.Table | None = None,
    churned: ibis.Table | None = None,
) -> tuple[pd.DataFrame, Ruler]:
    """Say in which stage each customer was on a day, by the ruler of that day; nothing later is known.

    Parameters
    ----------
    transactions
        The ``transactions`` table.
    as_of
        The day, inclusive.
    return_days, minimum, quiet_days
        How the quiet limit is found, see `profile.silence`; ``quiet_days`` where it is given.
    window_days
        Length of the window that *new*, *won back* and *growing* look at.
    planned
        From `profile.planned.next_planned` on the same day, where the business delivers planned days.
    churned
        ``customer_id`` of those who had churned by the day, where that is known.

    Returns
    -------
    tuple
        ``customer_id, stage``, one row per customer who had bought, and the ruler.
    """
    days = summarise_days(summarise_baskets(transactions, as_of=as_of)).cache()  # else every step counts it anew
    if quiet_days is None:
        counts = count_silences(days, as_of=as_of, return_days=return_days).to_pandas()
        quiet_days = quiet_limit(quiet_after(return_curve(counts, minimum=minimum)), return_days=return_days)
    ruler = read_ruler(days, quiet_days=quiet_days, window_days=window_days)
    known = {"planned": planned, "churned": churned}
    staged = stage_customers(days, ruler, as_of=as_of, window_days=window_days, **known)
    return staged.order_by("customer_id").to_pandas(), ruler


def read_ruler(days: ibis.Table, *, quiet_days: int | None, window_days: int) -> Ruler:
    """Read from the silences of all customers how long is unusual.

    Parameters
    ----------
    days
        From `profile.features.summarise_days`, up to the day in question.
    quiet_days
        See `profile.silence`; None where it is not known, and then nothing is asked of it.
    window_days
        Stands for the usual days between purchases where nobody has come back yet.
    """
    rhythm = _rhythms(days)
    seen = _number(rhythm.own_days.median())
    usual = float(window_days) if seen is None else seen
    rhythm = rhythm.mutate(rhythm_days=_mixed(rhythm, usual))
    gaps = days.filter(days.gap_days > 0).join(rhythm.filter(rhythm.gaps >= _KNOWN_GAPS), "customer_id")
    times = gaps.gap_days.cast("float64") / gaps.rhythm_days
    found = gaps.aggregate(drift=times.quantile(DRIFT), lapse=times.quantile(LAPSE)).to_pyarrow().to_pylist()[0]
    return Ruler(usual, found["drift"] or 2.0, found["lapse"] or 4.0, quiet_days or 0, seen is not None)


def stage_customers(
    days: ibis.Table,
    ruler: Ruler,
    *,
    as_of: date,
    window_days: int,
    planned: ibis.Table | None = None,
    churned: ibis.Table | None = None,
) -> ibis.Table:
    """Say in which stage each customer is: ``customer_id, stage``.

    Parameters
    ----------
    days
        From `profile.features.summarise_days`, up to ``as_of``.
    ruler
        From `read_ruler`, on the same days.
    as_of
        The day.
    window_days
        Length of the window that *new*, *won back* and *growing* look at.
    planned
        Who has something planned ahead, where that is known.
    churned
        Who has churned, where that is known.
    """
    rhythm = _rhythms(days)
    rhythm = rhythm.mutate(rhythm_days=_mixed(rhythm, ruler.usual_days))
    rhythm = rhythm.mutate(
        drift_after=ibis.greatest(rhythm.rhythm_days * ruler.drift_times, ruler.quiet_days / 2),
        lapse_after=ibis.greatest(rhythm.rhythm_days * ruler.lapse_times, float(ruler.quiet_days)),
    )
    known = _with_lapses(days, ruler)
    back = ibis.literal(as_of).delta(known.occurred_on, unit="day")
    recent, before = back < window_days, (back >= window_days) & (back < 2 * window_days)
    lately = known.group_by("customer_id").aggregate(
        spend_recent=known.gross.sum(where=recent).coalesce(0),
        spend_before=known.gross.sum(where=before).coalesce(0),
        returns=known.count(where=recent & known.had_lapsed),
    )
    seen = rhythm.join(lately, "customer_id")
    seen = seen.mutate(silent=ibis.literal(as_of).delta(seen.last_on, unit="day"), has_churned=ibis.literal(False))
    if churned is not None:
        gone = churned.select("customer_id", gone=ibis.literal(True))
        seen = seen.left_join(gone, "customer_id").drop("customer_id_right")
        seen = seen.mutate(has_churned=seen.gone.fill_null(False)).drop("gone")
    seen = seen.mutate(is_quiet=(seen.silent > ruler.quiet_days) | seen.has_churned)
    if planned is not None:
        seen = seen.left_join(planned, "customer_id").drop("customer_id_right")
        away = seen[NEXT].isnull()
        seen = seen.mutate(silent=away.ifelse(seen.silent, 0), is_quiet=seen.is_quiet & away)
    return seen.select("customer_id", stage=_stage(seen, as_of=as_of, window_days=window_days))


def _with_lapses(days: ibis.Table, ruler: Ruler) -> ibis.Table:
    """Mark the days on which a customer came back after having lapsed, by the rhythm they had shown before."""
    by_customer = {"group_by": days.customer_id, "order_by": days.occurred_on}
    placed = days.mutate(
        gaps_before=ibis.row_number().over(**by_customer) - 1,
        first_on=days.occurred_on.min().over(group_by=days.customer_id),
    )
    until = placed.occurred_on.delta(placed.first_on, unit="day") - placed.gap_days
    rhythm = (until.cast("float64") + STEADYING * ruler.usual_days) / (placed.gaps_before.cast("float64") + STEADYING)
    lapse_after = ibis.greatest(rhythm * ruler.lapse_times, float(ruler.quiet_days))
    return placed.mutate(had_lapsed=(placed.gap_days.cast("float64") > lapse_after).fill_null(False))


def _stage(seen: ibis.Table, *, as_of: date, window_days: int) -> ibis.Column:
    tenure = ibis.literal(as_of).delta(seen.first_on, unit="day")
    recent, before = seen.spend_recent.cast("float64"), seen.spend_before.cast("float64")
    grew = (tenure + 1 >= 2 * window_days) & (before > 0) & (recent >= GROWTH * before)
    return ibis.cases(
        (seen.silent > seen.lapse_after, "lapsed"),
        ((seen.silent > seen.drift_after) | seen.is_quiet, "drifting"),
        (seen.returns > 0, "won_back"),
        (tenure < window_days, "new"),
        (grew, "growing"),
        else_="steady",
    )


def _rhythms(days: ibis.Table) -> ibis.Table:
    found = days.group_by("customer_id").aggregate(
        first_on=days.occurred_on.min(), last_on=days.occurred_on.max(), gaps=days.count() - 1
    )
    spanned = found.last_on.delta(found.first_on, unit="day").cast("float64")
    return found.mutate(spanned=spanned, own_days=spanned / found.gaps.cast("float64").nullif(0.0))


def _mixed(rhythm: ibis.Table, usual_days: float) -> ibis.Column:
    return (rhythm.spanned + STEADYING * usual_days) / (rhythm.gaps.cast("float64") + STEADYING)


def _number(value: ibis.Scalar) -> float | None:
    found = value.to_pyarrow().as_py()
    return None if found is None else float(found)


def count_moves(migration: Migration) -> pd.DataFrame:
    """Count the customers by their stage on two days: the ``migration`` table.

    Customers who were none on the earlier day come from ``none``.

    Examples
    --------
    >>> then = pd.DataFrame({"customer_id": ["ada"], "stage": ["steady"]})
    >>> now = pd.DataFrame({"customer_id": ["ada", "bob"], "stage": ["lapsed", "new"]})
    >>> moves = count_moves(Migration(then, now, date(2024, 1, 1), date(2024, 4, 1)))
    >>> moves[["from_stage", "to_stage", "customers"]]
      from_stage to_stage  customers
    0       none      new          1
    1     steady   lapsed          1
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


def shares_of_rows(shown: pd.DataFrame, counts: pd.DataFrame, *, minimum: int) -> pd.DataFrame:
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
    """
    totals = counts.sum(axis=1)
    rounded = (5 * (totals / 5).round()).where(totals >= minimum)
    return shown.astype(float).apply(lambda moved: share("moved_share", moved, rounded))


def summarise_stages(stage: pd.Series, spend: pd.Series) -> pd.DataFrame:
    """Count customers and sales per stage: ``stage, customers, share, share_sales``; stages of nobody are left out."""
    found = spend.astype(float).groupby(stage).agg(["size", "sum"])
    found = found.reindex([name for name in STAGES if name in found.index])
    found.columns = ["customers", "share_sales"]
    found["share_sales"] = shares_of_sum("spend_share", found["share_sales"])
    found.insert(1, "share", share("group_share", found["customers"], found["customers"].sum()))
    return found.rename_axis("stage").reset_index()


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
