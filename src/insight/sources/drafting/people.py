"""Files of people as a draft of ``records``: columns brought together by role, told by header and values alike.

Values of columns that look personal are looked at here alone: a sample, in memory, never on disk.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from insight.config.source import UNDECIDED, FileFormat
from insight.sources.drafting.layout import write_columns, write_format
from insight.sources.drafting.links import meet, plain_name
from insight.sources.drafting.roles import Roles
from insight.sources.drafting.rules import Line, date_options, listed_inline, quoted, rule
from insight.sources.drafting.survey import Survey
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import words
from insight.sources.reading.book_reader import first_rows, sheet_names
from insight.sources.reading.encodings import open_bytes
from insight.sources.reading.folder import BOOKS, PARQUET, kind_of
from insight.sources.reading.personal import words_of
from insight.sources.records import column_name

_SAMPLE = 2_000
_MOST = 0.8
_GENERATION = 20  # people are born over decades; they order, visit and register within a few years
_OF_A_PERSON = {"full_name", "family_name", "given_name", "phone", "email", "document_number", "birth_date", "address"}
_TELLING = {"full_name", "family_name", "given_name", "phone", "email", "document_number"}
_NOT_OF_A_PERSON = ("occurred", "amount", "quantity", "unit_price", "kind", "status", "channel", "merchant", "promoted")
_SHAPES = {
    "email": r"[^@\s]+@[^@\s]+\.\w{2,}",
    "phone": r"(\+|00?)[1-9][\d ()./-]{6,18}|\(?0?\d{2,4}\)?[ /.-]\d{2,4}([ .-]?\d{2,4}){1,3}|1[3-9]\d{9}|09\d{8}",
    "document_number": r"\d{17}[\dXx]|[A-Z]{1,3}\d{6,10}[A-Z]?|\d{3}-\d{2}-\d{4}|\d{8}[A-Z]|[A-Z]\d{2}[A-Z0-9]{6,10}",
    "full_name": r"[^\d@#/,_\s]{1,40}([\s,]{1,3}[^\d@#/,_\s]{1,40}){1,4}|[\u3400-\u9fff]{2,4}",
}


@dataclass(frozen=True)
class System:
    """The people of one source system.

    Attributes
    ----------
    name
        What the system is called: by its file.
    files
        Their names.
    roles
        What they hold; files of other systems may be alike.
    key
        The column that names each record; None: the place in the file.
    columns
        Column of ``customer_records`` to the delivered column that fills it.
    ignored
        Columns that say nothing of the person.
    """

    name: str
    files: tuple[str, ...]
    roles: Roles
    key: Column | None
    columns: dict[str, Column]
    ignored: tuple[str, ...]


def find_people(surveyed: Sequence[Roles], sample: Callable[[Survey], dict[str, list[str]]]) -> list[System]:
    """Give the files in which each row is a person with a name, a telephone, a document …, as systems."""
    found: list[System] = []
    for roles in surveyed:
        read = _read(roles.survey, sample)
        columns = _by_role(read)
        told = _OF_A_PERSON & columns.keys()
        if len(told) < 2 or not told & _TELLING or (roles.has_amount and "occurred" in roles.of):
            continue
        groups = _by_name(roles.survey.files)
        key = _key(roles, read, columns, systems=len(groups))
        columns = {role: column for role, column in columns.items() if column is not key}
        used = {column.name for column in columns.values()} | ({key.name} if key else set())
        of_others = [column.name for role, column in roles.of.items() if role in _NOT_OF_A_PERSON]
        ignored = tuple(name for name in dict.fromkeys([*of_others, *_told(roles)]) if name not in used)
        for files in groups:
            name = _system_name(files[0], [system.name for system in found])
            found.append(System(name, files, roles, key, columns, ignored))
    return found


def are_records(systems: Sequence[System], bought: Column | None) -> bool:
    """Whether files of people have to be linked: no id names a customer in every one of them."""
    keys = [system.roles.of.get("customer_id") for system in systems]
    if not systems or (len(systems) == 1 and (keys[0] is not None or bought is not None)):
        return False
    first = keys[0]
    known = [key for key in [*keys[1:], bought] if key is not None]
    if first is None or len(known) < len(keys) - 1:
        return True
    return not all(
        plain_name(key.name) == plain_name(first.name)
        and max(meet(key, first, is_same_name=True).ours, meet(first, key, is_same_name=True).ours) > 0.5
        for key in known
    )


def _system_of(systems: Sequence[System], bought: Column) -> System | None:
    """Give the system whose keys a column of customers holds; None where two would do."""
    ranked: list[tuple[tuple[bool, float], System]] = []
    for system in systems:
        if system.key is not None:
            is_same = plain_name(bought.name) == plain_name(system.key.name)
            is_customer = system.roles.get("customer_id") is system.key
            met = meet(bought, system.key, is_same_name=is_same or is_customer)
            if met.holds:
                ranked.append(((is_same, round(met.ours, 2)), system))
    best = max((rank for rank, _ in ranked), default=None)
    fitting = [system for rank, system in ranked if rank == best]
    return fitting[0] if len(fitting) == 1 else None


def write_people(systems: Sequence[System], orders: set[str]) -> list[str]:
    """Write the files of people under ``records``."""
    if not systems:
        return []
    lines = ["  records:  # people as each system knows them, linked into customers: docs/linking.md"]
    for system in systems:
        lines += [f"    {system.name}:", f"      files: {listed_inline(system.files)}"]
        if system.key:
            lines.append(f"      key: {quoted(system.key.name)}")
        lines += write_format(system.roles, [], indent=6)
        made = [_line(role, column, orders) for role, column in system.columns.items()]
        lines += ["      columns:", *write_columns([line for line in made if f'"{UNDECIDED}"' not in line.rule])]
        if system.ignored:
            lines.append(f"      ignored: {listed_inline(system.ignored)}  # CHECK: they say nothing of the person")
        used = {system.key.name if system.key else "", *system.ignored, *(one.name for one in system.columns.values())}
        if told := _told(system.roles):
            lines.append(f"      # {told[0]}: if it says who is who, write `truth: {told[0]}` under source")
        if rest := [name for name in system.roles.survey.header if name and name not in used]:
            lines.append(f"      # linked by as they are, or name them under `ignored`: {', '.join(rest[:20])}")
    return lines


def write_system(systems: Sequence[System], bought: Column | None) -> list[str]:
    """Write which system's keys name the customers of a table, where records of people are linked."""
    if not systems:
        return []
    system = _system_of(systems, bought) if bought else None
    if system is None:
        return [f'      system: "{UNDECIDED}"  # whose keys does customer_id hold? None were found to meet']
    return [f"      system: {system.name}  # whose keys customer_id holds"]


