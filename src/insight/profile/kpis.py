"""Key figures by period: spans of whole weeks up to the last complete day, beside the one before and a year before.

A year has 364 days here, 52 weeks: so the same period of the year before has the same weekdays, and a year has 13
periods of 4 weeks or 4 of 13. Calendar months differ in length and in weekends, and their changes show that first.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson

YEAR, SHORT, LONG = 364, 28, 91
#: A customer is new, or new again, who has bought nothing for so long: as long a look back in every period.
LOOK_BACK = 182
#: The short period is taken where it usually has this many times the buyers that may be shown at all.
_ENOUGH = 10
#: Each figure: what is counted, of what, and the unit.
KPIS = {
    "buyers": ("buyers", None, "customers"),
    "net_spend": ("sales", None, "currency"),
    "spend_per_buyer": ("known_sales", "buyers", "currency"),
    "purchases": ("baskets", None, "purchases"),
    "new_customers": ("new", None, "customers"),
    "gone_quiet": ("left", "active", "share"),
    "responses": ("responded", "contacted", "share"),
}
#: Those whose counts follow from chance as well, so that a change may be chance: estimates with an interval.
ESTIMATES = ("responses",)
_COUNTED = ["buyers", "sales", "known_sales", "baskets", "new", "left", "active", "responded", "contacted"]


@dataclass(frozen=True)
class Periods:
    """How time is cut: ``count`` periods of ``days`` each, the last one up to ``as_of``."""

    as_of: date
    days: int
    count: int

    def span(self, period: int) -> tuple[date, date]:
        """Give the first and last day of a period, 0 the last one.

        Examples
        --------
        >>> Periods(date(2024, 12, 30), 28, 3).span(1)
        (datetime.date(2024, 11, 5), datetime.date(2024, 12, 2))
        """
        last = self.as_of - timedelta(days=period * self.days)
        return last - timedelta(days=self.days - 1), last

    def of(self, day: ibis.Value) -> ibis.Value:
        """Give the number of the period of a day: 0 is the last period."""
        return (self._back(day) // self.days).cast("int64")

    def ends_within(self, day: ibis.Value, days: int) -> ibis.Value:
        """List the periods whose last day lies on a day or up to ``days`` after it."""
        first = (ibis.greatest(self._back(day) - days, 0) + self.days - 1) // self.days
        return ibis.range(first.cast("int64"), self.of(day) + 1)

    def _back(self, day: ibis.Value) -> ibis.Value:
        return ibis.literal(self.as_of).delta(day, unit="day").cast("int64")


def choose_periods(days: ibis.Table, *, as_of: date, minimum: int) -> Periods | Unavailable:
    """Cut time into periods of 4 weeks, or of 13 where few customers buy within 4.

    Only periods that lie wholly in the data count, back to the first one with too few buyers to be shown, and at most
    two years of them and one more.

    Parameters
    ----------
    days
        From `insight.profile.features.summarise_days`.
    as_of
        Last day that counts, inclusive.
    minimum
        Buyers that a period must have.
    """
    first = days.occurred_on.min().to_pyarrow().as_py()
    if first is None:
        return Unavailable("common", "nothing_to_count")
    found = []
    for length in (SHORT, LONG):
        periods = Periods(as_of, length, ((as_of - first).days + 1) // length)
        some = days.group_by(period=periods.of(days.occurred_on)).aggregate(buyers=days.customer_id.nunique())
        buyers = some.to_pandas().set_index("period")["buyers"].reindex(range(periods.count), fill_value=0)
        shown = min(int(buyers.ge(minimum).cummin().sum()), 2 * YEAR // length + 1)
        found.append((Periods(as_of, length, shown), buyers.median()))
    (short, usual), (long, _) = found
    chosen = long if long.count > 1 and not usual >= _ENOUGH * minimum else short
    return chosen if chosen.count else Unavailable("kpis", "short", {"days": SHORT})


@unless_unavailable
def by_period(
    periods: Periods,
    transactions: ibis.Table,
    days: ibis.Table,
    *,
    quiet_days: int,
    minimum: int,
    contacts: ibis.Table | None = None,
    responses: ibis.Table | None = None,
) -> pd.DataFrame:
    """Count what a business is judged by in each period: the ``kpis`` table, one row for each figure that may be shown.

    Parameters
    ----------
    periods
        From `choose_periods`.
    transactions
        The ``transactions`` table.
    days
        From `insight.profile.features.summarise_days`.
    quiet_days
        Days of silence beyond which a customer counts as quiet.
    minimum
        Customers that a figure must rest on; of a share, on either side.
    contacts, responses
        The tables of these names, where the business has both.

    Returns
    -------
    DataFrame
        ``kpi, period`` (0 the last one), ``period_from, period_to, numerator, denominator`` (empty for counts and
        amounts), ``value``.

    Notes
    -----
    ``responses`` counts those within a period's length after the contact, so that every contact has had the same time:
    its last period is one period earlier. ``gone_quiet`` are those of the customers who were not quiet when the period
    began: unlike a share of all who ever bought, it does not grow with the length of the history.
    """
    counted = _purchases(periods, days).join(_amounts(periods, transactions)).join(_quiet(periods, days, quiet_days))
    if contacts is not None and responses is not None:
        counted = counted.join(_responses(periods, contacts, responses))
    counted = counted.reindex(index=range(periods.count), columns=_COUNTED).astype(float)
    looked_back = (periods.count - 1 - counted.index) * periods.days >= LOOK_BACK
    counted["new"] = counted["new"].where(looked_back)
    frames = []
    for name, (some, of, unit) in KPIS.items():
        part, whole = counted[some], counted[of] if of else pd.Series(1.0, counted.index)
        people = np.minimum(part, whole - part) if unit == "share" else counted["new" if some == "new" else "buyers"]
        frame = pd.DataFrame({"kpi": name, "period": counted.index, "numerator": part})
        frame = frame.assign(denominator=whole if of else np.nan, value=part / whole)
        frames.append(frame[people.ge(minimum) & part.notna()])
    found = pd.concat(frames, ignore_index=True)
    spans = [periods.span(period) for period in found["period"]]
    return found.assign(period_from=[first for first, _ in spans], period_to=[last for _, last in spans])


def _purchases(periods: Periods, days: ibis.Table) -> pd.DataFrame:
    by = days.mutate(period=periods.of(days.occurred_on))
    found = by.group_by("period").aggregate(
        buyers=by.customer_id.nunique(),
        baskets=by.baskets.sum(),
        new=by.count(where=by.gap_days.isnull() | (by.gap_days > LOOK_BACK)),
    )
    return found.to_pandas().set_index("period")


def _amounts(periods: Periods, transactions: ibis.Table) -> pd.DataFrame:
    counted = transactions.kind.isin(["purchase", "refund"]) & (transactions.occurred_on <= periods.as_of)
    lines = transactions.filter(counted)
    by = lines.group_by(period=periods.of(lines.occurred_on))
    found = by.aggregate(sales=lines.amount.sum(), known_sales=lines.amount.sum(where=lines.customer_id.notnull()))
    return found.to_pandas().set_index("period")


def _quiet(periods: Periods, days: ibis.Table, quiet_days: int) -> pd.DataFrame:
    """Count the customers who were not quiet when a period began, and those of them who were when it ended."""
    ends = days.select("customer_id", period=periods.ends_within(days.occurred_on, quiet_days).unnest()).distinct()
    later = ends.period.lag().over(group_by=ends.customer_id, order_by=ends.period)
    found = ends.mutate(stayed=(later == ends.period - 1).fill_null(False))
    # who was active at the end of a period was so at the beginning of the one after it
    found = found.group_by(period=found.period - 1).aggregate(
        active=found.count(), left=found.count(where=~found.stayed)
    )
    return found.to_pandas().set_index("period")


def _responses(periods: Periods, contacts: ibis.Table, responses: ibis.Table) -> pd.DataFrame:
    """Count contacts, one for each customer and campaign, and those responded to within a period's length."""
    sent = contacts.filter(~contacts.is_holdout, contacts.sent_on <= periods.as_of)
    sent = sent.group_by("campaign_id", "customer_id").aggregate(sent_on=sent.sent_on.min())
    told = responses.select("campaign_id", "customer_id", "responded_on")
    both = sent.left_join(told, ["campaign_id", "customer_id"])
    after = both.responded_on.delta(both.sent_on, unit="day")
    both = both.select("campaign_id", "customer_id", "sent_on", soon=after.between(0, periods.days).fill_null(False))
    each = both.group_by("campaign_id", "customer_id", "sent_on").aggregate(soon=both.soon.any())
    each = each.mutate(period=periods.of(each.sent_on))
    found = each.group_by("period").aggregate(contacted=each.count(), responded=each.count(where=each.soon))
    return found.filter(found.period > 0).to_pandas().set_index("period")


