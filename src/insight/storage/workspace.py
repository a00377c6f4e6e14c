"""Where the tables of a run are: read with their hash verified, checked and written together.

A notebook opens one `Workspace`, reads tables and parameters through it (both are remembered, so
that the runner knows when the notebook is out of date), stages what it makes, and publishes once.
"""

import json
import os
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import ibis
import pandas as pd
import pyarrow as pa

from insight.config.parameters import LANGUAGES, Parameters, load, project_root
from insight.contracts import CONTRACTS
from insight.engine import connect, to_frame
from insight.errors import ContractError, MissingTableError, ParameterError, WorkspaceError
from insight.storage.checked import as_described, count_values, refuse_broken, without_null_types
from insight.storage.knobs import executed_cells, refuse_unread
from insight.storage.last_day import last_day
from insight.storage.overview import describe_table, list_tables
from insight.storage.plain import plain, translations
from insight.storage.remembered import Remembered
from insight.storage.store import Store, as_json, sha256_of, sync_file, write_whole

#: Set by the runner: parameters that count for this run instead of the YAML's, as JSON.
OVERRIDES = "INSIGHT_OVERRIDES"
#: The folder of a vault that is emptied at the start and the end of every run.
SPILL = ".spill"
_ROWS_PER_GROUP = 500_000
T = TypeVar("T")


def processed_folder(dataset: str) -> Path:
    """Give the folder of a business's tables."""
    return project_root() / "data" / "processed" / dataset


def vault_folder(dataset: str) -> Path:
    """Give the folder of a business's vault: ids outlive the tables, which can be made again."""
    return project_root() / "data" / "vault" / dataset


def vault_spill(dataset: str) -> Path:
    """Give the folder in a business's vault where everything that is read of people stays while it is worked on."""
    return vault_folder(dataset) / SPILL


_OPENED: "list[weakref.ref[Workspace]]" = []


def opened() -> "Workspace | None":
    """Give the workspace that was opened last, as long as it is in use; none before."""
    return _OPENED[-1]() if _OPENED else None


def _once(make: Callable[[Any], T]) -> Callable[[Any], T]:
    """Make a property's value once; of `functools.cached_property` completion does not know that it is code to run."""

    @wraps(make)
    def kept(self: Any) -> T:
        name = f"_{make.__name__}"
        if name not in vars(self):
            setattr(self, name, make(self))
        return getattr(self, name)

    return kept


