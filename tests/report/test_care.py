"""Care with a churn model in words: groups, the price of refusing, drift, and the model card, in both languages."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.care.groups import EVERYONE, MEASURED, POOLED, UNKNOWN, Compared
from insight.predict.churn.design import Cuts, LateReturns
from insight.report.findings.leavers import care
from insight.words.context import Context, using

CUTS = Cuts(42, 180, (date(2024, 1, 1), date(2024, 2, 12)), date(2024, 3, 25), date(2024, 5, 6))
PRICE = pd.Series({"auc": 0.8, "used": 0.81, "auc_gap": 0.01, "auc_gap_low": 0.004, "auc_gap_high": 0.016})
DRIFT = pd.DataFrame(
    {
        "feature": ["recency_days", "frequency", "monetary"],
        "psi": [0.3, 0.05, 0.001],
        "limit": [0.01] * 3,
        "before": 1.0,
        "now": 2.0,
        "verdict": ["shifted", "slight", "chance"],
    }
)


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30), min_cell=10)):
        yield


def in_both(words) -> str:
    assert words.in_language("zh")
    return words.in_language("en")


def compared(**differs: list[str]) -> Compared:
    """Everybody, two genders, small regions taken together, and those of an unknown one."""
    parts = [(EVERYONE, EVERYONE), ("gender", "female"), ("gender", "male"), ("region", POOLED), ("region", UNKNOWN)]
    numbers = {f"{name}{end}": 0.5 for name in MEASURED for end in ("", "_low", "_high", "_gap")}
    rows = [
        {"attribute": a, "group": g, "customers": 200, "left": 50, "differs": differs.get(g, []), **numbers}
        for a, g in parts
    ]
    return Compared(pd.DataFrame(rows), {"gender": [], "region": ["Atlantis"]}, 400)


def test_groups_are_named_by_attribute_and_value_and_small_ones_are_said():
    found = care.ranked(compared())
    assert [in_both(one) for one in found.table["group"]] == [
        "everyone", "gender: female", "gender: male", "region: others, taken together", "region: not known",
    ]  # fmt: skip
    assert found.table["happened"].tolist() == [0.25] * 5
    assert "None of 4 groups" in in_both(found.part("title"))
    assert in_both(found.part("says")).endswith("left out: region (Atlantis).")


def test_a_group_that_differs_is_named_where_its_measure_stands():
    groups = compared(male=["auc", "bias"], female=["selected"])
    assert "otherwise than everyone: gender (male)" in in_both(care.ranked(groups).part("title"))
    chosen = care.chosen(groups)
    assert "everyone: gender (female and male)" in in_both(chosen.part("title"))
    assert "leaves more often" in in_both(chosen.part("so_what"))
    assert care.chosen(compared()).part("so_what") is None
    applicants = care.applicants(groups)
    assert "Judged otherwise than everyone: gender (female and male)" in in_both(applicants.part("title"))
    assert "before anybody is declined" in in_both(applicants.part("so_what"))
    assert "so few defaults" in in_both(care.applicants(compared()).part("so_what"))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.004, 0.016, "real price"), (-0.01, 0.01, "nothing to be gained"), (-0.02, -0.01, "nothing to be gained")],
)
def test_what_refusing_costs_is_a_price_only_beyond_chance(low, high, said):
    found = care.price(PRICE.replace({0.004: low, 0.016: high}), [])
    alike = low < 0 < high
    assert ("no difference beyond chance" if alike else "0.810 instead of 0.800") in in_both(found.part("says"))
    assert said in in_both(found.part("so_what"))


def test_features_that_the_parameters_refuse_are_named():
    said = in_both(care.price(PRICE, ["weekend_share"]).part("says"))
    assert "Refused by the parameters: share at weekends." in said


def test_drift_is_named_where_it_is_large_and_beyond_chance():
    found = care.drift(DRIFT, CUTS)
    assert in_both(found.part("title")) == (
        "2 of 3 features have drifted beyond chance since the last test; far enough to be watched: "
        "days since the last purchase"
    )
    assert [in_both(one) for one in found.table["verdict"]] == ["act", "beyond chance, small", "chance"]
    assert "1 of 2 features has drifted beyond chance" in in_both(care.drift(DRIFT[1:], CUTS).part("title"))
    assert "None of 1 features" in in_both(care.drift(DRIFT[2:], CUTS).part("title"))


def card(chosen: str = "logistic", **watched):
    test = SimpleNamespace(customers=400, churned=100, features=["recency_days", "frequency"])
    scores = pd.DataFrame({"auc": [0.8, 0.7]}, index=["logistic", "recency_days"])
    ends = {f"{name}{end}": 0.5 for name in ("auc", "calibration", "lift") for end in ("", "_low", "_high")}
    of = {"groups": compared(), "price": PRICE, "drift": DRIFT, "late": LateReturns(CUTS.test, 20, 5), **watched}
    return care.card(test, scores, chosen, pd.Series(ends), CUTS, care.Watched(**of))


def test_the_card_has_every_part_that_auditors_ask_for():
    found = card()
    assert found.table["code"].tolist() == [
        "use", "soundness", "data", "outcomes", "groups", "refused", "limits", "monitoring",
    ]  # fmt: skip
    said = dict(zip(found.table["code"], map(in_both, found.table["said"]), strict=True))
    assert "no purchase within 42 days" in said["use"]
    assert "logistic regression, on 2 features" in said["soundness"]
    assert "400 guests as of 25 March 2024, of whom 100 churned" in said["data"]
    assert "none differs" in said["groups"]
    assert "25% had a purchase later" in said["limits"]
    assert "2 of 3 features have drifted" in said["monitoring"]


def test_what_cannot_be_had_is_said_on_the_card():
    missing = Unavailable("care", "people")
    none = Unavailable("care", "nothing_refused")
    found = card("chance_silent", groups=missing, price=none, drift=Unavailable("care", "few", {"n": 50}),
                 late=LateReturns(CUTS.test, 0, 0))  # fmt: skip
    said = dict(zip(found.table["code"], map(in_both, found.table["said"]), strict=True))
    assert "neither age, gender nor region" in said["groups"]
    assert "Nothing is refused" in said["refused"]
    assert "rhythm" in said["soundness"]
    assert "drifted" not in said["monitoring"]


def test_the_card_is_a_table_in_both_languages_too():
    written = care.card_in_words(card())
    assert list(written) == ["part", "said_en", "said_zh"]
    assert len(written) == 8
    assert "预期" not in written["said_en"].str.cat()
    nothing = care.card(Unavailable("churn", "history"), None, "logistic", None, CUTS, None)
    empty = care.card_in_words(nothing)
    assert empty.empty
    assert list(empty) == list(written)
