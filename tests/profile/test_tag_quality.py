"""What is said of a tag's quality: by hand, and on groups of which it is known what they are like."""

from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.profile.tagging.quality import quality, what_followed
from insight.profile.tagging.tags import Tag

N = 2000
NOISE = np.random.default_rng(1).gamma(4.0, 0.25, N)


def tag(name, *, kind="rule", validity_days=31) -> Tag:
    words = Bilingual(en=name, zh="甲")
    about = {"label": words, "meaning": words, "owner": "us", "refresh": "weekly", "sensitivity": "plain"}
    condition = {"column": "monetary", "is": "over", "value": 1}
    return Tag(
        id=name,
        theme="some",
        kind=kind,
        validity_days=validity_days,
        when=[condition],
        purposes=["insight"],
        **about,
    )


@pytest.fixture
def customers() -> pd.Index:
    return pd.Index([f"c{number:04}" for number in range(N)], name="customer_id")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def judged(customers, followed=None, *, before, now, min_cell=10, **tags) -> pd.DataFrame:
    library = tuple(tag(name, **about) for name, about in tags.items())
    frames = [pd.DataFrame(marks, index=customers) for marks in (now, before)]
    rng = np.random.default_rng(3)
    spend = rng.gamma(1.0, 10.0, len(customers)) if followed is None else followed
    outcome = pd.DataFrame({"spend": spend, "bought": spend > 0}, index=customers)
    return quality(library, *frames, outcome, days=28, min_cell=min_cell).set_index("tag")


def test_whoever_has_it_still_is_counted_of_those_who_had_it(customers):
    before = np.arange(N) < 400
    found = judged(customers, before={"one": before}, now={"one": np.arange(N) < 300}, one={})
    row = found.loc["one"]
    assert (row["customers"], row["share"], row["kept"]) == (300, 0.15, 0.75)
    assert row["kept_low"] < 0.75 < row["kept_high"]


def test_a_tag_fades_where_surely_fewer_keep_it_than_its_validity_says(customers):
    before = np.arange(N) < 400
    options = {"before": {"one": before}, "now": {"one": np.arange(N) < 200}}
    spend = np.where(before, 100.0, 1.0) * NOISE
    assert judged(customers, spend, **options, one={}).loc["one", "fails"] == "fades"
    assert judged(customers, spend, **options, one={"validity_days": 7}).loc["one", "fails"] == ""


def test_a_small_group_must_fall_further(customers):
    before, now = np.arange(N) < 20, np.arange(N) < 12
    spend = np.where(before, 100.0, 1.0) * NOISE
    found = judged(customers, spend, before={"one": before}, now={"one": now}, one={})
    assert (found.loc["one", "kept"], found.loc["one", "fails"]) == (0.6, "")


def test_two_tags_of_the_same_customers_are_named_with_each_other(customers):
    one = np.arange(N) < 400
    marks = {"one": one, "two": one & (np.arange(N) > 10), "three": np.arange(N) % 2 == 0}
    spend = np.where(one, 100.0, 1.0) * NOISE
    found = judged(customers, spend, before=marks, now=marks, one={}, two={}, three={})
    assert (found.loc["two", "fails"], found.loc["two", "twin"]) == ("twin", "one")
    assert found.loc["two", "overlap"] == pytest.approx(389 / 400)
    assert found.loc["one", "fails"] == ""


def test_what_chance_gives_tells_nothing_though_many_are_looked_at(customers, rng):
    names = [f"t{number}" for number in range(60)]
    marks = {name: rng.random(N) < 0.2 for name in names}
    spend = rng.gamma(1.0, 10.0, N) * (rng.random(N) < 0.7)
    found = judged(customers, spend, before=marks, now=marks, **{name: {} for name in names})
    assert found["tells"].sum() <= 1
    assert found.loc[~found["tells"], "fails"].eq("mute").all()


def test_a_fact_need_not_tell_what_follows(customers, rng):
    marks = {"one": rng.random(N) < 0.2}
    found = judged(customers, rng.gamma(1.0, 10.0, N), before=marks, now=marks, one={"kind": "fact"})
    assert found.loc["one", "fails"] == ""


def test_spend_and_purchases_that_follow_are_compared_with_those_without_it(customers):
    has = np.arange(N) < 500
    spend = np.where(has, np.where(np.arange(N) < 400, 50.0, 0.0), np.where(np.arange(N) < 1250, 20.0, 0.0))
    row = judged(customers, spend, before={"one": has}, now={"one": has}, one={}).loc["one"]
    assert row["bought_gap"] == pytest.approx(0.8 - 0.5, abs=0.01)
    assert row["spend_times"] == pytest.approx(40.0 / 10.0)
    assert row["bought_gap_low"] < 0.3 < row["bought_gap_high"]
    assert row["tells"]


def test_intervals_of_the_gap_hold_the_truth(customers):
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        has = np.arange(N) < 60
        spend = (rng.random(N) < np.where(has, 0.9, 0.6)).astype(float)
        row = judged(customers, spend, before={"one": has}, now={"one": has}, one={}).loc["one"]
        inside += row["bought_gap_low"] <= 0.3 <= row["bought_gap_high"]
    assert 0.91 <= inside / 200 <= 0.99


def test_a_tag_of_few_is_not_judged(customers):
    one = np.arange(N) < 5
    library = (tag("one"),)
    marks = pd.DataFrame({"one": one}, index=customers)
    outcome = pd.DataFrame({"spend": 1.0, "bought": True}, index=customers)
    assert isinstance(quality(library, marks, marks, outcome, days=28, min_cell=10), Unavailable)


def test_what_followed_counts_the_days_after_and_no_other():
    rows = [("ada", date(2024, 3, 1), 5), ("ada", date(2024, 3, 2), 7), ("ada", date(2024, 3, 29), 1)]
    rows += [("bob", date(2024, 3, 30), 9), ("eve", date(2024, 3, 9), 9)]
    baskets = pd.DataFrame(rows, columns=["customer_id", "occurred_on", "gross"]).assign(paid=True)
    baskets["gross"] = [Decimal(value) for value in baskets["gross"]]
    known = pd.Index(["ada", "bob"], name="customer_id")
    found = what_followed(ibis.memtable(baskets), known, after=date(2024, 3, 1), days=28)
    assert found["spend"].tolist() == [8.0, 0.0]
    assert found["bought"].tolist() == [True, False]
