"""Rows as text in a Parquet file: what every reader writes, whatever the delivered file was.

Columns are named by position (``f0``, ``f1`` …), so a hostile column name never reaches the engine.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from insight.config.source import ValueFormat
from insight.contracts.rules import Rule

#: Between a column's name and its value, and after it, in the text that a fingerprint is made of.
WITHIN, BETWEEN = "\x1e", "\x1f"
#: What is taken off both ends of a value.
SPACES = " \t\n\r\v\f"
_ROWS = 50_000
_ROW_NUMBERS = re.compile(r"|Unnamed: \d+|__index_level_\d+__")


@dataclass(frozen=True)
class Plan:
    """What is taken from a file with these columns.

    Attributes
    ----------
    header
        The file's columns in their order.
    wanted
        The ones to keep, in the order of ``f0``, ``f1`` …
    unhashed
        Columns that identify a person: left out of the row's fingerprint.
    file
        The file's name as messages and tables tell it.
    most
        How many rows are read at most; all when none.
    decimal, missing
        How numbers write their decimal mark, and what stands for no value.
    """

    header: tuple[str, ...]
    wanted: tuple[str, ...]
    unhashed: frozenset[str] = frozenset()
    file: str = ""
    most: int | None = None
    decimal: str = "."
    missing: tuple[str, ...] = ()

    @property
    def positions(self) -> list[int]:
        """Where the wanted columns stand in the file."""
        return [self.header.index(name) for name in self.wanted]

    @property
    def hashed(self) -> list[int]:
        """Where the columns stand that make a row's fingerprint, by name, so that their order does not matter.

        They are the columns that nothing reads, which tell rows apart all the same; what is read is compared when it
        is typed. Left out are columns that identify a person, and row numbers that a program added when it saved.
        """
        order = sorted(range(len(self.header)), key=lambda position: self.header[position])
        left_out = self.unhashed | set(self.wanted)
        return [
            position
            for position in order
            if self.header[position] not in left_out and not _ROW_NUMBERS.fullmatch(self.header[position])
        ]


@dataclass
class FileFacts:
    """What was seen in one file; ``whole_unquoted`` are lines that would be whole if no mark stood around fields."""

    name: str
    rows: int = 0
    encoding: str = ""
    faults: int = 0
    whole_unquoted: int = 0
    columns: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def tokens(form: ValueFormat) -> tuple[str, ...]:
    """Give what stands for no value, as it is once spaces around it are taken off."""
    return tuple(token for text in form.missing if (token := text.strip()))


def plainer(decimal: str) -> tuple[tuple[str, str], ...]:
    """Give patterns, and what replaces them, that make a value one text whichever program wrote it (10 and 10.0)."""
    mark = re.escape(decimal)
    return (
        (rf"^([+-]?[0-9]+){mark}0+$", r"\1"),
        (rf"^([+-]?[0-9]+{mark}[0-9]*[1-9])0+$", r"\1"),
        (r"^([0-9]{4}-[0-9][0-9]-[0-9][0-9])[T ]00:00(:00([.]0+)?)?$", r"\1"),
        (r"^([0-9]{4}-[0-9][0-9]-[0-9][0-9])T", r"\1 "),
    )


def part_schema(columns: int) -> pa.Schema:
    """Give the columns of a part: fields as text, place, fault, fingerprint."""
    texts = [f"f{position}" for position in range(columns)]
    fields = [(name, pa.string()) for name in (*texts, "source_file", "fault", "fingerprint")]
    return pa.schema([*fields, ("source_line", pa.int64())])


class PartWriter:
    """Writes rows to a Parquet file in pieces, so that a big file never sits in memory."""

    def __init__(self, target: Path, plan: Plan) -> None:
        self._plan = plan
        self._schema = part_schema(len(plan.wanted))
        self._writer = pq.ParquetWriter(target, self._schema, compression="zstd")
        self._empty = [None] * len(plan.header)
        self._rows: list[Sequence[str | None]] = []
        self._lines: list[int] = []
        self._faults: dict[int, str] = {}
        self.rows = 0
        self.faults = 0

    def __enter__(self) -> "PartWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    @property
    def is_full(self) -> bool:
        """Whether as many rows are held as are wanted."""
        return self._plan.most is not None and self.rows + len(self._rows) >= self._plan.most

    def add(self, line: int, fields: Sequence[str | None]) -> None:
        """Keep a row that has all its fields."""
        self._rows.append(fields)
        self._lines.append(line)
        if len(self._lines) >= _ROWS:
            self._flush()

    def add_fault(self, line: int, rule: Rule) -> None:
        """Keep the place of a row that cannot be read, and why."""
        self._faults[len(self._rows)] = rule.fault("line")
        self.add(line, self._empty)

    def _flush(self) -> None:
        if not self._lines:
            return
        columns = list(zip(*self._rows, strict=True))
        fields = [pa.array(columns[position], pa.string()) for position in self._plan.positions]
        faults = pa.array([self._faults.get(row) for row in range(len(self._rows))], pa.string())
        file = pa.repeat(pa.scalar(self._plan.file), len(self._rows))
        fingerprints = pa.array(self._fingerprints(columns), pa.string())
        arrays = [*fields, file, faults, fingerprints, pa.array(self._lines, pa.int64())]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self.rows += len(self._rows)
        self.faults += len(self._faults)
        self._rows, self._lines, self._faults = [], [], {}

    def _fingerprints(self, columns: list[tuple[str | None, ...]]) -> list[str | None]:
        header, digest = self._plan.header, hashlib.md5
        told = [self._told(header[position], columns[position]) for position in self._plan.hashed]
        rows = zip(*told, strict=True) if told else [()] * len(self._rows)
        return [
            None if row in self._faults else digest("".join(fields).encode("utf-8", "surrogatepass")).hexdigest()
            for row, fields in enumerate(rows)
        ]

    def _told(self, name: str, column: tuple[str | None, ...]) -> list[str]:
        """Give what a column adds to each row's fingerprint; nothing where it is empty."""
        plain = {text: plain_text(text, self._plan) for text in set(column)}
        return [f"{name}{WITHIN}{text}{BETWEEN}" if (text := plain[given]) else "" for given in column]


def plain_text(text: str | None, plan: Plan) -> str:
    """Write a value as every program would.

    Examples
    --------
    >>> plan = Plan(("n",), ())
    >>> [plain_text(text, plan) for text in ("10.00", " 2.50", "2024-03-01T00:00:00", "007", None)]
    ['10', '2.5', '2024-03-01', '007', '']
    """
    if text is None or (text := text.strip(SPACES)) in plan.missing:
        return ""
    if text.endswith("0") or text[10:11] == "T":
        for pattern, plain in plainer(plan.decimal):
            text = re.sub(pattern, plain, text)
    return text
