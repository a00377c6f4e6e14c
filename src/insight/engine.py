"""Where row-level work is done: DuckDB on this machine, Spark on many, the same Ibis expressions on both.

Instants are UTC on disk and in both engines' sessions, so that no number depends on the time zone
of the machine. Sums run over DECIMAL, never over floats: a float sum depends on the threads.
"""

import os
import shutil
import sys
import tempfile
from decimal import ROUND_05UP, ROUND_HALF_UP, Decimal, localcontext
from math import prod
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd

from insight.errors import InsightError

_MOST_MEMORY = 3 * 10**9  # bytes; what is more goes to the spill


def connect(
    engine: str = "duckdb", *, spill: Path | None = None, sealed: bool = False, threads: int | None = None
) -> ibis.BaseBackend:
    """Open a connection for one run.

    Parameters
    ----------
    engine
        ``duckdb`` or ``spark`` (extra ``spark``, Java 17 or newer).
    spill
        Folder for what does not fit into DuckDB's memory, a quarter of the machine's and 3 GB at most, or
        ``INSIGHT_MEMORY`` (such as ``8GB``); owner-only, emptied by the caller.
    sealed
        Encrypt what is spilled: records of people, of which a machine that loses its power must leave nothing plain.
    threads
        Cores that DuckDB may use; all by default, or ``INSIGHT_THREADS``.

    Examples
    --------
    >>> connect().raw_sql("SELECT 1 + 1").fetchall()
    [(2,)]
    """
    if engine == "spark":
        return _spark(spill)
    if engine != "duckdb":
        raise InsightError(f"engine: expected duckdb or spark, found {engine!r}. Mend `engine` in params/.")
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    con.con.create_function(
        "divided", _divided, ["VARCHAR[]", "VARCHAR[]", "BIGINT"], "VARCHAR", null_handling="special"
    )
    if sealed:
        seal_spill(con.con)
    if spill is not None:
        folder = str(spill).replace("'", "''")
        con.raw_sql(f"SET temp_directory = '{folder}'")
        con.raw_sql(f"SET memory_limit = '{os.environ.get('INSIGHT_MEMORY') or _share_of_memory()}'")
    if threads := threads or int(os.environ.get("INSIGHT_THREADS", "0")):
        con.raw_sql(f"SET threads = {threads}")
    return con


def seal_spill(con: duckdb.DuckDBPyConnection) -> None:
    """Let a DuckDB encrypt what it spills, with a key that it holds in memory alone.

    Before it is told where: it refuses once another connection has spilled into the same folder.

    DuckDB asks leave for its own cipher, since that draws its random numbers from a weak source: no cipher for a file
    to keep, but one for pages that a process takes away when it ends.
    """
    con.execute("SET force_mbedtls_unsafe = 'true'")
    con.execute("SET temp_file_encryption = true")


def _share_of_memory() -> str:
    """Give what a connection may hold: notebooks run side by side, each with one, and hold frames beside it."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(machine // 4, _MOST_MEMORY) // 2**20}MiB"


def _divided(factors: list[str | None], divisors: list[str | None], decimals: int) -> str | None:
    """Divide a product of numbers exactly, rounded half up once, which the engine does in binary alone.

    Examples
    --------
    >>> [_divided([number], ["1.1", "2"], 2) for number in ("-21.999", "0.011", "0.010999", None)]
    ['-10.00', '0.01', '0.00', None]
    """
    numbers = [Decimal(text) for text in (*factors, *divisors) if text is not None]
    above, below = numbers[: len(factors)], numbers[len(factors) :]
    if len(numbers) < len(factors) + len(divisors) or 0 in below:
        return None
    with localcontext(prec=400, rounding=ROUND_05UP):  # by which the second rounding is the only one
        quotient = prod(above, start=Decimal(1)) / prod(below, start=Decimal(1))
        return f"{quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


def to_frame(table: ibis.Table) -> pd.DataFrame:
    """Bring a table into pandas with exact amounts as floats: in decimals pandas sees objects, not numbers.

    Examples
    --------
    >>> import ibis
    >>> to_frame(ibis.memtable({"spend": [1, 3]}).mutate(spend=ibis._.spend.cast("decimal(18, 4)"))).mean()
    spend    2.0
    dtype: float64
    """
    exact = [name for name, kind in table.schema().items() if kind.is_decimal()]
    return table.mutate({name: table[name].cast("float64") for name in exact}).to_pandas()


def _spark(spill: Path | None) -> ibis.BaseBackend:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InsightError("engine: spark is not installed. Install the extra: pip install 'insight[spark]'.") from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise InsightError("engine: spark needs Java 17 or newer, and none was found. Install it or set JAVA_HOME.")
    # Spark's workers would otherwise start whatever `python3` is first on the path, without our libraries.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = SparkSession.getActiveSession() or SparkSession(_spark_context(spill or Path(tempfile.gettempdir())))
    return ibis.pyspark.connect(session)


def _spark_context(folder: Path) -> Any:
    """Start Java with its error stream in a file: it speaks at every start, and a page must not end in it."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True  # repeats what the exception says, statement and all
    said = folder / "java.log"
    settings = {
        "spark.app.name": "insight",
        "spark.master": os.environ.get("INSIGHT_SPARK_MASTER", "local[2]"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": os.environ.get("INSIGHT_SPARK_PARTITIONS", "4"),
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    conf = SparkConf().setAll(list(settings.items()))
    try:
        with said.open("ab") as stream:
            gateway = launch_gateway(conf, popen_kwargs={"stdout": stream, "stderr": stream})
            context = SparkContext(gateway=gateway, conf=conf)
    except (PySparkException, OSError):
        raise InsightError(
            "engine: Spark did not start. It needs Java 17 or newer; `java -version` says which one is found."
        ) from None
    context.setLogLevel("OFF")
    return context
