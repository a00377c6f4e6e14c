"""What features of card lines cost, beside one plain pass of the engine over the same file.

Lines of made-up cards, each a basket of its own, a hundred to a customer, in Parquet. The pass counts lines, sums
amounts and takes first and last days by customer; the features are those of `summarise_customers`. Both use two cores
and 3 GB, each in a process of its own, and are measured alternately; the processor's time counts, which other work on
the machine disturbs less than the clock. Run: ``python benchmarks/features.py --lines 1 5 20`` (millions).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

from insight.engine import connect
from insight.profile.features import summarise_customers

RESULTS = Path(__file__).parent / "results" / "features.json"
_AS_OF = date(2024, 12, 31)
_LINES = """
    SELECT 'T' || lpad(n::VARCHAR, 10, '0') AS transaction_id, transaction_id AS basket_id,
      'C' || lpad((hash(n * 7 + 1) % {customers})::VARCHAR, 9, '0') AS customer_id,
      DATE '2023-01-02' + (hash(n * 3 + 5) % 730)::INT AS occurred_on, (hash(n) % 24)::BIGINT AS hour,
      ((hash(n * 11) % 50000 + 1) / 100)::DECIMAL(18, 4) AS amount, 'purchase' AS kind,
      NULL::DECIMAL(18, 4) AS discount, NULL::BOOLEAN AS promoted, 'category ' || (hash(n * 13) % 20) AS category
    FROM range({lines}) AS numbers(n)
"""
_PASS = """
    SELECT customer_id, count(*) AS lines, sum(amount) AS amount,
      min(occurred_on) AS first_on, max(occurred_on) AS last_on
    FROM read_parquet('{file}') GROUP BY customer_id
"""


def make_lines(file: Path, lines: int) -> None:
    """Write so many lines."""
    con = connect(spill=file.parent, threads=2)
    query = _LINES.format(lines=lines, customers=max(lines // 100, 1))
    con.raw_sql(f"COPY ({query}) TO '{file}' (COMPRESSION zstd)")


def measure(what: str, file: Path) -> dict[str, float]:
    """Make one of both, and say what it took: seconds of the processor and of the clock, and memory at its most."""
    con = connect(spill=file.parent, threads=2)
    con.raw_sql("SET memory_limit = '3GB'")
    start, clock = _processor(), time.perf_counter()
    if what == "pass":
        con.raw_sql(f"CREATE TABLE made AS {_PASS.format(file=file)}")
    else:
        con.create_table("made", summarise_customers(con.read_parquet(str(file)), as_of=_AS_OF))
    took = {"processor_s": _processor() - start, "clock_s": time.perf_counter() - clock}
    return took | {"memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _apart(what: str, file: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--only", what, "--file", str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(lines: int, *, rounds: int) -> dict:
    """Measure both several times, alternately; medians, and how many times the pass the features take."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.parquet"
        make_lines(file, lines)
        taken = [{what: _apart(what, file) for what in ("pass", "features")} for _ in range(rounds)]
    found = {
        what: {name: round(median(one[what][name] for one in taken), 2) for name in taken[0][what]}
        for what in ("pass", "features")
    }
    times = {name: round(found["features"][name] / found["pass"][name], 1) for name in ("processor_s", "clock_s")}
    return {**found, "times": times}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=float, nargs="+", default=[1, 5, 20], help="millions")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["pass", "features"])
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.only:
        sys.stdout.write(json.dumps(measure(given.only, given.file)))
        return
    found = {f"{many:g} million": compare(int(many * 10**6), rounds=given.rounds) for many in given.lines}
    RESULTS.write_text(json.dumps({"rounds": given.rounds, "lines": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
