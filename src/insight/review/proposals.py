"""What the review proposes for the next campaign, as lines of parameters that the next list is made with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import yaml

from insight.config.parameters import Parameters
from insight.errors import unless_unavailable
from insight.review.readout import AGAIN, STOP, ReadOut

#: The file of proposals, beside the tables.
FILE = "next_cycle.yaml"
_MOST_HELD = 0.5  # of a list: beyond it a larger control group tells less, not more


@dataclass(frozen=True, eq=False)
class Proposals:
    """Changes for the next campaign; nobody has decided them.

    Attributes
    ----------
    stopped
        ``code, name`` of offers that surely bring back less than they cost.
    again
        ``code, name`` of offers that cannot be judged yet, with the ``contacts`` that would tell and those that the
        list in hand has (``listed``); the one that is judged soonest first.
    holdout_share
        Of the list, so that the first of ``again`` can be judged by the next campaign; as it is where no share does.
    now
        The share in use.
    """

    stopped: pd.DataFrame
    again: pd.DataFrame
    holdout_share: float
    now: float

    def as_yaml(self) -> str:
        """Write the lines of parameters; a business whose parameters have them makes its next list so."""
        lines: dict = {}
        if len(self.stopped):
            lines["offer_terms"] = {str(code): {"stopped": True} for code in self.stopped["code"]}
        if self.holdout_share != self.now:
            lines["holdout_share"] = self.holdout_share
        return yaml.safe_dump(lines, allow_unicode=True, sort_keys=False) if lines else "{}\n"


@unless_unavailable
def propose(found: ReadOut, params: Parameters, *, listed: pd.DataFrame | None) -> Proposals:
    """Propose what follows from the read-out: offers to stop, and a control group that can judge what cannot be yet.

    Parameters
    ----------
    listed
        The list in hand: ``offer_id``; None where there is none.
    """
    offers = found.offers[found.offers["offer_id"].notna()]
    sizes = pd.Series(dtype=int) if listed is None else listed["offer_id"].astype(str).value_counts()
    again = offers[(offers["next"] == AGAIN) & np.isfinite(offers["turn"])]
    again = again.assign(
        contacts=np.ceil(np.maximum(again["turn"] - again["contacted"], 0)),
        listed=again["offer_id"].astype(str).map(sizes).fillna(0).astype(int),
    )
    again = again.assign(share=[_share_that_tells(row) for _, row in again.iterrows()])
    again = again.sort_values(["share", "contacts"], kind="stable", na_position="last", ignore_index=True)
    tells = again["share"].dropna()
    share = max(float(tells.iloc[0]), params.holdout_share) if len(tells) else params.holdout_share
    stopped = offers.loc[offers["next"] == STOP, ["code", "name"]].reset_index(drop=True)
    return Proposals(stopped, again[["code", "name", "contacts", "listed"]], round(share, 2), params.holdout_share)


def _share_that_tells(offer: pd.Series) -> float:
    """Give the share of the list to hold out at which the next campaign judges an offer; missing where none does.

    What a comparison tells grows with contacted times held out, over both: contacts that are missing at the split of
    the past are made up for by a list of ``listed`` with another split.
    """
    split = offer["held_out"] / (offer["contacted"] + offer["held_out"])
    missing, size = offer["contacts"] * split, float(offer["listed"])
    if size <= 0 or missing > size * _MOST_HELD * (1 - _MOST_HELD):
        return float("nan")
    return float(np.ceil(100 * (1 - np.sqrt(1 - 4 * missing / size)) / 2) / 100)
