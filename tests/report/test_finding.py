"""What a finding is where its results cannot be had, or are such that it cannot be made of them."""

import pandas as pd
import pytest

from insight.errors import ParameterError, Unavailable, unless_unavailable
from insight.report.finding import Finding, finding


@finding(headlines={"shares": "share"})
def share_of_first(values: pd.Series) -> Finding:
    return Finding("churn.layout", {"share": 1 / int(values.iloc[0])})


@pytest.mark.parametrize(
    ("values", "kind"), [(pd.Series([0]), "ZeroDivisionError"), (pd.Series([], dtype=float), "IndexError")]
)
def test_one_that_cannot_be_made_says_so_in_both_languages_and_states_nothing(values, kind):
    made = share_of_first(values)
    said = made.part("says")
    assert f"({kind} in finding.py, line " in said.in_language("en")
    assert kind in said.in_language("zh")
    assert [(headline.name, headline.value) for headline in made.headlines] == [("shares", None)]


def test_a_calculation_that_fails_is_passed_on_as_unavailable():
    @unless_unavailable
    def inverse(value: float) -> float:
        return 1 / value

    lacking = inverse(0)
    assert lacking.reason == "failed"
    assert inverse(lacking) is lacking
    assert "ZeroDivisionError" in share_of_first(lacking).part("says").in_language("en")


def test_our_own_errors_are_not_taken_for_data_that_do_not_suit():
    @unless_unavailable
    def refuse(_value: int) -> None:
        raise ParameterError("tiers: expected 2 to 10")

    with pytest.raises(ParameterError, match="expected 2 to 10"):
        refuse(1)
    assert refuse(Unavailable("churn", "history")).reason == "history"


def test_a_table_says_which_column_counts_customers_itself_or_in_the_catalogue():
    frame = pd.DataFrame({"customers": [433, 3, 12]})
    with pytest.raises(ValueError, match=r"own: .* \(own.counts in the words, or counts="):
        Finding("own", table=frame)
    assert Finding("own", table=frame, counts="none").shown_table().equals(frame)
    assert list(Finding("profile.tags", table=frame, overlapping=500).shown_table()["customers"].map(str)) == [
        "433",
        "fewer than 10",
        "12",
    ]


@finding(headlines={"shares": "share"})
def nothing_to_share(_values: pd.Series) -> Unavailable:
    return Unavailable("common", "too_few")


def test_a_function_may_itself_say_why_there_is_nothing_to_show():
    made = nothing_to_share(pd.Series([1]))
    assert "fewer than 10" in made.part("says").in_language("en")
    assert [(headline.name, headline.value) for headline in made.headlines] == [("shares", None)]
