"""What moved the net spend of a period: buyers, purchases of each and amounts of a purchase, parts that add up exactly.

The change of a product of factors is shared out among them by logarithmic means (log-mean Divisia index [1]_): nothing
is left over, and no factor comes first. It is taken tier by tier, tiers being those of the time before either period,
so that what customers do within the periods does not decide where they are counted.

References
----------
.. [1] Ang (2005), The LMDI Approach to Decomposition Analysis: A Practical Guide, Energy Policy 33(7), 867-871.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.contracts.table import MONEY
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts
from insight.profile.kpis import LOOK_BACK, YEAR, Periods
from insight.segment.tiers import value_tiers

#: What moves the spend of buyers, and what is spent beside them: without a customer, or returned by who bought nothing.
FACTORS, BESIDE, TOTAL = ("buyers", "orders", "basket"), "beside", "total"
#: Of who had bought nothing before, and of everybody where tiers cannot be told.
NEW, EVERYBODY = "new", "everybody"
ROUNDS = 300
_COUNTED = ["bought", "baskets", "amount"]


@dataclass(frozen=True, eq=False)
class Change:
    """What moved the net spend from one period to another.

    Attributes
    ----------
    parts
        One row per factor, `BESIDE` and `TOTAL`: ``part, change, change_low, change_high`` (95%, other customers of
        the same kind; no interval of `BESIDE`, and that of the total is of the buyers').
    tiers
        One row per tier: ``tier, customers`` (who bought in the later period), ``spend_then, spend_now`` and the change
        by each of `FACTORS` and in ``total``.
    then, now
        Net spend of the earlier and of the later period, all of it.
    span, span_then
        First and last day of both periods.
    """

    parts: pd.DataFrame
    tiers: pd.DataFrame
    then: float
    now: float
    span: tuple[date, date]
    span_then: tuple[date, date]

    def part(self, name: str) -> float:
        """Give the change that is due to a part."""
        return float(self.parts.set_index("part")["change"][name])

    @property
    def largest(self) -> str:
        """Name the factor that moved most."""
        factors = self.parts[self.parts["part"].isin(FACTORS)]
        return str(factors.loc[factors["change"].abs().idxmax(), "part"])


@unless_unavailable
def what_moved_lately(
    periods: Periods, days: ibis.Table, transactions: ibis.Table, *, minimum: int
) -> dict[str, Change] | Unavailable:
    """Share out the change on the period before (``before``) and on the same one of the year before (``year``).

    Those that can be had, in this order; see `what_moved`.
    """
    earlier = {"before": 1, "year": YEAR // periods.days}
    found = {
        name: what_moved(periods, days, transactions, back=back, minimum=minimum) for name, back in earlier.items()
    }
    known = {name: change for name, change in found.items() if isinstance(change, Change)}
    return known or next(change for change in found.values() if isinstance(change, Unavailable))


@unless_unavailable
def what_moved(
    periods: Periods, days: ibis.Table, transactions: ibis.Table, *, back: int, minimum: int
) -> Change | Unavailable:
    """Share out the change of net spend from an earlier period to the last one.

    Parameters
    ----------
    periods
        From `insight.profile.kpis.choose_periods`.
    days
        From `insight.profile.features.summarise_days`.
    transactions
        The ``transactions`` table.
    back
        How many periods earlier the other one is.
    minimum
        Buyers that a tier must have in either period, else all are taken together.
    """
    if back >= periods.count:
        return Unavailable("moved", "no_earlier", {"days": back * periods.days})
    customers, totals = _sums(periods, days, transactions, back)
    customers["tier"] = _tiers(periods, days, customers.index, back)
    then, now = (_by_tier(customers, side) for side in ("then", "now"))
    if min(then["bought"].min(), now["bought"].min()) < minimum or (then["amount"] <= 0).any() or (
        now["amount"] <= 0
    ).any():  # fmt: skip
        customers["tier"] = EVERYBODY
        then, now = (_by_tier(customers, side) for side in ("then", "now"))
    if min(then["bought"].min(), now["bought"].min()) < minimum or min(then["amount"].min(), now["amount"].min()) <= 0:
        return Unavailable("moved", "few", {"buyers": minimum})
    shared = pd.DataFrame(share_out(_factors(then), _factors(now)), index=then.index, columns=list(FACTORS))
    parts = _parts(shared.sum(), totals, then, now, _drawn(customers))
    tiers = shared.assign(total=shared.sum(axis=1), customers=now["bought"].astype(int))
    tiers = tiers.assign(spend_then=then["amount"], spend_now=now["amount"]).rename_axis("tier").reset_index()
    return Change(parts, tiers, totals["then"], totals["now"], periods.span(0), periods.span(back))


def share_out(then: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Share out the change of a product among its factors, which add up to it exactly.

    Parameters
    ----------
    then, now
        Factors in the last place, all above nothing.

    Examples
    --------
    Twice as many buyers of half as many purchases each move nothing in all:

    >>> share_out(np.array([10.0, 4.0, 5.0]), np.array([20.0, 2.0, 5.0])).round(2).tolist()
    [138.63, -138.63, 0.0]
    """
    steps = np.log(now / then)
    before, whole = then.prod(axis=-1), steps.sum(axis=-1)
    # the logarithmic mean of both products, in a form that holds where they are equal
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(np.abs(whole) > 1e-12, before * np.expm1(whole) / whole, before)
    return steps * mean[..., None]


def _factors(sums: pd.DataFrame | np.ndarray) -> np.ndarray:
    bought, baskets, amount = np.moveaxis(np.asarray(sums, dtype=float), -1, 0)
    return np.stack([bought, baskets / bought, amount / baskets], axis=-1)


def _sums(
    periods: Periods, days: ibis.Table, transactions: ibis.Table, back: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Sum what each buyer of either period bought, exactly; and net spend of both, that of nobody known included."""
    counted = transactions.kind.isin(["purchase", "refund"]) & (transactions.occurred_on <= periods.as_of)
    lines = transactions.filter(counted, periods.of(transactions.occurred_on).isin([0, back]))
    lines = lines.group_by("customer_id", period=periods.of(lines.occurred_on)).aggregate(
        amount=lines.amount.sum().cast(MONEY)
    )
    bought = days.filter(periods.of(days.occurred_on).isin([0, back]))
    bought = bought.group_by("customer_id", period=periods.of(bought.occurred_on)).aggregate(
        baskets=bought.baskets.sum()
    )
    amounts, baskets = lines.to_pandas(), bought.to_pandas()
    totals = amounts.groupby("period")["amount"].sum()
    found = baskets.merge(amounts, on=["customer_id", "period"], how="left").assign(bought=1)
    sides = {"now": 0, "then": back}
    wide = {name: found[found["period"] == period].set_index("customer_id")[_COUNTED] for name, period in sides.items()}
    joined = pd.concat(wide, axis=1).astype(float).fillna(0.0).sort_index()
    return joined, {name: float(totals.get(period, 0)) for name, period in sides.items()}


def _tiers(periods: Periods, days: ibis.Table, customers: pd.Index, back: int) -> pd.Series:
    """Name everyone's value tier by the half year before the earlier period, all one where that is not in the data."""
    start = periods.span(back)[0]
    first = days.occurred_on.min().to_pyarrow().as_py()
    if first is None or start - timedelta(days=LOOK_BACK) < first:
        return pd.Series(EVERYBODY, index=customers)
    before = days.filter(days.occurred_on < start, days.occurred_on >= start - timedelta(days=LOOK_BACK))
    spent = before.group_by("customer_id").aggregate(spent=before.gross.sum().cast(MONEY)).order_by("customer_id")
    tiers = value_tiers(spent.to_pandas().set_index("customer_id")["spent"].astype(float))
    return tiers.reindex(customers).fillna(NEW)


def _by_tier(customers: pd.DataFrame, side: str) -> pd.DataFrame:
    return customers[side].groupby(customers["tier"]).sum()[_COUNTED]


def _drawn(customers: pd.DataFrame) -> np.ndarray:
    """Draw customers anew, and share out each draw: draws down, `FACTORS` across."""
    tiers = sorted(customers["tier"].unique())
    of_tier = [(customers["tier"] == tier).to_numpy(float)[:, None] for tier in tiers]
    sums = {side: np.hstack([customers[side].to_numpy() * mine for mine in of_tier]) for side in ("then", "now")}
    counts = np.array(list(resampled_counts(len(customers), rounds=ROUNDS, seed=len(customers))), dtype=float)
    shape = (ROUNDS, len(tiers), len(_COUNTED))
    with np.errstate(invalid="ignore", divide="ignore"):
        then, now = (_factors((counts @ sums[side]).reshape(shape)) for side in ("then", "now"))
        return share_out(then, now).sum(axis=1)


def _parts(
    factors: pd.Series, totals: dict[str, float], then: pd.DataFrame, now: pd.DataFrame, drawn: np.ndarray
) -> pd.DataFrame:
    change = totals["now"] - totals["then"]
    beside = change - float(now["amount"].sum() - then["amount"].sum())
    rows = [(name, float(factors[name]), *percentiles(drawn[:, place])) for place, name in enumerate(FACTORS)]
    low, high = (bound + beside for bound in percentiles(drawn.sum(axis=1)))
    rows += [(BESIDE, beside, np.nan, np.nan), (TOTAL, change, low, high)]
    return pd.DataFrame(rows, columns=["part", "change", "change_low", "change_high"])
