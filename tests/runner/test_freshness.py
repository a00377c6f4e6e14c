import json
import os
import time
from datetime import date
from pathlib import Path

import pytest

from insight.config.parameters import load
from insight.errors import InsightError
from insight.runner import freshness
from insight.runner.freshness import PACKAGE, Step, code_digest, code_files, fingerprint, is_fresh, read_steps
from insight.runner.publish import made_with
from insight.storage.store import Store, sha256_of

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def notebook(path: Path, *, code: str = "1", declared: dict | None = None) -> Path:
    cells = [{"cell_type": "code", "source": [code], "outputs": [], "metadata": {}, "execution_count": None}]
    meta = {"insight": declared if declared is not None else {"needs": [], "uses": [], "writes": []}}
    path.write_text(json.dumps({"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}))
    return path


def step(name: str, needs=(), uses=(), writes=()) -> Step:
    return Step(name, Path(name), tuple(needs), tuple(uses), tuple(writes))


@pytest.fixture
def done(tmp_path):
    """A store in which one step has run on one table, and what it was made of."""
    store = Store(tmp_path / "shop")
    staged = store.staging("10")
    (staged / "t.parquet").write_text("table")
    store.commit(
        "10", {"inputs": {}, "parameters": {}, "outputs": {"t.parquet": {"sha256": sha256_of(staged / "t.parquet")}}}
    )
    store.staging("20")
    inputs = {"t.parquet": store.outputs()["t.parquet"]["sha256"], "contacts.parquet": None}
    store.commit("20", {"inputs": inputs, "parameters": {"tiers": 5}, "outputs": {}})
    (store.folder / "20.ipynb").write_text("executed")
    executed = {"file": "20.ipynb", "sha256": sha256_of(store.folder / "20.ipynb")}
    store.amend("20", made_of={"code": "a"}, executed=executed)
    return store


def fresh(store, *, tiers="5", made_of=None) -> bool:
    params = load("complete_journey", {"tiers": tiers})
    return is_fresh(step("20"), store=store, params=params, made_of=made_of or {"code": "a"})


def test_nothing_changed_is_fresh(done):
    assert fresh(done)


def test_a_parameter_that_was_read_makes_it_stale(done):
    assert not fresh(done, tiers="4")


def test_other_code_makes_it_stale(done):
    assert not fresh(done, made_of={"code": "b"})


def test_a_table_made_anew_makes_it_stale(done):
    staged = done.staging("10")
    (staged / "t.parquet").write_text("other")
    done.commit(
        "10", {"inputs": {}, "parameters": {}, "outputs": {"t.parquet": {"sha256": sha256_of(staged / "t.parquet")}}}
    )
    assert not fresh(done)


def test_a_table_that_was_missing_and_is_there_now_makes_it_stale(done):
    staged = done.staging("15")
    (staged / "contacts.parquet").write_text("x")
    outputs = {"contacts.parquet": {"sha256": sha256_of(staged / "contacts.parquet")}}
    done.commit("15", {"inputs": {}, "parameters": {}, "outputs": outputs})
    assert not fresh(done)


def test_a_damaged_executed_notebook_makes_it_stale(done):
    (done.folder / "20.ipynb").write_text("half")
    assert not fresh(done)


def test_a_notebook_follows_those_that_make_what_it_reads():
    ten, twenty = step("10", writes=["t"]), step("20", needs=["t.category"], writes=["p"])
    assert twenty.follows(ten)
    assert not ten.follows(twenty)
    assert not step("30", needs=["t"]).follows(twenty)
    assert step("80", uses=["headlines"]).follows(twenty)


def test_a_notebook_without_declaration_is_refused(tmp_path):
    path = notebook(tmp_path / "10_x.ipynb")
    path.write_text(path.read_text().replace("insight", "other"))
    with pytest.raises(InsightError, match=r"10_x.ipynb: expected a notebook whose metadata says"):
        read_steps(tmp_path)


def test_only_code_that_is_imported_counts(tmp_path):
    floor = code_digest(notebook(tmp_path / "10.ipynb", code="from insight.errors import InsightError"))
    wider = code_digest(notebook(tmp_path / "20.ipynb", code="from insight.storage.store import Store"))
    again = code_digest(notebook(tmp_path / "30.ipynb", code="import insight.errors"))
    assert floor == again != wider


def test_what_a_module_imports_counts_too():
    assert PACKAGE / "storage/store.py" in code_files(PACKAGE / "storage/workspace.py")


def test_readers_and_contracts_count_for_the_notebook_that_takes_in():
    assert {PACKAGE / "sources/readers/files.py", PACKAGE / "contracts/tables/customer.py"} <= code_files(NOTEBOOKS[1])


@pytest.mark.parametrize("declares", [{"needs": ["profile.spend"]}, {"uses": ["profile"]}, {"writes": ["tags"]}, None])
def test_a_contract_counts_for_the_notebooks_that_name_one_of_its_tables(tmp_path, declares):
    code = "from insight.contracts import CONTRACTS" + ("" if declares else "\nCONTRACTS['profile']")
    used = code_files(notebook(tmp_path / "20.ipynb", code=code, declared=declares))
    assert PACKAGE / "contracts/tables/profile.py" in used
    assert PACKAGE / "contracts/tables/review.py" not in used


def test_editing_a_module_makes_the_notebooks_stale_that_depend_on_it_and_no_other(monkeypatch):
    used = {path: code_files(path) for path in NOTEBOOKS}
    monkeypatch.setattr(freshness, "code_files", used.__getitem__)
    monkeypatch.setattr(freshness, "sha256_of", lambda file: "edited" if file == edited else "as it was")
    edited = None
    before = {path: code_digest(path) for path in NOTEBOOKS}
    for edited in PACKAGE.rglob("*.*"):
        stale = {path for path in NOTEBOOKS if code_digest(path) != before[path]}
        assert stale == {path for path in NOTEBOOKS if edited in used[path]}


@pytest.mark.parametrize(
    ("file", "reader", "other"),
    [
        ("report/insight.mplstyle", "report/plot.py", "profile/features.py"),
        ("words/catalogue/terms/bank.yaml", "words/text.py", "profile/features.py"),
        ("sources/drafting/column_names.yaml", "sources/draft.py", "sources/registry.py"),
        ("sources/public.yaml", "sources/public.py", "sources/registry.py"),
        ("sources/readers/cardbank.yaml", "sources/registry.py", "sources/draft.py"),
        ("unify/standardise/traditional.txt", "unify/resolve.py", "report/plot.py"),
    ],
)
def test_a_data_file_counts_for_who_imports_what_reads_it(file, reader, other):
    assert PACKAGE / file in code_files(PACKAGE / reader)
    assert PACKAGE / file not in code_files(PACKAGE / other)


def test_words_count_where_a_text_of_their_subject_is_asked_for(tmp_path):
    asks = code_files(notebook(tmp_path / "10.ipynb", code='from insight.words.text import text\ntext("segment.a")'))
    other = code_files(notebook(tmp_path / "20.ipynb", code='from insight.words.text import text\ntext("common.a")'))
    assert asks - other == {PACKAGE / "words/catalogue/segment.yaml"}


def test_every_data_file_is_read_by_a_module_of_the_package():
    modules = {path: freshness._read(path) for path in PACKAGE.rglob("*.py")}
    data = {file for file in PACKAGE.rglob("*") if file.is_file() and freshness._is_data(file)}
    assert len(data) > 20
    assert data - freshness._data_read(modules, data) == {PACKAGE / "py.typed"}


def test_raw_files_count_for_the_notebook_that_reads_them(tmp_path):
    path, lock = notebook(tmp_path / "10_x.ipynb", declared={"needs": ["raw"]}), tmp_path / "lock"
    (tmp_path / "raw.csv").write_text("a")
    ten = read_steps(tmp_path)[0]
    before = fingerprint(ten, code="c", lock=lock, raw=[tmp_path / "raw.csv"])
    (tmp_path / "raw.csv").write_text("b")
    assert fingerprint(ten, code="c", lock=lock, raw=[tmp_path / "raw.csv"]) != before
    assert path.stem == ten.name


def test_two_raw_files_of_the_same_name_both_count(tmp_path):
    notebook(tmp_path / "10_x.ipynb", declared={"needs": ["raw"]})
    (ten,) = read_steps(tmp_path)
    raw = [tmp_path / month / "sales.csv" for month in ("01", "02")]
    for path in raw:
        path.parent.mkdir()
        path.write_text("a")
    before = fingerprint(ten, code="c", lock=tmp_path / "lock", raw=raw)
    raw[0].write_text("b")
    assert fingerprint(ten, code="c", lock=tmp_path / "lock", raw=raw) != before


def test_raw_data_on_a_server_is_read_again_each_time(done, tmp_path):
    notebook(tmp_path / "20.ipynb", declared={"needs": ["raw"]})
    (twenty,) = read_steps(tmp_path)
    made_of = fingerprint(twenty, code="c", lock=tmp_path / "lock", raw=[])
    done.amend("20", made_of=made_of)
    assert not fresh(done, made_of=made_of)


def test_a_module_that_is_imported_when_first_used_counts(tmp_path, monkeypatch):
    used = notebook(tmp_path / "20.ipynb", code="from insight.report import findings\nfindings.profile.curve")
    other = notebook(tmp_path / "30.ipynb", code="from insight.report import findings\nfindings.segment.tiers")
    asked = []
    monkeypatch.setattr("insight.runner.freshness.digest_of", lambda named: asked.append(set(named)))
    code_digest(used)
    code_digest(other)
    assert "report/findings/profile.py" in asked[0] - asked[1]


def test_the_library_that_a_table_is_made_by_counts(tmp_path):
    path = notebook(tmp_path / "20.ipynb")
    (tmp_path / "params" / "tags").mkdir(parents=True)
    tag = tmp_path / "params" / "tags" / "some.yaml"
    digests = []
    for text in ("first", "second"):
        tag.write_text(text)
        made = Step("20", path, (), (), ("tags",))
        digests.append(fingerprint(made, code="c", lock=tmp_path / "requirements.lock", raw=[])["params/tags"])
    assert digests[0] != digests[1]


def test_whatever_only_the_pages_are_made_with_counts_for_them():
    files = made_with()
    assert {file for file in PACKAGE.rglob("*") if file.is_file() and "template" in file.parts} <= files
    assert {PACKAGE / "words/catalogue/common.yaml", PACKAGE / "report/table.html.j2"} <= files
    assert set(map(PACKAGE.joinpath, ("report/fonts/InsightSans-Regular.ttf", "pages/template/style.css"))) <= files


# --- the day that was taken for today


def took_for_today(store: Store, day: str | None) -> None:
    store.amend("20", parameters={"today": day})


def of_day(store: Store, monkeypatch, *, now: str, said: str | None = None) -> bool:
    monkeypatch.setattr(freshness, "day_of", lambda _: date.fromisoformat(now))
    params = load("complete_journey", {"today": said} if said else None)
    return is_fresh(step("20"), store=store, params=params, made_of={"code": "a"})


def test_what_lay_after_today_is_looked_at_again_on_another_day(done, monkeypatch):
    took_for_today(done, "2024-03-01")
    assert of_day(done, monkeypatch, now="2024-03-01")
    assert not of_day(done, monkeypatch, now="2024-03-02")


def test_where_nothing_lay_after_today_another_day_changes_nothing(done, monkeypatch):
    took_for_today(done, None)
    assert of_day(done, monkeypatch, now="2030-01-01")


def test_the_day_that_was_said_counts_whatever_the_day(done, monkeypatch):
    took_for_today(done, "2024-03-01")
    assert of_day(done, monkeypatch, now="2030-01-01", said="2024-03-01")
    assert not of_day(done, monkeypatch, now="2024-03-01", said="2024-03-02")
    took_for_today(done, None)
    assert not of_day(done, monkeypatch, now="2024-03-01", said="2024-03-01")


# --- raw files are hashed once


def aged(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


@pytest.fixture
def hashed(monkeypatch):
    """The files that were hashed, in order; time has passed since they were written."""
    seen: list[Path] = []
    monkeypatch.setattr(freshness, "sha256_of", lambda path: (seen.append(path), sha256_of(path))[1])
    monkeypatch.setattr(freshness, "_SETTLED_NANOSECONDS", -1)
    return seen


def test_a_file_that_nobody_touched_is_hashed_once(tmp_path, hashed):
    path = aged(tmp_path / "raw.csv", "a")
    assert freshness._hash_once(path) == freshness._hash_once(path) == sha256_of(path)
    assert hashed == [path]


def test_a_change_is_seen_whatever_size_and_time_are_set_to(tmp_path, hashed):
    path = aged(tmp_path / "raw.csv", "a")
    before, said = freshness._hash_once(path), path.stat()
    time.sleep(0.05)  # longer than the system's clock takes to go on
    path.write_text("b")
    os.utime(path, ns=(said.st_atime_ns, said.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (said.st_size, said.st_mtime_ns)
    assert freshness._hash_once(path) != before


def test_another_file_in_its_place_is_seen(tmp_path, hashed):
    path = aged(tmp_path / "raw.csv", "a")
    before = freshness._hash_once(path)
    aged(tmp_path / "new.csv", "b").rename(path)
    assert freshness._hash_once(path) != before


def test_a_file_that_changed_just_now_is_hashed_each_time(tmp_path, monkeypatch):
    path = aged(tmp_path / "raw.csv", "a")
    monkeypatch.setattr(freshness, "_SETTLED_NANOSECONDS", 3600 * 10**9)
    freshness._hash_once(path)
    assert path not in freshness._HASHED
