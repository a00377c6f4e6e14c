"""The offers and their effects: response, spend, churn and default, with each offer and without.

A person responds to offer o in a month with probability ``without`` when left alone and ``with_``
when contacted through their best channel; one uniform draw serves both (monotone potential outcomes),
so those who respond only because of the offer are the share ``with_ - without``, and the effects on
spend, leaving and default are theirs.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from insight.simulate.draws import money, sigmoid
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import HORIZON, State
from insight.simulate.engine.vocabulary import ANNUAL_FEES, APPROVED, DRIFTING, GROWING, LOST, WON_BACK
from insight.simulate.population.behaviour import CAR, DINING, MEAN_AMOUNT, Traits
from insight.simulate.population.groups import GROUP_NAMES
from insight.simulate.schemas import TABLES

NOTHING, ACTIVATION, SPEND, DINING_CASHBACK, CAR_WASH, INSTALMENT, POINTS, AUTOPAY, LIMIT, RETENTION = range(10)

# code, English, Chinese, yuan a contact, yuan a response, days before the next
CATALOGUE = (
    ("do_nothing", "Do nothing", "不触达", 0, 0, 0),
    ("activation_bonus", "Activation bonus", "首刷礼", 0.3, 20, 60),
    ("spend_and_get", "Spend and get", "消费达标礼", 0.3, 9, 60),
    ("dining_cashback", "Dining cashback", "餐饮返现", 0.3, 6, 60),
    ("car_wash_card", "Car-wash card", "洗车卡", 0.3, 12, 90),
    ("instalment", "Instalment at a lower rate", "分期优惠", 0.3, 15, 60),
    ("points_redemption", "Points redemption", "积分兑换", 0.3, 3, 60),
    ("autopay_setup", "Autopay set-up", "自动还款签约", 0.3, 4, 90),
    ("limit_increase", "Limit increase", "提升额度", 0.3, 1, 180),
    ("retention", "Retention gift", "挽留礼遇", 1.5, 40, 120),
)
# relative effect on those whom the offer persuades: all spend, dining, car; log-hazard of leaving, of default
PERSUADED = np.array(
    [
        (0.00, 0.00, 0.00, 0.00, 0.00),
        (0.00, 0.00, 0.00, -0.10, 0.00),
        (0.22, 0.00, 0.00, -0.10, 0.00),
        (0.00, 0.50, 0.00, -0.10, 0.00),
        (0.00, 0.00, 0.70, -0.20, 0.00),
        (0.00, 0.00, 0.00, -0.15, 0.10),
        (0.10, 0.00, 0.00, -0.50, 0.00),
        (0.05, 0.00, 0.00, -0.60, -0.35),
        (0.15, 0.00, 0.00, -0.10, 0.35),
        (0.00, 0.00, 0.00, -0.80, 0.00),
    ]
)
LOSS_WHEN_DRIFTING, COOLS = 0.35, 0.62  # a month: those lost, what is left of the spending of the others
FADES, USUAL_UNEASE = 0.4, 0.6  # of spending, for each unit of unease beyond the usual
IRRITATION = 0.08
STAYS_ALONE, RETURNS_ALONE = -2.4, -3.6  # log-odds in a month, of those who drift and of those lost
BACK = 0.75  # of mature spending, when won back
INSTALMENT_YUAN = 2_600.0
FOR_PEOPLE, NEVER = (DINING_CASHBACK, CAR_WASH, INSTALMENT), -30.0
INSTALMENT_GROUP = GROUP_NAMES.index("instalment_user")
RAMP = np.array([0.45, 0.55, 0.65, 0.75, 0.85, 0.95])
_YEAR = 12


def stage_factor(state: State) -> np.ndarray:
    """Give the share of mature spending at each person's stage."""
    since = np.minimum(state.months_in_stage, 5)
    factor = np.ones(len(state.stage))
    factor[state.stage < GROWING] = 0
    factor[state.stage == LOST] = 0
    growing = state.stage == GROWING
    factor[growing] = RAMP[since[growing]]
    drifting = state.stage == DRIFTING
    factor[drifting] = COOLS ** (state.months_in_stage[drifting] + 1)
    factor[state.stage == WON_BACK] = BACK
    factor *= np.exp(FADES * (USUAL_UNEASE - (state.unease + state.resolve) / 2))
    return np.where(state.blocked, 0.0, factor)


