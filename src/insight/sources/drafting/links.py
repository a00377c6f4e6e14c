"""Other files that are looked up for each row: keys that meet as a whole, and by more than chance."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from math import sqrt

from insight.sources.drafting.roles import Roles
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import is_general, words

_WHOLE = 0.9
_IN_PART = 0.5
_FEW = 5
_SOME, _MANY = 2_000, 20_000
#: Days that a drafted rate may be older than what it converts.
AT_MOST = 7
Quote = tuple[str, str]
_ONE = {"1", "1.0", "1.00", "1.000", "1.0000", "1.00000", "1.000000", "1,0", "1,00", "1,0000"}
_KEYS = ("basket_id", "account_id", "product_id", "customer_id")


@dataclass(frozen=True)
class Meeting:
    """How our keys meet theirs.

    Attributes
    ----------
    ours, theirs
        Shares of the different keys on either side that the other side has too.
    by_chance
        The share of ours that would meet if theirs were drawn from the same range of numbers.
    without_zeros
        The share of ours that meets once leading zeros are dropped on both sides.
    is_same_name
        Whether the columns are called alike.
    keys
        How many different keys we have.
    """

    ours: float
    theirs: float
    by_chance: float
    without_zeros: float
    is_same_name: bool
    keys: int

    @property
    def holds(self) -> bool:
        """Whether they are one key: nearly all meet, beyond chance; part of them where the names agree."""
        beyond = self.ours > self.by_chance + 3 * sqrt(self.by_chance * (1 - self.by_chance) / max(1, self.keys))
        if self.is_same_name:
            return self.ours >= (_IN_PART if beyond else _WHOLE)
        return self.ours >= _WHOLE and self.keys >= _FEW and beyond

    @property
    def lost_zeros(self) -> bool:
        """Whether one side lost the zeros that its keys began with."""
        return self.without_zeros >= max(_WHOLE, 2 * self.ours)


def meet(ours: Column, theirs: Column, *, is_same_name: bool) -> Meeting:
    """Compare the different keys of two columns.

    Examples
    --------
    >>> accounts = Column("account_id", {str(number): 1 for number in range(1, 900, 2)}, 450)
    >>> clients = Column("client_id", {str(number): 1 for number in range(1, 1001)}, 1000)
    >>> found = meet(accounts, clients, is_same_name=False)
    >>> found.ours, found.by_chance, found.holds
    (1.0, 1.0, False)
    >>> meet(Column("a", {"7": 1, "40": 1}, 2), Column("a", {"007": 1, "040": 1}, 2), is_same_name=True).lost_zeros
    True
    """
    mine, others = set(ours.held), set(theirs.held)
    both = mine & others
    bare = {key.lstrip("0") for key in others}
    stripped = sum(key.lstrip("0") in bare for key in mine)
    return Meeting(
        ours=len(both) / max(1, len(mine)),
        theirs=len(both) / max(1, len(others)),
        by_chance=_by_chance(mine, others),
        without_zeros=stripped / max(1, len(mine)),
        is_same_name=is_same_name,
        keys=len(mine),
    )


def _by_chance(mine: set[str], others: set[str]) -> float:
    """Give how densely their whole numbers fill the range of ours; 0 where keys are no plain numbers."""
    numbers = [int(key) for key in mine if re.fullmatch(r"\d{1,15}", key)]
    if len(numbers) < _WHOLE * len(mine) or not numbers:
        return 0.0
    low, high = min(numbers), max(numbers)
    inside = sum(low <= int(key) <= high for key in others if re.fullmatch(r"\d{1,15}", key))
    return min(1.0, inside / (high - low + 1))


@dataclass(frozen=True)
class Link:
    """Other files whose columns are looked up for each row.

    Attributes
    ----------
    name
        What their columns are called by.
    other
        The files.
    ours
        Our column, as the rows know it: a column of an earlier link has its name before it.
    theirs
        The column that must be the same.
    meeting
        How their keys meet.
    """

    name: str
    other: Roles
    ours: str
    theirs: Column
    meeting: Meeting

    @property
    def doubt(self) -> str:
        """What is to be checked about it: keys that meet in part, keys that stand there more than once."""
        notes = []
        if self.meeting.ours < 0.99:
            notes.append(f"{1 - self.meeting.ours:.0%} of our keys are not there")
        if not self.theirs.is_unique:
            again = sum(times > 1 for times in self.theirs.held.values())
            notes.append(f"{again:,} keys have several rows there: the first counts")
        return f"CHECK: {'; '.join(notes)}" if notes else ""


def look_up(roles: Roles, links: Sequence[Link], surveys: Sequence[Roles]) -> Link | None:
    """Find files that know the day or the customer that is still lacking, by a key that we know.

    The day of a purchase is that of its order; no account or customer knows it.
    """
    held = (set(roles.of) - roles.doubtful) | {role for one in links for role in one.other.of}
    used = [roles, *(one.other for one in links)]
    for other in surveys:
        if any(other is one for one in used):
            continue
        is_order = not other.one_row_each and "occurred" in other.of
        lacks = {"customer_id"} if not is_order else {"customer_id", "occurred"}
        if not (lacks - held) & set(other.of):
            continue
        name = "orders" if is_order else "accounts"
        if name in [one.name for one in links]:
            name = f"{name}_{len(links) + 1}"
        if found := _link_any(roles, links, other, name):
            return found
    return None


def _link_any(roles: Roles, links: Sequence[Link], other: Roles, name: str) -> Link | None:
    """Link other files by a column of ours, or by one that an earlier link has brought."""
    if found := link(roles, other, name):
        return found
    for one in links:
        if found := link(one.other, other, name):
            return Link(name, other, f"{one.name}.{found.ours}", found.theirs, found.meeting)
    return None


def link(left: Roles, right: Roles, name: str) -> Link | None:
    """Find a column that names each row of ``right`` and whose values stand in ``left`` as a whole.

    A file of two keys that links two others may name the one that we know several times.
    """
    if left is right:
        return None
    found = []
    for theirs in right.survey.columns:
        links_two = theirs is right.get("account_id") and "customer_id" in right.of
        if not (theirs.is_unique or links_two) or theirs.dates:
            continue
        for ours in left.survey.columns:
            if len(ours.held) < 2 or ours.dates or (ours.numbers and ours.numbers.fractional):
                continue
            some = list(islice(ours.held, _SOME))
            if sum(key in theirs.held for key in some) < 0.8 * _IN_PART * len(some):
                continue
            met = meet(ours, theirs, is_same_name=_is_same_key(left, ours, right, theirs))
            if met.holds:
                found.append(Link(name, right, ours.name, theirs, met))
    return max(found, key=lambda one: (one.meeting.is_same_name, one.meeting.ours, one.meeting.theirs), default=None)


def _is_same_key(left: Roles, ours: Column, right: Roles, theirs: Column) -> bool:
    """Whether two columns are called after the same thing: alike, by one role, or `orders_id` for `id` of orders."""
    mine, others = plain_name(ours.name), plain_name(theirs.name)
    if is_general(theirs.name, "transaction_id"):
        thing = mine.removesuffix(others).rstrip("s")
        return mine != others and len(thing) > 2 and thing in plain_name(" ".join(right.survey.files))
    return mine == others or any(left.get(role) is ours and right.get(role) is theirs for role in _KEYS)


def plain_name(name: str) -> str:
    """Give a name in lower case, without marks and spaces."""
    return re.sub(r"[\W_]+", "", name.lower())


@dataclass(frozen=True)
class Rates:
    """Daily rates of exchange that stand in other files.

    Attributes
    ----------
    other
        The files.
    by
        Our column: their column; of the day, and of the currency.
    rate
        The column of the rate.
    into
        The currency whose own rate is always 1.
    dates
        How days are written there; empty where each of ours finds the same text.
    covered
        The share of our days and currencies that have one of the day.
    found
        The share that has one at most `AT_MOST` days before.
    is_quoted
        Whether ``into`` has rates of its own, which are 1.
    is_divisor
        Whether amounts are divided by the rate: it says what one unit of ``into`` costs. None: it may be either.
    """

    other: Roles
    by: dict[str, str]
    rate: str
    into: str
    dates: tuple[str, ...]
    covered: float
    found: float
    is_quoted: bool
    is_divisor: bool | None

    @property
    def doubt(self) -> str:
        """What is to be checked about them."""
        done = "divided" if self.is_divisor else "multiplied"
        either = f"; or divided, if it says what one {self.into} costs" if self.is_divisor is None else ""
        older = f"; {self.found - self.covered:.1%} of our days and currencies take an older one" if self.dates else ""
        lacking = f"; {1 - self.found:.1%} have none" if self.found < 1 else ""
        return f"CHECK: amounts become {self.into} when {done} by {self.rate!r}{either}{older}{lacking}"


def find_rates(roles: Roles, surveys: Sequence[Roles]) -> Rates | None:
    """Find daily rates for the currencies of transactions, where these are several; one has the rate 1, or none."""
    day, code = roles.get("occurred"), roles.get("currency")
    if day is None or code is None or len(code.held) < 2:
        return None
    held = set(zip(*(roles.survey.texts[column.name].to_pylist() for column in (day, code)), strict=True))
    for other in surveys:
        days = [column for column in other.survey.columns if column.dates]
        codes = [column for column in other.survey.columns if len(code.held.keys() - column.held.keys()) < 2]
        codes = [column for column in codes if code.held.keys() & column.held.keys()]
        rates = [column for column in other.survey.columns if column.numbers and not column.numbers.negative]
        rates = [column for column in rates if column.numbers and column.numbers.fractional and not column.dates]
        if other is roles or len(days) != 1 or len(codes) != 1 or len(rates) != 1:
            continue
        told, meant, rate = (other.survey.texts[found[0].name].to_pylist() for found in (days, codes, rates))
        others = [one for one in code.held if {r for c, r in zip(meant, rate, strict=True) if c == one} <= _ONE]
        if len(others) == 1:
            is_quoted = others[0] in codes[0].held
            ours = held if is_quoted else {quote for quote in held if quote[1] != others[0]}
            quoted = set(zip(told, meant, strict=True))
            as_written = len(ours & quoted) / max(1, len(ours))
            covered, found = (1.0, 1.0) if as_written == 1 else _covered(ours, quoted, day, days[0])
            if found < _IN_PART:
                continue
            forms = days[0].dates.forms if days[0].dates and as_written < 1 else ()
            by = {day.name: days[0].name, code.name: codes[0].name}
            is_divisor = _is_divisor(set(zip(meant, rate, strict=True)), rates[0], others[0])
            return Rates(other, by, rates[0].name, others[0], forms, covered, found, is_quoted, is_divisor)
    return None


def _is_divisor(quoted: set[Quote], rate: Column, into: str) -> bool | None:
    """Tell by the rate's name, or by what currencies have cost, which of the two a rate says the price of."""
    name, own = plain_name(rate.name), into.lower()
    if name.endswith(f"per{own}") or name.startswith(f"{own}per") or name.endswith((f"to{own}", f"in{own}")):
        return name.endswith(f"per{own}")
    known = {code: said["per_euro"] for code, said in words()["currencies"].items()}
    form, fits = rate.numbers, {True: 0, False: 0}
    for code, text in quoted if form and into in known else ():
        if code not in known or text in _ONE or not re.match(r"\d", text):
            continue
        value = float(text.replace(form.thousands or " ", "").replace(form.decimal, ".")) if form else 0.0
        low, high = known[code][0] / known[into][1], known[code][1] / known[into][0]
        fits[True] += low <= value <= high
        fits[False] += 1 / high <= value <= 1 / low
    most = max(fits.values())
    return None if min(fits.values()) >= _WHOLE * most else fits[True] == most


def _covered(ours: set[Quote], quoted: set[Quote], day: Column, told: Column) -> tuple[float, float]:
    """Give the shares of our days and currencies that have a rate, and that have one of that day or shortly before."""
    days: dict[str, list[date]] = {}
    for text, code in quoted:
        if read := _day(text, told):
            days.setdefault(code, []).append(read)
    for of_code in days.values():
        of_code.sort()
    ages = []
    for text, code in islice(ours, _MANY):
        read, known = _day(text, day), days.get(code, [])
        at = bisect_right(known, read) if read else 0
        ages.append((read - known[at - 1]).days if read and at else AT_MOST + 1)
    of_the_day, shortly_before = (sum(age <= most for age in ages) / max(1, len(ages)) for most in (0, AT_MOST))
    return of_the_day, shortly_before


def _day(text: str, column: Column) -> date | None:
    for form in column.dates.forms if column.dates else ():
        with suppress(ValueError):
            return (datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)).date()
    return None
