"""The chance that a card holder buys nothing in the months ahead: who has not bought yet, stage by stage."""

import numpy as np

from insight.simulate.draws import sigmoid
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import HORIZON, State
from insight.simulate.events import lifecycle
from insight.simulate.events.spending import DECLINE
from insight.simulate.marketing import offers
from insight.simulate.outlook.money import YEAR
from insight.simulate.outlook.year import Ahead, Stages, Start, taken
from insight.simulate.population.behaviour import CASH, Traits

_MANY = 12.0  # purchases expected in the month that begins, from which on nobody will be silent (6 in a million)


def silence(traits: Traits, state: State, ahead: Ahead, who: np.ndarray) -> np.ndarray:
    """Give the chance that no purchase is approved from now until a month's end, nobody being contacted.

    Parameters
    ----------
    who
        Positions of card holders: the rows of the result, which has a column a month.
    """
    found, holders = np.zeros((len(who), YEAR)), who
    rare = (offers.stage_factor(state) * _wanted(traits, ahead.months[0]) < _MANY) | (state.missed > 0)
    everyone, who = Start.of(state), who[rare[who]]
    now = Stages(**{name: _few(part[..., who]) for name, part in vars(Stages.of(state, everyone)).items()})
    start = taken(everyone, who)
    moves = _few(lifecycle.MOVES_AWAY * (state.missed[who] == 0))
    unplanned = _few(1 - sigmoid(offers.plans_alone(traits)[who]))
    ended, silent = _few(np.zeros(len(who))), np.ones((YEAR + 1, len(who)), np.float32)
    for at, month in enumerate(ahead.months):
        now.respond(_few(sigmoid(offers.starts_alone(traits, state.months_in_stage + at)[who])), 1.0)
        wanted, leaving = _wanted(traits, month)[who] * np.exp(_few(ahead.calm[at][who])), sigmoid(ahead.odds[at][who])
        if at < HORIZON:
            lifts = start.lifts[:, at]
            wanted, leaving = wanted * _few(1 + lifts[:, 0]), offers.shifted(leaving, lifts[:, 3])
        _buy_nothing(now, start, at, wanted, unplanned)
        ended += now.end(_few(np.clip(leaving * ahead.surprise[at][who], 0, 1)), moves)[1]
        silent[at + 1] = now.waiting + now.in_use + now.lost + ended
    blocked = 1 - ahead.clear + np.cumsum(ahead.chain, axis=0) - ahead.chain
    blocked = np.where(state.gave_up, 1.0, blocked)[:, who]
    found[rare[holders]] = _once_blocked(silent, np.clip(blocked, 0, 1)).T
    return found


def _few(values: np.ndarray) -> np.ndarray:
    """Give values with few digits, which is faster and enough for a chance."""
    return values.astype(np.float32)


def _wanted(traits: Traits, month: Month) -> np.ndarray:
    """Give the purchases that everyone would make in a month if mature."""
    often = month.seasonal() * (1 - DECLINE)
    often[CASH] = 0
    return traits.rates @ often.astype(np.float32)


def _buy_nothing(now: Stages, start: Start, at: int, wanted: np.ndarray, unplanned: np.ndarray) -> None:
    """Leave those in the stages who buy nothing in a month."""
    for name, pace in zip(("using", "started", "drifting", "back"), now.paces(start, at), strict=True):
        setattr(now, name, getattr(now, name) * np.exp(-wanted * _few(pace)) * unplanned)


def _once_blocked(silent: np.ndarray, blocked: np.ndarray) -> np.ndarray:
    """Give the chance of silence by month's end, from that of cards that pay and the share of those that do not.

    Blocked cards are silent; those that come free begin then.
    """
    found = np.empty_like(blocked)
    stuck, free = blocked[0], 1 - blocked[0]
    for at in range(YEAR):
        free = free * silent[at + 1] / np.maximum(silent[at], 1e-37)
        found[at] = stuck + free
        if at + 1 < YEAR:
            before, after = blocked[at], blocked[at + 1]
            cured = np.where(after < before, stuck * (1 - after / np.maximum(before, 1e-9)), 0)
            caught = np.where(after > before, free * (after - before) / np.maximum(1 - before, 1e-9), 0)
            stuck, free = stuck - cured + caught, free + cured - caught
    return found
