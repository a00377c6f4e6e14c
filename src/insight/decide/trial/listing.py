"""The list of contacts: customer, offer, what it is expected to bring with an interval, why, who is held out."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from insight.decide.allocate import choose_contacts
from insight.decide.trial.gains import Gains, drawn_brought
from insight.decide.trial.limits import Limits, allocate_within
from insight.decide.trial.prices import Allocation, allocate
from insight.decide.trial.rules import BEYOND_BUDGET, NOT_WORTH, ON_THE_LIST, REASONS, Open
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles
from insight.predict.uplift.model import Uplift
from insight.predict.uplift.terms import Catalogue

#: What offers are called together that have too few customers on a list.
OTHERS = "other_offers"
REASON_COLUMNS = ("reason_1", "reason_2", "reason_3")
_NO_LIMITS = Limits()


@dataclass(frozen=True, eq=False)
class Listed:
    """A list, and how it was allocated.

    Attributes
    ----------
    rows
        The ``offer_list`` table, best first.
    allocation
        Offers and prices; customers in the order of the gains.
    draws
        Draws of what the list's contacts bring together, less what they cost.
    limits
        What the list uses of each limit beside the budget: ``kind, name, used, limit, holds``, and ``price``, what one
        more place brings.
    """

    rows: pd.DataFrame
    allocation: Allocation
    draws: np.ndarray
    limits: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def contacted(self) -> pd.DataFrame:
        """The rows that are contacted."""
        return self.rows[~self.rows["is_holdout"]]

    @property
    def net(self) -> tuple[float, float, float]:
        """Give what the contacts are expected to leave, with its 95% interval, in whole units of the currency."""
        of = self.contacted
        value = float((of["expected_gain"] - of["cost"] - of["response_cost"]).sum())
        low, high = percentiles(self.draws) if len(of) else (value, value)
        return round(value), math.floor(min(low, value)), math.ceil(max(high, value))


def _net(gains: Gains, open_to: Open) -> np.ndarray:
    net = gains.net.where(open_to.allowed).to_numpy()
    return np.where(np.isfinite(net), net, -np.inf)


@unless_unavailable
def affordable(gains: Gains, open_to: Open, *, budget: float) -> int:
    """Count the customers whom a budget reaches, as far as gains are worth their costs."""
    found = allocate(_net(gains, open_to), gains.costs.to_numpy(), budget=budget)
    return int((found.offer >= 0).sum())


@unless_unavailable
def share_listed(listed: Listed, open_to: Open) -> float:
    """Give the share of the customers to whom something is open that a list holds."""
    return len(listed.rows) / max(int(open_to.allowed.any(axis=1).sum()), 1)


@unless_unavailable
def write_list(
    gains: Gains,
    open_to: Open,
    model: Uplift,
    known: pd.DataFrame,
    *,
    budget: float,
    holdout_share: float,
    key: str,
    limits: Limits = _NO_LIMITS,
) -> Listed | Unavailable:
    """Write the list within a budget and other limits, with a control group drawn at random.

    Where the list that the budget alone would give keeps the other limits, it is that list.

    Parameters
    ----------
    known
        What responses are explained by.
    budget
        For contacts and expected responses, in currency units; the control group costs nothing.
    holdout_share, key
        See `insight.decide.control_group.draw_control_group`.
    limits
        Beside the budget.

    Returns
    -------
    Listed or Unavailable
        The latter where no list keeps the limits (``groups_too_few``).
    """
    drawn_as: dict[str, Any] = {"budget": budget, "holdout_share": holdout_share, "key": key}
    found = allocate(_net(gains, open_to), gains.costs.to_numpy(), budget=budget / (1 - holdout_share))
    chosen = _chosen(gains, found.offer, limits.best(gains.worth.index), limits, **drawn_as)
    offers = limits.absolute(int((~chosen["is_holdout"]).sum()))
    if not limits.count(chosen, offers)["holds"].all():
        within = allocate_within(gains, open_to, limits, offers, **drawn_as)
        if isinstance(within, Unavailable):
            return within
        found, channels = within
        chosen = _chosen(gains, found.offer, channels, limits, **drawn_as)
    return _listed(gains, model, known, chosen, found, limits.count(chosen, offers))


def _chosen(
    gains: Gains, offer: np.ndarray, channel: np.ndarray, limits: Limits, *, budget: float, holdout_share: float,
    key: str,
) -> pd.DataFrame:  # fmt: skip
    """Put what was allocated in order, with the control group, as far as the budget reaches."""
    rows = np.flatnonzero(offer >= 0)
    at, through = offer[rows], channel[rows]
    reach = limits.reach.to_numpy(float)[rows, through] if len(limits.reach.columns) else np.ones(len(rows))
    response_cost = gains.response_cost.to_numpy(float)[at]
    added = gains.uplift.to_numpy()[rows, at] * reach
    offers = pd.DataFrame(
        {
            "customer_id": gains.worth.index.to_numpy()[rows],
            "offer_id": gains.worth.columns.to_numpy(object)[at],
            "channel": np.array(limits.through, dtype=object)[through],
            "uplift": added,
            "expected_sales": gains.brought.to_numpy()[rows, at] * reach,
            "contact_cost": gains.contact_cost.to_numpy(float)[at],
            "response_cost": (gains.anyway.to_numpy()[rows, at] + added) * response_cost,
            "reach": reach,
        }
    )
    return choose_contacts(offers, budget=budget, contact_cost=0.0, holdout_share=holdout_share, key=key)


def _listed(
    gains: Gains, model: Uplift, known: pd.DataFrame, chosen: pd.DataFrame, found: Allocation, used: pd.DataFrame
) -> Listed:
    """Say what each of the chosen is expected to bring, with its interval, and why."""
    drawn = drawn_brought(gains, model, known, chosen) * chosen["reach"].to_numpy()
    ends = np.quantile(drawn, [0.025, 0.975], axis=0) if len(chosen) else np.zeros((2, 0))
    sent = (~chosen["is_holdout"]).to_numpy()
    spent = float(chosen[["cost", "response_cost"]].sum().sum())
    chosen = chosen.rename(columns={"expected_sales": "expected_gain"}).drop(columns="reach")
    value = chosen["expected_gain"].to_numpy()
    chosen = chosen.assign(gain_low=np.minimum(ends[0], value), gain_high=np.maximum(ends[1], value))
    reasons = reasons_for(model, known, chosen)
    prices = [found.limit_prices.get((row.kind, row.name), 0.0) for row in used.itertuples(index=False)]
    rows = pd.concat([chosen, reasons], axis=1)
    return Listed(rows, found, drawn[:, sent].sum(axis=1) - spent, used.assign(price=prices))


def reasons_for(model: Uplift, known: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Name, for each row of a list, up to three things known of the customer that raise what the contact adds."""
    found = np.full((len(chosen), len(REASON_COLUMNS)), None, dtype=object)
    columns = np.array(model.columns, dtype=object)
    for place, offer in enumerate(model.offers):
        rows = np.flatnonzero((chosen["offer_id"] == offer).to_numpy())
        if len(rows):
            parts = model.parts(known.loc[chosen["customer_id"].iloc[rows]], place)
            order = np.argsort(-parts, axis=1, kind="stable")[:, : len(REASON_COLUMNS)]
            named = columns[order]
            named[np.take_along_axis(parts, order, axis=1) <= 0] = None
            found[rows, : order.shape[1]] = named
    return pd.DataFrame(found, columns=list(REASON_COLUMNS), index=chosen.index)


