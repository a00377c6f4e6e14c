"""Errors in a person's record on its way into a source system: typing, mishearing, defaults, out-of-date values.

A record set is a dictionary of arrays, one element a record, texts empty where missing. Each step
takes one and gives a new one, and says which records it touched, so that the truth can tell.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from insight.config.source import Dirt
from insight.simulate.delivery.letters import codes_of, full_width, misheard, slip, texts_of, traditional

Fields = dict[str, np.ndarray]

#: The phone at the till, given for whoever signs up there and says none.
TILL_NUMBER = "13900001111"
_TYPED = ("family_zh", "given_zh", "family_latin", "given_latin", "phone", "email", "document", "address")
_TYPED_SHARES = (0.08, 0.14, 0.08, 0.14, 0.2, 0.12, 0.08, 0.16)
_CHECK_DIGITS = np.array([ord(digit) for digit in "0123456789X"], dtype=np.uint32)


@dataclass(frozen=True)
class Habits:
    """How a source system comes by its records.

    Attributes
    ----------
    typing
        How careless its typing is, against the rate of `Dirt`; 0 where the customers' papers are read by machine.
    by_phone
        Whether names are taken by ear.
    till
        Its part of the records that are made at the till.
    default_birth
        What its form has as birth date before anybody writes one.
    missing
        Share of records in which a field is empty, by field.
    """

    typing: float = 1.0
    by_phone: bool = False
    till: float = 0.0
    default_birth: str = "1900-01-01"
    missing: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Corrupted:
    """Records with their errors, and by kind of error which records have it."""

    fields: Fields
    marks: dict[str, np.ndarray]


def corrupt(fields: Fields, habits: Habits, dirt: Dirt, *, customers: int, rng: np.random.Generator) -> Corrupted:
    """Put the errors of a source system into its records, one kind after another.

    Parameters
    ----------
    fields
        The records as they should be: the names of `_TYPED`, ``birth`` (days), and with
        ``previous_phone``, ``family_phone``, ``previous_address`` what may stand there instead;
        ``knew_phone`` and ``knew_address`` say whether the record is younger than the change.
    habits, dirt
        How the system comes by its records, and the rates.
    customers
        How many customers the till's rate is counted on.
    rng
        Draws; the order of the steps is part of the result.
    """
    n = len(fields["phone"])
    steps: dict[str, Callable[[Fields, np.ndarray], Fields]] = {
        "changed_phone": _held_over("phone"),
        "moved": _held_over("address"),
        "family_phone": lambda f, rows: _put(f, "phone", rows, f["family_phone"]),
        "till_number": lambda f, rows: _put(f, "phone", rows, np.full(n, TILL_NUMBER)),
        "default_birth": lambda f, rows: _put(f, "birth", rows, np.full(n, habits.default_birth, "datetime64[D]")),
        "swapped_days": lambda f, rows: _put(f, "birth", rows, swapped(f["birth"])),
        "wrong_check_digit": lambda f, rows: _put(f, "document", rows, with_wrong_check_digit(f["document"], rng)),
        "typing": lambda f, rows: _typed(f, rows, rng),
        "hearing": lambda f, rows: _heard(f, rows, rng),
        "traditional": lambda f, rows: _in_traditional(f, rows),
        "full_width": lambda f, rows: _changed(f, rows, full_width, ("phone", "document")),
    }
    marks = {}
    for kind, step in steps.items():
        rows = _drawn(kind, fields, habits, dirt, customers, rng)
        before = fields
        fields = step(fields, rows)
        marks[kind] = _differs(before, fields)
    return Corrupted(fields, marks)


def _drawn(
    kind: str, fields: Fields, habits: Habits, dirt: Dirt, customers: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw which records get an error of this kind."""
    n = len(fields["phone"])
    if kind == "till_number":
        chosen = np.zeros(n, dtype=bool)
        wanted = min(round(dirt.till_number * customers * habits.till), n)
        chosen[rng.permutation(n)[:wanted]] = True
        return chosen
    rate = getattr(dirt, kind)
    if kind == "typing":
        rate = min(rate * habits.typing, 1.0)
    if kind == "hearing":
        rate = rate if habits.by_phone else 0.0
    falls = rng.random(n) < rate
    if kind in ("changed_phone", "moved"):
        what = "phone" if kind == "changed_phone" else "address"
        return (fields[f"previous_{what}"] != "") & (falls | ~fields[f"knew_{what}"])
    if kind in ("default_birth", "swapped_days"):
        return falls & ~np.isnat(fields["birth"])
    return falls & (fields["family_phone"] != "") if kind == "family_phone" else falls


