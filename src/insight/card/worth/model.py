"""The margin to expect of each card holder in the months ahead, from models of its parts that are joined.

What is earned on spending and on lending is foretold with leaving in it, as it comes; losses are the chance of being
charged off times what is lost of the limit then. Costs of keeping an account are the mean of all. Nobody's contacts are
in it: whom to contact is still to be decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from insight.card.worth.books import INCOME, Books
from insight.errors import Unavailable
from insight.intervals import LEVEL
from insight.predict.churn.backtest import fold_of
from insight.predict.leaving.labels import known_at
from insight.predict.uplift.months import RECENT, YEAR

HISTORY = 6  # months that are known at least of the first month that is learnt from
#: What is foretold as one: on spending, and on lending.
EARNED = {"spending": ("interchange", "points"), "lending": ("interest", "fees", "funds")}
KEPT = ("servicing", "fraud")
_STEP, _MOST_MONTHS = 2, 4  # between the months that are learnt from, and how many they are
# Beyond these decimals of what is known, of amounts and of chances processors differ: trees would split elsewhere, and
# alike customers be ordered differently.
_OF_KNOWN, _DECIMALS, _OF_CHANCES = 6, 4, 8
_MOST_ROWS = 12_000  # that a model learns from
_MOST = 30.0  # that is added to log-odds
_PARTS = 3  # of the customers: each is foretold by models of the others
FEWEST_LOST = 30  # customers charged off: with fewer their share is told by whether something is past due, no more
_DRAWN = 0.3  # of the limit: who owes less and is not past due is hardly ever charged off
_OF_FEW = 1.0  # customers without a loss that are added to each of these two groups
_EARNS: dict[str, Any] = {
    "n_estimators": 80, "learning_rate": 0.09, "num_leaves": 15, "min_child_samples": 60, "subsample": 0.8,
    "subsample_freq": 1, "colsample_bytree": 0.5, "n_jobs": 1, "verbose": -1, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip
#: Losses are rare: many small steps on few columns each. 120 steps of .065 and 9,000 rows are faster, but order
#: worse: by .002 and .004 of the ceiling's rank correlation (two banks).
_LOSES = _EARNS | {"n_estimators": 200, "learning_rate": 0.04, "min_child_samples": 50, "colsample_bytree": 0.25}


def known(books: Books, month: int) -> pd.DataFrame:
    """Describe every customer at the start of a month by the months before it.

    Returns
    -------
    DataFrame
        What `insight.predict.leaving.labels.known_at` gives, and as far as the tables show it: use of the limit and its
        change, what was left unpaid, months past due, cash and instalments by the limit, the bureau's last score, and
        the income of the last three and twelve months.
    """
    months, found = books.months, known_at(books.months, month)
    at = month - months.first

    def last(name: str, ago: int) -> np.ndarray:
        rows = months.sums[name]
        return rows[max(at - ago, 0)] if at else np.zeros(rows.shape[1])

    def recent(name: str, span: int) -> np.ndarray:
        return np.asarray(months.sums[name][max(at - span, 0) : at].sum(axis=0))

    limit = exposure(books, month)
    more = {"limit": np.log1p(limit)}
    more |= {f"used_{ago}": last("balance", ago) / limit for ago in (1, RECENT + 1, 2 * RECENT + 1)}
    more |= {f"use_rose_{ago}": more["used_1"] - more[f"used_{ago}"] for ago in (RECENT + 1, 2 * RECENT + 1)}
    if months.has("billed_previous_balance", "billed_payments"):
        for span in (1, RECENT):
            before = np.maximum(recent("billed_previous_balance", span), 1)
            more[f"unpaid_{span}"] = 1 - recent("billed_payments", span) / before
    if months.has("days_past_due"):
        more["late_months"] = (months.sums["days_past_due"][max(at - 2 * RECENT, 0) : at] > 0).sum(axis=0)
    if months.has("billed_cash_advances"):
        more |= {f"cash_{span}": recent("billed_cash_advances", span) / limit for span in (RECENT, 2 * RECENT)}
    if months.has("billed_instalment_balance"):
        more["unbilled"] = last("billed_instalment_balance", 1) / limit
    more["spend_of_limit"] = recent("spend", RECENT) / limit
    for name in ("score", "inquiries_6m"):
        if months.has(name):
            more[name] = _latest(months.sums[name][:at])
            found = found.drop(columns=[name, f"{name}_half"])
    for name, span in (("income_lately", min(RECENT, at)), ("income_year", min(YEAR, at))):
        more[name] = books.sum(INCOME, month - span, span) / max(span, 1)
    found = found.drop(columns="points", errors="ignore")  # gathered since the data begins, so they drift
    return found.assign(**more).astype(float).round(_OF_KNOWN)


def _latest(rows: np.ndarray) -> np.ndarray:
    """Give the last value above nothing, by column; missing without one."""
    if not len(rows):
        return np.full(rows.shape[1], np.nan)
    there = rows > 0
    place = len(rows) - 1 - np.argmax(there[::-1], axis=0)
    return np.where(there.any(axis=0), rows[place, np.arange(rows.shape[1])], np.nan)


def exposure(books: Books, month: int) -> np.ndarray:
    """Give each customer's limit as last billed before a month; of whom no statement says one, the median."""
    found = _latest(books.months.sums["credit_limit"][: month - books.months.first])
    usual = np.nanmedian(found) if np.isfinite(found).any() else 1.0
    return np.maximum(np.where(np.isnan(found), usual, found), 1.0)


