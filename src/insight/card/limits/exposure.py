"""How much of a free limit is drawn before an account falls behind, and how much of what is owed then is lost.

Both are ratios of sums over the accounts that fell behind within a year of a day on which they were seen: a ratio of
each account would explode where hardly anything of the limit was free.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.card.applications import BAD_DAYS, Has, Read
from insight.card.arrears import CHARGED_OFF, YEAR, charge_offs, month_of
from insight.card.behaviour import Foreseen, Today
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import affordable_rounds, percentiles
from insight.predict.uplift.months import day_of

SETTLED = 6  # months after an account fell behind in which it is charged off, or is not
FEWEST_DEFAULTS = 30  # accounts
_ROUNDS = 4000
#: What must be seen of accounts; a column that never varies is not among what is seen.
NEEDED = ("months_open", "balance", "credit_limit", "used", "used_mean_3", "used_mean_6", "used_most_6")


@dataclass(frozen=True)
class Exposure:
    """What is drawn before accounts fall behind, and what is lost after that.

    Attributes
    ----------
    drawn
        Of the limit that was free on a day, the share that was owed in addition when the account fell behind.
    lost
        Of what was owed when accounts fell behind, the share that was charged off, less what came back since.
    draws
        A row per resample of the accounts: ``drawn``, ``lost``, and ``level``, how many accounts fell behind in it over
        how many did.
    accounts, settled
        Accounts that fell behind, and those of them so long ago that it is known what was lost.
    """

    drawn: float
    lost: float
    draws: pd.DataFrame
    accounts: int
    settled: int

    def interval(self, name: str) -> tuple[float, float]:
        """Give the 95% interval of ``drawn`` or ``lost``."""
        return percentiles(self.draws[name].to_numpy())


@unless_unavailable
def defaults(read: Read, has: Has, today: Today) -> pd.DataFrame | Unavailable:
    """Lay out the accounts that fell behind within a year of the days that the score of today is learnt from.

    Returns
    -------
    DataFrame
        A row per account and day: ``account_id, day, balance, credit_limit`` (on the last statement before the day),
        ``owed`` (on the first statement 90 days past due, else the last before the charge-off), ``lost`` (charged off,
        less what was paid since) and ``settled`` (whether that is known). Unavailable where all accounts are alike.
    """
    told, days = today.told, today.days
    if not set(NEEDED) <= set(told.features):
        return Unavailable("limits", "all_alike")
    bills = read("statements").filter(lambda t: t.statement_on < days.last)
    bills = bills.select("account_id", "statement_on", "days_past_due", owed=bills.balance.cast("float64"))
    off = _charged_off(read, has, bills, days.last)
    found = []
    for day in days.learnt:
        seen = told.features.loc[told.on((day,)), ["balance", "credit_limit"]].assign(day=day)
        found.append(seen.join(_fell(bills, off, day), how="inner"))
    rows = pd.concat(found).rename_axis("account_id").reset_index()
    settled = pd.to_datetime(rows["fell_on"]) < pd.Timestamp(day_of(month_of(days.last) - SETTLED))
    rows["lost"] = rows["account_id"].map(off["lost"]).fillna(0.0)
    names = ["account_id", "day", "balance", "credit_limit", "owed", "lost", "settled"]
    return rows.assign(settled=settled)[names].sort_values(["account_id", "day"], ignore_index=True)


def _fell(bills: ibis.Table, off: pd.DataFrame, day: date) -> pd.DataFrame:
    """Give by account on which day it fell behind within a year of a day, and what was owed then."""
    until = day_of(month_of(day) + YEAR)
    late = bills.filter(bills.statement_on >= day, bills.statement_on < until, bills.days_past_due >= BAD_DAYS)
    late = late.group_by("account_id").aggregate(
        fell_on=late.statement_on.min(), owed=late.owed.argmin(late.statement_on)
    )
    found = late.to_pandas().set_index("account_id")
    gone = off[(off["fell_on"] >= pd.Timestamp(day)) & (off["fell_on"] < pd.Timestamp(until))]
    gone = gone.loc[gone.index.difference(found.index), ["fell_on", "owed"]]
    return pd.concat([found.assign(fell_on=pd.to_datetime(found["fell_on"])), gone])


def _charged_off(read: Read, has: Has, bills: ibis.Table, until: date) -> pd.DataFrame:
    """Give by account charged off before a day: when (``fell_on``), what was ``owed``, and what of it is ``lost``."""
    if has("account_changes"):
        off = charge_offs(read("account_changes"))
        off = off.filter(off.charged_off_on < until)
    else:  # undated: on the last statement
        accounts = read("accounts")
        ended = bills.semi_join(accounts.filter(accounts.status == CHARGED_OFF), "account_id")
        off = ended.group_by("account_id").aggregate(charged_off_on=ended.statement_on.max())
    last = bills.inner_join(off, "account_id").filter(lambda t: t.statement_on <= t.charged_off_on)
    last = last.group_by("account_id").aggregate(
        fell_on=last.charged_off_on.max(), owed=last.owed.argmax(last.statement_on)
    )
    found = last.to_pandas().set_index("account_id")
    back = pd.Series(0.0, found.index)
    if has("payments"):
        paid = read("payments").inner_join(off, "account_id").filter(lambda t: t.paid_on > t.charged_off_on)
        sums = paid.group_by("account_id").aggregate(back=paid.amount.cast("float64").sum()).to_pandas()
        back = sums.set_index("account_id")["back"].reindex(found.index).fillna(0.0)
    lost = (found["owed"] - back).clip(lower=0)
    return found.assign(fell_on=pd.to_datetime(found["fell_on"]), lost=lost)


@unless_unavailable
def estimate(fell: pd.DataFrame, *, seed: int) -> Exposure | Unavailable:
    """Estimate the share of the free limit that is drawn, and the share of what is then owed that is lost.

    Parameters
    ----------
    fell
        From `defaults`.
    seed
        Of the resamples: of accounts, as one may be seen on several days.

    Notes
    -----
    The first is the credit conversion factor of a fixed horizon: the sum of ``owed - balance`` over that of
    ``credit_limit - balance``, of those with a limit that was free.
    """
    settled = fell["settled"].to_numpy(bool)
    n_settled = fell.loc[settled, "account_id"].nunique()
    sums = _sums(fell).groupby(fell["account_id"]).sum()
    if n_settled < FEWEST_DEFAULTS or min(sums["free"].sum(), sums["owed"].sum()) <= 0:
        return Unavailable("limits", "few_defaults", {"fewest": FEWEST_DEFAULTS})
    rounds = affordable_rounds(len(sums), _ROUNDS)
    times = np.random.default_rng(seed).poisson(1.0, (rounds, len(sums)))  # how many fall behind varies, too
    drawn = pd.DataFrame(times @ sums.to_numpy(), columns=sums.columns)
    draws = _ratios(drawn).assign(level=times.sum(axis=1) / len(sums))
    found = _ratios(sums.sum().to_frame().T).iloc[0]
    return Exposure(float(found["drawn"]), float(found["lost"]), draws, len(sums), n_settled)


def _sums(fell: pd.DataFrame) -> pd.DataFrame:
    balance, settled = fell["balance"].clip(lower=0), fell["settled"].astype(bool)
    free = (fell["credit_limit"] - balance).clip(lower=0)
    return pd.DataFrame(
        {
            "more": (fell["owed"] - balance).where(free > 0, 0.0),
            "free": free,
            "lost": fell["lost"].where(settled, 0.0),
            "owed": fell["owed"].where(settled, 0.0),
        }
    )


def _ratios(sums: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"drawn": sums["more"] / sums["free"], "lost": sums["lost"] / sums["owed"]})


def at_default(balance: pd.Series, limit: pd.Series, drawn: float) -> pd.Series:
    """Give what is owed, should an account fall behind: what is owed now, and a share of what is free of the limit.

    Examples
    --------
    >>> at_default(pd.Series([200.0, 1200.0]), pd.Series([1000.0, 1000.0]), 0.5).tolist()
    [600.0, 1200.0]
    """
    return balance.clip(lower=0) + drawn * (limit - balance.clip(lower=0)).clip(lower=0)


@dataclass(frozen=True)
class Held:
    """What was expected a year ago to be owed by accounts that fall behind, beside what they owed."""

    day: date
    expected: float
    came: float
    accounts: int


@unless_unavailable
def look_back(fell: pd.DataFrame, today: Today, tested: Foreseen) -> Held:
    """Set the exposure expected on the day of the test beside what came.

    Probabilities are those foreseen on the day; what is drawn is told each half of the accounts by the other half.
    """
    seen = today.told.features[today.told.on((tested.day,))]
    half = pd.Series(today.told.customers[today.told.on((tested.day,))] % 2, seen.index)
    of = dict(zip(today.told.features.index, today.told.customers % 2, strict=True))
    part = fell["account_id"].map(of)
    expected = 0.0
    for own in (0, 1):
        others = _ratios(_sums(fell[part != own]).sum().to_frame().T)["drawn"].iloc[0]
        owed = at_default(seen["balance"], seen["credit_limit"], others)
        expected += float((owed * tested.probability.to_numpy())[half == own].sum())
    came = fell[fell["day"] == tested.day]
    return Held(tested.day, expected, float(came["owed"].sum()), len(came))
