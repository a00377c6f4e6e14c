"""Who is who in words and figures: every code has words, every figure can be drawn, sentences follow the numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from insight.config.linking import ROLES
from insight.errors import Unavailable
from insight.report.findings import unification
from insight.report.tables import Col
from insight.unify.evaluate.costs import drawn_measures
from insight.unify.pairs.comparisons import choose_comparisons
from insight.unify.standardise.meet import Met
from insight.unify.standardise.standardise import Field
from insight.words.context import Context, using
from insight.words.text import Text, entry_of

FIELDS = [name for name in ROLES if name not in ("ignore", "full_name", "birth_month", "birth_day")]
LINKED = SimpleNamespace(records=pd.DataFrame({"source_system": ["app"] * 100 + ["x1"] * 7}))
ENDS = pd.DataFrame({"comparison": ["email", "sex"], "agree": [15.0, 1.0], "differ": [-8.0, -9.0]})
DESCRIBED = pd.DataFrame(
    {
        "comparison": ["email", "email", "email", "sex", "sex"],
        "level": [2, 1, 0, 1, 0],
        "likeness": ["same", "alike", "different", "same", "different"],
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
CURVE = pd.DataFrame({"threshold": [0.2, 0.8], "customers": [9, 12], "pair_precision": [0.98, 1.0]})
CURVE = CURVE.assign(pair_recall=[0.99, 0.9], pair_f1=[0.985, 0.95])
SIZES = pd.DataFrame({"records": [1, 12], "customers": [25, 75], "is_more": [False, True]})
FILLED = pd.DataFrame({"phone": [0.9, 0.0], "email": [0.1, 0.5], "records": [100, 7]}, index=["app", "x1"])
NO_TRUTH = Unavailable("unification", "no_truth")


def scored(precision=0.99, recall=0.95):
    names = ["pair_precision", "pair_recall", "pair_f1", "cluster_exact_share"]
    return pd.DataFrame({"measure": names, "value": [precision, recall, 0.97, 0.9], "low": 0.8, "high": 1.0})


TABLES = [
    unification.filled(FILLED),
    *unification.met(SimpleNamespace(met=[Met("phone", {"app": "tel", "x1": "mobile"}, 0.4)])),
    unification.standardised(pd.DataFrame({"column": ["phone"], "what": ["shared"], "values": [1]})),
    unification.weights(DESCRIBED, ENDS, LINKED),
    unification.sizes(SIZES, LINKED),
    unification.review(pd.DataFrame({"kind": ["uncertain"]}), "shop"),
    unification.scores(scored()),
    unification.curve(CURVE, LINKED, chosen=0.4),
    unification.costs(COSTS, LINKED, chosen=0.4),
    unification.known(pd.DataFrame({"column": ["region"], "filled": [30], "share": [0.5]})),
    *unification.examples(DESCRIBED.assign(example=1, probability=0.5, first="a*", second="b*")),
]


@pytest.fixture(autouse=True)
def bank(monkeypatch):
    monkeypatch.setenv("INSIGHT_STRICT", "1")
    with using(Context(currency="CNY", vocabulary="bank")):
        yield


@pytest.mark.parametrize("fields", [FIELDS, [name for name in FIELDS if name != "street"], ["postcode"], ["email"]])
def test_every_field_and_degree_of_likeness_has_words(fields):
    for comparison in choose_comparisons(Field(name, name, (name,), 1.0) for name in fields):
        assert isinstance(unification.field_name(comparison.name), Text), comparison.name
        for level in comparison.levels:
            assert Text(f"unification.likeness.{level.likeness}").translations()["zh"]


def test_numbers_of_evidence_are_written_for_readers():
    assert [str(unification.odds(weight)) for weight in (10, -3, 0.2)] == ["×1,000", "÷8", "×1.1"]
    assert [str(unification.signed(share)) for share in (0.2, -0.05)] == ["+20%", "−5.0%"]
    assert [str(unification.field_name(name)) for name in ("email", "phone_2")] == ["e-mail", "telephone 2"]


def test_what_nobody_named_stays_as_it_is_called():
    assert unification.system_name("branch_7") == "branch_7"
    assert unification.field_name("nm2") == "nm2"


@pytest.mark.parametrize(
    "shown",
    [
        unification.filled(FILLED),
        unification.weights(DESCRIBED, ENDS, LINKED),
        unification.sizes(SIZES, LINKED),
        unification.curve(CURVE, LINKED, chosen=0.4),
        unification.costs(COSTS, LINKED, chosen=0.4),
    ],
    ids=lambda shown: shown.key,
)
def test_every_figure_can_be_drawn_and_has_its_words(shown):
    figure = shown.figure(shown.shown_table()) if callable(shown.figure) else shown.figure
    for lang in ("en", "zh"):
        assert len(figure.draw(lang).wide) > 1000
        assert all(shown.part(name).in_language(lang) for name in ("title", "caption", "alt", "source"))


@pytest.mark.parametrize(
    ("shown", "part", "said"),
    [
        (unification.filled(FILLED), "title", "84% of the records can be compared by telephone, 13% by e-mail"),
        (unification.filled(FILLED), "so_what", "The fewest are shared by mobile app and x1 (0 fields"),
        (unification.filled(FILLED.head(1)), "so_what", "All records come from one system"),
        (unification.sizes(SIZES, LINKED), "title", "75% of the customers have more than one record"),
        (unification.weights(DESCRIBED, ENDS, LINKED), "so_what", "multiplied by 33,000 where e-mail is the same"),
        (unification.expected({"precision": 0.98, "recall": 0.9}), "says", "98.0% of the joined pairs"),
        (unification.expected({"precision": np.nan, "recall": np.nan}), "says", "nothing to estimate"),
        (unification.known_by_key(1), "says", "1 further customer is known by a key alone"),
        (unification.review(pd.DataFrame({"kind": ["uncertain"]}), "shop"), "so_what", "“insight review shop” lists"),
        (unification.review(pd.DataFrame({"kind": []}), "shop"), "so_what", "No pair waits"),
        (unification.costs(COSTS, LINKED, chosen=0.4), "title", "customers moves from −5.0% to +20%"),
        (unification.costs(COSTS, LINKED, chosen=0.4), "so_what", "98 people behind these records; this run counts"),
        (unification.costs(COSTS.dropna(), LINKED, chosen=0.4), "so_what", "Take the range"),
        (unification.scores(scored()), "so_what", "10.0 are two people; of a thousand pairs of one person, 50.0 were"),
        (unification.scores(scored()), "so_what", "mostly customers counted twice"),
        (unification.scores(scored(0.9)), "so_what", "mostly two people taken for one"),
        (unification.lead(400, 400, LINKED, NO_TRUTH), "lead", "107 records of 2 source systems are 400 customers."),
        (
            unification.lead(400, 400, LINKED, scored()),
            "lead",
            "99.00% of the pairs of records that were joined are of one person (80.00% to 100.00%), and 95.00% of the "
            "pairs of one person were joined (80.00% to 100.00%; 95% intervals).",
        ),
    ],
)  # fmt: skip
def test_sentences_follow_the_numbers(shown, part, said):
    told = shown.part(part).translations()
    assert said in told["en"]
    assert told["zh"]


@pytest.mark.parametrize("shown", TABLES, ids=lambda shown: shown.key)
def test_every_column_has_a_head(shown):
    names = shown.columns or entry_of(f"{shown.key}.columns")
    assert all(isinstance(how, Col) or shown.part(f"column.{name}") for name, how in names.items())


def test_a_customer_known_by_nobody_is_not_mentioned():
    assert unification.known_by_key(0).part("says") is None


def test_few_groups_of_customers_are_not_drawn():
    assert unification.sizes(SIZES.assign(customers=[3, 75]), LINKED).figure is None


def test_values_that_are_nobodys_own_are_named_with_their_field():
    counts = pd.DataFrame({"column": ["phone"] * 2, "what": ["shared", "rewritten"], "values": [1, 9]})
    shown = unification.standardised(counts)
    assert "1 value of telephone" in str(shown.part("so_what"))
    assert [str(name) for name in shown.table["what"]] == ["written in one form", "shared by many people"]
    assert "No value is shared" in str(unification.standardised(counts.tail(1)).part("so_what"))


def test_measures_without_anything_to_draw_are_left_out():
    nothing_bought = COSTS.assign(repeat_rate=0.0, value=0.0, met_buyers=np.nan)
    assert drawn_measures(nothing_bought) == ["customers"]
    assert "value" not in str(unification.costs(nothing_bought, LINKED, chosen=0.4).part("title"))


@pytest.mark.parametrize(("kept", "value"), [((0, 0), 1.0), ((5, 5), 1.0), ((3, 4), 0.75)])
def test_the_share_of_kept_ids_is_what_was_kept_of_those_left_alone(kept, value):
    log = pd.DataFrame({"kind": ["issued"], "customers": [7]})
    [line] = unification.ids(log, kept, is_first=False).headlines
    assert line.value == value
    assert "7 ids were issued" in str(unification.ids(log, kept, is_first=True).part("says"))


def test_a_score_that_nobody_knows_is_no_number():
    shown = unification.scores(NO_TRUTH)
    assert {line.name: line.value for line in shown.headlines} == dict.fromkeys(unification._MEASURES)
    assert "No known truth is delivered" in str(shown.part("says"))


def test_a_pair_is_told_by_its_fields_and_never_by_a_value():
    row = {"number": 1, "kind": "one_household", "probability": 0.5, "joined": False, "speaks_against": ""}
    row |= {"speaks_for": "phone: same; email: alike_user", "source_system_1": "app", "source_record_id_1": "7"}
    row |= {"source_system_2": "crm", "source_record_id_2": "x"}
    lines = [str(line) for line in unification.pairs_in_words(pd.DataFrame([row, row]), most=1, keys=True)]
    assert lines[0] == "1  one household, match probability 0.50, now two customers"
    assert lines[1:] == [
        "   app 7  and  crm x",
        "   for: telephone: the same; e-mail: spelled alike before the @",
        "   against: nothing",
        "… and 1 more; list more by --most",
    ]