@dataclass(frozen=True)
class Expected:
    """What is expected of card holders in the months from one on, by customer.

    Attributes
    ----------
    month, months
        The number of the first of these months, and how many they are.
    parts
        ``spending``, ``lending``, ``costs``, ``losses``: their sum is the expected margin, before contacts.
    default_chance
        Of being charged off within these months.
    likely_income, likely_loss, worst_loss
        What is earned, costs of keeping the account taken off, in the middle of those alike; what is lost of those who
        are charged off, and what one in forty of these loses at least.
    discount
        By part, what a unit of it is worth today.
    lost
        How many customers were charged off in the months that were learnt from.
    """

    month: int
    months: int
    parts: pd.DataFrame
    default_chance: np.ndarray
    likely_income: np.ndarray
    likely_loss: np.ndarray
    worst_loss: np.ndarray
    discount: dict[str, float]
    lost: int = FEWEST_LOST

    @property
    def margin(self) -> pd.Series:
        """Give the expected margin."""
        return self.parts.sum(axis=1)

    @property
    def income(self) -> pd.Series:
        """Give what is expected before losses."""
        return self.parts.drop(columns="losses").sum(axis=1)

    @property
    def discounted(self) -> pd.Series:
        """Give the expected margin as it is worth today."""
        return sum((self.parts[name] * self.discount[name] for name in self.parts), pd.Series(0.0, self.parts.index))

    @property
    def likely(self) -> pd.Series:
        """Give the middle of what may come: what most of those alike bring, or lose."""
        pays = self.likely_income
        return pd.Series(np.where(self.default_chance < 0.5, pays, pays - self.likely_loss), self.parts.index)


def learning_months(books: Books, *, until: int, months: int) -> list[int]:
    """List the months that may be learnt from: so many months from each are over before another one."""
    return list(range(until - months, books.months.first + HISTORY - 1, -_STEP))[:_MOST_MONTHS]