@unless_unavailable
def latest(kpis: pd.DataFrame, periods: Periods) -> dict[str, dict[str, Any]]:
    """Give each figure of its last period, beside the period before and the same period of the year before.

    Returns
    -------
    dict
        By figure: ``value, low, high`` (of an estimate), ``from, to``, and ``before`` and ``year``, each none where
        there is no such period, else ``value, from, to`` and ``significant`` (none where it is no estimate); and
        ``series``: all values from the first period to the last, none where a period has no value.

    Examples
    --------
    >>> kpis = pd.DataFrame({"kpi": "buyers", "period": [0, 1], "value": [90.0, 60.0]})
    >>> found = latest(kpis, Periods(date(2024, 12, 30), 28, 2))["buyers"]
    >>> found["value"], found["before"]["value"], found["year"], found["series"]
    (90.0, 60.0, None, [60.0, 90.0])
    """
    found = {}
    for name, rows in kpis.set_index("period").groupby("kpi", sort=False):
        last = int(rows.index.min())
        if last <= (1 if name in ESTIMATES else 0):  # a figure whose last period may not be shown has no last value
            first, to = periods.span(last)
            low, high = wilson(*rows.loc[last, ["numerator", "denominator"]]) if name in ESTIMATES else (None, None)
            values = rows["value"].reindex(range(int(rows.index.max()), last - 1, -1))
            found[str(name)] = {
                **{"value": float(rows["value"][last]), "low": low, "high": high},
                **{"from": first.isoformat(), "to": to.isoformat()},
                "before": _compared(rows, last, last + 1, periods, estimate=name in ESTIMATES),
                "year": _compared(rows, last, last + YEAR // periods.days, periods, estimate=name in ESTIMATES),
                "series": [None if pd.isna(value) else float(value) for value in values],
            }
    return found


def _compared(rows: pd.DataFrame, last: int, other: int, periods: Periods, *, estimate: bool) -> dict[str, Any] | None:
    if other not in rows.index:
        return None
    significant, (first, to) = None, periods.span(other)
    if estimate:
        counts = rows.loc[[last, other], ["numerator", "denominator"]].to_numpy().ravel()
        low, high = confint_proportions_2indep(*counts, method="newcomb")
        significant = bool(low > 0 or high < 0)
    value = float(rows["value"][other])
    return {"value": value, "from": first.isoformat(), "to": to.isoformat(), "significant": significant}