def _line(role: str, column: Column, orders: set[str]) -> Line:
    if role in ("birth_date", "first_seen_on", "updated_at"):
        options, comment = date_options(column, orders)
        return Line(role, rule(column.name, column, **options), comment)
    return Line(role, rule(column.name, column))


def day_orders(systems: Sequence[System]) -> set[str]:
    """Say which of day and month comes first in the people's days that tell."""
    told = [column.dates for system in systems for column in system.columns.values() if column.dates]
    forms = [form for dates in told if not dates.rival for form in dates.forms]
    return {found[1] for form in forms if (found := re.match(r"%([dm])[/.-]%[dm]", form))}


# --- what a column is


def _read(survey: Survey, sample: Callable[[Survey], dict[str, list[str]]]) -> dict[str, Column]:
    """Give every column, those that look personal by some of their values."""
    read = {column.name: column for column in survey.columns}
    for name, values in (sample(survey) if survey.personal else {}).items():
        filled = tuple(filter(None, values))
        read.setdefault(name, Column(name, dict(Counter(filled)), len(values), filled))
    return {name: read[name] for name in survey.header if name in read}


def _by_role(read: dict[str, Column]) -> dict[str, Column]:
    """Give the column of each role; of several the one that its header names, then the fullest."""
    options: dict[str, list[tuple[bool, int, Column]]] = {}
    for name, column in read.items():
        by_header = _role_by_header(name)
        role = by_header if by_header and _allows(by_header, column) else _role_by_values(column)
        if role and column.filled >= 0.02 * column.rows:
            options.setdefault(role, []).append((role == by_header, column.filled, column))
    best = {role: max(held, key=lambda one: one[:2])[2] for role, held in options.items()}
    # a name of several words beside a given name is the whole; alone in its column it may be the family's
    is_part = "full_name" in best and best["full_name"].share(_SHAPES["full_name"]) < 0.2
    if is_part and "given_name" in best and "family_name" not in best:
        best["family_name"] = best.pop("full_name")
    return {role: best[role] for role in words()["people"] if role in best}


