"""After the notebooks: they made the tables of a run, and the run made what is recorded."""

import json
import os
from pathlib import Path

from business.test_same_bytes import same_values
from insight.runner.recordings import as_recorded
from insight.storage.store import as_json

RECORDINGS = sorted(Path(__file__).parent.glob("*.ipynb"))


def test_without_fused_instructions_the_tables_are_those_of_a_run(small_bank):
    same_values(Path(os.environ["INSIGHT_HOME"]) / "data" / "processed" / "tiny", small_bank.processed("tiny"))


def test_what_is_recorded_is_what_a_run_executes(small_bank):
    executed = {path.name: path for path in (small_bank.processed("tiny") / "notebooks").glob("*.ipynb")}
    assert sorted(executed) == [path.name for path in RECORDINGS]
    for path in RECORDINGS:
        assert as_json(as_recorded(json.loads(executed[path.name].read_text("utf-8")))) == path.read_bytes(), path.name
