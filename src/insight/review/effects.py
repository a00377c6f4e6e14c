"""Effects of campaigns: for each an estimate, its placebo test on the weeks before, its balance, its weekly path."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.contracts.tables.review import CAMPAIGN_EFFECTS
from insight.errors import unless_unavailable
from insight.review.behaviour import PLACEBO_DAYS, behaviour_around, campaigns_around, weekly_path
from insight.review.comparison import Comparison, balance, compare, effective_number
from insight.review.pooling import HELD_OUT, OTHERS, CampaignResults
from insight.review.rates import MIN_GROUP
from insight.review.reach import COMPARED, FEW_OTHERS

WEEKS_BEFORE, WEEKS_AFTER = 12, 8
_ESTIMATED = {column.name for column in CAMPAIGN_EFFECTS.columns[12:]}


def estimate_effects(
    daily: ibis.Table,
    judged: pd.DataFrame,
    *,
    contacts: ibis.Table,
    campaigns: ibis.Table,
    first: date,
    pre_days: int,
) -> CampaignResults:
    """Estimate each campaign's effect on spend: contacted customers against comparable ones.

    Parameters
    ----------
    daily
        From `insight.review.behaviour.daily_totals`.
    judged
        From `insight.review.reach.judge_campaigns`; campaigns judged ``compared`` are estimated.
    contacts, campaigns
        The tables of these names.
    first
        First day with data.
    pre_days
        Days before a campaign that customers are compared by.

    Returns
    -------
    CampaignResults
        ``effects`` holds ``campaign_id, name, kind, contacted, days, comparison`` (``others`` or
        ``hold-out``), ``spend_per_week`` of the contacted, ``effect``, ``placebo`` with their
        bounds, and how many standard errors those lie ``_below`` and ``_above``, ``effective_contacted``,
        ``balance_before``, ``balance_after`` (largest standardised difference), ``residual_sd``.
    """
    compared = judged[judged["verdict"] == COMPARED]
    sides = _contacted_or_held_out(contacts, compared)
    parts = []
    for start, rows in compared.groupby("starts_on", sort=False):
        known = _only_both_sides(daily, rows, contacts=contacts)
        around = BehaviourAround(known, start, contacts=contacts, campaigns=campaigns, first=first, pre_days=pre_days)
        estimates = (_estimate_one(around, row, contacted=sides[row.campaign_id]) for row in rows.itertuples())
        parts += [part for part in estimates if part]
    names = [part["effects"]["campaign_id"] for part in parts]
    return CampaignResults(
        effects=pd.DataFrame([part["effects"] for part in parts], columns=_COLUMNS),
        influence=_side_by_side([part["real"].influence for part in parts], names),
        placebo_influence=_side_by_side([part["placebo"].influence for part in parts], names),
        balance=pd.concat([part["balance"] for part in parts]) if parts else pd.DataFrame(),
        path=_mean_path(parts),
        first=first,
    )


_COLUMNS = [
    *("campaign_id", "name", "kind", "contacted", "days", "comparison", "spend_per_week"),
    *("effect", "effect_low", "effect_high", "effect_below", "effect_above"),
    *("placebo", "placebo_low", "placebo_high", "placebo_below", "placebo_above"),
    *("effective_contacted", "balance_before", "balance_after", "residual_sd"),
]


@dataclass(frozen=True)
class Window:
    """One window of one campaign: outcome, who was contacted, what was known before, and the comparison."""

    outcome: pd.Series
    treated: pd.Series
    traits: pd.DataFrame
    comparison: Comparison

    @property
    def effective(self) -> float:
        """Effective number of customers on the smaller side after weighting."""
        weights = self.comparison.weights
        return min(effective_number(weights[self.treated]), effective_number(weights[~self.treated]))


class BehaviourAround:
    """Customers' behaviour around one first day, summed once for all campaigns that begin on it."""

    def __init__(
        self,
        daily: ibis.Table,
        start: date,
        *,
        contacts: ibis.Table,
        campaigns: ibis.Table,
        first: date,
        pre_days: int,
    ) -> None:
        self.start, self.before = start, timedelta(days=PLACEBO_DAYS)
        known: dict[str, Any] = {"pre_days": pre_days, "first": first, "known_by": start - self.before}
        self._behaviour = cache(partial(behaviour_around, daily, **known))
        self._reached = cache(partial(campaigns_around, contacts, campaigns))
        self._weeks = cache(partial(weekly_path, daily, start=start, before=WEEKS_BEFORE, after=WEEKS_AFTER))

    def windows(self, days: int) -> dict[str, tuple[date, int]]:
        """Give first day and length of the windows to compare: the campaign's own, and the placebo before it began."""
        return {"real": (self.start, days), "placebo": (self.start - self.before, PLACEBO_DAYS)}

    def described(self, start: date, days: int, *, row, contacted: pd.Series) -> pd.DataFrame:
        """Describe customers around a window, and count the *other* campaigns that reached them in it."""
        frame, end = self._behaviour(start=start, days=days), start + timedelta(days=days - 1)
        others = self._reached(start=start, end=end).reindex(frame.index, fill_value=0.0)
        if row.starts_on <= end and row.ends_on >= start:
            others = others - contacted.reindex(frame.index, fill_value=False).astype(float)
        return frame.assign(other_campaigns=others)

    def weeks(self) -> pd.DataFrame:
        """Sum spending by customer and week around the first day."""
        return self._weeks()


