"""What a list must keep beside the budget: places in channels and of offers, and groups that must have their share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from insight.config.offers import GroupShare
from insight.decide.control_group import draw_control_group
from insight.decide.trial.constrained import Limit, Problem
from insight.decide.trial.duals import find_prices
from insight.decide.trial.gains import Gains
from insight.decide.trial.prices import Allocation
from insight.decide.trial.repair import repair
from insight.decide.trial.rules import Open, meets
from insight.errors import ParameterError, Unavailable, did_you_mean, unless_unavailable
from insight.predict.uplift.terms import Catalogue, read_conditions
from insight.predict.uplift.trials import Trials

CHANNEL, OFFER, GROUP = "channel", "offer", "group"
_TURNS = 6  # at making room for the control group, which takes no place
_ROUNDED = 1e-4  # of costs, for each customer


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of a list.

    Attributes
    ----------
    reach
        For each customer (down) what a contact through each channel (across) adds, as a share of what their best one
        adds; without channels where nothing is known of them.
    channels, offers
        Contacts through a channel or with an offer at most.
    shares
        Share of the list that an offer may take at most, of a list without such limits.
    members
        Customers down and groups across: who belongs to which.
    groups
        Share of the list, controls included, that a group must have at least.
    """

    reach: pd.DataFrame = field(default_factory=pd.DataFrame)
    channels: Mapping[str, int] = field(default_factory=dict)
    offers: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    members: pd.DataFrame = field(default_factory=pd.DataFrame)
    groups: Mapping[str, float] = field(default_factory=dict)

    @property
    def through(self) -> list[str | None]:
        """Name the channels that contacts may go through."""
        return [str(name) for name in self.reach.columns] or [None]

    def best(self, customers: pd.Index) -> np.ndarray:
        """Give the place in `through` of the channel that adds most to each customer's chance."""
        return self.reach.to_numpy().argmax(axis=1) if len(self.reach.columns) else np.zeros(len(customers), int)

    def absolute(self, contacts: int) -> dict[str, int]:
        """Give by offer the contacts at most, where a list without limits has so many."""
        of_list = {offer: int(share * contacts) for offer, share in self.shares.items()}
        return {
            offer: min(some[offer] for some in (self.offers, of_list) if offer in some)
            for offer in {**self.offers, **of_list}
        }

    def count(self, rows: pd.DataFrame, offers: Mapping[str, int]) -> pd.DataFrame:
        """Lay out what a list uses of each limit.

        Parameters
        ----------
        rows
            Of a list: ``customer_id, offer_id, channel, is_holdout``.
        offers
            From `absolute`.

        Returns
        -------
        DataFrame
            ``kind, name, used, limit, holds``: contacts at most, of groups customers on the list at least.
        """
        sent = rows[~rows["is_holdout"]]
        found: list[tuple] = []
        for kind, column, limits in ((CHANNEL, "channel", self.channels), (OFFER, "offer_id", offers)):
            counts = {name: int((sent[column] == name).sum()) for name in limits}
            found += [(kind, name, counts[name], most, counts[name] <= most) for name, most in limits.items()]
        for name, share in self.groups.items():
            used, least = int(self.members.loc[rows["customer_id"], name].sum()), share * len(rows)
            found.append((GROUP, name, used, int(np.ceil(least - _ROUNDED)), used >= least - _ROUNDED))
        return pd.DataFrame(found, columns=["kind", "name", "used", "limit", "holds"])


@unless_unavailable
def read_limits(
    known: pd.DataFrame,
    catalogue: Catalogue,
    trials: Trials,
    *,
    reach: pd.DataFrame,
    channels: Mapping[str, int],
    groups: Mapping[str, GroupShare],
) -> Limits:
    """Read the limits from the parameters.

    Parameters
    ----------
    known
        What is known of customers, and what they are like, for conditions to look at.
    reach
        From `insight.predict.uplift.channels`, of the same customers.
    channels, groups
        The parameters ``channel_capacity`` and ``group_shares``.

    Raises
    ------
    ParameterError
        Where a channel is named that no trial went through, or a condition cannot be read.
    """
    seen = sorted({str(name) for name in trials.sent["channel"].dropna()})
    for name in channels:
        if name not in seen:
            raise ParameterError(
                f"channel_capacity: no trial went through the channel `{name}`{did_you_mean(name, seen)}"
            )
    members = {
        name: meets(known, read_conditions(group.when, place=f"group_shares.{name}"), place=f"group_shares.{name}")
        for name, group in groups.items()
    }
    return Limits(
        reach=reach,
        channels=channels,
        offers=catalogue.capacities,
        shares=catalogue.shares,
        members=pd.DataFrame(members, index=known.index, dtype=bool),
        groups={name: group.share for name, group in groups.items()},
    )


