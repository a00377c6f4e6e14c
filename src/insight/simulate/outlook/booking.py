"""What would become of an application, had it been approved: bad within a year, in use within thirty days."""

import numpy as np
from scipy.special import ndtr

from insight.simulate.draws import sigmoid
from insight.simulate.engine.state import credit_limit
from insight.simulate.events import ledger
from insight.simulate.events.applications import BOOKED_PACE
from insight.simulate.events.spending import DRAWN_TO
from insight.simulate.marketing import offers
from insight.simulate.population.behaviour import MEAN_AMOUNT, Traits

_LAST = 8  # month after the opening, from whose statement on an unpaid one is 90 days past due within the year
_PACES = np.linspace(*BOOKED_PACE, 6)[:-1] + (BOOKED_PACE[1] - BOOKED_PACE[0]) / 10  # of five fifths
_MISSED = float(np.prod(1 - ledger.CURES[:3]))  # of those who forget one statement: they miss the next three too
_VARIES = 0.1  # spread of what is due by the limit, around its mean
_DAYS = np.bincount(np.arange(3, 26) // 3) / 23  # share of first uses by day of the month


def going_bad(traits: Traits, who: np.ndarray, trouble: np.ndarray) -> np.ndarray:
    """Give the chance of being 90 days past due within a year of opening, nobody being contacted.

    Those who are in trouble when booked draw all they can from the card's first use on, and stop to pay; others forget
    four statements one after another.

    Parameters
    ----------
    trouble
        The chance of being in trouble when booked.
    """
    stopped = _stopped(traits, who)
    forgets = ledger.forgetting(np.zeros(len(who), bool), traits.diligence[who]) * _MISSED
    waits, stops, slips = np.ones(len(who)), np.zeros(len(who)), np.zeros(len(who))
    for month in range(1, _LAST + 1):
        begins = waits * sigmoid(offers.starts_alone(traits, np.array(month - 1)))[who]
        waits = waits - begins
        stops += begins * stopped[_LAST - month]
        slips += begins * (1 - (1 - forgets) ** (_LAST + 1 - month))
    return trouble * stops + (1 - trouble) * slips


def _stopped(traits: Traits, who: np.ndarray) -> np.ndarray:
    """Give, by statement since the first use, the share of those in trouble who have stopped to pay (as in `Money`)."""
    limit = credit_limit(traits.income[who], traits.risk[who]) / 100
    mature = traits.rates[who] @ MEAN_AMOUNT * traits.ticket[who] / limit
    owed, still = np.zeros((len(_PACES), len(who))), np.ones((len(_PACES), len(who)))
    found = np.zeros((_LAST, len(who)))
    for at in range(_LAST):
        spent = np.minimum(offers.RAMP[min(at, 5)] * mature, np.maximum(1 - owed, 0))
        spent = spent + _PACES[:, None] * np.maximum(DRAWN_TO - owed, 0)
        due = owed + spent / 2
        still = still * (1 - ledger.GIVES_UP * ndtr((due - ledger.EXHAUSTED) / _VARIES))
        owed = owed + spent - ledger.share_paid(ledger.SHORT) * due
        found[at] = 1 - still.mean(axis=0)
    return found


def first_use(traits: Traits, who: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Give the chance that a card opened on a day is used within thirty days: in the next month, if early enough."""
    following = (opened.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]")
    last = 30 - (following.astype(np.int64) - opened)
    early = np.where(last >= 0, np.cumsum(_DAYS)[np.clip(last, 0, len(_DAYS) - 1)], 0.0)
    return sigmoid(offers.starts_alone(traits, np.array(0)))[who] * early
