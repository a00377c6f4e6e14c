"""What the pages of whole businesses state agrees, from page to page and with itself."""

import json
import re

import pandas as pd
import pytest

from insight.config.definitions import definitions
from report import agreement

BUSINESSES = {
    "tiny": "small_bank", "complete_journey": "grocer", "cdnow": "music_shop", "online_retail": "gift_shop"
}  # fmt: skip


@pytest.fixture(params=BUSINESSES)
def business(request) -> tuple:
    """A business and where its pages stand."""
    return request.param, request.getfixturevalue(BUSINESSES[request.param]).reports(request.param)


@pytest.fixture
def stated(business) -> list[dict]:
    return json.loads((business[1] / "statements.json").read_text(encoding="utf-8"))


def test_the_same_measure_has_the_same_value_on_every_page(stated):
    assert len({one["page"] for one in stated}) > 3
    assert agreement.contradictions(stated) == []


def test_no_page_prints_the_slot_of_a_word(business):
    pages = list(business[1].rglob("*.html"))
    slots = {page.name: re.findall(r"\{(?:[ot]\.\w+|who|counter)\}", page.read_text("utf-8")) for page in pages}
    assert pages
    assert not {name: found for name, found in slots.items() if found}


def test_no_part_is_larger_than_the_population_that_it_lies_within(stated):
    assert agreement.parts_larger_than_the_whole(stated) == []


def test_every_share_is_its_numerator_over_its_denominator(stated):
    assert agreement.wrong_shares(stated) == []


def test_a_share_of_a_whole_is_none_of_more_than_it(stated):
    shares = {name for name, one in definitions().measures.items() if one.unit == "share" and one.numerator}
    found = [one for one in stated if one["measure"] in shares and one["value"] is not None]
    assert [one for one in found if not 0 <= one["value"] <= 1] == []


def test_the_glossary_defines_all_that_is_stated_and_says_where_it_stands(business, stated):
    for lang in ("en", "zh"):
        page = (business[1] / lang / "glossary.html").read_text(encoding="utf-8")
        assert [one["measure"] for one in stated if f'id="{one["measure"]}"' not in page] == []


def test_nobody_who_is_quiet_or_churned_is_mature_new_or_growing(business, request):
    folder = request.getfixturevalue(BUSINESSES[business[0]]).processed(business[0])
    if not (folder / "segments.parquet").exists():
        pytest.skip("this business has no segments")
    profile, stages = pd.read_parquet(folder / "profile.parquet"), pd.read_parquet(folder / "segments.parquet")
    scores = pd.read_parquet(folder / "churn_scores.parquet")
    away = profile["next_planned_on"].isna() if "next_planned_on" in profile else slice(None)
    quiet = set(pd.read_parquet(folder / "tags.parquet").query("tag == 'quiet'")["customer_id"])
    churned = set(scores.loc[scores["status"] == "churned", "customer_id"]) & set(profile.loc[away, "customer_id"])
    stage = stages.set_index("customer_id")["stage"]
    assert stage.reindex(sorted(quiet | churned)).isin(["drifting", "dormant", "lost"]).all()
    assert set(stage[stage == "dormant"].index) <= quiet
