"""The same notebooks on other businesses, by parameters alone."""

import json

import pyarrow.compute as pc
import pyarrow.parquet as pq


def stated(home, dataset: str, notebook: str) -> dict[str, dict]:
    path = home.processed(dataset) / "headlines" / f"{notebook}.json"
    return {headline["name"]: headline for headline in json.loads(path.read_text())}


def executed(home, dataset: str) -> set[str]:
    return {path.stem[:2] for path in (home.processed(dataset) / "notebooks").glob("*.ipynb")}


def test_a_music_shop_has_10_to_40_and_says_what_the_others_need(music_shop):
    assert {"10", "20", "30", "40", "80"} <= executed(music_shop, "cdnow")
    assert not {"50", "60"} & executed(music_shop, "cdnow")
    index = (music_shop.reports("cdnow") / "index.html").read_text(encoding="utf-8")
    assert "Needs what this business does not deliver: campaigns and contacts." in index
    assert stated(music_shop, "cdnow", "10_data_intake")["rows_delivered"]["value"] == 69_659


def test_a_gift_shop_reconciles_with_refunds_repeats_and_unknown_customers(gift_shop):
    delivery = pq.read_table(gift_shop.processed("online_retail") / "delivery.parquet")
    lines = delivery.filter(pc.field("table_name") == "transactions").to_pylist()[0]
    assert lines["rows_delivered"] == 541_909
    assert lines["rows_duplicate"] == 5_268
    for what in ("rows", "amount"):
        parts = sum(lines[f"{what}_{fate}"] for fate in ("accepted", "quarantined", "duplicate"))
        assert parts == lines[f"{what}_delivered"]
    rows = pq.read_table(gift_shop.processed("online_retail") / "transactions.parquet")
    assert rows["customer_id"].null_count > 130_000
    assert pc.sum(pc.equal(rows["kind"], "refund")).as_py() > 9_000


def test_value_and_churn_beat_their_plain_baselines_or_say_so(music_shop):
    churn = stated(music_shop, "cdnow", "40_churn_and_value")
    assert churn["churn_auc"]["value"] > 0.6
    assert churn["churn_auc"]["low"] < churn["churn_auc"]["value"] < churn["churn_auc"]["high"]
