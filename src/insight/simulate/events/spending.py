"""Card transactions of a month: count, time, merchant, amount, and whether each is posted, declined or refunded."""

from dataclasses import dataclass

import numpy as np

from insight.simulate.draws import MonthStream, chance, draw_from, exponential
from insight.simulate.engine.calendar import DAY, HOUR_STEPS, Month
from insight.simulate.engine.log import NO_DAY
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import code
from insight.simulate.events.merchants import ONLINE_PLACE, directory
from insight.simulate.marketing.campaigns import Outcome
from insight.simulate.marketing.offers import ACTIVATION, INSTALMENT, INSTALMENT_YUAN, stage_factor, utilisation
from insight.simulate.population.behaviour import CAR, CASH, CATEGORY_NAMES, DINING, MEDIAN, ONLINE, SPREAD, Traits

PURCHASE, REFUND, CASH_ADVANCE, FEE, INTEREST = range(5)
CLEARED, _, DECLINED = range(3)
POS, MOBILE_PAY, ONLINE_CHANNEL, ATM, BANK = range(5)
ELECTRONICS = CATEGORY_NAMES.index("electronics")
INSTALMENT_FEE = code("card_transactions.category", "instalment_fee")
MONTHLY_FEE = 0.006  # of the amount, for each month of an instalment
_REFUND = np.where(np.isin(CATEGORY_NAMES, ("online_retail", "clothing")), 0.05, 0.006)
_REFUND[CASH] = 0
_FAR = np.isin(CATEGORY_NAMES, ("hotel", "dining", "transport", "luxury"))
DECLINE = 0.012
_LOYAL = 0.55


@dataclass
class Rows:
    """Card transactions as arrays of one length; ``who`` is a position in the chunk, ``second`` since 1970."""

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
                 "instalments": 0, "disputed": False, "original": -1, "fraud": -1}  # fmt: skip
        values = usual | columns
        return cls(who, **{name: np.broadcast_to(value, who.shape) for name, value in values.items()})

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