def _contacted_or_held_out(contacts: ibis.Table, compared: pd.DataFrame) -> dict[str, pd.Series]:
    """Give for each campaign, by customer, whether they were contacted (true) or held out (false).

    Who was both is on neither side where the control group is compared with: nobody knows what was drawn for them.
    """
    mine = contacts.filter(contacts.campaign_id.isin(list(compared["campaign_id"])))
    sides = mine.group_by("campaign_id", "customer_id").aggregate(
        treated=(~mine.is_holdout).any(), both=mine.is_holdout.any() & (~mine.is_holdout).any()
    )
    frame = sides.order_by("campaign_id", "customer_id").to_pandas().astype({"treated": bool, "both": bool})
    controlled = compared.loc[compared["held_out"] >= MIN_GROUP, "campaign_id"]
    frame = frame[~(frame["both"] & frame["campaign_id"].isin(controlled))]
    return {name: rows.set_index("customer_id")["treated"] for name, rows in frame.groupby("campaign_id")}


def _only_both_sides(daily: ibis.Table, rows: pd.DataFrame, *, contacts: ibis.Table) -> ibis.Table:
    """Keep the days of customers whom these campaigns contacted or held out, where only they are compared."""
    if (rows["held_out"] < MIN_GROUP).any():
        return daily
    return daily.semi_join(contacts.filter(contacts.campaign_id.isin(list(rows["campaign_id"]))), "customer_id")