class Workspace:
    """What one notebook reads and writes.

    Parameters
    ----------
    dataset
        The business: ``params/<dataset>.yaml``.
    notebook
        The notebook's name without ending; the step in the manifest.
    lang
        The language that is shown in JupyterLab: ``en`` or ``zh``.
    **knobs
        Parameters as the notebook's own cell gives them; ``None`` means what the YAML says.

    Notes
    -----
    As the notebooks use it::

        ws = Workspace(dataset, "20_customer_profile", trend_days=trend_days)
        lines = ws.read("transactions")
        ws.write("profile", profile)
        ws.publish()
    """

    def __init__(self, dataset: str, notebook: str, *, lang: str = LANGUAGES[0], **knobs: Any) -> None:
        given, cell = json.loads(os.environ.get(OVERRIDES, "{}")), f"the parameters cell of notebooks/{notebook}.ipynb"
        if lang not in LANGUAGES:
            raise ParameterError(
                f"{cell}: `lang`: expected {' or '.join(LANGUAGES)}, found {lang!r}. Correct it there."
            )
        refuse_unread(executed_cells(), taken=knobs, cell=cell)
        self.notebook, self.lang = notebook, lang
        self._parameters_read: dict[str, Any] = {}
        self._inputs: dict[str, str | None] = {}
        self._headlines: list[dict[str, Any]] = []
        self._outputs: dict[str, dict[str, Any]] = {}
        self.params = cast(Parameters, Remembered(load(dataset, given, knobs=knobs, cell=cell), self._parameters_read))
        self._store = Store(processed_folder(dataset))
        self._store.recover()
        self._staged = self._store.staging(notebook)
        _OPENED[:] = [weakref.ref(self)]

    # --- reading

    @property
    @_once
    def con(self) -> ibis.BaseBackend:
        """The engine that the parameters name."""
        return connect(self.params.engine, spill=self._spill())

    @property
    @_once
    def local(self) -> ibis.BaseBackend:
        """DuckDB on this machine, for files as delivered and for tables that the notebook made itself."""
        return self.con if self.params.engine == "duckdb" else connect(spill=self._spill())

    @property
    @_once
    def as_of(self) -> date:
        """The last day that counts, inclusive, in the business time zone; unless asked for, the last complete one.

        Raises
        ------
        ParameterError
            If the parameter lies outside the days that have transactions.
        """
        return last_day(self.read("transactions"), asked=self.params.as_of)

    def has(self, table: str, column: str | None = None) -> bool:
        """Say whether the business has a table, and at least one value in a column of it."""
        described = self._remember(f"{table}.parquet")
        if described is None:
            return False
        return described["rows"] > 0 if column is None else described["filled"].get(column, 0) > 0

    def read(self, table: str) -> ibis.Table:
        """Open a table in the engine, after comparing its hash with the manifest's.

        Raises
        ------
        MissingTableError
            If it has not been made; the message says which command makes it.
        """
        if self._remember(f"{table}.parquet") is None:
            raise MissingTableError(
                f"{table}: {self.params.dataset} has no such table yet. `insight run {self.params.dataset}` makes "
                "what comes before this notebook; a table that the business does not deliver stays missing."
            )
        path = self._store.path_of(f"{table}.parquet")
        return self.con.read_parquet(str(path), table_name=f"{table}_{os.urandom(4).hex()}")

    def frame(self, table: str | ibis.Table | pa.Table) -> pd.DataFrame:
        """Bring a table, or what was made of one, into pandas: amounts as floats, which pandas can describe and plot.

        Sums of amounts are exact as long as they are made in the engine, before this.
        """
        opened = self.read(table) if isinstance(table, str) else table
        return to_frame(opened if isinstance(opened, ibis.Table) else self._as_ibis(opened))

    def tables(self) -> pd.DataFrame:
        """List the tables that are there: rows, columns, the notebook that made each, and what one row is."""
        return list_tables(self._store.manifest()["steps"], lang=self.lang)

    def describe(self, table: str) -> pd.DataFrame:
        """Give the data dictionary of one table: of each column its type, unit, meaning, and the share filled."""
        return describe_table(table, self._store.outputs(), lang=self.lang)

    def __repr__(self) -> str:
        made = self.tables()
        return (
            f"Workspace of {self._store.folder.name} for {self.notebook}: {len(made)} tables, "
            f"{made['rows'].sum():,} rows\n"
            "  ws.tables()             what is there\n"
            '  ws.describe("profile")  what the columns of a table mean\n'
            '  ws.read("profile")      a table in the engine; ws.frame("profile") the same in pandas'
        )

    def follow(self, table: str) -> None:
        """Count as read the parameters that whoever made a table had read, where more follows from them than the table.

        What notebook 10 keeps in the vault is in no manifest; what reads it there must run again when it does.
        """
        for step in self._store.manifest()["steps"].values():
            if f"{table}.parquet" in step["outputs"]:
                for name in step["parameters"]:
                    getattr(self.params, name)

    def headlines(self) -> dict[str, list[dict[str, Any]]]:
        """Read the headlines of all notebooks made before this one, by notebook."""
        names = [name for name in sorted(self._store.outputs()) if name.startswith("headlines/")]
        read = {}
        for name in names:
            notebook = Path(name).stem
            if notebook < self.notebook:
                self._remember(name)
                read[notebook] = json.loads(self._store.path_of(name).read_text(encoding="utf-8"))
        self._inputs["headlines/"] = ",".join(read)
        return read

    def _remember(self, name: str) -> dict[str, Any] | None:
        described = self._store.outputs().get(name)
        self._inputs[name] = described["sha256"] if described else None
        return described

    def _spill(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="spill-", dir=self._staged))

    # --- writing

    def write(self, name: str, data: pd.DataFrame | pa.Table | ibis.Table) -> None:
        """Check a table against its contract and stage it, sorted by its key.

        Raises
        ------
        ContractError
            Listing every column and rule that is broken, with counts.
        """
        if name not in CONTRACTS:
            raise ContractError(f"{name}: has no contract. Describe the table in src/insight/contracts.")
        expression = data if isinstance(data, ibis.Table) else self._as_ibis(data)
        contract = CONTRACTS[name].as_delivered(expression.columns)
        typed = as_described(expression, contract)
        file = f"{name}.parquet"
        self._stage_parquet(file, typed.order_by(list(contract.key)), contract.name)
        try:
            # what is in the file is checked: to compute the expression for each question would cost more than to write
            refuse_broken(self.local.read_parquet(str(self._staged / file)), contract)
        except ContractError:
            (self._staged / file).unlink()
            del self._outputs[file]
            raise

    def write_text(self, name: str, text: str) -> None:
        """Stage a text that is made beside the tables, such as a query; it holds nothing of a single customer."""
        write_whole(self._staged / name, text.encode("utf-8"))
        self._outputs[name] = {"sha256": sha256_of(self._staged / name)}

    def quarantine(self, name: str, rows: ibis.Table) -> None:
        """Stage the rows of a delivered table that broke its contract: file, line, column, rule."""
        self._stage_parquet(f"quarantine/{name}.parquet", rows, name)

    def headline(
        self,
        name: str,
        value: float | int | str | Decimal | None,
        *,
        sentence: Any,
        unit: str = "",
        low: float | None = None,
        high: float | None = None,
        label: Any = None,
        note: Any = None,
        change: Mapping[str, Any] | None = None,
        meant: Mapping[str, Any] | None = None,
    ) -> None:
        """Stage one of the figures that this notebook stands for.

        Parameters
        ----------
        name
            A stable name, e.g. ``churn_auc``.
        value
            The figure; ``None`` where it could not be had, and the sentence says why.
        sentence
            The figure in words, in every language (a report ``Message`` or a ``Bilingual``).
        unit
            E.g. ``rows``, ``customers``, ``share``, a currency code; empty for a plain number.
        low, high
            Bounds of its 95% interval; ``None`` where there is nothing to estimate.
        label, note
            Short words under and beside the figure where it is shown large.
        change
            What it stands beside, as `insight.profile.kpis.latest` gives it.
        meant
            What of the dictionary of definitions it states (``what``), and the numbers in its words (``states``).
        """
        headline: dict[str, Any] = {
            "name": name,
            "value": plain(value),
            "unit": unit,
            "low": plain(low),
            "high": plain(high),
        }
        headline["sentence"] = translations(sentence)
        headline |= {key: translations(words) for key, words in (("label", label), ("note", note)) if words is not None}
        changed = {} if change is None else {"change": dict(change)}
        self._headlines.append(headline | changed | dict(meant or {}))

    def has_headline(self, name: str) -> bool:
        """Say whether a headline of this name is stated already."""
        return any(headline["name"] == name for headline in self._headlines)

    def publish(self, *, first: Sequence[str] = ()) -> None:
        """Make everything staged appear together, and say in the manifest what it was made from.

        Parameters
        ----------
        first
            Names of the headlines that stand first: four become tiles, the index quotes the first ones.

        Raises
        ------
        ContractError
            If one of these was not stated.
        """
        absent = [name for name in first if not self.has_headline(name)]
        if absent:
            raise ContractError(f"headlines: not stated by this notebook: {', '.join(absent)}. Correct `publish`.")
        self._headlines.sort(key=lambda line: first.index(line["name"]) if line["name"] in first else len(first))
        if self._headlines:
            name = f"headlines/{self.notebook}.json"
            write_whole(self._staged / name, as_json(self._headlines))
            self._outputs[name] = {"sha256": sha256_of(self._staged / name)}
        for own in self._outputs:
            self._inputs.pop(own, None)
        entry = {
            "inputs": dict(sorted(self._inputs.items())),
            "outputs": self._outputs,
            "parameters": dict(sorted(self._parameters_read.items())),
        }
        self._store.commit(self.notebook, entry)
        self._headlines, self._outputs = [], {}

    def _as_ibis(self, data: pd.DataFrame | pa.Table) -> ibis.Table:
        table = data if isinstance(data, pa.Table) else pa.Table.from_pandas(data, preserve_index=False)
        return self.local.create_table(ibis.util.gen_name("made"), without_null_types(table), temp=True)

    def _stage_parquet(self, name: str, expression: ibis.Table, table: str) -> None:
        path = self._staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if expression.get_backend().name != "duckdb":  # a cluster writes many files, and here it is one
                expression = self._as_ibis(expression.to_pyarrow())
            written = {"compression": "zstd", "row_group_size": _ROWS_PER_GROUP}
            expression.get_backend().to_parquet(expression, str(path), **written)
            sync_file(path)
            rows, filled = count_values(path)
        except OSError:
            raise WorkspaceError(f"{table}: could not be written under {path.parent}. Is the disk full?") from None
        schema = {column: str(kind) for column, kind in expression.schema().items()}
        self._outputs[name] = {"sha256": sha256_of(path), "rows": rows, "filled": filled, "schema": schema}
