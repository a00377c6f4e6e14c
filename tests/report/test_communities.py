"""What is said of communities, in both languages."""

import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report.findings import communities as findings
from insight.words.context import Context, using
from insight.words.numerals import language
from insight.words.text import render

MARCH = 12 * 2024 + 3
_COLUMNS = ["outcome", "customers", "others", "theirs", "expected", "difference", "low", "high"]


@pytest.fixture(autouse=True)
def _bank():
    with using(Context(currency="CNY", min_cell=10)):
        yield


def compared(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=_COLUMNS)


def said(finding, part: str, lang: str) -> str:
    with language(lang):
        return render(finding.part(part))


def test_members_who_do_no_more_are_said_to_do_no_more():
    joiners = compared(("bought", 482, 8387, 0.92, 0.90, 0.02, -0.004, 0.044))
    finding = findings.compared(joiners, Unavailable("communities", "no_referrals"))
    assert said(finding, "title", "en") == "Members and the referred do what comparable customers do"
    assert "没有明显差别" in said(finding, "title", "zh")
    assert "drawn by lot" in said(finding, "caution", "en")


def test_clear_differences_are_counted_though_several_are_compared():
    joiners = compared(("bought", 482, 8387, 0.92, 0.90, 0.02, 0.001, 0.039))  # alone it would be clear, of two not
    referred = compared(
        ("approved", 900, 3000, 0.6, 0.5, 0.1, 0.06, 0.14), ("spend", 90, 300, 900.0, 1000.0, -100, -300, 100)
    )
    finding = findings.compared(joiners, referred)
    assert said(finding, "title", "en").startswith("Beside comparable customers, 1 of 3")
    table = finding.table
    assert [str(cell) for cell in table["theirs"]] == ["92.0%", "60.0%", "CN¥900.00"]
    assert [str(cell) for cell in table["apart"]] == [
        "0.1 to 3.9 points",
        "6.0 to 14.0 points",
        "−CN¥300.00 to CN¥100.00",
    ]


def test_where_nothing_can_be_compared_that_is_said():
    finding = findings.compared(Unavailable("communities", "no_groups"), Unavailable("communities", "no_referrals"))
    assert "can be compared" in said(finding, "says", "en")


def test_health_says_whether_groups_grow():
    months = pd.DataFrame(
        {"community": "car", "month": [MARCH, MARCH + 12], "members": [100, 120], "joined": [3, 9], "left": [1, 4],
         "active": [50, 90], "share": [0.5, 0.75], "low": [0.4, 0.66], "high": [0.6, 0.82]}
    )  # fmt: skip
    finding = findings.health(months)
    assert said(finding, "title", "en") == "Groups grow: 120 members in 1 group, 100 a year before"
    assert "120" in said(finding, "title", "zh")
    assert {"joined", "left"}.isdisjoint(finding.table)


def referrers(*referred: int, grouped: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"referred": referred, "community": ["car"] * grouped + [None] * (len(referred) - grouped)})


def test_referrers_are_counted_by_how_many_they_brought():
    finding = findings.key_members(referrers(5, 3, 2, 2, 1, 1, grouped=2), minimum=2)
    assert finding.table[["customers", "brought"]].to_numpy().tolist() == [[2, 2], [2, 4], [2, 8]]
    assert said(finding, "title", "en") == "6 customers brought 14 applicants; 4 of them brought more than one"
    assert "in a group" in said(finding, "so_what", "en")


def test_referrers_of_several_who_are_few_stand_in_one_row_and_of_too_few_nothing_is_counted():
    finding = findings.key_members(referrers(5, 2, 2, 1, 1), minimum=2)
    assert finding.table[["customers", "brought"]].to_numpy().tolist() == [[2, 2], [3, 9]]
    assert "group" not in said(finding, "so_what", "en")
    assert findings.key_members(referrers(5, 1, 1, 1), minimum=2).table is None


def test_of_too_few_nothing_is_said():
    few = compared(
        ("bought", 4, 30, 0.5, 0.4, 0.1, -0.2, 0.4), ("spend", 40, 2, 5.0, 4.0, 1.0, float("nan"), float("nan"))
    )
    finding = findings.compared(few, Unavailable("communities", "no_referrals"))
    assert finding.table is None
    assert "can be compared" in said(finding, "says", "en")
