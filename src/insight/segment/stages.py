"""Lifecycle stages as of a day, from each customer's own rhythm.

A customer's *rhythm* is the mean of their days between purchases, mixed with three such gaps of
the typical customer: it says something after one purchase and is all their own after many. How
much longer than the rhythm a silence may last is read from all completed silences (`read_ruler`):
nineteen in twenty end before ``drift_times`` the rhythm, ninety-nine in a hundred before ``lapse_times``.

=========  =====================================================================================
lost       every account closed; or silent for twice as long as the dormant at least, and longer than ``lost_days``,
           after which the chance of a return is a tenth of that after a purchase
dormant    silent for longer than ``lapse_times`` the rhythm, and than ``quiet_days``
drifting   silent for longer than ``drift_times`` the rhythm, and than half of ``quiet_days``; or quiet,
           silent for longer than ``quiet_days``, or churned, by whatever rhythm; or, being none of those below,
           with clearly fewer purchases than before in the last half window (`segment.change`)
won_back   bought in the window after a silence in which they had been dormant
new        first bought within the window
growing    with clearly more purchases than before in each of the last two windows
mature     everyone else
=========  =====================================================================================

The first line that is true counts; whoever has something planned ahead is not silent. So nobody who is quiet or has
churned, as the other notebooks say it, is called mature, new or growing here. *Lapsed* is whoever is dormant or lost.
The window is ``trend_days`` long. Nothing after the day is known, so the stages of an earlier day are those that
one would have seen then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.config.definitions import share, shares_of_sum
from insight.contracts.tables.segment import STAGES
from insight.engine import to_frame
from insight.profile.features import summarise_baskets, summarise_days
from insight.profile.silence import count_silences, quiet_after, quiet_limit, return_curve
from insight.segment.change import CHANCE, Wander, learn_wander

STEADYING = 3  # gaps of the typical customer that every rhythm is mixed with
DRIFT, LAPSE = 1 - CHANCE, 0.99
LOST_CHANCE, LOST_TIMES = 0.1, 2  # of the chance right after a purchase; of the silence that makes dormant
_HALVES = 8  # half windows that purchases are counted in
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
    lost_days
        The silence after which the chance of a return is a tenth of that right after a purchase; 0 where none seen is.
    wander
        How customers' rates change by themselves; None where too little is known, and then no change is clear.
    """

    usual_days: float
    drift_times: float
    lapse_times: float
    quiet_days: int
    has_returns: bool = True
    lost_days: int = 0
    wander: Wander | None = None

    @property
    def basis(self) -> str:
        """Say what silences are judged by: ``no_returns`` yet, or the own ``rhythm``."""
        return "rhythm" if self.has_returns else "no_returns"


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
    closed: ibis.Table | None = None,
    days: ibis.Table | None = None,
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
    closed
        ``customer_id`` of those whose every account was closed by the day (`list_closed`), where accounts are known.
    days
        From `purchase_days` of the same transactions, up to the day or longer, where they are at hand.

    Returns
    -------
    tuple
        ``customer_id, stage``, one row per customer who had bought, and the ruler.
    """
    days = purchase_days(transactions, as_of=as_of) if days is None else days.filter(days.occurred_on <= as_of)
    curve = return_curve(count_silences(days, as_of=as_of, return_days=return_days).to_pandas(), minimum=minimum)
    if quiet_days is None:
        quiet_days = quiet_limit(quiet_after(curve), return_days=return_days)
    counts = count_windows(days, as_of=as_of, window_days=window_days)
    ruler = replace(
        read_ruler(days, quiet_days=quiet_days, window_days=window_days),
        lost_days=quiet_after(curve, fraction=LOST_CHANCE).days or 0,
        wander=_read_wander(counts, window_days=window_days),
    )
    known = {"planned": planned, "churned": churned, "closed": closed}
    return stage_customers(days, counts, ruler, as_of=as_of, window_days=window_days, **known), ruler


def purchase_days(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    """List each customer's days of purchase up to a day: counted once for all that looks at them, on earlier days too.

    A basket counts on its first day. See `profile.features.summarise_days`.
    """
    return summarise_days(summarise_baskets(transactions, as_of=as_of)).cache()


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


def count_windows(days: ibis.Table, *, as_of: date, window_days: int) -> pd.DataFrame:
    """Count each customer's purchases by half windows before a day, the last first: columns 0 to 7.

    Indexed by ``customer_id``, with ``tenure``, the days since the first purchase.
    """
    half = _half(window_days)
    back = ibis.literal(as_of).delta(days.occurred_on, unit="day")
    at = {f"w{place}": (back >= place * half) & (back < (place + 1) * half) for place in range(_HALVES)}
    counted = {name: days.baskets.sum(where=within).fill_null(0) for name, within in at.items()}
    first = ibis.literal(as_of).delta(days.occurred_on.min(), unit="day")
    found = to_frame(days.group_by("customer_id").aggregate(tenure=first, **counted).order_by("customer_id"))
    return found.rename(columns={f"w{place}": place for place in range(_HALVES)}).set_index("customer_id").astype(float)


def _half(window_days: int) -> int:
    return max(window_days // 2, 1)


def _read_wander(counts: pd.DataFrame, *, window_days: int) -> Wander | None:
    """Learn how rates change by themselves from the third window back to the second, neither of which is judged yet."""
    half = _half(window_days)
    there = counts[(counts["tenure"] >= 6 * half) & (counts[[0, 1]].sum(axis=1) > 0)]
    return learn_wander(there[[4, 5]].sum(axis=1), there[[2, 3]].sum(axis=1), days=2 * half)


def list_closed(accounts: ibis.Table, *, as_of: date) -> ibis.Table | None:
    """List the customers who had accounts, all of which were closed by a day; None where closing is not delivered."""
    if "closed_on" not in accounts.columns:
        return None
    opened = accounts.filter(accounts.customer_id.notnull())
    if "opened_on" in accounts.columns:
        opened = opened.filter((opened.opened_on <= as_of).fill_null(True))
    is_open = ~(opened.closed_on <= as_of).fill_null(False)
    counted = opened.group_by("customer_id").aggregate(still_open=is_open.sum())
    return counted.filter(counted.still_open == 0).select("customer_id")


def count_prospects(customers: ibis.Table, buyers: Iterable[str], *, as_of: date) -> int:
    """Count who was known by a day and has never bought: the prospects."""
    if "first_seen_on" in customers.columns:
        customers = customers.filter((customers.first_seen_on <= as_of).fill_null(True))
    known = to_frame(customers.select("customer_id").distinct())["customer_id"]
    return int((~known.isin(set(buyers))).sum())


def stage_customers(
    days: ibis.Table,
    counts: pd.DataFrame,
    ruler: Ruler,
    *,
    as_of: date,
    window_days: int,
    planned: ibis.Table | None = None,
    churned: ibis.Table | None = None,
    closed: ibis.Table | None = None,
) -> pd.DataFrame:
    """Say in which stage each customer is: ``customer_id, stage``.

    Parameters
    ----------
    days
        From `profile.features.summarise_days`, up to ``as_of``.
    counts
        From `count_windows`, on the same days.
    ruler
        From `read_ruler`, on the same days.
    as_of
        The day.
    window_days
        Length of the window that *new*, *won back*, *growing* and *drifting* look at.
    planned, churned, closed
        Who has something planned ahead, has churned, has closed every account, where that is known.
    """
    rhythm = _rhythms(days)
    rhythm = rhythm.mutate(rhythm_days=_mixed(rhythm, ruler.usual_days))
    known = _with_lapses(days, ruler)
    back = ibis.literal(as_of).delta(known.occurred_on, unit="day")
    returns = known.group_by("customer_id").aggregate(
        returns=known.count(where=(back < window_days) & known.had_lapsed)
    )
    seen = rhythm.join(returns, "customer_id")
    seen = seen.mutate(silent=ibis.literal(as_of).delta(seen.last_on, unit="day"))
    seen = to_frame(seen.select("customer_id", "rhythm_days", "returns", "silent").order_by("customer_id"))
    seen = seen.set_index("customer_id").astype(float).join(counts)
    stage = _stage(
        seen,
        ruler,
        window_days=window_days,
        is_away=_are_among(seen, planned),
        has_churned=_are_among(seen, churned),
        has_closed=_are_among(seen, closed),
    )
    return pd.DataFrame({"customer_id": seen.index, "stage": stage})


def _are_among(seen: pd.DataFrame, listed: ibis.Table | None) -> np.ndarray:
    if listed is None:
        return np.zeros(len(seen), dtype=bool)
    return seen.index.isin(to_frame(listed.select("customer_id"))["customer_id"])


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


def _stage(
    seen: pd.DataFrame,
    ruler: Ruler,
    *,
    window_days: int,
    is_away: np.ndarray,
    has_churned: np.ndarray,
    has_closed: np.ndarray,
) -> np.ndarray:
    silent = seen["silent"].where(~is_away, 0.0)
    lapse_after = np.maximum(seen["rhythm_days"] * ruler.lapse_times, float(ruler.quiet_days))
    drift_after = np.maximum(seen["rhythm_days"] * ruler.drift_times, ruler.quiet_days / 2)
    is_quiet = ((seen["silent"] > ruler.quiet_days) | has_churned) & ~is_away
    more, fewer = clear_changes(seen, ruler.wander, window_days=window_days)
    rules = {
        "lost": has_closed | (silent > np.maximum(LOST_TIMES * lapse_after, float(ruler.lost_days))),
        "dormant": silent > lapse_after,
        "drifting": (silent > drift_after) | is_quiet,
        "won_back": seen["returns"] > 0,
        "new": seen["tenure"] < window_days,
        "growing": more,
        "fading": fewer & ~is_away,
    }
    found = np.select([np.asarray(rule, dtype=bool) for rule in rules.values()], list(rules), "mature")
    return np.where(found == "fading", "drifting", found).astype(object)


def clear_changes(counts: pd.DataFrame, wander: Wander | None, *, window_days: int) -> tuple[np.ndarray, np.ndarray]:
    """Say who buys clearly more than before in each of the last two windows, and who clearly less in the last half.

    Each is compared with two windows before it, which chose nobody, shrunk towards everyone's rate and changed by
    what all customers together changed by.

    Parameters
    ----------
    counts
        From `count_windows`.
    wander
        From `insight.segment.change.learn_wander`; without it nothing is clear.
    """
    nobody, half = np.zeros(len(counts), dtype=bool), _half(window_days)
    if wander is None or counts.empty:
        return nobody, nobody

    def chance(judged: list[int], before: list[int], *, more: bool) -> np.ndarray:
        now, then = (counts[places].sum(axis=1).to_numpy() for places in (judged, before))
        enough = (counts["tenure"].to_numpy() >= half * (before[-1] + 1)) & (then > 0)
        there = enough & (now > 0)
        if not there.any():
            return np.ones(len(counts))
        season = now[there].sum() / len(judged) / (then[there].sum() / len(before))
        expected = replace(wander, season=season).expected(
            then, np.full(len(then), float(half * len(before))), ahead=half * len(judged)
        )
        found = wander.chance_of_more(now, expected) if more else wander.chance_of_fewer(now, expected)
        return np.where(enough, found, 1.0)

    grew = [chance(judged, [4, 5, 6, 7], more=True) <= CHANCE for judged in ([0, 1], [2, 3])]
    return np.logical_and(*grew), chance([0], [1, 2, 3, 4], more=False) <= CHANCE


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


def summarise_stages(stage: pd.Series, spend: pd.Series) -> pd.DataFrame:
    """Count customers and sales per stage: ``stage, customers, share, share_sales``; stages of nobody are left out."""
    found = spend.astype(float).groupby(stage).agg(["size", "sum"])
    found = found.reindex([name for name in STAGES if name in found.index])
    found.columns = ["customers", "share_sales"]
    found["share_sales"] = shares_of_sum("spend_share", found["share_sales"])
    found.insert(1, "share", share("group_share", found["customers"], found["customers"].sum()))
    return found.rename_axis("stage").reset_index()
