"""Notebooks 20 and 30 on shops of one customer, of refunds only, without hours or categories: no crash, no leak."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from insight.contracts import CONTRACTS
from insight.report import display
from insight.report.tables import to_text
from insight.storage.workspace import Workspace

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PARAMS = Path(__file__).resolve().parents[2] / "params"
PROFILE, SEGMENTS = "20_customer_profile", "30_segmentation"


@pytest.fixture
def make_shop(home, monkeypatch):
    """Write the tables that notebook 10 would have written."""
    monkeypatch.setenv("INSIGHT_LANGUAGES", "en,zh")
    monkeypatch.setenv("INSIGHT_STRICT", "1")
    with (home / "params" / "shop.yaml").open("a", encoding="utf-8") as params:
        params.write("max_groups: 3\nbootstrap_rounds: 20\n")
    (home / "params" / "tags").mkdir()
    for path in (PARAMS / "tags").glob("*.yaml"):
        (home / "params" / "tags" / path.name).write_bytes(path.read_bytes())
    (home / "params" / "playbook.yaml").write_bytes((PARAMS / "playbook.yaml").read_bytes())

    def write(lines: list[dict]) -> Path:
        ws = Workspace("shop", "10_data_intake")
        ids = sorted({one["customer_id"] for one in lines if one["customer_id"]})
        ws.write("transactions", _table("transactions", lines))
        ws.write("customers", _table("customers", [{"customer_id": one} for one in ids]))
        ws.publish()
        return home

    return write


def _table(name: str, rows: list[dict]) -> pa.Table:
    schema = pa.schema([(column.name, column.engine_type.to_pyarrow()) for column in CONTRACTS[name].columns])
    return pa.Table.from_pylist([{**dict.fromkeys(schema.names), **one} for one in rows], schema=schema)


def bought(number, customer, on, amount, **more) -> dict:
    day = date(2024, 1, 1) + timedelta(days=int(on))
    return {
        "transaction_id": f"t{number}",
        "basket_id": f"b{number}",
        "customer_id": customer,
        "occurred_at": pd.Timestamp(day).to_pydatetime(),
        "occurred_on": day,
        "amount": Decimal(f"{amount:.2f}"),
        "currency": "USD",
        "kind": "purchase",
        **more,
    }


def run(notebook: str, monkeypatch) -> list[str]:
    """Run a notebook's code in this process; give what it said in English."""
    told: list[str] = []

    def keep(lang, kind, bundle, about):
        if lang == "en":
            shown = about.get("text") or about.get("finding") or to_text(display.tables.Grid(**about["table"]))
            told.append(shown)

    monkeypatch.setattr(display, "_emit", keep)
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict = {}
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        source = "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            source += "\ndataset = 'shop'"
        exec(compile(source, notebook, "exec"), names)
    return told


def headlines(home: Path, notebook: str) -> dict:
    path = home / "data" / "processed" / "shop" / "headlines" / f"{notebook}.json"
    return {line["name"]: line for line in json.loads(path.read_text(encoding="utf-8"))}


def test_one_customer_is_counted_and_never_shown(make_shop, monkeypatch):
    home = make_shop([bought(1, "c-secret", 0, 1234.56)])
    told = " ".join(run(PROFILE, monkeypatch) + run(SEGMENTS, monkeypatch))
    assert "fewer than 10 customers" in told
    assert "1,234" not in told
    stated = headlines(home, PROFILE) | headlines(home, SEGMENTS)
    assert {line["value"] for line in stated.values()} == {None}
    assert all(line["sentence"]["zh"] for line in stated.values())


def test_refunds_alone_make_no_customer(make_shop, monkeypatch):
    home = make_shop([bought(1, "c1", 0, -5, kind="refund"), bought(2, None, 3, 7)])
    assert "Nobody has made a purchase so far." in run(PROFILE, monkeypatch)
    run(SEGMENTS, monkeypatch)
    assert headlines(home, PROFILE)["customers"]["value"] == 0
    assert headlines(home, SEGMENTS)["groups"]["value"] is None


def test_days_without_hours_categories_or_promotions(make_shop, monkeypatch):
    rng = np.random.default_rng(1)
    rhythm = {f"c{number:03}": rng.integers(5, 40) for number in range(120)}
    lines = [
        bought(f"{customer}-{on}", customer, on + rng.integers(3), rng.gamma(3, 8))
        for customer, gap in rhythm.items()
        for on in range(0, 300, gap)
    ]
    home = make_shop(lines)
    told = " ".join(run(PROFILE, monkeypatch))
    assert "Most purchases are made on" in told
    assert "delivers none with its transactions" in told
    assert "does not say what was bought on promotion" in told
    assert headlines(home, PROFILE)["sales"]["value"] == pytest.approx(float(sum(one["amount"] for one in lines)))
    run(SEGMENTS, monkeypatch)
    stated = headlines(home, SEGMENTS)["group_bootstrap_ari"]
    assert stated["low"] <= stated["value"] <= stated["high"]


def test_a_second_run_gives_the_same_bytes(make_shop, monkeypatch):
    rng = np.random.default_rng(2)
    lines = [
        bought(number, f"c{number % 60:02}", rng.integers(200), rng.gamma(3, 8), hour=int(rng.integers(24)))
        for number in range(900)
    ]
    home = make_shop(lines)
    monkeypatch.setenv("INSIGHT_LANGUAGES", "en")
    made = []
    for _ in range(2):
        run(PROFILE, monkeypatch)
        run(SEGMENTS, monkeypatch)
        folder = home / "data" / "processed" / "shop"
        names = ["profile", "category_shares", "tags", "segments", "groups", "migration"]
        paths = [*(folder / f"{name}.parquet" for name in names), *sorted(folder.glob("headlines/*.json"))]
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]
