"""Sets of people with a known truth, linked from one YAML by the command that users have."""

import json
import shutil

import pytest

SETS = {
    "febrl4": (
        ["febrl/dataset4a.csv", "febrl/dataset4b.csv"],
        "records: [dataset4a.csv, dataset4b.csv]\ntruth: {column: rec_id, pattern: 'rec-(\\d+)'}",
        0.9996,
    ),
    "fake_1000": (
        ["splink_fake_1000/fake_1000.csv"],
        "records: {one: {files: fake_1000.csv, key: unique_id}}\ntruth: cluster",
        0.88,
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_one_yaml_and_one_command_reach_what_is_known_of_public_sets(home, shared, name):
    files, yaml, least = SETS[name]
    raw = home.folder / "data" / "raw" / name
    raw.mkdir(parents=True)
    for file in files:
        shutil.copy(shared / file, raw)
    (home.folder / "params" / f"{name}.yaml").write_text(f"source: files\n{yaml}\n", encoding="utf-8")
    done = home.call("link", name, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["pair_f1"]["value"] >= least
    assert figures["pair_f1"]["low"] <= figures["pair_f1"]["value"] <= figures["pair_f1"]["high"]
    assert set(figures) >= {"pair_precision", "pair_recall", "cluster_exact_share", "records", "customers"}


def test_linking_again_says_the_same_and_review_lists_words_not_values(home, shared):
    first = home.call("link", "fake_1000")
    assert first.stdout == home.call("link", "fake_1000").stdout
    assert "ids_kept_share       1" in first.stdout
    listed = home.call("review", "fake_1000")
    assert listed.returncode == 0, listed.stderr
    assert "for: " in listed.stdout
    assert "@" not in listed.stdout.replace("before the @", "")


def test_a_business_without_records_says_so_before_any_work(home):
    done = home.call("link", "cdnow")
    assert done.returncode == 2
    assert "no records of people that could be linked" in done.stderr