@unless_unavailable
def _estimate_one(around: BehaviourAround, row, *, contacted: pd.Series) -> dict | None:
    """Estimate one campaign; none when too few of those contacted have a counterpart, or none can be told apart."""
    days = (row.ends_on - row.starts_on).days + 1
    windows: dict[str, Window] = {}
    for name, (start, length) in around.windows(days).items():
        frame = around.described(start, length, row=row, contacted=contacted)
        by_lot = row.held_out >= MIN_GROUP
        frame, treated = _sides(frame, contacted, held_out=by_lot)
        if min(treated.sum(), (~treated).sum()) < MIN_GROUP:
            return None
        traits = frame.drop(columns="outcome")
        compared = compare(frame["outcome"], treated, traits, by_lot=by_lot)
        windows[name] = Window(frame["outcome"], treated, traits, compared)
    if min(one.effective for one in windows.values()) < MIN_GROUP / 2:
        return None
    real = windows["real"]
    differences = balance(real.traits, real.treated, real.comparison.weights)
    return {
        "real": real.comparison,
        "placebo": windows["placebo"].comparison,
        "effects": _describe(row, days, real, windows["placebo"].comparison, differences),
        "balance": differences.rename_axis("trait").reset_index().assign(campaign_id=row.campaign_id),
        "path": _path(around.weeks(), real.treated, real.comparison.weights),
        "last_week": min(WEEKS_AFTER, days // 7),
    }


def _sides(frame: pd.DataFrame, contacted: pd.Series, *, held_out: bool) -> tuple[pd.DataFrame, pd.Series]:
    """Keep who is to be compared: the control group alone where it is large enough, else everyone not contacted."""
    known = contacted.reindex(frame.index)
    keep = known.notna() if held_out else pd.Series(True, index=frame.index)
    return frame[keep], known[keep].fillna(False).astype(bool)


def _describe(row, days: int, real: Window, placebo: Comparison, differences: pd.DataFrame) -> dict:
    return {
        "campaign_id": row.campaign_id,
        "name": row.name,
        "kind": row.kind,
        "contacted": int(real.treated.sum()),
        "days": days,
        "comparison": HELD_OUT if row.held_out >= MIN_GROUP else OTHERS,
        "spend_per_week": float(real.outcome[real.treated].mean()),
        **_bounds("effect", real.comparison),
        **_bounds("placebo", placebo),
        "effective_contacted": effective_number(real.comparison.weights[real.treated]),
        "balance_before": float(differences["before"].abs().max()),
        "balance_after": float(differences["after"].abs().max()),
        "residual_sd": real.comparison.residual_sd,
    }


def _bounds(name: str, one: Comparison) -> dict[str, float]:
    low, high = one.interval
    return {
        **{name: one.effect, f"{name}_low": low, f"{name}_high": high},
        **{f"{name}_below": one.below, f"{name}_above": one.above},
    }


def _path(weeks: pd.DataFrame, treated: pd.Series, weights: pd.Series) -> pd.DataFrame:
    weeks = weeks.reindex(treated.index, fill_value=0.0)
    means = {
        name: weeks[side].mul(weights[side], axis=0).sum() / weights[side].sum()
        for name, side in (("contacted", treated), ("comparable", ~treated))
    }
    return pd.DataFrame(means)


def _mean_path(parts: list[dict]) -> pd.DataFrame:
    """Average the weekly means over campaigns by contacted customers; a week counts while a campaign runs."""
    if not parts:
        return pd.DataFrame(columns=["contacted", "comparable", "campaigns"])
    sums = sum(_counted(part)[["contacted", "comparable", "weight", "campaigns"]] for part in parts)
    means = sums[["contacted", "comparable"]].div(sums["weight"], axis=0)
    return means.assign(campaigns=sums["campaigns"].astype(int)).rename_axis("week")


def _counted(part: dict) -> pd.DataFrame:
    path, weight = part["path"], float(part["effects"]["contacted"])
    counts = pd.Series(np.where(path.index < part["last_week"], 1.0, 0.0), index=path.index)
    return path.mul(counts * weight, axis=0).assign(weight=counts * weight, campaigns=counts)


def _side_by_side(columns: list[pd.Series], names: list[str]) -> pd.DataFrame:
    return pd.concat(columns, axis=1, keys=names).fillna(0.0).sort_index() if columns else pd.DataFrame()


def correct_verdicts(judged: pd.DataFrame, results: CampaignResults) -> pd.DataFrame:
    """Set the verdict of campaigns that turned out to have too few comparable customers."""
    unestimated = judged["verdict"].eq(COMPARED) & ~judged["campaign_id"].isin(results.effects["campaign_id"])
    return judged.assign(verdict=judged["verdict"].mask(unestimated, FEW_OTHERS))


def campaign_effects_table(judged: pd.DataFrame, results: CampaignResults) -> pd.DataFrame:
    """Give the ``campaign_effects`` table: one row per campaign, with its estimate where there is one."""
    kept = ["campaign_id", *[name for name in results.effects if name in _ESTIMATED]]
    frame = judged.merge(results.effects[kept], on="campaign_id", how="left")
    frame["responded"] = frame["responded"].astype("Int64")
    return frame[CAMPAIGN_EFFECTS.names]
