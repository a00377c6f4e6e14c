"""A trial in one flat table, by `source: files`, `treatment` and `outcome`: one report, alone."""

import json

import numpy as np
import pandas as pd
import pytest

from business.conftest import make_home

ROWS = 4000


@pytest.fixture(scope="module")
def mailing(tmp_path_factory):
    """Letters and gifts that lots gave; a gift persuades the young alone, and visits are counted afterwards."""
    home, rng = make_home(tmp_path_factory.mktemp("mailing")), np.random.default_rng(3)
    age, sent = rng.integers(18, 80, ROWS), rng.choice(["No Mail", "Gift", "Letter"], ROWS)
    came = rng.random(ROWS) < 0.1 + 0.3 * ((sent == "Gift") & (age < 40)) + 0.05 * (sent == "Letter")
    rows = pd.DataFrame({"CustomerNo": np.arange(ROWS) + 1, "E-Mail": "a@b.nl", "age": age, "sent": sent})
    rows = rows.assign(
        town=rng.choice(["x", "y", "z"], ROWS), came=came.astype(int), spent=came * (1 + (sent == "Gift"))
    )
    folder = home.folder / "data" / "raw" / "mailing"
    folder.mkdir(parents=True)
    rows.to_csv(folder / "mailing.csv", index=False)
    return home


def say(home, *lines: str) -> None:
    said = [
        "title: {en: Mailing, zh: 邮寄}",
        "time_zone: Europe/Amsterdam",
        "currency: EUR",
        "source: files",
        "treatment: sent",
        *lines,
    ]
    (home.folder / "params" / "mailing.yaml").write_text("\n".join(said) + "\n", encoding="utf-8")


def test_three_lines_describe_a_trial_and_its_outcome_may_be_an_amount(mailing):
    lines = "source: files\ntreatment: sent\noutcome: spent\nignored: [came]\n"
    (mailing.folder / "params" / "mailing.yaml").write_text(lines, encoding="utf-8")
    mailing.report("mailing")
    stated = headlines(mailing)
    assert set(stated) == {"qini_gift", "added_gift", "qini_letter", "added_letter"}
    assert stated["added_gift"]["low"] > 0
    scores = pd.read_parquet(mailing.processed("mailing") / "flat_uplift.parquet")
    assert scores["added"].notna().all()


def headlines(home) -> dict[str, dict]:
    path = home.processed("mailing") / "headlines" / "50_flat_trial.json"
    return {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))}


def test_a_treatment_without_an_outcome_is_refused(mailing):
    say(mailing)
    refused = mailing.call("run", "mailing")
    assert refused.returncode != 0
    assert "treatment and outcome are two columns of one flat table: name both" in refused.stderr + refused.stdout


def test_a_trial_in_a_flat_table_has_a_report_until_the_treatment_can_be_told(mailing):
    say(mailing, "outcome: came", "ignored: [spent]")
    said = mailing.report("mailing")
    assert "50_next_best_offer" not in said or "not available" in said
    stated = headlines(mailing)
    assert set(stated) == {"qini_gift", "qini_letter"}
    assert stated["qini_gift"]["low"] > 0
    scores = pd.read_parquet(mailing.processed("mailing") / "flat_uplift.parquet")
    assert scores["treatment"].value_counts().sum() == len(scores) > ROWS
    known = pd.read_parquet(mailing.processed("mailing") / "flat_trial.parquet")["known"]
    assert not known.str.contains("@|spent").any()
    say(mailing, "outcome: came")  # what was spent afterwards tells who got a gift
    mailing.report("mailing")
    assert not (mailing.processed("mailing") / "headlines" / "50_flat_trial.json").exists()
    page = (mailing.reports("mailing") / "en" / "50_flat_trial.html").read_text(encoding="utf-8")
    assert "This is not called uplift" in page
    assert "`spent`" in page or "<code>spent</code>" in page
