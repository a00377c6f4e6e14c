from pathlib import Path

import pytest
import yaml

from insight.config.parameters import Parameters, load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.sources import draft
from insight.sources.readers import files

SHOP = {
    "customer_id": "who",
    "occurred_at": {"column": "when", "dates": ["%d/%m/%Y %H:%M"]},
    "amount": "paid",
}


class Business:
    """A made-up business in a project of its own: put files, describe them, read them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "data" / "raw" / "shop"
        self.folder.mkdir(parents=True)
        (root / "params").mkdir()
        (root / "notebooks").mkdir()
        self.con = connect(threads=1)

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def describe(self, *, files="*.csv", columns=None, form=None, tables=None, **table) -> Parameters:
        transactions = {"files": files, "columns": columns or SHOP, **table}
        source = {"kind": "files", "format": form or {}, "tables": tables or {"transactions": transactions}}
        given = {
            "title": {"en": "Shop", "zh": "商店"},
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "source": source,
        }
        (self.root / "params" / "shop.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), "utf-8")
        return load("shop", root=self.root)

    def read(self, params: Parameters | None = None, table: str = "transactions") -> list[dict]:
        rows = files.deliver(params or self.describe(), self.con)[table]
        return rows.order_by("source_file", "source_line").to_pyarrow().to_pylist()

    def draft(self) -> dict:
        """Write the description that `insight new` makes, and give it as read."""
        text = draft.draft("shop", self.root)
        (self.root / "params" / "shop.yaml").write_text(text, "utf-8")
        return yaml.safe_load(text)

    def run_as_drafted(self) -> dict:
        """Draft, deliver and check without an edit; give what was checked, by table."""
        self.draft()
        delivered = files.deliver(load("shop", root=self.root), self.con)
        return {name: check(rows, CONTRACTS[name]) for name, rows in delivered.items()}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    business = Business(tmp_path)
    yield business
    business.con.disconnect()