@unless_unavailable
def every_gain(gains: Gains, open_to: Open, limits: Limits = _NO_LIMITS) -> pd.DataFrame:
    """Give every offer that is open to each customer, on the list or not, as the ``offer_gains`` table."""
    channel = np.array(limits.through, dtype=object)[limits.best(open_to.allowed.index)]
    rows, columns = np.nonzero(open_to.allowed.to_numpy(bool))
    each = {"chance": gains.contacted, "expected_gain": gains.net, "cost": gains.costs}
    return pd.DataFrame(
        {
            "customer_id": open_to.allowed.index.to_numpy()[rows],
            "offer_id": open_to.allowed.columns.to_numpy(dtype=object)[columns],
            "channel": channel[rows],
            **{name: values[open_to.allowed.columns].to_numpy()[rows, columns] for name, values in each.items()},
        }
    )


@unless_unavailable
def count_reasons(gains: Gains, open_to: Open, listed: Listed) -> pd.DataFrame:
    """Count all customers by whether they are on the list, or the first reason why not: ``reason, customers``."""
    reason = open_to.obstacle.copy()
    worth = (gains.net.where(open_to.allowed) > 0).any(axis=1)
    reason = reason.mask((reason == "") & ~worth, NOT_WORTH)
    reason = reason.mask(reason.index.isin(listed.rows["customer_id"]), ON_THE_LIST).replace("", BEYOND_BUDGET)
    counts = reason.value_counts().reindex(REASONS).dropna().astype(int)
    return counts.rename_axis("reason").rename("customers").reset_index()


@unless_unavailable
def summarise(listed: Listed, catalogue: Catalogue, *, min_cell: int) -> pd.DataFrame:
    """Add the list up by offer, most customers first; offers with too few of them are put together.

    Returns
    -------
    DataFrame
        ``offer`` (its name, or `OTHERS`, last), ``customers, controls, uplift`` (mean), ``expected_gain`` and ``costs``
        (sums over the contacted).
    """
    rows = listed.rows.assign(offer=listed.rows["offer_id"].map(catalogue.offers["name"].to_dict()))
    counts = rows["offer"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    shown = list(counts[counts >= min_cell].index)
    while shown and 0 < len(rows) - counts[shown].sum() < min_cell:
        shown.pop()
    rows["offer"] = rows["offer"].where(rows["offer"].isin(shown), OTHERS)
    found = rows.groupby("offer").agg(
        customers=("customer_id", "size"), controls=("is_holdout", "sum"), uplift=("uplift", "mean")
    )
    sent = rows[~rows["is_holdout"]]
    sums = sent.assign(costs=sent["cost"] + sent["response_cost"]).groupby("offer")[["expected_gain", "costs"]].sum()
    order = [*shown, *([OTHERS] if OTHERS in found.index else [])]
    return found.join(sums).fillna(0.0).loc[order].reset_index()
