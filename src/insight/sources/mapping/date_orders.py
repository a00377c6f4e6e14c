"""Which of several forms of dates a file is written in, told by its own values, or refused.

05/08/2023 is 5 August in Paris and 8 May in Boston: where two forms read one text differently, no
value is tried by one form after the other. Each file must show by values that only one form reads.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatch
from functools import cache, reduce
from itertools import combinations

import ibis
from ibis.expr.types import StringValue, Table, TimestampValue

from insight.config.source import ValueFormat
from insight.errors import SourceError, listed
from insight.sources.mapping.typing_rules import SPECIAL_FORMS, Reading, moment_by, read_moment

Forms = tuple[str, ...]
_PROBES = tuple(
    datetime(year, month, day, hour, 5, 9)
    for year, month, day in ((2001, 2, 3), (2004, 2, 3), (2011, 12, 10), (2012, 11, 10), (1999, 3, 8))
    for hour in (10, 12)
)
_SWAPPED = {"%d": "%m", "%m": "%d"}
_NO_SLIP = 3  # so many values are no slip of a pen


def order(form: str) -> str:
    """Name the order of a form's parts, where another order could read the same text.

    Examples
    --------
    >>> order("%d/%m/%Y %H:%M"), order("%m/%d/%Y"), order("iso")
    ('dmY', 'mdY', 'iso')
    """
    twelve_hours = "I" if "%I" in form and "%p" not in form else ""
    return form if form in SPECIAL_FORMS else "".join(re.findall("%([dmyYbBj])", form)) + twelve_hours


def twin(form: str) -> str:
    """Give the form with day and month exchanged; empty where it does not begin with the numbers of both."""
    return re.sub("%[dm]", lambda part: _SWAPPED[part[0]], form) if re.match(r"%([dm])\W?%(?!\1)[dm]", form) else ""


@cache
def rival_orders(forms: Forms) -> tuple[frozenset[str], ...]:
    """Group the orders of which two may read one text as different times.

    Examples
    --------
    >>> [sorted(group) for group in rival_orders(("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"))]
    [['dmY', 'mdY']]
    >>> rival_orders(("%d.%m.%Y", "%d.%m.%y", "iso"))
    ()
    """
    groups: list[frozenset[str]] = []
    for one, other in combinations(forms, 2):
        if order(one) != order(other) and (_misreads(one, other) or _misreads(other, one)):
            met = [group for group in groups if group & {order(one), order(other)}]
            groups = [group for group in groups if group not in met]
            groups.append(reduce(frozenset.union, met, frozenset((order(one), order(other)))))
    return tuple(groups)


def _misreads(reader: str, writer: str) -> bool:
    """Whether a form reads what another wrote, as another time."""
    for written in _spelled(writer):
        for moment in _PROBES:
            text = moment.strftime(written)
            meant = datetime.strptime(text, written)
            if any((read := _parsed(text, form)) and read != meant for form in _spelled(reader)):
                return True
    return False


def _spelled(form: str) -> Sequence[str]:
    return {"iso": ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")}.get(form, () if form in SPECIAL_FORMS else (form,))


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def forms_by_file(rows: Table, text: StringValue, form: ValueFormat, *, column: str) -> dict[Forms, list[str]]:
    """Settle which forms count in each file; the first entry is that of all files that none names.

    Parameters
    ----------
    rows, text
        A table with ``source_file``, and its column of tidy texts.
    form
        Which forms are declared, for all files and under ``dates_in``.
    column
        What the delivered column is called; for messages.

    Raises
    ------
    SourceError
        Naming each file that holds values which two forms read differently and whose other values do
        not tell which form is its own; and each that is written in another order than the declared one.
    """
    declared = tuple(form.dates)
    twins = tuple(other for one in declared if (other := twin(one)) and other not in declared)
    groups = rival_orders(declared)
    if not (groups or twins or form.dates_in):
        return {declared: []}
    found = _Evidence(rows, text, declared, twins).of_files(groups)
    settled: dict[Forms, list[str]] = {declared: []}
    problems = []
    for file, told in found.items():
        own = next((forms for pattern, forms in form.dates_in.items() if fnmatch(file, pattern)), None)
        if own is not None:
            settled.setdefault(tuple(own), []).append(file)
            continue
        forms, said = _settle(declared, groups, told)
        if said:
            problems.append(f"{file}, column {column!r}: {said}")
        elif forms != declared:
            settled.setdefault(forms, []).append(file)
    if problems:
        raise SourceError(
            f"dates: {len(problems)} file(s) whose days cannot be told"
            + listed(problems)
            + "\n  Say under `dates_in` beside `dates` in params/ which form such a file is written in: "
            f'`dates_in: {{"file or pattern": ["{declared[0]}"]}}`; or keep one form under `dates`.'
        )
    return settled


def _settle(declared: Forms, groups: Sequence[frozenset[str]], told: Mapping[str, int]) -> tuple[Forms, str]:
    """Give the forms that count in one file, or say why they cannot be told."""
    forms = declared
    for group in groups:
        either = told[f"either {sorted(group)}"]
        if not either:
            continue
        names = " and ".join(form for form in declared if order(form) in group)
        proven = [one for one in group if told[f"only {one}"]]
        if len(proven) != 1:
            why = "the others are of both" if proven else "no other value tells which is meant"
            return declared, f"{either:,} value(s) are another day by each of {names}, and {why}"
        forms = tuple(form for form in forms if order(form) not in group or order(form) == proven[0])
    if told.get("by twin", 0) >= _NO_SLIP and told["either twin"] and not told["not by twin"]:
        return declared, (
            f"{told['by twin']:,} value(s) are days only with day and month exchanged, none only as "
            f"{' or '.join(declared)} says, and {told['either twin']:,} could be either"
        )
    return forms, ""


class _Evidence:
    """How many values of each file which orders read, and which of them differently."""

    def __init__(self, rows: Table, text: StringValue, declared: Forms, twins: Forms) -> None:
        orders = {order(form): [one for one in declared if order(one) == order(form)] for form in declared}
        reads = {name: moment_by(text, forms) for name, forms in orders.items()}
        if twins:
            reads |= {"declared": moment_by(text, declared), "twin": moment_by(text, twins)}
        self._names = {name: f"r{number}" for number, name in enumerate(reads)}
        self._rows = rows.select("source_file", **{self._names[name]: read for name, read in reads.items()})
        self._has_twin = bool(twins)

    def of_files(self, groups: Sequence[frozenset[str]]) -> dict[str, dict[str, int]]:
        """Count them, by file."""
        counts = {}
        for group in groups:
            reads = {one: self._read(one) for one in sorted(group)}
            for one, read in reads.items():
                others = [other.isnull() for name, other in reads.items() if name != one]
                counts[f"only {one}"] = ibis.and_(read.notnull(), *others)
            differ = [a.notnull() & b.notnull() & (a != b) for a, b in combinations(reads.values(), 2)]
            counts[f"either {sorted(group)}"] = ibis.or_(*differ)
        if self._has_twin:
            own, twin_ = self._read("declared"), self._read("twin")
            counts["by twin"] = own.isnull() & twin_.notnull()
            counts["not by twin"] = own.notnull() & twin_.isnull()
            counts["either twin"] = own.notnull() & twin_.notnull() & (own != twin_)
        told = {f"c{number}": name for number, name in enumerate(counts)}
        sums = {short: counts[name].fill_null(False).cast("int64").sum() for short, name in told.items()}
        counted = self._rows.group_by("source_file").aggregate(**sums).to_pyarrow().to_pylist()
        return {row["source_file"]: {name: row[short] or 0 for short, name in told.items()} for row in counted}

    def _read(self, name: str) -> TimestampValue:
        return self._rows[self._names[name]]


def read_by_file(text: StringValue, file: StringValue, settled: Mapping[Forms, list[str]]) -> Reading:
    """Read days and times by the forms of the file that each stands in."""
    (usual, _), *others = settled.items()
    reads = [(file.isin(files), read_moment(text, forms)) for forms, files in others]
    rest = read_moment(text, usual)
    if not reads:
        return rest
    return Reading(
        *(
            ibis.cases(*[(here, getattr(read, part)) for here, read in reads], else_=getattr(rest, part))
            for part in ("timed", "instant", "day")
        )
    )
