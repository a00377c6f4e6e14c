"""Effects of all campaigns together: pooled estimates, verdict, balance, effects that a control group would detect."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from insight.decide.control_group import smallest_detectable
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import clear_of_zero
from insight.review.comparison import Z
from insight.review.rates import MIN_GROUP
from insight.review.reach import name_of_round

OTHERS, HELD_OUT = "others", "hold-out"
NOT_SHOWN, DOUBTFUL, PLAUSIBLE = "not shown", "doubtful", "plausible"
_POOLED = [
    *("campaigns", "contacts", "spend_per_week", "effect", "effect_low", "effect_high"),
    *("placebo", "placebo_low", "placebo_high", "net", "net_low", "net_high", "verdict"),
]


@dataclass(frozen=True)
class Effect:
    """An effect with its 95% interval, in money per customer and week."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float, below: float = Z, above: float = Z) -> "Effect":
        """Make the interval from the standard error, and how many of it the interval reaches below and above."""
        return cls(value, value - below * error, value + above * error)

    @property
    def sign(self) -> int:
        """Say on which side of nothing the whole interval lies: 1, -1, or 0 for neither."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def size(self) -> float:
        """Give the size of the effect, whichever way it goes."""
        return abs(self.value)


@dataclass(frozen=True)
class Pooled:
    """Several campaigns together: the effect, the placebo, and what is left when it is deducted."""

    campaigns: int
    contacts: int
    spend_per_week: float
    effect: Effect
    placebo: Effect
    net: Effect

    @property
    def verdict(self) -> str:
        """Say what may be concluded: ``not shown``, ``doubtful``, or ``plausible``.

        Plausible takes an effect whose interval excludes nothing, a placebo whose interval does
        not, and an effect that stays on its side when the placebo is deducted.
        """
        if self.effect.sign == 0:
            return NOT_SHOWN
        return PLAUSIBLE if self.placebo.sign == 0 and self.net.sign == self.effect.sign else DOUBTFUL

    def parts(self) -> dict[str, Effect]:
        """Give the three effects by name."""
        return {"effect": self.effect, "placebo": self.placebo, "net": self.net}

    def as_table(self) -> pd.DataFrame:
        """Give the three effects one beneath the other: ``part, value, value_low, value_high``."""
        rows = [(name, one.value, one.low, one.high) for name, one in self.parts().items()]
        return pd.DataFrame(rows, columns=["part", "value", "value_low", "value_high"])

    def as_row(self) -> dict:
        """Put everything into one flat row."""
        flat = {"campaigns": self.campaigns, "contacts": self.contacts, "spend_per_week": self.spend_per_week}
        for name, effect in self.parts().items():
            flat |= {name: effect.value, f"{name}_low": effect.low, f"{name}_high": effect.high}
        return {**flat, "verdict": self.verdict}

    @property
    def relative(self) -> float:
        """Give the effect as a share of what contacted customers spent."""
        return self.effect.value / max(self.spend_per_week, 0.01)


@dataclass(frozen=True)
class CampaignResults:
    """Effects of all comparable campaigns, with what their errors are made of.

    Parameters
    ----------
    effects
        One row per campaign, see `insight.review.effects.estimate_effects`.
    influence, placebo_influence
        Customers down, campaigns across: contributions to the error (`Comparison.influence`).
    balance
        One row per campaign and trait (`balance`).
    path
        Mean spend by ``week`` of the ``contacted`` and the ``comparable``, over campaigns.
    first
        First day with data.
    """

    effects: pd.DataFrame
    influence: pd.DataFrame
    placebo_influence: pd.DataFrame
    balance: pd.DataFrame
    path: pd.DataFrame
    first: date

    def or_unavailable(self) -> "CampaignResults | Unavailable":
        """Give these results, or why there are none where no campaign is comparable."""
        return Unavailable("review", "no_comparison", {"group": MIN_GROUP}) if self.effects.empty else self

    def pooled(self, kind: str | None = None, *, name: str | None = None) -> Pooled:
        """Average over campaigns (of a kind, or rounds of a name), weighted by contacted customers and days.

        A customer contacted by several campaigns counts once in the error: their contributions
        are added before they are squared.
        """
        rows = self.effects if kind is None else self.effects[self.effects["kind"] == kind]
        rows = rows if name is None else rows[rows["name"].map(name_of_round) == name]
        names = list(rows["campaign_id"])
        weights = (rows["contacted"] * rows["days"]).to_numpy(float)
        weights = weights / weights.sum()
        real, placebo = rows["effect"].to_numpy() @ weights, rows["placebo"].to_numpy() @ weights
        apart = {"effect": self.influence[names].to_numpy(), "placebo": self.placebo_influence[names].to_numpy()}
        errors = {part: influence @ weights for part, influence in apart.items()}
        left = errors["effect"] - errors["placebo"]
        shares = {part: np.square(weights * influence).sum(axis=0) for part, influence in apart.items()}
        reaches = {part: _reach_together(_reaches(rows, part), share) for part, share in shares.items()}
        # what the placebo takes below nothing, it adds to what is left
        each = np.vstack([_reaches(rows, "effect"), _reaches(rows, "placebo")[:, ::-1]])
        reaches["net"] = _reach_together(each, np.concatenate([shares["effect"], shares["placebo"]]))
        return Pooled(
            campaigns=len(rows),
            contacts=int(rows["contacted"].sum()),
            spend_per_week=float(rows["spend_per_week"].to_numpy() @ weights),
            effect=Effect.of(real, _root(errors["effect"]), *reaches["effect"]),
            placebo=Effect.of(placebo, _root(errors["placebo"]), *reaches["placebo"]),
            net=Effect.of(real - placebo, _root(left), *reaches["net"]),
        )

    @property
    def all_controlled(self) -> bool:
        """Say whether every campaign was compared with a control group held out on purpose."""
        return len(self.effects) > 0 and bool(self.effects["comparison"].eq(HELD_OUT).all())

    @property
    def comparison(self) -> str:
        """Say what contacted customers were compared with: a ``control`` group, or others (``observational``)."""
        return "control" if self.all_controlled else "observational"

    @property
    def conclusion(self) -> str:
        """Say what may be concluded from all campaigns: their verdict, or ``control`` where control groups show it."""
        verdict = self.pooled().verdict
        return "control" if verdict != NOT_SHOWN and self.all_controlled else verdict.replace(" ", "_")

    def by_kind(self) -> pd.DataFrame:
        """Give the pooled figures of each kind of campaign that has a name, one row each."""
        kinds = sorted(self.effects["kind"].dropna().unique())
        return pd.DataFrame(
            [{"kind": kind, **self.pooled(kind).as_row()} for kind in kinds], columns=["kind", *_POOLED]
        )

    def by_round(self) -> pd.DataFrame:
        """Give the pooled figures of campaigns that repeat the same offer, in the shape of ``effects``."""
        names = self.effects["name"].map(name_of_round)
        first = self.effects.groupby(names, sort=True)[["campaign_id", "kind"]].first()
        found = [
            {"name": name, **row, **self.pooled(name=name).as_row()} for name, row in first.to_dict("index").items()
        ]
        return pd.DataFrame(found).assign(contacted=lambda frame: frame["contacts"])


def _reaches(rows: pd.DataFrame, part: str) -> np.ndarray:
    """Give how far intervals reach below and above, in standard errors: normal ones where nothing else is known."""
    return np.column_stack([rows.get(f"{part}_{end}", pd.Series(Z, index=rows.index)) for end in ("below", "above")])


def _reach_together(each: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """Give how far the interval of a sum reaches, from how far those of its parts do and their shares of its variance.

    What is beyond a normal interval is due to skewness, which a sum has less of, by the 3/2th power of those shares
    (the third cumulants of the parts add up).

    Examples
    --------
    >>> [round(end, 2) for end in _reach_together(np.array([[1.66, 2.26]] * 9), np.ones(9))]
    [1.86, 2.06]
    """
    total = share.sum()
    if not total > 0:
        return Z, Z
    below, above = Z + (share / total) ** 1.5 @ (each - Z)
    return float(below), float(above)


def count_clear(effects: pd.DataFrame) -> int:
    """Count the effects whose intervals exclude nothing."""
    return int(_excludes_nothing(effects).sum())


def _excludes_nothing(effects: pd.DataFrame) -> pd.Series:
    return (effects["effect_low"] > 0) | (effects["effect_high"] < 0)


def clear_among(effects: pd.DataFrame) -> tuple[str | None, pd.DataFrame]:
    """Give the effects that are clear though several were compared (Holm), else those that are so one by one.

    Returns
    -------
    str or None, DataFrame
        ``beyond_chance`` or ``by_chance`` (none where no interval excludes nothing), and the rows of ``effects``.
    """
    beyond = clear_of_zero(effects, "effect") != 0
    if beyond.any():
        return "beyond_chance", effects[beyond]
    single = effects[_excludes_nothing(effects)]
    return ("by_chance" if len(single) else None), single


def _root(contributions: np.ndarray) -> float:
    return float(np.sqrt((contributions**2).sum()))


@unless_unavailable
def common_weeks(results: CampaignResults) -> pd.DataFrame:
    """Give the weekly path over the weeks that all campaigns reach, so that the mean is always over the same ones."""
    return results.path[results.path["campaigns"] == results.path["campaigns"].max()]


class Gap(NamedTuple):
    """Mean weekly spend of the contacted less the comparable: in the first ``weeks`` weeks, and as many before."""

    weeks: int
    during: float
    before: float

    @property
    def size(self) -> float:
        """Give the size of the gap during campaigns, whichever way it goes."""
        return abs(self.during)


def gap_around_start(path: pd.DataFrame) -> Gap:
    """Measure the gap between contacted and comparable customers in the weeks after and before the start.

    Examples
    --------
    >>> path = pd.DataFrame({"contacted": [10.0, 12.0], "comparable": [10.5, 11.0]}, index=[-1, 0])
    >>> gap_around_start(path)
    Gap(weeks=1, during=1.0, before=-0.5)
    """
    gap = path["contacted"] - path["comparable"]
    weeks = int((gap.index >= 0).sum())
    before = float(gap[(gap.index < 0) & (gap.index >= -weeks)].mean())
    return Gap(weeks, float(gap[gap.index >= 0].mean()), round(before, 2) + 0.0)


@unless_unavailable
def mean_balance(results: CampaignResults) -> pd.DataFrame:
    """Average the size of the standardised differences over campaigns, largest before weighting first."""
    sizes = results.balance.assign(before=lambda f: f["before"].abs(), after=lambda f: f["after"].abs())
    means = sizes.groupby("trait")[["before", "after"]].mean()
    return means.sort_values("before", ascending=False, kind="stable").reset_index()


#: Standardised differences: up to the first both sides count as alike, above the second as very different.
_ALIKE, _FAR = 0.1, 0.5


def judge_balance(balance: pd.DataFrame) -> str:
    """Judge the two sides: ``alike``, ``unbalanced`` even when weighted, ``very_different`` or ``different`` before it.

    Examples
    --------
    >>> judge_balance(pd.DataFrame({"before": [1.1], "after": [0.0]}))
    'very_different'
    """
    before, after = balance["before"].max(), balance["after"].max()
    if max(before, after) <= _ALIKE:
        return "alike"
    if after > _ALIKE:
        return "unbalanced"
    return "very_different" if before > _FAR else "different"


@unless_unavailable
def detectable_effects(results: CampaignResults, *, shares: tuple[float, ...] = (0.1, 0.2, 0.5)) -> pd.DataFrame:
    """Give the smallest effect that a control group would detect in a campaign like the largest, by its share.

    Returns
    -------
    DataFrame
        ``share, contacted, held_out, smallest`` (money per customer and week), ``relative`` (of
        what the contacted spent).
    """
    largest = results.effects.sort_values("contacted", kind="stable").iloc[-1]
    rows = []
    for share in shares:
        held = round(largest["contacted"] * share)
        contacted = largest["contacted"] - held
        smallest = smallest_detectable(largest["residual_sd"], contacted=contacted, controls=held)
        relative = smallest / max(largest["spend_per_week"], 0.01)
        rows.append((share, contacted, held, smallest, relative))
    return pd.DataFrame(rows, columns=["share", "contacted", "held_out", "smallest", "relative"])


class SpendBefore(NamedTuple):
    """Mean weekly spend in the last weeks before a campaign, over campaigns weighted by the customers contacted."""

    contacted: float
    others: float
    comparable: float


@unless_unavailable
def spend_before(results: CampaignResults) -> SpendBefore:
    """Give the mean weekly spend before a campaign of the contacted, the others, and the comparable."""
    rows = results.balance[results.balance["trait"] == "spend_1"].set_index("campaign_id")
    weights = results.effects.set_index("campaign_id")["contacted"].reindex(rows.index)
    return SpendBefore(*(float(np.average(rows[side], weights=weights)) for side in SpendBefore._fields))
