"""What moved spend, and what was aimed at, is said in both languages, with what can be told and no more."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report.findings.reviewed import aims as aims_told
from insight.report.findings.reviewed import moved as told
from insight.review.customers.moved import Change
from insight.words.context import Context, using

SPAN, BEFORE = (date(2024, 6, 3), date(2024, 6, 30)), (date(2024, 5, 6), date(2024, 6, 2))


@pytest.fixture(autouse=True)
def dollars():
    with using(Context(currency="USD", as_of=date(2024, 6, 30))):
        yield


def change(total: float = -300.0, *, half: float = 100.0) -> Change:
    parts = pd.DataFrame({"part": ["buyers", "orders", "basket", "beside", "total"],
                          "change": [-400.0, 60.0, 30.0, 10.0, total]})  # fmt: skip
    parts = parts.assign(change_low=parts["change"] - half, change_high=parts["change"] + half)
    parts.loc[parts["part"] == "beside", ["change_low", "change_high"]] = np.nan
    tiers = pd.DataFrame({"tier": ["base", "top"], "customers": [400, 50], "spend_then": [1000.0, 3000.0],
                          "spend_now": [900.0, 2800.0], "buyers": [-150.0, -250.0], "orders": [30.0, 30.0],
                          "basket": [20.0, 20.0], "total": [-100.0, -200.0]})  # fmt: skip
    return Change(parts, tiers, 4000.0, 3700.0, SPAN, BEFORE)


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def test_the_change_on_a_year_before_leads_where_there_is_one():
    both = told.tree({"before": change(-900.0), "year": change()})
    english, chinese = said(both, "title")
    assert english.startswith("Net spend of the last 4 weeks is $300 lower than in the same weeks a year before: the")
    assert "number of customers with a purchase took more than that (−$400)" in english
    assert chinese.startswith("最近 4 周净消费额较上年同期减少")
    assert both.part("caution") is None
    alone = told.tree({"before": change(900.0)})
    assert said(alone, "title")[0].startswith("Net spend of the last 4 weeks is $900 higher than in the 4 weeks before")
    assert "season" in said(alone, "caution")[0]
    assert list(alone.columns) == ["part", "before", "before_low"]


def test_the_title_says_whether_other_parts_offset_the_largest():
    assert "; most of it is due" in said(told.tree({"year": change(-500.0)}), "title")[0]
    assert "took more than that" in said(told.tree({"year": change(-300.0)}), "title")[0]
    assert "what moved it most" in said(told.tree({"year": change(-900.0)}), "title")[0]


def test_a_change_within_its_interval_may_be_chance():
    assert said(told.tree({"year": change(half=50.0)}), "says")[0].endswith("more than chance moved it.")
    assert said(told.tree({"year": change(half=500.0)}), "says")[0].endswith("the change as a whole may be chance.")


def test_the_part_that_moved_most_is_a_headline_and_its_figure_is_drawn():
    found = told.tree({"before": change(), "year": change()})
    [headline] = found.headlines
    assert (headline.name, headline.value, headline.low, headline.high) == ("value_moved_most", -400.0, -500.0, -300.0)
    assert str(found.in_words(headline)["sentence"]).startswith("Net spend of the last 4 weeks differs by −$300")
    drawn = found.figure(found.table)
    assert drawn.draw("en").digest != told.tree({"year": change()}).figure(found.table[["part"]]).draw("en").digest


def test_tiers_stand_with_the_largest_first():
    table = told.tiers({"before": change(), "year": change()}).table
    assert table["tier"].map(str).tolist() == ["top", "base"]
    assert said(told.tiers({"before": change()}), "title")[0].endswith("against the 4 weeks before")


def test_one_tier_is_no_table_of_its_own():
    one = change()
    object.__setattr__(one, "tiers", one.tiers.iloc[:1])
    assert said(told.tiers({"year": one}), "says")[0].startswith("Not shown by value tier")


def test_what_cannot_be_had_says_why():
    missing = Unavailable("moved", "no_earlier", {"days": 28})
    assert "no earlier period" in said(told.tree(missing), "says")[0]
    assert [one.value for one in told.tree(missing).headlines] == [None]


def reached(*verdicts: str) -> pd.DataFrame:
    rows = [("active", "", 900, 0.8, 0.78, 0.82, 0.81), ("spend", "top", 90, 950.0, 900.0, 1000.0, np.nan),
            ("activity", "gold", 300, 0.5, 0.45, 0.55, 0.5)]  # fmt: skip
    found = pd.DataFrame(rows, columns=["kpi", "group", "customers", "value", "low", "high", "before"])
    targets = [np.nan if verdict == "no aim" else 1.0 for verdict in verdicts]
    return found.assign(target=targets, verdict=verdicts)


def test_targets_are_counted_and_those_missed_named():
    found = aims_told.figures(reached("reached", "missed", "no aim"))
    assert said(found, "title")[0].startswith("Of 2 targets of the quarter, 1 is reached and 1 missed")
    assert said(found, "so_what")[0].startswith("Missed: mean net spend, top tier.")
    assert said(found, "so_what")[1].startswith("未达成：高价值层级人均净消费额。")
    assert found.table["verdict"].map(str).tolist() == ["reached", "missed", "no target"]
    assert found.table["figure"].map(str).tolist()[-1] == "accounts in use, gold card"


def test_an_interval_that_ends_beside_the_target_does_not_look_as_if_it_reached_it():
    close = reached("missed", "no aim", "no aim").assign(value=0.093, low=0.086, high=0.0996, target=[0.1, np.nan, 0.1])
    assert aims_told.figures(close).table["interval"].map(str).tolist()[0] == "8.60% to 9.96%"
    far = aims_told.figures(close.assign(target=0.12))
    assert far.table["interval"].map(str).tolist()[0] == "8.6% to 10.0%"


def test_without_targets_it_says_that_there_are_none():
    found = aims_told.figures(reached("no aim", "no aim", "no aim"))
    assert said(found, "title")[0].endswith("no target is set for them")
    assert said(found, "so_what")[0].startswith("Set targets in the parameters")
    assert aims_told.figures(reached("reached", "unsure", "no aim")).part("so_what") is None


def test_every_figure_is_stated_with_its_interval():
    stated = aims_told.figures(reached("reached", "missed", "no aim")).headlines
    assert [one.name for one in stated] == ["aim_active", "aim_spend_top", "aim_activity_gold"]
    assert str(stated[0].sentence).startswith(
        "In the 13 weeks to 30 June 2024, active customers, of those of a year: 80%"
    )