@dataclass(frozen=True, eq=False)
class Options:
    """What each customer (down) may be offered through which channel (across).

    Attributes
    ----------
    gain, costs
        What is left, not finite where that is nothing or may not be; and what it costs.
    offers, channels
        By option, its place among the offers and among the channels.
    """

    gain: np.ndarray
    costs: np.ndarray
    offers: np.ndarray
    channels: np.ndarray


def lay_out(gains: Gains, open_to: Open, reach: np.ndarray) -> Options:
    """Lay out the options; ``reach`` by customer and channel is what a contact adds, as a share of the best one's."""
    uplift, size = gains.uplift.to_numpy(), len(gains.worth.columns)
    added = uplift[:, :, None] * reach[:, None, :]
    contacted = gains.anyway.to_numpy()[:, :, None] + added
    response, contact = (each.to_numpy(float)[:, None] for each in (gains.response_cost, gains.contact_cost))
    costs = contacted * response + contact
    net = added * (gains.worth.to_numpy() * gains.ratio)[:, :, None] - costs
    may = open_to.allowed.to_numpy(bool)[:, :, None] & (net > 0)
    flat, through = (len(uplift), -1), reach.shape[1]
    places = np.repeat(np.arange(size), through), np.tile(np.arange(through), size)
    return Options(np.where(may, net, -np.inf).reshape(flat), costs.reshape(flat), *places)


def allocate_within(
    gains: Gains, open_to: Open, limits: Limits, offers: Mapping[str, int], *, budget: float, holdout_share: float,
    key: str,
) -> tuple[Allocation, np.ndarray] | Unavailable:  # fmt: skip
    """Give each customer at most one offer through one channel, so that all gain most within the limits.

    The control group takes no place and costs nothing, so there is room for more on the list; how much more depends on
    whom the draw holds out, and is found in a few turns.

    Returns
    -------
    tuple or Unavailable
        The allocation, and each customer's channel by its place in `Limits.through`; the latter where no list holds
        enough of some groups (``groups_too_few``).
    """
    best = limits.best(gains.worth.index)
    reach = limits.reach.to_numpy(float) if limits.channels else np.ones((len(best), 1))
    options = lay_out(gains, open_to, reach)
    names = list(gains.worth.columns)
    most = [float(budget), *map(float, limits.channels.values()), *map(float, offers.values())]
    uses = [options.channels == limits.through.index(name) for name in limits.channels]
    uses += [options.offers == names.index(offer) for offer in offers]
    held = draw_control_group(gains.worth.index, share=holdout_share, key=key)
    tight = np.ones(len(most))
    for turn in range(_TURNS + 1):
        room = np.array(most) * tight / (1 - holdout_share) if turn < _TURNS else np.array(most)
        problem = Problem(
            options.gain, options.costs, room[0],
            [Limit(np.floor(of), use.astype(float)) for of, use in zip(room[1:], uses, strict=True)]
            + [_group(limits, name, options) for name in limits.groups],
        )  # fmt: skip
        prices, bound = find_prices(problem)
        chosen = repair(problem, prices, bound)
        used = problem.used(np.where(held, -1, chosen))[: len(most)]
        used[0] += _ROUNDED * (chosen >= 0).sum()
        if (used <= most).all():
            break
        tight = tight * np.minimum(1.0, np.array(most) / np.maximum(used, 1e-9))
    if limits.groups and not (chosen >= 0).any() and np.isfinite(options.gain).any():
        return _too_few(problem, limits)
    keys = [(CHANNEL, name) for name in limits.channels] + [(OFFER, name) for name in offers]
    keys += [(GROUP, name) for name in limits.groups]
    found = Allocation(
        offer=np.where(chosen >= 0, options.offers[chosen], -1),
        budget_price=float(prices[0]),
        gained=problem.gained(chosen),
        bound=bound,
        limit_prices=dict(zip(keys, prices[1:].tolist(), strict=True)),
    )
    return found, np.where(chosen >= 0, options.channels[chosen], -1) if limits.channels else best


def _group(limits: Limits, name: str, options: Options) -> Limit:
    share = np.full(options.gain.shape[1], limits.groups[name])
    return Limit(0.0, share, -limits.members[name].to_numpy(float))


def _too_few(problem: Problem, limits: Limits) -> Unavailable:
    """Name the groups without one of whose shares a list could be written; all of them where it takes several."""
    names, before = list(limits.groups), len(problem.limits) - len(limits.groups)
    alone = []
    for at, name in enumerate(names):
        rest = [limit for place, limit in enumerate(problem.limits) if place != before + at]
        without = Problem(problem.gain, problem.costs, problem.budget, rest)
        if (repair(without, *find_prices(without)) >= 0).any():
            alone.append(name)
    return Unavailable("trials", "groups_too_few", {"groups": alone or names, "key": "`group_shares`"})
