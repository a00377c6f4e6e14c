"""The dictionary of definitions: what is written there holds together, and a share is of what holds its numerator."""

import math
from collections import Counter

import numpy as np
import pytest
import yaml

from insight.config.definitions import FILE, definitions, read_definitions, share, shares_of_sum
from insight.config.parameters import project_root
from insight.contracts import CONTRACTS
from insight.errors import ParameterError

EVERYBODY = {"name": {"en": "everybody", "zh": "全体"}, "unit": "customers"}
SOME = {"name": {"en": "some", "zh": "部分"}, "unit": "customers", "within": "everybody"}
OTHERS = {"name": {"en": "others", "zh": "其他"}, "unit": "customers"}
PART = {"name": {"en": "part", "zh": "占比"}, "unit": "share", "numerator": "some", "denominator": "everybody"}


def written(path, **changed) -> object:
    """A dictionary of four measures, some of them changed."""
    measures = {"everybody": EVERYBODY, "some": SOME, "others": OTHERS, "part": PART} | changed
    shared = {"definition": {"en": "It is.", "zh": "是。"}, "source": ["customers.customer_id"], "owner": "us"}
    given = {"owners": {"us": {"en": "us", "zh": "我们"}}, "measures": {n: shared | m for n, m in measures.items()}}
    (path / "some.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    return path / "some.yaml"


def test_a_dictionary_says_within_which_populations_a_count_lies(tmp_path):
    assert read_definitions(written(tmp_path)).populations("some") == ["some", "everybody"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"part": PART | {"numerator": "others"}}, "part: `others` does not lie within `everybody`"),
        ({"part": PART | {"denominator": "some", "numerator": "everybody"}}, "`everybody` does not lie within `some`"),
        ({"some": SOME | {"within": "nobody"}}, "some: within `nobody` is not defined"),
        ({"everybody": EVERYBODY | {"within": "some"}}, "everybody: lies within itself"),
        ({"others": OTHERS | {"owner": "them"}}, "others: owner `them` is not among the owners"),
        ({"part": {**PART, "denominator": None}}, "part: a numerator and a denominator go together"),
        ({"some": SOME | {"name": {"en": "some"}}}, r"measures.some.name.zh: Field required"),
        ({"some": SOME | {"unit": "people"}}, r"measures.some.unit"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_name(tmp_path, changed, told):
    with pytest.raises(ParameterError, match=told):
        read_definitions(written(tmp_path, **changed))


def test_every_source_is_a_column_or_a_parameter():
    from insight.config.parameters import Parameters

    known = {f"{name}.{column.name}" for name, contract in CONTRACTS.items() for column in contract.columns}
    known |= {f"params.{name}" for name in Parameters.model_fields}
    named = {source for measure in definitions().measures.values() for source in measure.source}
    assert named - known == set()


def test_the_dictionary_is_that_of_the_project():
    assert definitions() == read_definitions(project_root() / FILE)


def test_what_an_older_dictionary_lacks_is_as_shipped(tmp_path):
    older = read_definitions(written(tmp_path))
    theirs = {"everybody": EVERYBODY | {"name": {"en": "all", "zh": "全部"}}}
    newer = read_definitions(written(tmp_path, newest=SOME | {"within": "some"}, **theirs))
    merged = read_definitions(written(tmp_path), shipped=newer)
    assert merged.measures["newest"] == newer.measures["newest"]
    assert merged.measures["everybody"] == older.measures["everybody"] != newer.measures["everybody"]


def test_what_contradicts_the_shipped_dictionary_is_refused(tmp_path):
    shipped = read_definitions(written(tmp_path, newest=SOME | {"within": "some"}))
    with pytest.raises(ParameterError, match="some: lies within itself"):
        read_definitions(written(tmp_path, some=SOME | {"within": "newest"}), shipped=shipped)


def test_the_project_of_an_older_dictionary_has_every_measure_that_is_stated(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    written(tmp_path).rename(tmp_path / FILE)
    shipped = definitions()
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    assert set(definitions.__wrapped__().measures) == set(shipped.measures) | {"everybody", "some", "others", "part"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_two_measures_are_called_the_same(lang):
    names = Counter(getattr(one.name, lang).casefold() for one in definitions().measures.values())
    assert [name for name, times in names.items() if times > 1] == []


def test_a_share_is_one_count_over_another():
    assert share("campaign_reach", 3, 4) == 0.75
    assert math.isnan(share("campaign_reach", 0, 0))


def test_more_above_than_below_is_refused():
    with pytest.raises(ValueError, match="expected `contacted_buyers` to be part of `buyers`"):
        share("campaign_reach", 5, 4)


def test_only_a_share_is_divided():
    with pytest.raises(ValueError, match="buyers: expected a share"):
        share("buyers", 1, 2)


def test_shares_of_net_amounts_are_of_parts_alone():
    shares = shares_of_sum("spend_share", np.array([60.0, 45.0, -5.0]))
    assert shares[:2].tolist() == [0.6, 0.45]
    assert math.isnan(shares[2])  # more was refunded than bought: no part of anything
    assert np.isnan(shares_of_sum("spend_share", np.array([50.0, -10.0]))).all()  # 50 of 40 is no share
    assert np.isnan(shares_of_sum("spend_share", np.array([-1.0, -2.0]))).all()
