"""Card transactions of a month: count, time, merchant, amount, and whether each is posted, declined or refunded."""

from dataclasses import dataclass

import numpy as np

from insight.simulate.draws import Draws, MonthStream
from insight.simulate.engine.calendar import DAY, HOUR_STEPS, Month
from insight.simulate.engine.log import NO_DAY
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import code
from insight.simulate.events.merchants import ONLINE_PLACE, directory
from insight.simulate.marketing.campaigns import Outcome
from insight.simulate.marketing.offers import ACTIVATION, INSTALMENT, INSTALMENT_YUAN, owed, stage_factor
from insight.simulate.population.behaviour import CAR, CASH, CATEGORY_NAMES, DINING, MEDIAN, ONLINE, SPREAD, Traits

PURCHASE, REFUND, CASH_ADVANCE, FEE, INTEREST = range(5)
CLEARED, _, DECLINED = range(3)
POS, MOBILE_PAY, ONLINE_CHANNEL, ATM, BANK = range(5)
ELECTRONICS = CATEGORY_NAMES.index("electronics")
INSTALMENT_FEE = code("card_transactions.category", "instalment_fee")
MONTHLY_FEE = 0.006  # of the amount, for each month of an instalment
_REFUND = np.where(np.isin(CATEGORY_NAMES, ("online_retail", "clothing")), 0.05, 0.006)
_REFUND[CASH] = 0
REFUNDED = _REFUND * 20 / 30.4375 * (0.8 + 0.2 * 0.55)  # share of the amount that comes back
_FAR = np.isin(CATEGORY_NAMES, ("hotel", "dining", "transport", "luxury"))
DECLINE, STOPPED = 0.012, 0.06
_SUSPECTED = code("card_transactions.decline_reason", "suspected_fraud")
DRAWN_TO, IN_CASH, _LEAST_DRAWN = 0.95, 0.55, 20_000  # share of the limit; of what is drawn; cents
PLANS, PLAN_SHARES = np.array([3, 6, 12, 24]), (0.25, 0.3, 0.35, 0.1)  # parts of an instalment plan
OVER_DECLINED = 0.97
LOYAL = 0.55


