"""A flat table with one row per customer, with or without what became of them, read whatever its columns are."""

from dataclasses import replace
from pathlib import Path

import ibis
from ibis.expr.types import StringValue, Table

from insight.config.parameters import Parameters, project_root
from insight.config.source import ColumnRule, FileFormat, Files, TableMapping, source_as
from insight.errors import SourceError
from insight.sources.mapping.canonical import Business, to_canonical
from insight.sources.mapping.column_reader import clean_or_missing
from insight.sources.reading.folder import delivered_files, find_files, raw_folder
from insight.sources.reading.personal import looks_personal
from insight.sources.reading.raw import Raw, Request, inspect_file, read_raw

_NAMES = {"leaving": "labelled", "default": "labelled_defaults", "response": "labelled_responses"}
TRIAL, CUSTOMERS = "flat_trial", "flat_customers"
#: What a flat table may become.
FLAT = (*_NAMES.values(), TRIAL, CUSTOMERS)
_KNOWN = "every column"  # what they are called together: no name that a file delivers reaches the engine


def flat_table(source: object) -> str | None:
    """Give the name of the canonical table that a source's flat table becomes; none where it has none."""
    if not isinstance(source, Files):
        return None
    if source.label:
        return _NAMES[source.label_says]
    return TRIAL if source.treatment else CUSTOMERS if source.one_row_per else None


def label_files(params: Parameters) -> list[Path]:
    """List the files of the flat table: those that are named, else all in the folder.

    Raises
    ------
    SourceError
        If one that is named is not there, or none is.
    """
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    found = find_files(folder, source.files, place="source") if source.files else delivered_files(folder)
    if not found:
        raise SourceError(f"source: the folder {folder.name} holds no data files. Put the flat table there.")
    return found


def read_labelled(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> tuple[Table, Raw]:
    """Read the flat table: label and time, or treatment and outcome, and all other columns as one JSON object.

    Columns that look personal are not read.

    Returns
    -------
    tuple
        The canonical rows, and the rows as delivered.

    Raises
    ------
    SourceError
        If the files cannot be read, or one of the columns that are named is none of theirs.
    """
    source, paths = source_as(params.source, Files), label_files(params)
    header = tuple(name for name in inspect_file(paths[0], source.format).header if name)
    told = {"label": source.label, "observed": source.time, "treatment": source.treatment, "outcome": source.outcome}
    named = [name for name in told.values() if name]
    personal = [name for name in header if looks_personal(name, of_customers=True) and name not in named]
    apart = {source.label, source.treatment, source.outcome, *source.ignored, *personal}
    known = [name for name in header if name not in apart]
    name = str(flat_table(source))
    folder = temp / name
    folder.mkdir(parents=True)
    request = Request(
        place="source",
        folder=raw_folder(source, params.dataset, project_root()),
        paths=paths,
        form=source.format,
        wanted=tuple(dict.fromkeys([*named, *known])),
        personal=frozenset(personal),
    )
    raw = _with_known(read_raw(request, con=con, temp=folder), known, source.format)
    columns = {ours: ColumnRule(column=theirs) for ours, theirs in {**told, "known": _KNOWN}.items() if theirs}
    mapping = TableMapping(columns=columns, repeated_rows="keep")
    business = Business(params.time_zone, params.currency)
    path = str(temp / f"{name}.parquet")
    con.to_parquet(to_canonical(raw, name, mapping, source.format, business), path)
    return con.read_parquet(path), raw


def _with_known(raw: Raw, names: list[str], form: FileFormat) -> Raw:
    """Put columns together into one text, a JSON object of tidy texts; null where there is no value."""
    texts: list[StringValue] = [clean_or_missing(raw, name, form) for name in names]
    whole = ibis.map(ibis.array(names), ibis.array(texts)).cast("json").cast("string")
    table = raw.table.mutate(f_known=whole)
    return replace(raw, table=table, names={**raw.names, _KNOWN: "f_known"})
