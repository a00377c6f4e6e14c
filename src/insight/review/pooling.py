"""What campaigns come to together: pooled effects, what may be concluded, what a hold-out would show."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.decide.holdout import smallest_detectable
from insight.review.comparison import Z
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
    def of(cls, value: float, error: float) -> "Effect":
        """Make the interval from the standard error."""
        return cls(value, value - Z * error, value + Z * error)

    @property
    def sign(self) -> int:
        """Say on which side of nothing the whole interval lies: 1, -1, or 0 for neither."""
        return int(self.low > 0) - int(self.high < 0)


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

    def as_row(self) -> dict:
        """Put everything into one flat row."""
        flat = {"campaigns": self.campaigns, "contacts": self.contacts, "spend_per_week": self.spend_per_week}
        for name in ("effect", "placebo", "net"):
            effect = getattr(self, name)
            flat |= {name: effect.value, f"{name}_low": effect.low, f"{name}_high": effect.high}
        return {**flat, "verdict": self.verdict}


@dataclass(frozen=True)
class Readout:
    """What all comparable campaigns brought.

    Parameters
    ----------
    effects
        One row per campaign, see `read_campaigns`.
    influence, placebo_influence
        Customers down, campaigns across: contributions to the error (`Comparison.influence`).
    balance
        One row per campaign and trait (`balance`).
    path
        Mean spend by ``week`` of the ``contacted`` and the ``comparable``, over campaigns.
    """

    effects: pd.DataFrame
    influence: pd.DataFrame
    placebo_influence: pd.DataFrame
    balance: pd.DataFrame
    path: pd.DataFrame

    def pooled(self, kind: str | None = None, *, name: str | None = None) -> Pooled | None:
        """Average over campaigns (of a kind, or rounds of a name), weighted by contacted customers and days.

        A customer contacted by several campaigns counts once in the error: their contributions
        are added before they are squared. None where no campaign is comparable.
        """
        rows = self.effects if kind is None else self.effects[self.effects["kind"] == kind]
        rows = rows if name is None else rows[rows["name"].map(name_of_round) == name]
        if rows.empty:
            return None
        names = list(rows["campaign_id"])
        weights = (rows["contacted"] * rows["days"]).to_numpy(float)
        weights = weights / weights.sum()
        real, placebo = rows["effect"].to_numpy() @ weights, rows["placebo"].to_numpy() @ weights
        errors = {
            "effect": self.influence[names].to_numpy() @ weights,
            "placebo": self.placebo_influence[names].to_numpy() @ weights,
        }
        left = errors["effect"] - errors["placebo"]
        return Pooled(
            campaigns=len(rows),
            contacts=int(rows["contacted"].sum()),
            spend_per_week=float(rows["spend_per_week"].to_numpy() @ weights),
            effect=Effect.of(real, _root(errors["effect"])),
            placebo=Effect.of(placebo, _root(errors["placebo"])),
            net=Effect.of(real - placebo, _root(left)),
        )

    @property
    def all_drawn(self) -> bool:
        """Say whether every campaign was compared with customers held out on purpose."""
        return len(self.effects) > 0 and bool(self.effects["comparison"].eq(HELD_OUT).all())

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


def _root(contributions: np.ndarray) -> float:
    return float(np.sqrt((contributions**2).sum()))


def steady_path(readout: Readout) -> pd.DataFrame:
    """Give the weeks that all campaigns reach, so that the mean is always over the same ones."""
    path = readout.path
    return path[path["campaigns"] == path["campaigns"].max()] if len(path) else path


def mean_balance(readout: Readout) -> pd.DataFrame:
    """Average the size of the standardised differences over campaigns, largest before weighting first."""
    if readout.balance.empty:
        return pd.DataFrame(columns=["trait", "before", "after"])
    sizes = readout.balance.assign(before=lambda f: f["before"].abs(), after=lambda f: f["after"].abs())
    means = sizes.groupby("trait")[["before", "after"]].mean()
    return means.sort_values("before", ascending=False, kind="stable").reset_index()


def what_would_show(readout: Readout, *, shares: tuple[float, ...] = (0.1, 0.2, 0.5)) -> pd.DataFrame:
    """Say which effect a hold-out in a campaign like the largest would show, by its share.

    Returns
    -------
    DataFrame
        ``share, contacted, held_out, smallest`` (money per customer and week), ``relative`` (of
        what the contacted spend); empty where no campaign is comparable.
    """
    if readout.effects.empty:
        return pd.DataFrame(columns=["share", "contacted", "held_out", "smallest", "relative"])
    largest = readout.effects.sort_values("contacted", kind="stable").iloc[-1]
    rows = []
    for share in shares:
        held = round(largest["contacted"] * share)
        contacted = largest["contacted"] - held
        smallest = smallest_detectable(largest["residual_sd"], contacted=contacted, held_out=held)
        relative = smallest / max(largest["spend_per_week"], 0.01)
        rows.append((share, contacted, held, smallest, relative))
    return pd.DataFrame(rows, columns=["share", "contacted", "held_out", "smallest", "relative"])


def spend_before(readout: Readout) -> tuple[float, float, float]:
    """Give the mean weekly spend before a campaign of the contacted, the others, and the comparable.

    In the last weeks before, as means over campaigns weighted by the customers contacted.
    """
    rows = readout.balance[readout.balance["trait"] == "spend_1"].set_index("campaign_id")
    weights = readout.effects.set_index("campaign_id")["contacted"].reindex(rows.index)
    return tuple(float(np.average(rows[side], weights=weights)) for side in ("contacted", "others", "comparable"))
