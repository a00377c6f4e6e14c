"""What customers experience is said in both languages, with what surely differs and no more."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report.findings.reviewed import experience as told
from insight.review.channels import LOSES, PAYS, UNSURE, Moved, Returns
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def dollars():
    with using(Context(currency="USD", as_of=date(2024, 6, 30))):
        yield


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def steps(*, apart: float = 0.05, complaints: float = 0.0) -> pd.DataFrame:
    frame = pd.DataFrame({"channel": ["app", "sms"], "contacted": [1000, 900], "responded": [200, 135],
                          "bought": [180, 120], "response": [0.2, 0.2 - apart], "purchase": [0.9, 0.89],
                          "complaints": [complaints, 0.0]})  # fmt: skip
    for name, half in (("response", 0.02), ("purchase", 0.05), ("complaints", 0.01)):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - half, frame[name] + half
    return frame


def test_where_channels_lose_customers_is_told_as_far_as_it_is_sure():
    found = told.funnels(steps())
    assert said(found, "title") == (
        "Channels lose customers before they respond: of 100 contacted by app 20.0 respond, by text message 15.0",
        "各渠道的客户主要在响应之前退出：每触达 100 位客户，手机银行有 20.0 位响应，短信有 15.0 位",
    )
    assert said(found, "says")[0].startswith("Whoever responds goes on")
    assert said(found, "caution")[0].startswith("Of no channel")
    assert said(told.funnels(steps(apart=0.01)), "title")[0].startswith("No channel surely loses")
    assert said(told.funnels(steps(complaints=0.03)), "caution")[0].startswith("Contacts by app surely bring")
    unknown = steps().assign(complaints=np.nan, complaints_low=np.nan, complaints_high=np.nan)
    assert told.funnels(unknown).variants["caution"] is None


def brought(verdict: str, moved: Moved | None) -> Returns:
    frame = pd.DataFrame({"channel": ["app", "sms"], "contacted": [1000, 900], "held_out": [200, 200],
                          "added": [0.1, 0.02], "spent": [2.0, 1.5], "returned": [3.1, 0.6],
                          "spent_year": [2000.0, 900.0], "verdict": [PAYS, verdict]})  # fmt: skip
    for name, half in (("added", 0.02), ("returned", 0.3)):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - half, frame[name] + half
    return Returns(frame, 8, moved)


def test_a_channel_that_loses_is_named_with_where_its_money_brings_more():
    found = told.returns(brought(LOSES, Moved(("sms",), "app", 900.0, 2250.0, 1500.0, 3000.0)))
    assert "some channels surely cost more" in said(found, "title")[0]
    assert "the $900 spent there in the last year would bring $2,250 more by app" in said(found, "so_what")[0]
    [headline] = found.headlines
    assert (headline.name, headline.value, headline.low) == ("channel_money_moved", 2250.0, 1500.0)


def test_nothing_is_moved_where_it_is_not_sure():
    found = told.returns(brought(UNSURE, None))
    assert "no channel surely costs more" in said(found, "title")[0]
    assert said(found, "so_what")[0].startswith("Leave the budget")
    assert [one.value for one in found.headlines] == [None]
    assert [one.value for one in told.returns(Unavailable("experience", "not_recorded")).headlines] == [None]


def driven(effect: float, half: float) -> pd.DataFrame:
    frame = pd.DataFrame({"factor": ["waiting", "resolution", "topic"], "level": ["", "unsolved", "limit"],
                          "than": ["", "solved", "points"], "tickets": [900, 200, 300],
                          "effect": [effect / 10, effect, 0.0]})  # fmt: skip
    return frame.assign(low=frame["effect"] - half, high=frame["effect"] + half)


def test_what_costs_marks_is_told_with_what_complaints_follow():
    rows = pd.DataFrame({"ticket_id": range(900)})
    found = told.drivers(driven(-2.0, 0.1), driven(0.05, 0.02), rows)
    assert said(found, "title")[0] == "What costs most marks: unsolved compared with solved (−2.00), all else alike"
    assert said(found, "so_what")[0].startswith("More customers complain later after unsolved compared with solved")
    assert len(found.table) == 2  # topics are held alike, and not shown
    unsure = told.drivers(driven(-0.05, 0.1), driven(0.01, 0.02), rows)
    assert said(unsure, "title")[0].startswith("Nothing that is on record")
    assert "surely more frequent after none" in said(unsure, "so_what")[0]