@dataclass(frozen=True)
class Baseline:
    """Expected spend and hazards at the start of a month, before anybody is contacted.

    ``plain_yuan`` is what they would buy if mature and without offers, ``mature_yuan`` has the
    effects of earlier offers in it, ``factor`` is the share of it that their stage leaves.
    """

    factor: np.ndarray
    plain_yuan: np.ndarray
    mature_yuan: np.ndarray
    dining_yuan: np.ndarray
    car_yuan: np.ndarray
    leaving: np.ndarray
    default: np.ndarray

    @property
    def yuan(self) -> np.ndarray:
        """Purchases expected this month, without offers and instalments."""
        return self.factor * self.mature_yuan


def baseline_of(traits: Traits, state: State, month: Month) -> Baseline:
    """Give everyone's expected spend and hazards, the effects of earlier offers included."""
    by_category = traits.rates * (month.seasonal() * MEAN_AMOUNT)[None, :].astype(np.float32)
    mature = by_category.sum(axis=1) * traits.ticket
    dining = by_category[:, DINING].sum(axis=1) * traits.ticket
    car = by_category[:, CAR].sum(axis=1) * traits.ticket
    now = state.lifts[:, 0]
    lifted = mature * (1 + now[:, 0]) + dining * now[:, 1] + car * now[:, 2]
    active = state.active
    leaving = sigmoid(leaving_odds(traits, state.resolve, state.autopay, state.friend) + now[:, 3])
    default = sigmoid(default_odds(traits, utilisation(state), state.missed > 0) + now[:, 4])
    return Baseline(
        factor=stage_factor(state),
        plain_yuan=mature,
        mature_yuan=lifted,
        dining_yuan=dining,
        car_yuan=car,
        leaving=np.where(active & (state.stage != DRIFTING) & ~state.defaulted, leaving, 0.0),
        default=np.where(active & (state.balance > 0) & ~state.defaulted, default, 0.0),
    )


def leaving_odds(
    traits: Traits, resolve: np.ndarray | float, autopay: np.ndarray, friend: np.ndarray | bool
) -> np.ndarray:
    """Give the log-odds of deciding to leave in a month, earlier offers aside."""
    constant = -1.0 + traits.leave + 0.9 * (traits.price - 0.5) - 0.5 * autopay - 0.35 * np.asarray(friend, float)
    return constant - 0.3 * traits.digital + 1.3 * resolve


def default_odds(traits: Traits, used: np.ndarray, overdue: np.ndarray) -> np.ndarray:
    """Give the log-odds of falling short of money in a month for good, earlier offers aside."""
    constant = -7.5 + 0.9 * traits.risk + 0.4 * traits.revolves + np.log(traits.bank.defaults)
    return constant + 1.0 * used + 0.8 * overdue


def starts_alone(traits: Traits, months: np.ndarray) -> np.ndarray:
    """Give the log-odds of using a new card in a month without an offer."""
    return -0.7 + 0.8 * (traits.digital - 0.5) - 0.45 * months


def plans_alone(traits: Traits) -> np.ndarray:
    """Give the log-odds of buying something on instalments in a month without an offer."""
    alone = -4.4 + 1.9 * (traits.group == INSTALMENT_GROUP) + 0.6 * traits.revolves
    return np.where(traits.firm, NEVER, alone)


