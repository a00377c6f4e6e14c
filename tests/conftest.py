import atexit
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres_server import PASSWORD, Server, running_server
from small_project import write_notebook

PROJECT = Path(__file__).resolve().parents[1]


def shared_data() -> Path | None:
    """Find the folder of public data: INSIGHT_SHARED, or `shared/data` beside the project."""
    for folder in (os.environ.get("INSIGHT_SHARED"), PROJECT.parent / "shared" / "data"):
        if folder and Path(folder).is_dir():
            return Path(folder)
    return None


@pytest.fixture(autouse=True)
def own_file_mask() -> Iterator[None]:
    """A command that runs inside the tests' process closes its files to others: for itself, not for the next test."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = shared_data()
    if folder is None:
        pytest.skip("no public data at hand: put it beside the project as shared/data, or set INSIGHT_SHARED")
    return folder


@pytest.fixture(scope="session")
def cases() -> Path:
    folder = shared_data()
    if folder is None or not (folder.parent / "cases").is_dir():
        pytest.skip("no small inputs that went wrong at hand: put them beside the project as shared/cases")
    return folder.parent / "cases"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that this session started; what is put into it is the test's own affair."""
    os.environ["SHOP_PASSWORD"] = PASSWORD
    yield from running_server()
    del os.environ["SHOP_PASSWORD"]


@pytest.fixture(scope="module")
def browser():
    """A running browser, for many pages."""
    from pages.browser import Browser, find_browser

    program = find_browser()
    if program is None:
        pytest.skip("no Chromium on this machine: install `chromium`, or name one in INSIGHT_BROWSER")
    with Browser(program) as running:
        yield running


def pytest_collection_finish(session):
    """Leave thousands of collected tests out of the garbage collector's rounds."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config):
    """Let a green run end in its own last line: DuckDB lists objects that outlive it on the error stream at exit."""
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


def pytest_sessionfinish(session, exitstatus):
    """With INSIGHT_NO_SKIPS a skip is a failure: the check did not happen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("INSIGHT_NO_SKIPS") and skipped:
        for report in skipped:
            reporter.write_line(f"not allowed to skip: {report.nodeid}: {report.longrepr[2]}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A project with one business, ``shop``, and two short notebooks, of which the second reads the first's table."""
    for name in ("params", "notebooks", "data/raw", "reports"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "params" / "shop.yaml").write_text(
        "title: {en: Shop, zh: 商店}\ncurrency: USD\ntime_zone: UTC\nsource: {kind: cdnow, sample: sample}\n",
        encoding="utf-8",
    )
    open_workspace = "from insight.storage.workspace import Workspace\nws = Workspace(dataset, {name!r})"
    write_notebook(
        tmp_path / "notebooks" / "10_first.ipynb",
        open_workspace.format(name="10_first") + "\nimport pandas as pd",
        'rows = [(str(n), "tea" if n % 2 else "cake", ws.params.currency, None, None) for n in range(1000)]\n'
        'ws.write("products", pd.DataFrame(rows, columns=["product_id", "name", "category", "department", "brand"]))',
        "from insight.config.parameters import Bilingual\n"
        'ws.headline("products", len(rows), unit="rows", sentence=Bilingual(en="There are some.", zh="有一些。"))',
        "ws.publish()",
        needs=["raw"],
        writes=["products"],
    )
    write_notebook(
        tmp_path / "notebooks" / "20_second.ipynb",
        open_workspace.format(name="20_second"),
        "n = ws.read('products').count().execute()\nassert ws.params.tiers != 7, 'seven is too many'",
        "from insight.config.parameters import Bilingual\n"
        'ws.headline("doubled", 2 * n + ws.params.tiers, sentence=Bilingual(en="Twice.", zh="两倍。"))',
        "ws.publish()",
        needs=["products"],
    )
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    return tmp_path