def expect(
    books: Books, *, month: int, learnt: int, discount_year: float, seed: int, months: int | None = None
) -> Expected | Unavailable:
    """Foretell the margin of card holders from a month on.

    Parameters
    ----------
    month
        Number of the first month that is foretold; nothing of it is known.
    learnt
        For how many months ahead models learn what came.
    months
        How many months are foretold; as many as are learnt without it, else what comes in a month goes on.
    """
    ahead = learnt if months is None else months
    some = learning_months(books, until=month, months=learnt)
    if not some:
        return Unavailable("margin", "short", {"months": HISTORY + learnt})
    told = pd.concat([known(books, one)[books.holders(one)] for one in some], ignore_index=True)
    who = np.concatenate([np.flatnonzero(books.holders(one)) for one in some])

    def came(names: Sequence[str]) -> np.ndarray:
        found = np.concatenate([books.sum(names, one, learnt)[books.holders(one)] for one in some])
        return np.asarray(found.round(_DECIMALS))

    thin = np.unique(np.linspace(0, len(told) - 1, min(len(told), _MOST_ROWS)).astype(int))
    holds, times = books.holders(month), ahead / learnt
    now, part = known(books, month)[holds], fold_of(books.months.customers) % _PARTS
    index = books.months.customers[holds]
    parts, likely = pd.DataFrame(index=index), np.zeros(len(now))
    for name, summed in EARNED.items():
        y = came(summed)[thin]
        model = lightgbm.LGBMRegressor(**_EARNS, random_state=seed).fit(told.iloc[thin], _root(y))
        fitted, middle = _square(model.predict(told.iloc[thin])), _square(model.predict(now))
        scale = y.sum() / fitted.sum() if fitted.sum() else 1.0
        parts[name] = middle * scale * times
        likely += middle * times
    parts["costs"] = _kept(books, some, month, learnt) * times
    lost = -np.concatenate([_charged(books, one, learnt)[books.holders(one)] for one in some])
    limit = np.concatenate([exposure(books, one)[books.holders(one)] for one in some])
    chance = _chance(told, lost > 0, who, now, thin, (part, part[holds]), seed=seed)
    severity = lost.sum() / limit[lost > 0].sum() if (lost > 0).any() else 0.0
    recovers = 1 - _recovered(books, month)
    loss, worst = (share * recovers * exposure(books, month)[holds] for share in (severity, _worst(lost, limit)))
    chance = 1 - (1 - chance) ** times
    parts["losses"] = -chance * loss
    worth = _discounts(books, some, learnt, ahead, discount_year)
    likely += parts["costs"].to_numpy()
    gone = len(np.unique(who[lost > 0]))
    said = (likely.round(_DECIMALS), loss.round(_DECIMALS), worst.round(_DECIMALS))
    return Expected(month, ahead, parts.round(_DECIMALS), chance.round(_OF_CHANCES), *said, worth, gone)


def _kept(books: Books, some: list[int], month: int, months: int) -> float:
    """Give what keeping an account costs on average in so many months: thieves are few, so all that is known counts."""
    each = books.sum(KEPT, books.months.first, month - books.months.first).sum()
    held = sum(books.holders(one).sum() for one in range(books.months.first, month))
    stays = np.mean([(books.holders(one) & books.holders(one + at)).sum() / max(books.holders(one).sum(), 1)
                     for one in some for at in range(months)])  # fmt: skip
    return float(each / max(held, 1) * months * stays)


def _root(amounts: np.ndarray) -> np.ndarray:
    return np.sign(amounts) * np.sqrt(np.abs(amounts))


def _square(roots: Any) -> np.ndarray:
    return np.asarray(np.sign(roots) * np.square(roots))


def _worst(lost: np.ndarray, limit: np.ndarray) -> float:
    shares = lost[lost > 0] / limit[lost > 0]
    return float(np.quantile(shares, 0.5 + LEVEL / 2)) if len(shares) else 1.0


def _charged(books: Books, month: int, months: int) -> np.ndarray:
    """Give what was charged off in so many months from one on, before what is recovered: not above nothing."""
    soon = (books.charged_off >= month) & (books.charged_off < month + months)
    return np.minimum(books.sum(["credit"], month, months), 0.0) * soon


def _recovered(books: Books, month: int) -> float:
    """Give what was paid on accounts that are charged off before a month, as a share of what they owed."""
    until = month - books.months.first
    back, lost = (np.clip(sign * books.parts["credit"][:until], 0, None).sum() for sign in (1, -1))
    return float(min(back / lost, 1.0)) if lost else 0.0


