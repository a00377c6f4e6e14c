"""The ``source:`` section of ``params/<dataset>.yaml``: where the raw data is and how it is to be read.

Five kinds: a made-up bank and two public data sets that need no description, a folder of files,
and a database; the last two share one way of saying which column means what.
"""

from insight.config.source.formats import BLANKS, FileFormat, ValueFormat
from insight.config.source.kinds import (
    UNDECIDED,
    CardBank,
    Cdnow,
    CompleteJourney,
    Database,
    Dirt,
    Files,
    Rates,
    Source,
    source_as,
)
from insight.config.source.mapping import (
    ColumnRule,
    DatabaseJoin,
    DatabaseTable,
    FileTable,
    Join,
    Lookup,
    Refunds,
    SourceTable,
    TableMapping,
)
from insight.config.source.records import RecordTable, Truth

__all__ = [
    "BLANKS",
    "UNDECIDED",
    "CardBank",
    "Cdnow",
    "ColumnRule",
    "CompleteJourney",
    "Database",
    "DatabaseJoin",
    "DatabaseTable",
    "Dirt",
    "FileFormat",
    "FileTable",
    "Files",
    "Join",
    "Lookup",
    "Rates",
    "RecordTable",
    "Refunds",
    "Source",
    "SourceTable",
    "TableMapping",
    "Truth",
    "ValueFormat",
    "source_as",
]
