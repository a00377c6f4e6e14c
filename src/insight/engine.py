"""Where row-level work is done: DuckDB on this machine, Spark on many, the same Ibis expressions on both.

Instants are UTC on disk and in both engines' sessions, so that no number depends on the time zone
of the machine. Sums run over DECIMAL, never over floats: a float sum depends on the threads.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import ibis

from insight.errors import InsightError


def connect(engine: str = "duckdb", *, spill: Path | None = None, threads: int | None = None) -> ibis.BaseBackend:
    """Open a connection for one run.

    Parameters
    ----------
    engine
        ``duckdb`` or ``spark`` (extra ``spark``, Java 17 or newer).
    spill
        Folder for what does not fit into memory; owner-only, emptied by the caller.
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
    if spill is not None:
        folder = str(spill).replace("'", "''")
        con.raw_sql(f"SET temp_directory = '{folder}'")
    if threads := threads or int(os.environ.get("INSIGHT_THREADS", "0")):
        con.raw_sql(f"SET threads = {threads}")
    return con


def _spark(spill: Path | None) -> ibis.BaseBackend:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InsightError("engine: spark is not installed. Install the extra: pip install 'insight[spark]'.") from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise InsightError("engine: spark needs Java 17 or newer, and none was found. Install it or set JAVA_HOME.")
    # Spark's workers would otherwise start whatever `python3` is first on the path, without our libraries.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    folder = str(spill or Path(tempfile.gettempdir()))
    session = (
        SparkSession.builder.appName("insight")
        .master(os.environ.get("INSIGHT_SPARK_MASTER", "local[2]"))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", os.environ.get("INSIGHT_SPARK_PARTITIONS", "4"))
        .config("spark.local.dir", folder)
        .config("spark.sql.warehouse.dir", folder)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)
