"""Two runs of the same input give the same bytes, whatever the settings; on any processor and engine the same words."""

import json
import platform
import shutil
from pathlib import Path

import pandas as pd
import pytest

from business.conftest import PROCESSORS, Home, make_home
from small_project import bytes_below

#: A few hundred people: compiling what runs once takes Java longer than running it does.
SMALL_SPARK = {
    "INSIGHT_SPARK_PARTITIONS": "1",
    "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "PYSPARK_SUBMIT_ARGS": "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.adaptive.enabled=false "
    "pyspark-shell",
}


def test_other_threads_locale_time_zone_and_folder_change_no_byte(small_bank, tmp_path):
    two = make_home(tmp_path / "a longer name" / "two")
    two.report("tiny", "--jobs", "1", TZ="Asia/Shanghai", LC_ALL="C", PYTHONHASHSEED="7")
    for what in (small_bank.processed("tiny"), small_bank.reports("tiny")):
        other = two.folder / what.relative_to(small_bank.folder)
        assert bytes_below(what) == bytes_below(other)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the settings name kernels of x86")
def test_a_processor_of_other_fused_instructions_changes_no_word_and_no_number_that_is_shown(small_bank, tmp_path):
    """Without any: tests/notebooks, where nbval executes them so."""
    other = make_home(tmp_path / "other")
    other.report("tiny", **PROCESSORS["fused"])
    assert shown(other) == shown(small_bank)
    same_values(other.processed("tiny"), small_bank.processed("tiny"))


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_spark_makes_the_tables_of_duckdb_and_java_says_nothing_on_a_page(small_bank, tmp_path):
    pytest.importorskip("pyspark", reason="the extra spark is not installed")
    other = make_home(tmp_path / "spark")
    done = other.run("run", "tiny", "--set", "engine=spark", **SMALL_SPARK)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "JAVA_TOOL_OPTIONS" not in done.stdout + done.stderr  # which Java names on its error stream at every start
    steps = json.loads((other.processed("tiny") / "manifest.json").read_text())["steps"]
    engines = {name: step["parameters"].get("engine") for name, step in steps.items()}
    assert {engine for name, engine in engines.items() if "20" <= name < "80"} == {"spark"}
    for path in sorted(small_bank.processed("tiny").glob("*.parquet")):
        found = pd.read_parquet(other.processed("tiny") / path.name)
        pd.testing.assert_frame_equal(found, pd.read_parquet(path), check_exact=True)  # rows in the same order, too
    headlines = [bytes_below(home.processed("tiny") / "headlines") for home in (small_bank, other)]
    assert headlines[0] == headlines[1]
    assert shown(other) == shown(small_bank)


def shown(home: Home) -> list[str]:
    """What the cells of every notebook put out as text, as recordings keep it."""
    paths = sorted((home.processed("tiny") / "notebooks").glob("*.ipynb"))
    notebooks = [json.loads(path.read_text()) for path in paths]
    outputs = [output for notebook in notebooks for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return ["".join(output.get("data", {}).get("text/plain", "")) for output in outputs]


def same_values(one: Path, other: Path) -> None:
    """Hold every table of a run against another's, but for the last digits of what is computed."""
    tables = sorted(path.name for path in other.glob("*.parquet"))
    assert tables == sorted(path.name for path in one.glob("*.parquet"))
    for name in tables:
        pd.testing.assert_frame_equal(pd.read_parquet(other / name), pd.read_parquet(one / name), rtol=1e-9)