def fee_is_due(state: State, month: Month) -> np.ndarray:
    """Say whose annual fee falls into the month."""
    anniversary = ((month.base - state.opened) // 30) % _YEAR == 0
    return anniversary & state.active & (ANNUAL_FEES[state.product] > 0)


def owed(state: State) -> np.ndarray:
    """Give the cents that each person owes, with what no statement has yet; negative is credit."""
    return state.balance - state.paid + state.carried[:, :-1].sum(axis=1) - state.carried[:, -1]


def utilisation(state: State) -> np.ndarray:
    """Give the credit utilisation, 0 to 1."""
    return np.clip(owed(state) / np.maximum(state.limit, 1), 0, 1)


def eligible(traits: Traits, state: State) -> np.ndarray:
    """Say who may have which offer, a column an offer; firms have none of what is meant for people."""
    active, current = state.active, state.missed == 0
    may = np.zeros((len(state.stage), len(CATALOGUE)), bool)
    may[:, NOTHING] = True
    may[:, ACTIVATION] = state.stage == APPROVED
    may[:, (SPEND, DINING_CASHBACK, CAR_WASH)] = (active & current)[:, None]
    may[:, INSTALMENT] = active & current
    may[:, FOR_PEOPLE] &= ~traits.firm[:, None]
    may[:, POINTS] = active & (state.points + state.old_points >= 3_000)
    may[:, AUTOPAY] = active & ~state.autopay
    may[:, LIMIT] = active & current & (state.months_in_stage >= 3)
    may[:, RETENTION] = (active & (state.stage != GROWING)) | ((state.stage == LOST) & state.holds)
    return may


def _odds(traits: Traits, state: State, baseline: Baseline) -> tuple[np.ndarray, np.ndarray]:
    """Give the log-odds of responding without an offer, and what the offer adds."""
    size = traits.size
    base, lift = np.full((size, len(CATALOGUE)), -30.0), np.zeros((size, len(CATALOGUE)))
    price, reward, digital = traits.price - 0.5, traits.reward - 0.5, traits.digital - 0.5
    is_instalment = traits.group == INSTALMENT_GROUP
    drifting, lost = state.stage == DRIFTING, state.stage == LOST
    base[:, ACTIVATION] = starts_alone(traits, state.months_in_stage)
    lift[:, ACTIVATION] = 0.7 + 1.6 * reward + 0.6 * price
    base[:, SPEND] = -1.5 + 0.5 * np.log(np.maximum(baseline.yuan, 50) / 2000)
    lift[:, SPEND] = 0.6 + 2.4 * reward + 1.0 * price
    base[:, DINING_CASHBACK] = -2.3 + 0.6 * np.log1p(baseline.dining_yuan / 400)
    lift[:, DINING_CASHBACK] = 0.1 + 1.8 * reward + 0.6 * np.log1p(baseline.dining_yuan / 400)
    base[:, CAR_WASH] = -2.6 + 0.9 * np.log1p(baseline.car_yuan / 250)
    lift[:, CAR_WASH] = -0.5 + 1.2 * reward + 1.1 * np.log1p(baseline.car_yuan / 250)
    base[:, INSTALMENT] = plans_alone(traits)
    lift[:, INSTALMENT] = 0.7 + 1.5 * price + 0.7 * is_instalment - 1.0 * (traits.income > 400e3)
    base[:, POINTS] = -2.7 + 1.5 * reward
    lift[:, POINTS] = 0.8 + 2.0 * reward
    base[:, AUTOPAY] = -4.0 + 1.2 * (traits.diligence - 0.5)
    lift[:, AUTOPAY] = 1.3 + 1.8 * digital + 0.6 * (traits.diligence - 0.5)
    base[:, LIMIT] = -4.6 + 0.5 * traits.revolves
    lift[:, LIMIT] = 2.9 + 0.8 * traits.revolves + 1.0 * utilisation(state)
    base[:, RETENTION] = np.select([drifting, lost], [STAYS_ALONE, RETURNS_ALONE], -30.0)
    lift[:, RETENTION] = np.where(drifting | lost, 1.3, 29.0) + 1.5 * price + 1.5 * reward
    return base, np.maximum(lift, 0.0)  # an offer never keeps anybody from what they would do


@dataclass(frozen=True)
class Effects:
    """Potential outcomes of the month, a row a person, a column an offer; probabilities, yuan a month.

    ``irritation`` is what the contact itself adds to the log-hazard of leaving.
    """

    eligible: np.ndarray
    without: np.ndarray
    with_: np.ndarray
    irritation: np.ndarray


def response_probabilities(traits: Traits, state: State, baseline: Baseline) -> Effects:
    """Give everyone's response probabilities, with each offer and without."""
    may = eligible(traits, state)
    base, lift = _odds(traits, state, baseline)
    content = (1 - traits.price) * (1 - traits.reward)
    irritation = np.full(may.shape, IRRITATION)
    irritation += 0.5 * np.maximum(content - 0.3, 0)[:, None]
    irritation[:, RETENTION] += 0.25 * (state.stage != DRIFTING)  # reminds the content that they could leave
    irritation[:, NOTHING] = 0
    return Effects(
        eligible=may,
        without=np.where(may, sigmoid(base), 0.0),
        with_=np.where(may, sigmoid(base + lift), 0.0),
        irritation=irritation,
    )


@dataclass(frozen=True)
class Expected:
    """Expected outcomes of one contact, or of leaving alone: yuan a month, monthly probabilities."""

    spend_without: np.ndarray
    spend_with: np.ndarray
    leaving_without: np.ndarray
    leaving_with: np.ndarray
    default_without: np.ndarray
    default_with: np.ndarray


def expect(
    traits: Traits,
    state: State,
    baseline: Baseline,
    effects: Effects,
    *,
    who: np.ndarray,
    offer: np.ndarray,
    with_: np.ndarray,
) -> Expected:
    """Give the expected outcomes of offer ``offer[i]`` for person ``who[i]``, who responds with ``with_[i]``."""
    p0 = effects.without[who]
    gained = with_ - p0[np.arange(len(who)), offer]
    each = INSTALMENT_YUAN * traits.ticket[who] * state.active[who]
    stays = np.where(state.stage[who] == DRIFTING, 1 - baseline.factor[who], BACK)
    returning = stays * baseline.mature_yuan[who] * (np.isin(state.stage[who], (DRIFTING, LOST)))
    starting = RAMP[0] * baseline.mature_yuan[who]
    alone = baseline.yuan[who] + p0[:, INSTALMENT] * each + p0[:, ACTIVATION] * starting + p0[:, RETENTION] * returning
    bound = baseline.factor[who]
    gain = PERSUADED[offer]
    more = bound * (
        gain[:, 0] * baseline.plain_yuan[who]
        + gain[:, 1] * baseline.dining_yuan[who]
        + gain[:, 2] * baseline.car_yuan[who]
    )
    more = np.select([offer == INSTALMENT, offer == ACTIVATION, offer == RETENTION], [each, starting, returning], more)
    drifting = state.stage[who] == DRIFTING
    lost_without = (1 - p0[:, RETENTION]) * LOSS_WHEN_DRIFTING
    lost_with = (1 - p0[:, RETENTION] - gained * (offer == RETENTION)) * LOSS_WHEN_DRIFTING
    calm = _mixture(baseline.leaving[who], gained, gain[:, 3], effects.irritation[who, offer])
    return Expected(
        spend_without=alone,
        spend_with=alone + gained * more,
        leaving_without=np.where(drifting, lost_without, baseline.leaving[who]),
        leaving_with=np.where(drifting, lost_with, calm),
        default_without=baseline.default[who],
        default_with=_mixture(baseline.default[who], gained, gain[:, 4], np.zeros(len(who))),
    )


def shifted(hazard: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Shift a hazard's log-odds; a hazard of zero stays zero.

    Examples
    --------
    >>> shifted(np.array([0.5, 0.0]), np.array([np.log(3), 1.0])).round(2).tolist()
    [0.75, 0.0]
    """
    odds = np.log(np.maximum(hazard, 1e-12)) - np.log1p(-np.minimum(hazard, 1 - 1e-9))
    return np.where(hazard > 0, sigmoid(odds + change), 0.0)


def _mixture(hazard: np.ndarray, share: np.ndarray, change: np.ndarray, all_of_them: np.ndarray) -> np.ndarray:
    """Average a hazard whose log-odds move by ``change`` for a share of people and by another amount for all."""
    return (1 - share) * shifted(hazard, all_of_them) + share * shifted(hazard, all_of_them + change)


def cost(offer: np.ndarray, with_: np.ndarray) -> np.ndarray:
    """Give what contacts are expected to cost in yuan, and the responses to them."""
    each = np.array([row[3:5] for row in CATALOGUE], float)[offer]
    return each[:, 0] + each[:, 1] * with_


def catalogue_table() -> pa.Table:
    """Make the ``offers`` table."""
    code, english, chinese, contact, response, cooldown = zip(*CATALOGUE, strict=True)
    return pa.table(
        {
            "offer": np.arange(len(CATALOGUE), dtype=np.int16),
            "code": pa.array(code).dictionary_encode(),
            "name_en": english,
            "name_zh": chinese,
            "horizon_months": np.full(len(CATALOGUE), HORIZON, np.int16),
            "contact_cost": money(np.rint(np.array(contact) * 100).astype(np.int64)),
            "response_cost": money(np.rint(np.array(response) * 100).astype(np.int64)),
            "cooldown_days": np.array(cooldown, np.int16),
        }
    ).cast(TABLES["offers"])
