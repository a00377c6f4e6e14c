"""Tables go to their files whole and checked, whatever they were made as, and the manifest says what each is."""

import json
import re
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from insight.errors import ContractError, WorkspaceError
from insight.storage import workspace
from insight.storage.store import sha256_of
from insight.storage.workspace import OVERRIDES, Workspace, opened

ROWS = {
    "product_id": ["b", "a"],
    "name": ["Tea", "Cake"],
    "category": ["x", None],
    "department": [None, None],
    "brand": [None, None],
}

ARROW = pa.table(ROWS, schema=pa.schema({name: pa.string() for name in ROWS}))


def products(rows: int = 2) -> pd.DataFrame:
    return pd.DataFrame(ROWS).iloc[:rows]


def make(data=None, notebook: str = "10_first", **knobs) -> Workspace:
    ws = Workspace("shop", notebook, **knobs)
    ws.write("products", products() if data is None else data)
    ws.publish()
    return ws


@pytest.fixture
def folder(home) -> Path:
    return home / "data/processed/shop"


def entry_of(folder: Path, step: str) -> dict:
    return json.loads((folder / "manifest.json").read_text("utf-8"))["steps"][step]


# --- what is there


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_table_is_there_for_who_asks_when_it_has_a_row(home, rows):
    make(products(rows))
    assert Workspace("shop", "20").has("products") == (rows > 0)


def test_a_column_that_no_table_has_is_not_there(home):
    make()
    ws = Workspace("shop", "20")
    assert ws.has("products", "name")
    assert not ws.has("products", "colour")


def test_before_the_first_workspace_there_is_none_in_use(monkeypatch):
    monkeypatch.setattr(workspace, "_OPENED", [])
    assert opened() is None


def test_the_calls_that_a_workspace_proposes_are_its_own(home):
    make()
    ws = Workspace("shop", "20")
    calls = re.findall(r"^  (ws\.\w+\(\S*\)) +\w", repr(ws), re.MULTILINE)
    assert calls == ["ws.tables()", 'ws.describe("profile")', 'ws.read("profile")']
    assert all(hasattr(ws, call[3 : call.index("(")]) for call in calls)
    assert repr(ws).startswith("Workspace of shop for 20: 1 tables, 2 rows\n")


def test_a_table_opened_twice_stands_in_the_engine_under_two_names_that_tell_what_it_is(home):
    make()
    ws = Workspace("shop", "20")
    names = [ws.read("products").get_name() for _ in range(2)]
    assert names[0] != names[1]
    assert all(name.startswith("products_") for name in names)


def test_a_frame_may_come_of_a_table_of_arrow(home):
    frame = Workspace("shop", "20").frame(pa.table({"n": [1, 2], "nothing": pa.nulls(2)}))
    assert frame["n"].tolist() == [1, 2]
    assert frame["nothing"].isna().all()


def test_what_the_engine_puts_aside_lies_with_what_is_staged_and_goes_with_it(home, folder):
    ws = Workspace("shop", "20")
    aside = Path(ws.con.raw_sql("SELECT current_setting('temp_directory')").fetchall()[0][0])
    assert aside.parent == folder / ".staging" / "20"
    assert aside.name.startswith("spill-")
    ws.publish()
    assert not aside.exists()


# --- parameters


def test_parameters_of_a_run_count_instead_of_the_files_and_a_cells_before_both(home, monkeypatch):
    monkeypatch.setenv(OVERRIDES, '{"tiers": "4", "churn_window": "60"}')
    params = Workspace("shop", "10_first", churn_window=90, trend_days=None).params
    assert (params.tiers, params.churn_window) == (4, 90)


def test_who_follows_a_table_counts_as_read_what_its_maker_had_read_and_no_others(home, folder):
    ws = Workspace("shop", "10_first", tiers=3)
    assert ws.params.tiers == 3
    ws.write("products", products())
    ws.publish()
    other = Workspace("shop", "11_other")
    assert other.params.seed is not None
    other.publish()
    ws = Workspace("shop", "20")
    ws.follow("products")
    ws.follow("contacts")
    ws.publish()
    assert entry_of(folder, "20")["parameters"].keys() == entry_of(folder, "10_first")["parameters"].keys()
    assert "tiers" in entry_of(folder, "20")["parameters"]
    assert "seed" not in entry_of(folder, "20")["parameters"]


# --- what is written


