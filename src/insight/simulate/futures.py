"""The months after a made-up bank's last one: what its money does under lists of contacts that meet the same luck."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State
from insight.simulate.marketing.offers import CATALOGUE, baseline_of, cost, response_probabilities
from insight.simulate.next_month import light_month, people_of
from insight.simulate.outlook.gains import net_gains
from insight.simulate.population.behaviour import CHANNELS

#: By what contacts can be sent.
__all__ = ["CHANNELS", "Future"]
_DECIMALS = 4  # of gains: beyond them processors differ


@dataclass(frozen=True)
class Future:
    """A made-up bank at the end of a month.

    Parameters
    ----------
    states
        Of its chunks of people, as `insight.simulate.world.World.state` or a light month gives them.
    """

    states: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, folder: Path) -> Future:
        """Read the states that the bank saved when it was made."""
        states = []
        for path in sorted(folder.glob("state-*.npz")):
            with np.load(path) as saved:
                states.append({name: saved[name] for name in saved.files})
        return cls(tuple(states))

    @property
    def persons(self) -> np.ndarray:
        """Number every person, in the order of everything else here."""
        return np.concatenate([people_of(state)[1].person for state in self.states])

    @property
    def best_channels(self) -> np.ndarray:
        """Name the channel that truly reaches each person best."""
        best = [people_of(state)[1].reach.argmax(axis=1) for state in self.states]
        return np.array(CHANNELS)[np.concatenate(best)]

    def after(self, contacts: pd.DataFrame, *, luck: int) -> tuple[Future, np.ndarray]:
        """Play the month that follows.

        Parameters
        ----------
        contacts
            ``person, offer`` (number), ``channel`` (a word): everybody who is contacted.
        luck
            Which future: the same number is the same luck, whoever is contacted.

        Returns
        -------
        tuple
            The bank a month later, and the month's margin by person, in yuan, all costs of contacts deducted.
        """
        listed = pa.Table.from_pandas(contacts.assign(is_holdout=False), preserve_index=False)
        months = [light_month(state, listed, luck=luck) for state in self.states]
        persons = self.persons
        margin = np.zeros(len(persons))
        for month in months:
            at = np.searchsorted(persons, month.books["person"].to_numpy())
            np.add.at(margin, at, month.books["margin"].cast("float64").to_numpy())
        return Future(tuple(month.state for month in months)), margin

    def true_gains(self, asked: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Give what each offer would truly gain within a year, and what it would cost: persons down, offers across.

        The cost is deducted from the gain, which is not a number where the offer is not open to the person, or they
        have not agreed to be contacted, or it is not ``asked`` for: without that, all are.
        """
        found, start = [], 0
        for state in self.states:
            end = start + len(people_of(state)[1].person)
            found.append(_true_gains(state, True if asked is None else asked[start:end]))
            start = end
        return np.concatenate([gain for gain, _ in found]), np.concatenate([spent for _, spent in found])


def _true_gains(state: dict[str, Any], asked: np.ndarray | bool) -> tuple[np.ndarray, np.ndarray]:
    seed, chunk, _, months, start = (int(part) for part in state["made"][:5])
    _, traits = people_of(state)
    now, month = State.restored(state), Month.at(seed, chunk, months, np.datetime64(date.fromordinal(start), "D"))
    effects = response_probabilities(traits, now, baseline_of(traits, now, month))
    offers = np.arange(len(CATALOGUE))
    open_to = effects.eligible & traits.consent[:, None] & (offers > 0) & asked
    # of the others the year ahead need not be followed
    gains = net_gains(traits, now, month, replace(effects, eligible=open_to)).round(_DECIMALS)
    return np.where(open_to, gains, np.nan), cost(offers, effects.with_).round(_DECIMALS)
