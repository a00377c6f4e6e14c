"""What each offer would bring in the year ahead, by customer: the truth of offers, from the account of money."""

from dataclasses import replace

import numpy as np

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import APPROVED, DRIFTING, GROWING, LOST, MATURE, WON_BACK
from insight.simulate.marketing import offers
from insight.simulate.outlook.year import Ahead, Start, year_ahead
from insight.simulate.population.behaviour import Traits


def net_gains(traits: Traits, state: State, month: Month, effects: offers.Effects) -> np.ndarray:
    """Give each offer's expected gain of the year ahead in yuan, its cost deducted: a row a person, a column an offer.

    The persuaded (``with - without``) act because of the offer and would not have done so; all are irritated.
    """
    alone, ahead = Start.of(state), Ahead.of(traits, state, month)

    def margin(start: Start) -> np.ndarray:
        return year_ahead(traits, state, ahead, start).margin.sum(axis=1)

    plain = margin(alone)
    gains = np.zeros(effects.with_.shape)
    for offer in range(1, len(offers.CATALOGUE)):
        persuaded = effects.with_[:, offer] - effects.without[:, offer]
        yes, no, annoyed = _starts(state, alone, offer, effects.irritation[:, offer])
        does_not = plain if no is alone else margin(no)
        gains[:, offer] = persuaded * (margin(yes) - does_not) + (1 - persuaded) * (margin(annoyed) - plain)
        gains[:, offer] -= offers.cost(np.full(traits.size, offer), effects.with_[:, offer])
    return np.where(effects.eligible, gains, 0.0)


def _starts(state: State, alone: Start, offer: int, irritation: np.ndarray) -> tuple[Start, Start, Start]:
    """Give the starts of those whom an offer persuades, of the same without it, and of the others once contacted."""
    irritated = alone.lifts.copy()
    irritated[:, 0, 3] += irritation
    annoyed = replace(alone, lifts=irritated)
    no = replace(alone, waits=np.zeros(len(state.stage)))
    yes = replace(no, lifts=irritated + offers.PERSUADED[offer][None, None, :])
    if offer == offers.ACTIVATION:
        stage = np.where(state.stage == APPROVED, GROWING, state.stage)
        yes = replace(yes, stage=stage, months_in_stage=np.zeros_like(state.months_in_stage))
    elif offer == offers.RETENTION:
        stage = np.select([state.stage == LOST, state.stage == DRIFTING], [WON_BACK, MATURE], state.stage)
        since = np.where(stage == state.stage, state.months_in_stage, 0)
        yes = replace(yes, stage=stage, months_in_stage=since)
    elif offer == offers.INSTALMENT:
        yes, no = replace(yes, instalment=np.ones(len(state.stage))), replace(no, instalment=np.zeros(len(state.stage)))
    else:
        no, yes = alone, replace(yes, waits=alone.waits)
    if offer == offers.LIMIT:
        yes = replace(yes, limit=np.maximum(np.rint(alone.limit * 1.25 / 1000) * 1000, alone.limit + 1000))
    if offer == offers.AUTOPAY:
        yes = replace(yes, autopay=np.ones_like(state.autopay))
    return yes, no, annoyed