@pytest.mark.parametrize(
    "made",
    [
        lambda ws: ARROW,
        lambda ws: ws.con.create_table("mine", ARROW, temp=True),
        lambda ws: ibis.memtable(products().astype("string")),
        lambda ws: products().set_index(pd.Index(["x", "y"], name="line")),
    ],
    ids=["arrow", "engine", "memory", "frame with an index of its own"],
)
def test_the_rows_are_the_same_whatever_a_table_was_made_as(home, folder, made):
    (ws := Workspace("shop", "10_first")).write("products", made(ws))
    ws.publish()
    assert pq.read_table(folder / "products.parquet").cast(ARROW.schema).equals(ARROW.sort_by("product_id"))


def test_what_the_engine_has_is_written_by_it_and_not_brought_into_memory(home, folder, monkeypatch):
    ws = Workspace("shop", "10_first")
    rows = ws.con.create_table("mine", ARROW, temp=True)
    monkeypatch.setattr(Workspace, "_as_ibis", lambda *_: pytest.fail("brought into memory"))
    ws.write("products", rows)
    ws.publish()
    assert (folder / "products.parquet").is_file()


def test_what_another_engine_has_is_written_as_one_file_here(home, folder):
    class Cluster:
        """A table of an engine that is not here."""

        def __init__(self, table: pa.Table) -> None:
            self.table = table

        def get_backend(self):
            return type("Backend", (), {"name": "spark"})

        def to_pyarrow(self) -> pa.Table:
            return self.table

    ws = Workspace("shop", "10_first")
    ws.quarantine("products", Cluster(ARROW))
    ws.publish()
    assert pq.read_table(folder / "quarantine" / "products.parquet").to_pydict() == ROWS


def test_the_manifest_says_of_a_table_its_bytes_rows_values_and_types(home, folder):
    make()
    assert entry_of(folder, "10_first")["outputs"]["products.parquet"] == {
        "sha256": sha256_of(folder / "products.parquet"),
        "rows": 2,
        "filled": {"product_id": 2, "name": 2, "category": 1, "department": 0, "brand": 0},
        "schema": {"product_id": "string"} | dict.fromkeys(list(ROWS)[1:], "string"),
    }
    group = pq.ParquetFile(folder / "products.parquet").metadata.row_group(0)
    assert {group.column(place).compression for place in range(group.num_columns)} == {"ZSTD"}


def test_a_table_that_was_refused_is_not_published_and_may_be_written_again(home, folder):
    ws = Workspace("shop", "10_first")
    with pytest.raises(ContractError, match="product_id"):
        ws.write("products", products().assign(product_id="a"))
    assert not (folder / ".staging" / "10_first" / "products.parquet").exists()
    ws.publish()
    assert not Workspace("shop", "20").has("products")
    make()
    assert Workspace("shop", "20").has("products")


def test_a_table_that_could_not_be_written_is_named_with_where(home, monkeypatch):
    def full(path) -> None:
        raise OSError(28, "No space left on device")

    ws = Workspace("shop", "10_first")
    rows = ws.con.create_table("mine", ARROW, temp=True)
    monkeypatch.setattr(workspace, "sync_file", full)
    with pytest.raises(WorkspaceError, match=r"^products: could not be written under .*10_first\. Is the disk full\?"):
        ws.write("products", products())
    with pytest.raises(
        WorkspaceError, match=r"^contacts: could not be written under .*quarantine\. Is the disk full\?"
    ):
        ws.quarantine("contacts", rows)


def test_rows_set_aside_and_texts_are_published_with_the_tables(home, folder):
    ws = Workspace("shop", "10_first")
    ws.quarantine("products", ws.con.create_table("mine", ARROW, temp=True))
    ws.quarantine("contacts", ws.con.create_table("other", ARROW, temp=True))
    ws.write_text("groups.sql", "SELECT '客'")
    assert not (folder / "groups.sql").exists()
    ws.publish()
    assert pq.read_table(folder / "quarantine" / "products.parquet").to_pydict() == ROWS
    assert (folder / "groups.sql").read_text("utf-8") == "SELECT '客'"
    assert {name: about["sha256"] for name, about in entry_of(folder, "10_first")["outputs"].items()} == {
        name: sha256_of(folder / name)
        for name in ("groups.sql", "quarantine/contacts.parquet", "quarantine/products.parquet")
    }


def test_what_a_notebook_makes_itself_is_nothing_that_it_follows_from(home, folder):
    ws = Workspace("shop", "10_first")
    ws.has("products")
    ws.has("contacts")
    ws.write("products", products())
    ws.publish()
    assert entry_of(folder, "10_first")["inputs"] == {"contacts.parquet": None}
