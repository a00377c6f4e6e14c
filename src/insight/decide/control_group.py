"""The control group of a campaign list: not contacted, so that the effect of contacting the others can be measured."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.propensity.propensity import MODEL

_RANGE = 2**64
_CONFIDENCE, _POWER = 1.959963984540054, 0.8416212335729143  # normal quantiles of 97.5% and 80%


def draw_control_group(customers: Iterable[str], *, share: float, key: str) -> np.ndarray:
    """Assign each customer to the control group with the same probability, by a hash of the id under the list's key.

    The draw depends on nothing but the key and the id: not on the order, the budget, or who else
    is on the list; another key is another draw.

    Examples
    --------
    >>> draw_control_group(["ada", "bob", "eve"], share=0.5, key="2024-01").tolist()
    [False, True, False]
    >>> draw_control_group(["ada", "bob"], share=0.0, key="2024-01").any()
    np.False_
    """
    return np.array([_fraction(f"{key}|{customer}") < share for customer in customers], dtype=bool)


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / _RANGE


def smallest_detectable(spread: float, *, contacted: float, controls: float) -> float:
    """Give the smallest effect per customer that a control group detects with 80% power at 95% confidence.

    Parameters
    ----------
    spread
        Standard deviation of what customers spend; the effect is in the same unit.
    contacted, controls
        Customers on either side; without one of them nothing can be detected (``inf``).

    Examples
    --------
    >>> round(smallest_detectable(50.0, contacted=900, controls=100), 1)
    14.8
    """
    if min(contacted, controls) <= 0:
        return float("inf")
    return (_CONFIDENCE + _POWER) * spread * float(np.sqrt(1 / contacted + 1 / controls))


def customers_needed(share: float, *, rise: float, control_share: float) -> float:
    """Give the customers, controls included, by whom a rise of a share is detected with 80% power at 95% confidence.

    Parameters
    ----------
    share
        Who does it without a contact.
    rise
        By how much more with one, as a share of it.
    control_share
        Share of the customers in the control group.

    Returns
    -------
    float
        A whole number; ``inf`` where nobody does it, where the share cannot rise so far, or without a control group.

    Examples
    --------
    >>> customers_needed(0.2, rise=0.1, control_share=0.5), customers_needed(0.95, rise=0.1, control_share=0.5)
    (13014, inf)
    """
    raised = share * (1 + rise)
    if not 0 < share < raised < 1 or not 0 < control_share < 1:
        return float("inf")
    spread = share * (1 - share) / control_share + raised * (1 - raised) / (1 - control_share)
    return int(np.ceil((_CONFIDENCE + _POWER) ** 2 * spread / (raised - share) ** 2))


@unless_unavailable
def detectable_effect(chosen: pd.DataFrame, backtested: pd.DataFrame, way: str = MODEL) -> float | Unavailable:
    """Give the smallest effect per customer that a list's control group detects, in currency units.

    Parameters
    ----------
    chosen
        The list, as `insight.decide.allocate.choose_contacts` gives it.
    backtested
        From `insight.decide.backtest.backtest_list`; its spread of spend is expected again.
    way
        The way of ranking that the list is written by.
    """
    controls = int(chosen["is_holdout"].sum())
    spread = float(backtested.set_index("way").loc[way, "spread"])
    return smallest_detectable(spread, contacted=len(chosen) - controls, controls=controls)
