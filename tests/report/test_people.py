"""What notebook 10 says of who is who: every word in both languages, every figure drawable."""

import numpy as np
import pandas as pd
import pytest

from insight.config.linking import ROLES
from insight.report import figures
from insight.report.language import language
from insight.report.sentences import people, people_names, people_shown
from insight.unify.pairs.comparisons import choose_comparisons
from insight.unify.standardise.standardise import Field

FIELDS = [name for name in ROLES if name not in ("ignore", "full_name", "birth_month", "birth_day")]
ENDS = pd.DataFrame({"comparison": ["email", "sex"], "agree": [15.0, 1.0], "differ": [-8.0, -9.0]})
DESCRIBED = pd.DataFrame(
    {
        "comparison": ["email", "email", "email", "sex", "sex"],
        "level": [2, 1, 0, 1, 0],
        "words": ["the same", "spelled alike", "entirely different", "the same", "entirely different"],
        "m": [0.9, 0.06, 0.04, 0.98, 0.02],
        "u": [0.0001, 0.01, 0.99, 0.5, 0.5],
        "weight": [15.0, 2.0, -8.0, 1.0, -9.0],
    }
)
COSTS = pd.DataFrame(
    {
        "threshold": [0.2, 0.4, 0.8, np.nan],
        "customers": [95, 100, 120, 98],
        "repeat_rate": [0.52, 0.5, 0.4, 0.51],
        "value": [10.5, 10.0, 8.3, 10.2],
        "met_buyers": [0.9, 0.88, 0.7, 0.9],
    }
)


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setenv("INSIGHT_STRICT", "1")


@pytest.mark.parametrize("fields", [FIELDS, [name for name in FIELDS if name != "street"], ["postcode"], ["email"]])
def test_every_field_and_degree_of_likeness_has_words_in_chinese(fields):
    for comparison in choose_comparisons(Field(name, name, (name,), 1.0) for name in fields):
        with language("zh"):
            names = [people_names.field_name(comparison.name)]
            names += [people_names.likeness_name(level.words) for level in comparison.levels]
            assert all(hasattr(name, "in_language") and str(name) for name in names), comparison.name


def test_what_nobody_named_stays_as_it_is_called():
    assert people_names.system_name("branch_7") == "branch_7"
    assert people_names.field_name("nm2") == "nm2"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_can_be_drawn(lang):
    filled = pd.DataFrame({"phone": [0.9, 0.0], "email": [0.1, 0.5], "records": [100, 7]}, index=["app", "x1"])
    sizes = pd.DataFrame({"records": [1, 12], "customers": [30, 20], "is_more": [False, True]})
    curve = pd.DataFrame({"threshold": [0.2, 0.8], "customers": [9, 12]})
    curve = curve.assign(pair_precision=[0.98, 1.0], pair_recall=[0.99, 0.9], pair_f1=[0.985, 0.95])
    scope = {"records": 107, "systems": 2}
    for drawn, about in (
        (figures.people.filled(filled), people_shown.filled(filled)),
        (figures.people.weights(DESCRIBED, ENDS), people_shown.weights(DESCRIBED, ENDS, **scope)),
        (figures.people.sizes(sizes), people_shown.sizes(sizes, **scope)),
        (figures.people.curve(curve, chosen=0.4), people_shown.curve(curve, chosen=0.4, **scope)),
        (figures.people.costs(COSTS, chosen=0.4), people_shown.costs(COSTS, chosen=0.4, currency="CNY", **scope)),
    ):
        assert len(drawn.draw(lang).png) > 1000
        with language(lang):
            assert all(str(about[name]) for name in ("finding", "what", "alt", "source"))
            assert set(about["columns"]) <= set(about["numbers"].columns)


def test_the_cost_sentence_follows_the_numbers():
    assert "−5.0% to +20%" in str(people.costs_finding(COSTS, chosen=0.4))
    assert "98 people behind these records; this run counts 100 (+2.0%)" in str(people.costs_so_what(COSTS, chosen=0.4))
    assert "Take the range" in str(people.costs_so_what(COSTS.dropna(), chosen=0.4))


def test_odds_without_purchases_are_left_out_of_the_costs():
    nothing_bought = COSTS.assign(repeat_rate=0.0, value=0.0, met_buyers=np.nan)
    assert people_shown.drawn(nothing_bought) == ["customers"]
    assert "value" not in str(people.costs_finding(nothing_bought, chosen=0.4))


@pytest.mark.parametrize(("kept", "value"), [((0, 0), 1.0), ((5, 5), 1.0), ((3, 4), 0.75)])
def test_the_share_of_kept_ids_is_what_was_kept_of_those_left_alone(kept, value):
    assert people_shown.ids_headline(kept)["value"] == value


def test_a_score_that_nobody_knows_is_no_number():
    stated = people_shown.headline("pair_f1", None)
    assert stated["value"] is None
    assert "nobody knows" in str(stated["sentence"])