@dataclass
class Rows:
    """Card transactions as arrays of one length; ``who`` is a position in the chunk, ``second`` since 1970.

    ``fraud`` is the case of a stolen purchase (-2: not noticed, -1: not stolen), ``pattern`` how it was stolen,
    ``suspicion`` the probability that it was; ``drawn`` are those of people who have run short of money.
    """

    who: np.ndarray
    category: np.ndarray
    second: np.ndarray
    cents: np.ndarray
    kind: np.ndarray
    status: np.ndarray
    reason: np.ndarray
    lag: np.ndarray
    merchant: np.ndarray
    channel: np.ndarray
    instalments: np.ndarray
    disputed: np.ndarray
    original: np.ndarray
    fraud: np.ndarray
    drawn: np.ndarray
    pattern: np.ndarray
    suspicion: np.ndarray

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.who)

    @property
    def posted(self) -> np.ndarray:
        """Day of posting, `NO_DAY` for what was declined."""
        return np.where(self.status == DECLINED, NO_DAY, self.second // DAY + self.lag)

    @classmethod
    def of(cls, who: np.ndarray, **columns: np.ndarray | int) -> "Rows":
        """Make rows, with what is usual for what is not said."""
        usual = {"kind": PURCHASE, "status": CLEARED, "reason": -1, "lag": 1, "merchant": -1, "channel": POS,
                 "instalments": 0, "disputed": False, "original": -1, "fraud": -1, "drawn": False, "pattern": -1,
                 "suspicion": 0.0}  # fmt: skip
        values = usual | columns
        return cls(who, **{name: np.broadcast_to(value, who.shape) for name, value in values.items()})

    def draws(self, month: Month, subject: MonthStream, at: np.ndarray | slice = slice(None)) -> Draws:
        """Give a subject's draws for rows, which one knows by who bought what, when, for how much."""
        return month.draws(subject, self.who[at], self.category[at], self.second[at], self.cents[at])

    def join(self, *others: "Rows") -> "Rows":
        """Put rows under one another."""
        names = self.__dataclass_fields__
        return Rows(**{name: np.concatenate([getattr(part, name) for part in (self, *others)]) for name in names})


def expected_counts(traits: Traits, state: State, month: Month, who: np.ndarray) -> np.ndarray:
    """Give purchases expected this month by person and category, offers' effects included."""
    now = state.lifts[who, 0]
    times = stage_factor(state)[who] * (1 + now[:, 0])
    expected = traits.rates[who] * month.seasonal()[None, :].astype(np.float32) * times[:, None].astype(np.float32)
    base = stage_factor(state)[who] / np.maximum(times, 1e-9)
    expected[:, DINING] *= (1 + now[:, 1] * base)[:, None]
    expected[:, CAR] *= (1 + now[:, 2] * base)[:, None]
    return expected


def amounts(draws: Draws, category: np.ndarray, ticket: np.ndarray, offline: np.ndarray) -> np.ndarray:
    """Draw lognormal amounts in cents; three in ten offline are whole yuan, cash advances are hundreds.

    In 64 bits, so that no processor's last bit decides how half a cent is rounded.
    """
    yuan = np.exp(np.log(MEDIAN)[category] + SPREAD[category] * draws.normal()) * ticket
    cents = np.maximum(np.rint(yuan * 100), 100).astype(np.int64)
    whole = offline & draws.chance(0.3)
    cents = np.where(whole, np.maximum(cents // 100, 1) * 100, cents)
    return np.where(category == CASH, np.maximum(cents // 10_000, 1) * 10_000, cents)


def _seconds(draws: Draws, traits: Traits, month: Month, who: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Draw times of transactions: the day by week end and festival, the hour by category and personal habit."""
    day = draws.from_steps(month.day_steps(), category + len(MEDIAN) * traits.firm[who]).astype(np.int64)
    hour = draws.from_steps(HOUR_STEPS, category).astype(np.int64) + traits.hour_shift[who]
    return (month.base + day) * DAY + hour % 24 * 3600 + draws.integers(0, 3600)


def online_share(traits: Traits, who: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Give the share of purchases that people make online."""
    tilt = np.clip(ONLINE[category] * (0.6 + 0.65 * traits.digital[who]), 0, 1)
    return np.where(ONLINE[category] == 1, 1.0, tilt)


def phone_share(traits: Traits, who: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Give the share of purchases in shops that people pay by telephone."""
    return np.broadcast_to(0.25 + 0.6 * traits.digital[who], category.shape)


def travel_share(traits: Traits, who: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Give the share of purchases in shops that people make in any city."""
    return np.where(
        _FAR[category], np.where(traits.group[who] == 0, 0.25, 0.04), np.where(traits.group[who] == 0, 0.05, 0.01)
    )


def favourite_of(traits: Traits, who: np.ndarray, category: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Give people's favourite merchant of a category in a place."""
    return directory().choose(category, place, np.square(traits.favourite[who, category] / 2**15).clip(0, 0.9999))


def _where(draws: Draws, traits: Traits, who: np.ndarray, category: np.ndarray, online: np.ndarray) -> np.ndarray:
    """Choose merchants: the favourite of the category for 55%, else any, the first ones more often."""
    away = ~online & draws.chance(travel_share(traits, who, category))
    city = np.where(away, draws.integers(0, ONLINE_PLACE), traits.city[who])
    place = np.where(online, ONLINE_PLACE, city)
    share = draws.random()
    loyal = ~away & (share < LOYAL)
    any_one = np.square(np.where(away, share, (share - LOYAL) / (1 - LOYAL))).clip(0, 0.9999)
    return np.where(loyal, favourite_of(traits, who, category, place), directory().choose(category, place, any_one))


@dataclass(frozen=True)
class Bought:
    """How and where people buy: a value a purchase."""

    online: np.ndarray
    channel: np.ndarray
    merchant: np.ndarray


def bought_by(draws: Draws, traits: Traits, who: np.ndarray, category: np.ndarray) -> Bought:
    """Draw how and where people make purchases of a category."""
    online = draws.chance(online_share(traits, who, category))
    phone = draws.chance(phone_share(traits, who, category))
    channel = np.select([category == CASH, online, phone], [ATM, ONLINE_CHANNEL, MOBILE_PAY], POS)
    return Bought(online, channel, _where(draws, traits, who, category, online))


def purchases(traits: Traits, state: State, month: Month, outcome: Outcome) -> Rows:
    """Draw the month's purchases and cash advances of all who use their card.

    Whoever buys more in a category than they would have makes the same purchases, and more.
    """
    active = np.flatnonzero(state.active)
    categories = np.arange(len(MEDIAN), dtype=np.int8)
    expected = expected_counts(traits, state, month, active)
    counts = month.draws(MonthStream.COUNTS, active[:, None], categories).poisson(expected)
    who = np.repeat(active, counts.sum(axis=1))
    category = np.repeat(np.tile(categories, len(active)), counts.ravel())
    draws = month.draws(MonthStream.PURCHASES, who, category, within(counts.ravel()))
    second = _seconds(draws, traits, month, who, category)
    bought = bought_by(draws, traits, who, category)
    return Rows.of(
        who,
        category=category,
        second=_not_before(second, state.activated[who], month),
        cents=amounts(draws, category, traits.ticket[who], ~bought.online),
        kind=np.where(category == CASH, CASH_ADVANCE, PURCHASE),
        lag=draws.integers(1, 3) - (category == CASH),
        merchant=bought.merchant,
        channel=bought.channel,
    )


def within(counts: np.ndarray) -> np.ndarray:
    """Give each row its number among its own: from nought, for every count anew.

    Examples
    --------
    >>> within(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    begin = np.cumsum(counts) - counts
    return np.arange(counts.sum()) - np.repeat(begin, counts)


def _not_before(second: np.ndarray, day: np.ndarray, month: Month) -> np.ndarray:
    """Move transactions that would precede the card's activation to a later day of the month."""
    early = second // DAY < day
    left = month.base + month.days - day
    into = (second // DAY - month.base) % np.maximum(left, 1)
    return np.where(early, (day + into) * DAY + second % DAY, second)


def big_tickets(traits: Traits, state: State, month: Month, outcome: Outcome) -> Rows:
    """Make the large purchase, and its fee, of everyone who took an instalment plan."""
    who = np.flatnonzero(outcome.responds[:, INSTALMENT] & state.active)
    draws = month.draws(MonthStream.BIG_TICKETS, who)
    spread = 0.5
    yuan = INSTALMENT_YUAN * traits.ticket[who] * np.exp(spread * draws.normal() - spread**2 / 2)
    cents = np.maximum(np.rint(yuan * 100), 50_000).astype(np.int64)
    parts = PLANS[draws.pick(PLAN_SHARES)]
    second = (month.base + outcome.day[who]) * DAY + draws.integers(9 * 3600, 22 * 3600)
    category = np.full(len(who), ELECTRONICS, np.int8)
    online = draws.chance(0.6)
    bought = Rows.of(
        who, category=category, second=second, cents=cents, instalments=parts,
        merchant=_where(draws, traits, who, category, online), channel=np.where(online, ONLINE_CHANNEL, MOBILE_PAY),
    )  # fmt: skip
    fee = Rows.of(
        who, category=np.full(len(who), INSTALMENT_FEE, np.int8), second=second + 1, kind=FEE, channel=BANK,
        cents=np.maximum(np.rint(cents * MONTHLY_FEE * parts), 1).astype(np.int64),
    )  # fmt: skip
    return bought.join(fee)


def draw_down(traits: Traits, state: State, month: Month) -> Rows:
    """Draw on the credit that is left, in cash and in goods that can be sold again, where money has run short."""
    who = np.flatnonzero((state.strained | state.defaulted) & state.active & ~state.gave_up)
    draws = month.draws(MonthStream.DRAW_DOWN, who)
    free = np.maximum(DRAWN_TO * state.limit[who] - owed(state)[who], 0)
    wanted = free * state.pace[who] * draws.uniform(0.5, 1.5)
    several = np.where(wanted >= _LEAST_DRAWN, draws.integers(1, 4), 0)
    turn = within(several)
    who = np.repeat(who, several)
    draws = month.draws(MonthStream.DRAW_DOWN, who, turn + 1)
    cash = draws.chance(IN_CASH)
    category = np.where(cash, CASH, ELECTRONICS).astype(np.int8)
    cents = np.repeat(wanted / np.maximum(several, 1), several).astype(np.int64)
    second = _seconds(draws, traits, month, who, category)
    return Rows.of(
        who, category=category, second=_not_before(second, state.activated[who], month),
        cents=np.where(cash, np.maximum(cents // 10_000, 1) * 10_000, np.maximum(cents, 100)),
        kind=np.where(cash, CASH_ADVANCE, PURCHASE), merchant=_where(draws, traits, who, category, ~cash),
        channel=np.where(cash, ATM, ONLINE_CHANNEL), drawn=True,
    )  # fmt: skip


def _over(rows: Rows, state: State) -> np.ndarray:
    """Say of each row whether it and those before it in the month take more than the credit that is left."""
    left = state.limit - owed(state)
    near = np.bincount(rows.who, np.maximum(rows.cents, 0), minlength=len(left)) > left
    at = np.flatnonzero(near[rows.who])  # most come nowhere near
    at = at[np.lexsort((rows.second[at], rows.who[at]))]
    who, taken = rows.who[at], np.cumsum(rows.cents[at])
    first = np.searchsorted(who, who)
    over = np.zeros(rows.size, bool)
    over[at] = taken - (taken[first] - rows.cents[at][first]) > left[who]
    return over


def decline(rows: Rows, state: State, month: Month) -> Rows:
    """Decline 1.2% of purchases, nearly all beyond the credit limit, and what of the thieves' looks suspicious."""
    draws = rows.draws(month, MonthStream.DECLINES)
    may_be = (rows.instalments == 0) & (rows.kind != FEE)
    credit = draws.chance(np.where(_over(rows, state), OVER_DECLINED, 0)) & may_be
    other = draws.chance(DECLINE) & may_be
    stopped = draws.chance(np.where(rows.pattern >= 0, STOPPED, 0)) & ~credit & ~other
    rows.status = np.where(credit | other | stopped, DECLINED, rows.status).astype(np.int8)
    reasons = np.select([credit, other, stopped], [0, draws.integers(1, 4), _SUSPECTED], -1)
    rows.reason = reasons.astype(np.int8)
    return rows


def refunds(rows: Rows, month: Month) -> Rows:
    """Refund part of the purchases of the month's first twenty days, two to eight days later."""
    early = (
        (rows.second // DAY - month.base < 20) & (rows.kind == PURCHASE) & (rows.status == CLEARED) & (rows.pattern < 0)
    )
    candidates = np.flatnonzero(early & (rows.instalments == 0))
    draws = rows.draws(month, MonthStream.REFUNDS, candidates)
    given_back = draws.chance(_REFUND[rows.category[candidates]])
    at, draws = candidates[given_back], draws.take(given_back)
    share = np.where(draws.chance(0.8), 1.0, draws.uniform(0.2, 0.9))
    return Rows.of(
        rows.who[at], category=rows.category[at], second=rows.second[at] + draws.integers(2, 8) * DAY,
        cents=-np.maximum(np.rint(rows.cents[at] * share), 1).astype(np.int64), kind=REFUND,
        merchant=rows.merchant[at], channel=rows.channel[at], original=at,
    )  # fmt: skip


def activation_days(state: State, outcome: Outcome, month: Month) -> np.ndarray:
    """Give the positions of those who activate their card this month, and set the day."""
    who = np.flatnonzero(outcome.responds[:, ACTIVATION])
    state.activated[who] = np.maximum(month.base + outcome.day[who] // 3, state.opened[who])
    return who
