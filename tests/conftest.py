import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


def shared_data() -> Path | None:
    """Find the folder of public data: INSIGHT_SHARED, or `shared/data` beside the project."""
    for folder in (os.environ.get("INSIGHT_SHARED"), PROJECT.parent / "shared" / "data"):
        if folder and Path(folder).is_dir():
            return Path(folder)
    return None


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = shared_data()
    if folder is None:
        pytest.skip("no public data at hand: put it beside the project as shared/data, or set INSIGHT_SHARED")
    return folder


def pytest_sessionfinish(session, exitstatus):
    """With INSIGHT_NO_SKIPS a skip is a failure: the check did not happen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("INSIGHT_NO_SKIPS") and skipped:
        for report in skipped:
            reporter.write_line(f"not allowed to skip: {report.nodeid}: {report.longrepr[2]}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
