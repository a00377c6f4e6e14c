"""The runner on two short notebooks: what runs, what does not, and what a failure says."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

import insight.runner.run as run_module
from insight.errors import ParameterError, SourceError
from insight.runner import warm
from insight.runner.failures import NotebookError
from insight.runner.kernel import SocketKernelManager
from insight.runner.publish import publish
from insight.runner.run import run
from insight.storage.store import Store
from small_project import bytes_below, lend_server, write_notebook


@pytest.fixture(autouse=True)
def _one_server(monkeypatch):
    monkeypatch.setattr(warm, "Server", lend_server)


def headline(home: Path, notebook: str) -> float:
    return json.loads((home / "data/processed/shop/headlines" / f"{notebook}.json").read_text())[0]["value"]


def test_a_second_run_executes_nothing_and_a_parameter_only_what_reads_it(home):
    seen = []
    assert run("shop", watch=seen.append).executed == ["10_first", "20_second"]
    assert {"running", "cell", "done"} == {event.state for event in seen}
    before = bytes_below(home / "data")
    assert run("shop").executed == []
    assert bytes_below(home / "data") == before
    assert run("shop", overrides={"tiers": "4"}).executed == ["20_second"]
    assert headline(home, "20_second") == 2004
    assert run("shop").executed == ["20_second"]
    assert bytes_below(home / "data") == before


def test_a_failure_says_what_where_and_how_to_go_on(home):
    with pytest.raises(NotebookError) as caught:
        run("shop", overrides={"tiers": "7"})
    said = str(caught.value)
    assert "20_second failed in code cell 4:\n  AssertionError: seven is too many" in said
    assert "continue with: insight run shop" in said
    assert (home / "data/processed/shop/notebooks/failed/20_second.ipynb").is_file()
    assert not caught.value.bad_input
    assert run("shop").executed == ["20_second"]
    assert not (home / "data/processed/shop/notebooks/failed").exists()


@pytest.fixture
def five(home):
    """Of five notebooks the second fails where ``tiers`` is 7; the third follows from it, the others do not."""
    opened = "from insight.storage.workspace import Workspace\nws = Workspace(dataset, {name!r})\nws.has('segments')"
    second = home / "notebooks" / "20_second.ipynb"
    second.write_text(
        second.read_text(encoding="utf-8").replace('"writes": []', '"writes": ["profile"]'), encoding="utf-8"
    )
    for name, needs, uses in (
        ("30_third", ["profile"], []),
        ("40_fourth", ["products"], []),
        ("80_brief", ["products"], ["headlines"]),
    ):
        path = home / "notebooks" / f"{name}.ipynb"
        write_notebook(path, opened.format(name=name), "ws.headlines()", "ws.publish()", needs=needs, uses=uses)
    return home


def page(home: Path, name: str, lang: str = "en") -> str:
    html = (home / "reports" / "shop" / lang / f"{name}.html").read_text(encoding="utf-8")
    return re.sub(r"</?a\b[^>]*>", "", html)  # names of reports are links


def test_what_does_not_follow_from_a_failure_is_made_and_the_others_have_a_page_that_says_why(five):
    seen = []
    with pytest.raises(NotebookError) as caught:
        run("shop", overrides={"tiers": "7"}, watch=seen.append)
    done = {event.notebook for event in seen if event.state == "done"}
    assert done == {"10_first", "40_fourth", "80_brief"}
    index = publish("shop", unavailable=caught.value.unavailable).read_text(encoding="utf-8")
    for lang, said, waits, todo in (
        ("en", "stopped with AssertionError in code cell 4", "follows from “Customer profile”", "insight run shop"),
        ("zh", "计算因 AssertionError 中止（代码单元 4）", "它依赖未能生成的《客户画像》", "insight run shop"),
    ):
        failed = page(five, "20_second", lang)
        assert said in failed
        assert todo in failed
        assert "seven is too many" not in failed  # of a message that is not ours nobody knows whose values it holds
        assert waits in page(five, "30_third", lang)
    assert index.count("stopped with AssertionError") == 1
    assert "Not in this brief, as they could not be made this time: Customer profile and" in page(five, "80_brief")
    assert run("shop").executed == ["20_second", "80_brief"]  # 30 cannot be had: nobody made a profile after all
    publish("shop")
    assert "could not be made" not in page(five, "20_second") + page(five, "80_brief")


def test_what_our_own_errors_say_stands_on_the_page(five):
    refuses = (
        "from insight.errors import SourceError\nraise SourceError('sales.csv: 3 rows, <none> of 2024. Deliver it.')"
    )
    write_notebook(five / "notebooks" / "40_fourth.ipynb", refuses, needs=["products"])
    with pytest.raises(NotebookError) as caught:
        run("shop")
    assert caught.value.bad_input
    publish("shop", unavailable=caught.value.unavailable)
    for lang in ("en", "zh"):
        assert "sales.csv: 3 rows, &lt;none&gt; of 2024. Deliver it." in page(five, "40_fourth", lang)


def test_the_engine_draws_no_progress_bar_into_a_report(home):
    asked = "ws.con.raw_sql(\"SELECT current_setting('enable_progress_bar')\").fetchone()"
    first = "from insight.storage.workspace import Workspace\nws = Workspace(dataset, '10_first')"
    write_notebook(home / "notebooks" / "10_first.ipynb", first, f"assert {asked} == (False,)", "ws.publish()")
    assert run("shop", only=["10"]).executed == ["10_first"]


def test_a_kernel_that_dies_is_a_failure(home):
    write_notebook(home / "notebooks" / "30_dies.ipynb", "import os\nos._exit(9)", needs=["products"])
    with pytest.raises(NotebookError, match=r"30_dies failed in code cell 3:\n  .*(died|ended unexpectedly)"):
        run("shop")


def test_a_cell_without_end_is_stopped(home, monkeypatch):
    write_notebook(home / "notebooks" / "30_waits.ipynb", "import time\nwhile True: time.sleep(1)", needs=["products"])
    task = run_module._task
    monkeypatch.setattr(run_module, "_task", lambda *given: replace(task(*given), cell_seconds=2))
    with pytest.raises(NotebookError, match=r"30_waits failed in code cell 3:\n .*ran for 2 seconds and was stopped"):
        run("shop")
    assert "20_second" in Store(home / "data" / "processed" / "shop").manifest()["steps"]


def test_a_notebook_that_a_business_cannot_have_is_left_out(home):
    write_notebook(home / "notebooks" / "30_more.ipynb", "1", needs=["contacts", "products.brand", "products.name"])
    outcome = run("shop")
    assert outcome.unavailable == {"30_more": ["contacts", "products.brand"]}


def test_only_runs_what_was_asked_for(home):
    run("shop")
    assert run("shop", only=["20"]).executed == ["20_second"]
    with pytest.raises(ParameterError, match="no notebook begins with `99`"):
        run("shop", only=["99"])


def test_a_notebook_whose_tables_are_not_made_yet_names_what_makes_them(home):
    write_notebook(home / "notebooks" / "30_third.ipynb", "1", needs=["profile"])
    write_notebook(home / "notebooks" / "20_second.ipynb", "1", needs=["products"], writes=["profile"])
    with pytest.raises(ParameterError) as caught:
        run("shop", only=["30"])
    assert str(caught.value) == (
        "--only: 30_third cannot run before 10_first, 20_second. Run: insight run shop --only 10 --only 20"
    )


def test_a_misspelt_parameter_stops_before_any_work(home):
    with pytest.raises(ParameterError, match="did you mean `churn_window`"):
        run("shop", overrides={"chrun_window": "90"})
    assert not (home / "data" / "processed").exists()


def test_missing_files_stop_before_any_work(home):
    (home / "data" / "raw" / "shop").mkdir()
    (home / "params" / "shop.yaml").write_text(
        "title: {en: Shop, zh: 商店}\ncurrency: USD\ntime_zone: UTC\n"
        "source: {kind: files, tables: {transactions: {files: [sales.csv], columns: {amount: a, occurred_at: d}}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SourceError, match=r"sales\.csv"):
        run("shop")
    assert not (home / "data" / "processed" / "shop" / "manifest.json").exists()


@pytest.mark.parametrize("moment", ["before it is read", "after it was read"])
def test_a_delivered_file_that_changes_during_a_run_is_not_taken_for_what_was_read(home, monkeypatch, moment):
    """Its size and time are set back, as by who copies with `cp -p`: whoever looks at these alone sees nothing."""
    raw = home / "data" / "raw" / "sales.csv"
    raw.write_text("1\n")
    monkeypatch.setattr(run_module, "_inputs", lambda params: [raw])
    changes = (
        f"import os, pathlib\nraw = pathlib.Path({str(raw)!r})\nsaid = raw.stat()\n"
        "if raw.read_text() == '1\\n':\n    raw.write_text('2\\n')\n"
        "os.utime(raw, ns=(said.st_atime_ns, said.st_mtime_ns))"
    )
    reads = "print(raw.read_text() if 'raw' in globals() else '')"
    cells = [changes, reads] if moment == "before it is read" else [reads, changes]
    opened = "from insight.storage.workspace import Workspace\nws = Workspace(dataset, '10_first')"
    write_notebook(home / "notebooks" / "10_first.ipynb", opened, *cells, "ws.publish()", needs=["raw"])
    (home / "notebooks" / "20_second.ipynb").unlink()
    with pytest.raises(NotebookError, match="a delivered file changed while it was read"):
        run("shop")
    assert "10_first" not in Store(home / "data" / "processed" / "shop").manifest()["steps"]
    assert run("shop").executed == ["10_first"]  # nothing changes it any more
    raw.write_text("3\n")
    assert run("shop").executed == ["10_first"]


def test_what_tells_how_to_reach_a_kernel_lies_in_the_folder_of_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    manager = SocketKernelManager()
    manager.write_connection_file()
    assert Path(manager.connection_file).is_relative_to(tmp_path / "jupyter")
    manager.cleanup_connection_file()


#: Forks a run for every line, with its modules loaded, and says its number, then how it ended.
_STARTS = """
import os, sys
from insight.runner.run import run
from insight.sources import registry
for _ in sys.stdin:
    pid = os.fork()
    if not pid:
        run("shop")
        os._exit(0)
    os.setpgid(pid, pid)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