def _amounts(rng: np.random.Generator, category: np.ndarray, ticket: np.ndarray, offline: np.ndarray) -> np.ndarray:
    """Draw lognormal amounts in cents; three in ten offline are whole yuan, cash advances are hundreds."""
    z = rng.standard_normal(len(category), dtype=np.float32)
    yuan = exponential(np.log(MEDIAN)[category].astype(np.float32) + SPREAD[category].astype(np.float32) * z) * ticket
    cents = np.maximum(np.rint(yuan * 100), 100).astype(np.int64)
    whole = offline & chance(rng, 0.3, len(category))
    cents = np.where(whole, np.maximum(cents // 100, 1) * 100, cents)
    return np.where(category == CASH, np.maximum(cents // 10_000, 1) * 10_000, cents)


def _seconds(
    rng: np.random.Generator, traits: Traits, month: Month, who: np.ndarray, category: np.ndarray
) -> np.ndarray:
    """Draw times of transactions: the day by week end and festival, the hour by category and personal habit."""
    day = draw_from(rng, month.day_steps(), category).astype(np.int64)
    hour = draw_from(rng, HOUR_STEPS, category).astype(np.int64) + traits.hour_shift[who]
    return (month.base + day) * DAY + np.clip(hour, 0, 23) * 3600 + rng.integers(0, 3600, len(who), dtype=np.int32)


def _where(
    rng: np.random.Generator, traits: Traits, who: np.ndarray, category: np.ndarray, online: np.ndarray
) -> np.ndarray:
    """Choose merchants: the favourite of the category for 55%, else any, the first ones more often."""
    size = len(who)
    travels = np.where(traits.group[who] == 0, 0.25, 0.04)
    away = _FAR[category] & ~online & chance(rng, travels, size)
    city = np.where(away, rng.integers(0, ONLINE_PLACE, size, dtype=np.int8), traits.city[who])
    place = np.where(online, ONLINE_PLACE, city)
    share = rng.random(size, dtype=np.float32)
    loyal = ~away & (share < _LOYAL)
    anywhere = np.square((share - _LOYAL) / (1 - _LOYAL))
    favourite = np.square(traits.favourite[who, category].astype(np.float32) / 2**15)
    at = np.where(loyal, favourite, np.clip(np.where(away, np.square(share), anywhere), 0, 0.9999))
    return directory().choose(category, place, at)


def purchases(traits: Traits, state: State, month: Month, outcome: Outcome) -> Rows:
    """Draw the month's purchases and cash advances of all who use their card."""
    rng = month.stream(MonthStream.PURCHASES)
    active = np.flatnonzero(state.active)
    counts = rng.poisson(expected_counts(traits, state, month, active))
    who = np.repeat(active, counts.sum(axis=1))
    category = np.repeat(np.tile(np.arange(counts.shape[1], dtype=np.int8), len(active)), counts.ravel())
    size = len(who)
    tilt = np.clip(ONLINE[category] * (0.6 + 0.65 * traits.digital[who]), 0, 1)
    online = chance(rng, np.where(ONLINE[category] == 1, 1.0, tilt), size)
    phone = chance(rng, 0.25 + 0.6 * traits.digital[who], size)
    second = _seconds(rng, traits, month, who, category)
    channel = np.select([category == CASH, online, phone], [ATM, ONLINE_CHANNEL, MOBILE_PAY], POS)
    return Rows.of(
        who,
        category=category,
        second=_not_before(second, state.activated[who], month),
        cents=_amounts(rng, category, traits.ticket[who].astype(np.float32), ~online),
        kind=np.where(category == CASH, CASH_ADVANCE, PURCHASE),
        lag=rng.integers(1, 3, size, dtype=np.int8) - (category == CASH),
        merchant=_where(rng, traits, who, category, online),
        channel=channel,
    )


def _not_before(second: np.ndarray, day: np.ndarray, month: Month) -> np.ndarray:
    """Move transactions that would precede the card's activation to a later day of the month."""
    early = second // DAY < day
    left = month.base + month.days - day
    into = (second // DAY - month.base) % np.maximum(left, 1)
    return np.where(early, (day + into) * DAY + second % DAY, second)


def big_tickets(traits: Traits, state: State, month: Month, outcome: Outcome) -> Rows:
    """Make the large purchase, and its fee, of everyone who took an instalment plan."""
    rng = month.stream(MonthStream.BIG_TICKETS)
    who = np.flatnonzero(outcome.responds[:, INSTALMENT] & state.active)
    size = len(who)
    spread = 0.5
    yuan = INSTALMENT_YUAN * traits.ticket[who] * np.exp(spread * rng.standard_normal(size) - spread**2 / 2)
    cents = np.maximum(np.rint(yuan * 100), 50_000).astype(np.int64)
    parts = np.array([3, 6, 12, 24])[rng.choice(4, size, p=(0.25, 0.3, 0.35, 0.1))]
    second = (month.base + outcome.day[who]) * DAY + rng.integers(9 * 3600, 22 * 3600, size)
    category = np.full(size, ELECTRONICS, np.int8)
    online = chance(rng, 0.6, size)
    bought = Rows.of(
        who, category=category, second=second, cents=cents, instalments=parts,
        merchant=_where(rng, traits, who, category, online), channel=np.where(online, ONLINE_CHANNEL, MOBILE_PAY),
    )  # fmt: skip
    fee = Rows.of(
        who, category=np.full(size, INSTALMENT_FEE, np.int8), second=second + 1, kind=FEE, channel=BANK,
        cents=np.maximum(np.rint(cents * MONTHLY_FEE * parts), 1).astype(np.int64),
    )  # fmt: skip
    return bought.join(fee)


def decline(rows: Rows, state: State, month: Month) -> Rows:
    """Decline 1.2% of purchases and, close to the credit limit, up to seven in ten."""
    rng = month.stream(MonthStream.DECLINES)
    tight = 0.7 / (1 + np.exp(-40 * (utilisation(state) - 0.95)))
    credit = chance(rng, tight[rows.who], rows.size) & (rows.instalments == 0) & (rows.kind != FEE)
    other = chance(rng, DECLINE, rows.size) & (rows.instalments == 0) & (rows.kind != FEE)
    rows.status = np.where(credit | other, DECLINED, rows.status).astype(np.int8)
    rows.reason = np.where(credit, 0, np.where(other, rng.integers(1, 4, rows.size), -1)).astype(np.int8)
    return rows


def refunds(rows: Rows, month: Month) -> Rows:
    """Refund part of the purchases of the month's first twenty days, two to eight days later."""
    rng = month.stream(MonthStream.REFUNDS)
    early = (rows.second // DAY - month.base < 20) & (rows.kind == PURCHASE) & (rows.status == CLEARED)
    candidates = np.flatnonzero(early & (rows.instalments == 0))
    at = candidates[chance(rng, _REFUND[rows.category[candidates]], len(candidates))]
    share = np.where(chance(rng, 0.8, len(at)), 1.0, rng.uniform(0.2, 0.9, len(at)))
    return Rows.of(
        rows.who[at], category=rows.category[at], second=rows.second[at] + rng.integers(2, 8, len(at)) * DAY,
        cents=-np.maximum(np.rint(rows.cents[at] * share), 1).astype(np.int64), kind=REFUND,
        merchant=rows.merchant[at], channel=rows.channel[at], original=at,
    )  # fmt: skip


def activation_days(state: State, outcome: Outcome, month: Month) -> np.ndarray:
    """Give the positions of those who activate their card this month, and set the day."""
    who = np.flatnonzero(outcome.responds[:, ACTIVATION])
    state.activated[who] = np.maximum(month.base + outcome.day[who] // 3, state.opened[who])
    return who