def _chance(
    told: pd.DataFrame, bad: np.ndarray, who: np.ndarray, now: pd.DataFrame, thin: np.ndarray,
    parts: tuple[np.ndarray, np.ndarray], *, seed: int,
) -> np.ndarray:  # fmt: skip
    """Give the chance of being charged off; whoever might be is learnt from, and of the others some stand for all."""
    if len(np.unique(who[bad])) < FEWEST_LOST:
        late = told["days_past_due"].to_numpy() > 0 if "days_past_due" in told else np.zeros(len(told), dtype=bool)
        late_now = now["days_past_due"].to_numpy() > 0 if "days_past_due" in now else np.zeros(len(now), dtype=bool)
        rate = {at: bad[late == at].sum() / ((late == at).sum() + _OF_FEW) for at in (False, True)}
        return np.where(late_now, rate[True], rate[False])
    risky = bad | (told["used_1"].to_numpy() > _DRAWN)
    if "late_months" in told:
        risky |= told["late_months"].to_numpy() > 0
    rows = np.union1d(thin, np.flatnonzero(risky))
    weight = np.where(risky[rows], 1.0, (~risky).sum() / max((~risky[rows]).sum(), 1))
    learnt = _Learnt(told.iloc[rows], bad[rows], weight, parts[0][who[rows]])
    return learnt.chance(now, parts[1], lightgbm.LGBMClassifier(**_LOSES, random_state=seed))


@dataclass(frozen=True)
class _Learnt:
    """What chances are learnt from: what was known, what came, what rows stand for, and which part they are of."""

    told: pd.DataFrame
    bad: np.ndarray
    weight: np.ndarray
    part: np.ndarray

    def chance(self, now: pd.DataFrame, part: np.ndarray, model: lightgbm.LGBMClassifier) -> np.ndarray:
        """Give today's chances: in the order of all models, and as many as those expect who have not seen the customer.

        Trees are too sure of the rare events that they learnt; and whoever is still here today is here since nothing
        happened to them. So both the level of the past and that of today are foretold by models of other customers.
        """
        before, own, everybody = np.zeros(len(self.bad)), np.zeros(len(now)), np.zeros(len(now))
        for at in range(_PARTS):
            others, today = self.part != at, part == at
            model.fit(self.told[others], self.bad[others], sample_weight=self.weight[others])
            if not others.all():
                before[~others] = model.predict(self.told[~others], raw_score=True)
            odds = np.asarray(model.predict(now, raw_score=True)) if len(now) else everybody
            own[today] = odds[today]
            everybody = everybody + odds / _PARTS
        level = _shift(before, self.weight, float((self.weight * self.bad).sum()))
        expected = float(expit(own + level).sum())
        return np.asarray(expit(everybody + _shift(everybody, np.ones(len(now)), expected)))


def _shift(odds: np.ndarray, weight: np.ndarray, many: float) -> float:
    """Give what is added to log-odds so that they make so many events."""
    if not len(odds):
        return 0.0
    return float(brentq(lambda by: (weight * expit(odds + by)).sum() - many, -_MOST, _MOST, xtol=1e-12))


def _discounts(books: Books, some: list[int], learnt: int, ahead: int, year: float) -> dict[str, float]:
    """Give what a unit of each part is worth today, by the months in which it came of those that were learnt from."""
    worth = (1 + year) ** (-(np.arange(ahead) + 0.5) / YEAR)
    came = np.array(
        [sum(-_charged(books, one + at, 1)[books.holders(one)].sum() for one in some) for at in range(learnt)]
    )
    ages = np.interp(np.arange(ahead), np.linspace(0, ahead - 1, learnt), came)
    late = float((worth * ages).sum() / ages.sum()) if ages.sum() > 0 else float(worth.mean())
    return {**dict.fromkeys((*EARNED, "costs"), float(worth.mean())), "losses": late}