def _role_by_header(name: str) -> str | None:
    spelled = "_".join(words_of(name)) or name.lower()
    said = words()["people"]
    return next((role for role, names in said.items() if re.search(re.sub(r"\s+", "", names), spelled)), None)


def _allows(role: str, column: Column) -> bool:
    """Whether the values can be what the header says."""
    if role in ("birth_date", "first_seen_on", "updated_at"):
        return column.dates is not None
    if role == "email":
        return column.share(r"\S+@\S+") > 0.3
    if role in ("phone", "document_number"):
        return column.share(r".*\d.*") > 0.5 and column.dates is None
    if role in ("full_name", "family_name", "given_name"):
        return column.share(r"[^\d@]*[^\W\d_][^\d@]*") > 0.5
    return True


def _role_by_values(column: Column) -> str | None:
    """Tell by the values alone: what has a form of its own, and days that lie decades apart."""
    if column.dates is not None:
        years = sorted(int(found[0]) for text in column.some if (found := re.search(r"(?:19|20)\d\d", text)))
        spread = years[int(0.95 * (len(years) - 1))] - years[int(0.05 * (len(years) - 1))] if years else 0
        return "birth_date" if spread >= _GENERATION else None
    is_own = len(column.held) >= 0.5 * column.filled
    shaped = (role for role, shape in _SHAPES.items() if column.share(shape) >= _MOST and (is_own or role == "email"))
    return next(shaped, None)


def _key(roles: Roles, read: dict[str, Column], columns: dict[str, Column], *, systems: int) -> Column | None:
    """Find the column that names each record: an id by its name, else the first that is another in each row."""
    told = {column.name for role, column in columns.items() if _role_by_header(column.name) == role}
    ids = [roles.of.get(role) for role in ("customer_id", "transaction_id", "basket_id", "account_id")]
    for column in [*filter(None, ids), *read.values()]:
        is_another = column.filled == column.rows and max(column.held.values(), default=0) <= systems
        is_number = column.numbers is not None and column.numbers.fractional > 0
        if is_another and not (is_number or column.dates or column.name in told) and column.share(r"\S{1,40}") == 1:
            return column
    return None


def _told(roles: Roles) -> list[str]:
    """Name the columns that seem to say who is who: they score a result and must not make it."""
    return [name for name in roles.survey.header if re.fullmatch(words()["truth"], plain_name(name))]


def _by_name(files: Sequence[str]) -> list[tuple[str, ...]]:
    """Part files that are called after different things; those of other months are of one system."""
    groups: dict[str, list[str]] = {}
    for name in files:
        groups.setdefault(re.sub(r"[\W\d_]+", "", Path(name).name.partition(".")[0].lower()), []).append(name)
    return [tuple(group) for group in groups.values()]


def _system_name(file: str, taken: Sequence[str]) -> str:
    stem = column_name(Path(file).name.partition(".")[0])
    name = re.sub(r"[^a-z0-9_]+", "", stem)[:40]
    return name if name and name not in taken else f"system_{len(taken) + 1}"


# --- values of personal columns


def sample_values(folder: Path, survey: Survey) -> dict[str, list[str]]:
    """Give some values of every column of the first file, tidy, held in memory alone."""
    rows = [dict(zip(survey.header, row, strict=False)) for row in _some_rows(folder / survey.files[0], survey.form)]
    return {name: [(row.get(name) or "").strip() for row in rows] for name in survey.header if name}


def _some_rows(path: Path, form: FileFormat) -> list[list[str]]:
    if kind_of(path) in PARQUET:
        batch = next(pq.ParquetFile(path).iter_batches(batch_size=_SAMPLE), None)
        columns = [
            [] if batch is None else map(_text, column.to_pylist()) for column in (batch.columns if batch else [])
        ]
        return [list(row) for row in zip(*columns, strict=True)]
    above = form.skip_lines + form.header
    if kind_of(path) in BOOKS:
        sheet = next(iter(form.sheet), None) or sheet_names(path)[0][0]
        return first_rows(path, sheet, most=_SAMPLE + above)[above:]
    with open_bytes(path) as handle:
        text = handle.read(1 << 20).decode(form.encoding[0], errors="ignore").lstrip("\ufeff")
    lines = islice(
        csv.reader(text.splitlines()[:-1] or [text], delimiter=form.delimiter or ","), above, _SAMPLE + above
    )
    return list(lines)


def _text(value: object) -> str:
    return "" if value is None else str(value)
