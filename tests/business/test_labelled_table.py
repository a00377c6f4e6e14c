"""A flat table alone, by `source: files` and `label`: one report, or why there is none, in the words of its label."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from business.conftest import make_home

ROWS = 900


@pytest.fixture(scope="module")
def gym(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("gym"))


def put(gym, name: str, said: str, **more) -> None:
    """Write members of a gym with what is said of them, some of them twice, and the parameters."""
    rng = np.random.default_rng(12)
    months, plan = rng.integers(1, 60, ROWS), rng.choice(["monthly", "yearly"], ROWS)
    risk = 0.8 - months / 15 + np.where(plan == "monthly", 1.2, -0.8)
    left = rng.random(ROWS) < 1 / (1 + np.exp(-risk))
    members = pd.DataFrame({"MemberNo": np.arange(ROWS) + 1, "E-Mail": "a@b.nl", "months": months, "plan": plan})
    members = members.assign(**{key: make(left, rng) for key, make in more.items()}, left=np.where(left, "Yes", "No"))
    folder = gym.folder / "data" / "raw" / name
    folder.mkdir(parents=True)
    pd.concat([members, members.head(50)]).to_csv(folder / "members.csv", index=False)
    (gym.folder / "params" / f"{name}.yaml").write_text(f"source: files\n{said}", encoding="utf-8")


def headlines(gym, name: str, notebook: str = "40_labelled_churn") -> dict[str, dict]:
    path = gym.processed(name) / "headlines" / f"{notebook}.json"
    return {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))}


def test_a_flat_table_alone_has_a_report_and_the_others_say_what_they_lack(gym):
    put(gym, "gym", "label: left\n")
    said = gym.report("gym")
    assert "40_churn_and_value    not available for this business: needs transactions" in said
    stated = headlines(gym, "gym")
    assert stated["leaks_found"]["value"] == 0
    assert stated["churn_auc"]["low"] < stated["churn_auc"]["value"] < stated["churn_auc"]["high"]
    assert stated["churn_auc"]["value"] > 0.75
    scores = pd.read_parquet(gym.processed("gym") / "labelled_scores.parquet")
    assert len(scores) == ROWS + 50
    known = pd.read_parquet(gym.processed("gym") / "labelled.parquet")["known"]
    assert not known.str.contains("@").any(), "what looks personal is not read"
    page = (gym.reports("gym") / "en" / "40_labelled_churn.html").read_text(encoding="utf-8")
    assert "50 rows say the same as another one or share an id with it" in re.sub(r"<[^>]+>", "", page)


def test_a_column_that_knows_the_answer_stops_the_report_until_it_is_taken_out(gym):
    put(
        gym,
        "leaky",
        "label: left\n",
        closed=lambda left, rng: np.where(left & (rng.random(ROWS) < 0.9), "2024-05-01", ""),
    )
    gym.report("leaky")
    stated = headlines(gym, "leaky")
    assert stated["leaks_found"]["value"] == 1
    assert stated["churn_auc"]["value"] is None
    assert not (gym.processed("leaky") / "labelled_scores.parquet").exists()
    (gym.folder / "params" / "leaky.yaml").write_text("source: files\nlabel: left\nignored: [closed]\n")
    gym.report("leaky")
    stated = headlines(gym, "leaky")
    assert stated["leaks_found"]["value"] == 0
    assert stated["churn_auc"]["value"] > 0.75


def test_a_label_of_default_has_a_scorecard_and_nobody_is_said_to_leave(gym):
    put(
        gym, "lender", "label: left\nlabel_says: default\n", sure=lambda left, rng: np.where(left, "x", "y")
    )  # fmt: skip
    gym.report("lender")
    stated = headlines(gym, "lender", "71_labelled_default")
    assert stated["leaks_found"]["value"] == 1
    assert stated["scorecard_auc"]["value"] is None
    with_words = "source: files\nlabel: left\nlabel_says: default\nignored: [sure]\n"
    (gym.folder / "params" / "lender.yaml").write_text(with_words, encoding="utf-8")
    said = gym.report("lender")
    assert "40_labelled_churn" not in said
    stated = headlines(gym, "lender", "71_labelled_default")
    for name in ("application_auc", "scorecard_auc", "scorecard_ks"):
        assert stated[name]["low"] < stated[name]["value"] < stated[name]["high"]
    scores = pd.read_parquet(gym.processed("lender") / "default_scores.parquet")
    assert len(scores) == ROWS + 50
    assert scores["points"].corr(scores["default_probability"], method="spearman") < -0.9
    page = (gym.reports("lender") / "en" / "71_labelled_default.html").read_text(encoding="utf-8")
    plain = re.sub(r"<[^>]+>", "", page)
    assert "leave" not in plain.replace("You will leave with", "")
    assert "points between its bands" in plain


def test_a_label_of_responses_has_a_page_on_which_nobody_leaves(gym):
    put(gym, "mailing", "label: left\nlabel_says: response\nrefused_features: [plan]\n")
    said = gym.report("mailing")
    assert "40_labelled_churn" not in said
    stated = headlines(gym, "mailing", "50_labelled_response")
    for name in ("response_rate", "response_auc", "response_top_decile_lift", "response_calibration_error"):
        assert stated[name]["low"] < stated[name]["value"] < stated[name]["high"]
    assert "times as many responders as a tenth at random" in stated["response_top_decile_lift"]["sentence"]["en"]
    scores = pd.read_parquet(gym.processed("mailing") / "response_scores.parquet")
    assert len(scores) == ROWS + 50
    assert scores["response_probability"].between(0, 1).all()
    english, chinese = (plain(gym.reports("mailing") / lang / "50_labelled_response.html") for lang in ("en", "zh"))
    english = english.replace("You will leave with", "").replace("“left”", "")  # what the column is called
    assert not re.search(r"\b(left|leav\w*|churn\w*|retention)\b", english, re.IGNORECASE)
    assert not re.search("流失|挽留|留存", chinese)
    assert "响应者" in chinese


def plain(page) -> str:
    """Give what a reader sees of a page."""
    shown = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", "", page.read_text(encoding="utf-8"))
    return re.sub(r"<[^>]+>", "", shown)