@pytest.fixture
def start(home):
    """Start a run in a process group of its own, as a shell would; give its number, and what waits for its end."""
    environment = {**os.environ, "PYTHONHASHSEED": str(random.randrange(1000))}
    with subprocess.Popen(
        [sys.executable, "-c", _STARTS], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starts:

        def begin() -> tuple[int, Callable[[], int]]:
            print(file=starts.stdin, flush=True)
            return int(starts.stdout.readline()), lambda: int(starts.stdout.readline())

        yield begin
        starts.stdin.close()


def test_killed_at_twenty_random_moments_it_ends_in_the_same_bytes(home, start):
    began = time.monotonic()
    _, wait = start()
    assert wait() == 0
    took = time.monotonic() - began
    undisturbed = bytes_below(home / "data" / "processed" / "shop")
    chance = random.Random(20)
    store = Store(home / "data" / "processed" / "shop")
    for _ in range(20):
        pid, wait = start()
        time.sleep(chance.uniform(0, took))
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(pid, signal.SIGKILL)
        wait()
        store.recover()
        for name in store.outputs():
            store.path_of(name)  # raises unless the file is whole
        if not store.manifest()["steps"].get("20_second", {}).get("made_of"):
            continue
        (home / "data/processed/shop/manifest.json").unlink()  # finished: begin again from nothing
    time.sleep(1.5)  # a kernel notices within a second that its parent is gone
    run("shop")  # with another seed of hashes
    assert bytes_below(home / "data" / "processed" / "shop") == undisturbed
