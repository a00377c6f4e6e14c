"""Credit bureau scores, which show a hidden risk with noise."""

import numpy as np

from insight.simulate.draws import Draws, MonthStream
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.population.behaviour import Traits

SCORE_MEAN, SCORE_SLOPE, SCORE_NOISE = 680.0, 45.0, 25.0


def bureau_score(noise: np.ndarray, risk: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Give the bureau's score: ``680 - 45 risk - 60 (in arrears) + 25 noise``, 350 to 950."""
    score = SCORE_MEAN - SCORE_SLOPE * risk - 60 * (missed > 0) + SCORE_NOISE * noise
    return np.clip(np.rint(score), 350, 950).astype(np.int64)


def score_holders(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Score everyone who holds a card on the fifteenth of each quarter's first month."""
    if month.number % 3 != 1 or month.index < 0:
        return
    who = np.flatnonzero(state.holds)
    write_scores(month.draws(MonthStream.SCORES, who), traits, who, month.base + 14, state, log)


def write_scores(
    draws: Draws, traits: Traits, who: np.ndarray, day: np.ndarray | int, state: State, log: Log
) -> np.ndarray:
    """Draw and write bureau scores of some people on a day, and return them."""
    score = bureau_score(draws.normal(), traits.risk[who], state.missed[who])
    eager = np.exp(0.4 * traits.risk[who] - 0.3)
    log.add(
        "bureau_scores", person=traits.first + who, scored_on=day, score=score,
        inquiries_6m=draws.poisson(eager), other_cards=draws.poisson(np.array(1.5)),
    )  # fmt: skip
    return score