def with_gaps(texts: Fields, habits: Habits, dirt: Dirt, rng: np.random.Generator) -> Fields:
    """Empty fields at the rate at which the system leaves each one out.

    Examples
    --------
    >>> always = Habits(missing={"phone": 1.0})
    >>> with_gaps({"phone": np.array(["138"])}, always, Dirt(), np.random.default_rng(0))["phone"].tolist()
    ['']
    """
    emptied = dict(texts)
    for name, rate in sorted(habits.missing.items()):
        gone = rng.random(len(texts[name])) < min(rate * dirt.missing, 1.0)
        emptied[name] = np.where(gone, "", texts[name])
    return emptied


def swapped(days: np.ndarray) -> np.ndarray:
    """Give the dates with day and month swapped, where that is a date too.

    Examples
    --------
    >>> swapped(np.array(["1990-03-07", "1990-03-27"], dtype="datetime64[D]")).astype(str).tolist()
    ['1990-07-03', '1990-03-27']
    """
    years, months = days.astype("datetime64[Y]"), days.astype("datetime64[M]")
    month = (months - years.astype("datetime64[M]")).astype(int)
    day = (days - months.astype("datetime64[D]")).astype(int)
    other = (years.astype("datetime64[M]") + day).astype("datetime64[D]") + month
    return np.where(day < 12, other, days)


def with_wrong_check_digit(documents: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give the document numbers with a wrong check digit.

    Examples
    --------
    >>> wrong = with_wrong_check_digit(np.array(["11010519491231002X"]), np.random.default_rng(0))[0]
    >>> wrong[:-1], wrong[-1] != "X"
    ('11010519491231002', True)
    """
    codes = codes_of(documents)
    rows = np.flatnonzero((codes != 0).sum(axis=1) > 1)
    last = (codes[rows] != 0).sum(axis=1) - 1
    now = np.argmax(codes[rows, last][:, None] == _CHECK_DIGITS, axis=1)
    codes[rows, last] = _CHECK_DIGITS[(now + rng.integers(1, len(_CHECK_DIGITS), len(rows))) % len(_CHECK_DIGITS)]
    return texts_of(codes)


def _put(fields: Fields, name: str, rows: np.ndarray, values: np.ndarray) -> Fields:
    return fields | {name: np.where(rows, values, fields[name])}


def _held_over(name: str) -> Callable[[Fields, np.ndarray], Fields]:
    return lambda fields, rows: _put(fields, name, rows, fields[f"previous_{name}"])


def _changed(
    fields: Fields, rows: np.ndarray, change: Callable[[np.ndarray], np.ndarray], names: tuple[str, ...]
) -> Fields:
    """Apply a change to these fields of the chosen records."""
    at = np.flatnonzero(rows)
    done = dict(fields)
    for name in names:
        made = change(fields[name][at])
        whole = fields[name].astype(np.promote_types(fields[name].dtype, made.dtype))
        whole[at] = made
        done[name] = whole
    return done


def _typed(fields: Fields, rows: np.ndarray, rng: np.random.Generator) -> Fields:
    """Put a typing error into one field of each chosen record."""
    field_of = rng.choice(len(_TYPED), len(rows), p=_TYPED_SHARES)
    for at, name in enumerate(_TYPED):
        fields = _changed(fields, rows & (field_of == at), lambda texts: slip(texts, rng), (name,))
    return fields


def _heard(fields: Fields, rows: np.ndarray, rng: np.random.Generator) -> Fields:
    """Write a name as misheard: the given name in 80% of the chosen records, else the family name."""
    is_family = rng.random(len(rows)) < 0.2
    fields = _changed(fields, rows & ~is_family, lambda texts: misheard(texts, rng), ("given_zh", "given_latin"))
    return _changed(fields, rows & is_family, lambda texts: misheard(texts, rng), ("family_zh", "family_latin"))


def _in_traditional(fields: Fields, rows: np.ndarray) -> Fields:
    return _changed(fields, rows, traditional, ("family_zh", "given_zh", "address", "city"))


def _differs(before: Fields, after: Fields) -> np.ndarray:
    changed = [name for name in after if after[name] is not before[name]]
    differs = np.zeros(len(after["phone"]), dtype=bool)
    for name in changed:
        one, other = before[name], after[name]
        differs |= (one != other) & ~(one.astype(str) == other.astype(str)) if one.dtype.kind == "M" else one != other
    return differs
