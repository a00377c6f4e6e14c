"""A flat table without a label, by `source: files` and `one_row_per: customer`: groups, and what each is like."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from business.conftest import make_home

ROWS = 900
SAID = ("title: {en: Clients, zh: 客户}", "time_zone: Europe/Amsterdam", "currency: EUR", "source: files")


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """Clients who owe, who buy, and who do neither, with a column that follows from another and an address."""
    home, rng = make_home(tmp_path_factory.mktemp("clients")), np.random.default_rng(3)
    kind = rng.integers(0, 3, ROWS)
    owed, bought = np.array([5000, 200, 60])[kind], np.array([150, 4000, 50])[kind]
    rows = pd.DataFrame({
        "ClientNo": np.arange(ROWS) + 1, "E-Mail": "a@b.nl", "OWED": owed * rng.lognormal(0, 0.3, ROWS),
        "BOUGHT": bought * rng.lognormal(0, 0.3, ROWS), "TOWN": rng.choice(["x", "y"], ROWS), "KIND": kind,
    })  # fmt: skip
    rows = rows.assign(BOUGHT_CENTS=100 * rows["BOUGHT"])
    folder = home.folder / "data" / "raw" / "clients"
    folder.mkdir(parents=True)
    rows.to_csv(folder / "clients.csv", index=False)
    return home, kind


def say(home, *lines: str) -> None:
    (home.folder / "params" / "clients.yaml").write_text("\n".join([*SAID, *lines]) + "\n", encoding="utf-8")


def test_a_label_and_none_at_once_are_refused(clients):
    say(clients[0], "one_row_per: customer", "label: KIND")
    refused = clients[0].call("check", "clients")
    assert refused.returncode != 0
    assert "one_row_per" in refused.stderr + refused.stdout


def test_clients_are_grouped_by_the_columns_of_one_table(clients):
    home, kind = clients
    say(home, "one_row_per: customer", "ignored: [KIND]", "max_groups: 3")
    checked = home.call("check", "clients")
    assert "a run can start" in checked.stdout
    said = home.report("clients")
    assert "30_segmentation" not in said or "not available" in said
    groups = pd.read_parquet(home.processed("clients") / "flat_groups.parquet").set_index("row_id")["group"]
    known = pd.read_parquet(home.processed("clients") / "flat_customers.parquet").set_index("row_id")["known"]
    assert "E-Mail" not in known.iloc[0]
    numbers = known.map(lambda one: int(json.loads(one)["ClientNo"]) - 1)
    assert adjusted_rand_score(kind[numbers[groups.index]], groups) > 0.9
    stated = json.loads((home.processed("clients") / "headlines" / "30_flat_groups.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in stated} == {"groups", "group_bootstrap_ari"}
    for lang, words in (("en", "BOUGHT_CENTS (as BOUGHT)"), ("zh", "BOUGHT_CENTS")):
        page = (home.reports("clients") / lang / "30_flat_groups.html").read_text(encoding="utf-8")
        assert words in page
        assert "OWED" in page
        assert "a@b.nl" not in page
