"""Every feature against slow and plainly right code, and against what happens after its day."""

import ibis
import pandas as pd
import pytest

from insight.contracts import CONTRACTS
from insight.contracts.tables.features import FEATURES, SUMMARY
from insight.profile.features import summarise_customers
from insight.profile.known import VIEWS, Seen
from insight.profile.measured import EXPRESSIONS, available, measure, missing

from . import plainly
from .made_up_bank import AS_OF, ZONE, Bank

FAMILIES = sorted({feature.family for feature in FEATURES})


def measured(tables: dict[str, ibis.Table], features=FEATURES, *, as_of=AS_OF) -> pd.DataFrame:
    buyers = summarise_customers(tables["transactions"], as_of=as_of)
    found = measure(buyers, Seen(tables, as_of, ZONE), features).order_by("customer_id").to_pandas()
    return found.set_index("customer_id")


@pytest.fixture(scope="module", params=[1, 2])
def bank(request) -> Bank:
    return Bank(request.param)


@pytest.fixture(scope="module")
def found(bank) -> pd.DataFrame:
    return measured(bank.tables())


def test_each_feature_is_declared_once_and_has_its_expression():
    declared = [(one.view, one.name) for one in FEATURES if one.view != SUMMARY]
    assert sorted(declared) == sorted((view, name) for view, names in EXPRESSIONS.items() for name in names)
    assert len({name for _, name in declared}) == len(declared) >= 100
    assert set(EXPRESSIONS) <= set(VIEWS)


def test_each_feature_says_in_both_languages_what_it_means():
    assert all(one.meaning.endswith((".", "name.")) and one.meaning_zh.endswith("。") for one in FEATURES)


def test_each_feature_is_counted_of_columns_that_its_tables_have():
    for feature in FEATURES:
        names = {source: CONTRACTS[source].names for source in feature.sources}
        assert set(feature.needs) <= set(names[feature.sources[0]]), feature.name


@pytest.fixture(scope="module")
def twin(bank, found) -> pd.DataFrame:
    return plainly.described(bank.rows, found.index, as_of=AS_OF)


@pytest.mark.parametrize("family", FAMILIES)
def test_features_agree_with_slow_and_plainly_right_code(found, twin, family):
    for feature in (one for one in FEATURES if one.family == family and one.view != SUMMARY):
        got, expected = found[feature.name], twin[feature.name]
        if feature.type == "text":
            assert got.tolist() == expected.tolist()
        else:
            options = {"check_names": False, "obj": feature.name, "rtol": 1e-9, "atol": 1e-9}
            pd.testing.assert_series_equal(got.astype(float), expected.astype(float), **options)


def test_what_comes_later_moves_no_feature(found, bank):
    later = Bank.__new__(Bank)
    later.rng, later.rows = bank.rng, {name: [dict(row) for row in rows] for name, rows in bank.rows.items()}
    later.go_on()
    for name, rows in later.rows.items():
        assert len(rows) > len(bank.rows[name]), name
    pd.testing.assert_frame_equal(measured(later.tables()), found)


def test_no_feature_is_empty_or_nought_for_all(found):
    assert [name for name in found.columns if not (found[name].notna() & (found[name] != 0)).any()] == []


def test_a_business_without_cards_lacks_their_features_and_says_of_what():
    tables = {"transactions", "customers"}

    def has(table, column=None):
        return table in tables and column not in ("discount", "promoted")

    there, lacking = available(has)
    assert {one.sources for one in there} == {("transactions",)}
    assert {one.family for one in lacking} >= {"utilisation", "payment", "service"}
    of = {one.name: missing(one, has) for one in lacking}
    assert of["utilisation_now"] == ["statements", "accounts"]
    assert of["discount_365d"] == ["transactions.discount"]


def test_a_customer_without_rows_has_none_of_them_and_no_day_of_the_last(bank):
    tables = bank.tables()
    nobody = tables["rewards"].filter(ibis.literal(False))
    chosen = [one for one in FEATURES if one.view == "rewards"]
    described = measured({**tables, "rewards": nobody}, chosen)
    assert described["redemptions_365d"].eq(0).all()
    assert described["last_redemption_days"].isna().all()
