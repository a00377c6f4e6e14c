"""What notebook 55 says of messages that events set off: facts in, both languages out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.config.triggers import ComplaintClosed, PointsLapse, Trigger, Triggers
from insight.decide.triggers import play
from insight.errors import Unavailable
from insight.report.findings import triggers
from insight.words.context import Context, using
from report.test_churn import drawn, in_both

GIVEN = Triggers(points_lapse=PointsLapse(lifetime_months=12))
ORDER = ("lead", "gone_quiet", "birthday")
PLAYED = play.Played(pd.DataFrame(), ORDER, date(2024, 1, 1), date(2024, 12, 31), 14, 8_000)


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


def judged(*states: str) -> pd.DataFrame:
    lacks = ["transactions.product_id" if state == "lacks" else "" for state in states]
    return pd.DataFrame({"trigger": triggers_named()[: len(states)], "state": states, "lacks": lacks})


def triggers_named() -> list[str]:
    return list(Trigger.__args__)


def counted(*rows: tuple) -> pd.DataFrame:
    """Give what `play.volumes` does, of trigger, customers, due, busiest day and how many of each outcome."""
    table = []
    for name, customers, due, busiest, *outcomes in rows:
        shares = dict(zip(play.OUTCOMES, np.array(outcomes) / due, strict=True))
        held = sum(shares[name] for name in play.STOPPED)
        table.append({"trigger": name, "customers": customers, "due": due, "a_day": due / 366, "busiest": busiest,
                      **shares, "held_back": held, "sent_a_day": shares[play.SENT] * due / 366})  # fmt: skip
    return pd.DataFrame(table)


COUNTED = counted(
    ("lead", 60, 60, 3, 12, 0, 15, 3, 30),
    ("gone_quiet", 400, 732, 12, 100, 66, 0, 66, 500),
    ("birthday", 900, 1098, 150, 366, 0, 0, 132, 600),
    ("", 1200, 1890, 160, 478, 66, 15, 201, 1130),
)


def test_triggers_stand_in_their_order_with_what_they_lack():
    found = triggers.rules(judged("applies", "lacks", "off", "no_lifetime", "no_registration"), GIVEN)
    assert in_both(found.part("title")) == "1 of 5 triggers applies to this business"
    states = [in_both(state) for state in found.table["state"]]
    assert states[1].startswith("does not apply; missing in the data: product")
    assert states[2] == "switched off in the parameters"
    assert "first card purchase alone" in states[4]
    assert in_both(found.table["rule"][0]) == "3 days after a complaint, or a case rated 2 or lower, was closed"
    assert in_both(found.table["rule"][1]).startswith("1 day after")
    by_topic = Triggers(complaint_closed=ComplaintClosed(satisfaction=None))
    assert "rated" not in in_both(triggers.rule_of("complaint_closed", by_topic))
    assert in_both(triggers.rule_of("points_lapse", by_topic)) == "30 days before points lapse"
    for name in triggers_named():
        assert in_both(triggers.name_of(name))
        assert in_both(triggers.rule_of(name, GIVEN))


def test_messages_a_day_stand_beside_those_that_must_not_go_out():
    found = triggers.volumes(COUNTED, PLAYED)
    assert in_both(found.part("title")).startswith("3.1 messages a day could go out of 5.2 that fall due; 30% must not")
    assert "most of them “Birthday month”" in in_both(found.part("so_what"))
    assert [(line.name, line.value) for line in found.headlines] == [
        ("trigger_messages_a_day", pytest.approx(1130 / 366)), ("trigger_held_back", pytest.approx(559 / 1890))
    ]  # fmt: skip
    lead = found.table.set_index("trigger").loc["lead"]
    assert np.isnan(lead["sent_a_day"])  # three held out: the others tell how many
    assert np.isnan(lead["busiest"])
    nobody = COUNTED.assign(sent=0.0, sent_a_day=0.0)
    assert "ask for consent first" in in_both(triggers.volumes(nobody, PLAYED).part("so_what")).lower()
    assert found.part("caution") is None
    assumed = triggers.volumes(COUNTED, replace(PLAYED, consent_assumed=True))
    assert "no answer is on record" in in_both(assumed.part("caution"))
    without = triggers.volumes(Unavailable("triggers", "none_apply"), PLAYED)
    assert [line.value for line in without.headlines] == [None, None]


def test_what_stops_most_is_named():
    assert "Consent stops most: 25%" in in_both(triggers.stopped(COUNTED, PLAYED).part("title"))
    for name, told in (("contacted", "Campaigns"), ("collided", "Triggers stop each other")):
        most = COUNTED.assign(no_consent=0.0, **{name: 0.5})
        assert in_both(triggers.stopped(most, PLAYED).part("title")).startswith(told)
    free = COUNTED.assign(no_consent=0.0, contacted=0.0, collided=0.0, held_back=0.0)
    assert in_both(triggers.stopped(free, PLAYED).part("title")) == "Nothing stands against any message due"


def test_collisions_name_the_pair_and_hide_the_few():
    matrix = pd.DataFrame(
        [[np.nan, 0.5, 0.1, 0.55, 0.0], [0.004, np.nan, 0.1, 0.1, 0.09], [0.02, 0.07, np.nan, 0.09, 0.0]],
        index=list(ORDER), columns=[*ORDER, play.ANY, play.CAMPAIGN],
    )  # fmt: skip
    found = triggers.collisions(matrix, COUNTED, PLAYED)
    assert "“Lead not followed up”, of whose messages 55.0%" in in_both(found.part("title"))
    rows = found.table.set_index("trigger")
    assert in_both(rows.loc["lead", "other_name"]) == "Unusual silence"
    none = matrix.assign(**dict.fromkeys(matrix.columns, 0.0))
    assert "Not shown" in in_both(triggers.collisions(none, COUNTED, PLAYED).part("says"))


def reached(*rows: tuple) -> pd.DataFrame:
    names = ["trigger", "goal", "customers", "share", "other_share", "ahead", "needed", "test_days"]
    table = pd.DataFrame(rows, columns=names).assign(within=28, others=500)
    for side in ("", "other_"):
        table[f"{side}low"], table[f"{side}high"] = table[f"{side}share"] - 0.02, table[f"{side}share"] + 0.02
    return table


def test_the_soonest_test_is_named_and_what_has_nothing_to_add():
    full, quiet = ("birthday", "purchase", 900, 0.95, 0.95, 0, np.nan, np.nan), (400, 0.62, 0.8, -1, 5_000, 200)
    found = triggers.met(reached(full, ("gone_quiet", "purchase", *quiet)), PLAYED, GIVEN, 0.1)
    title = in_both(found.part("title"))
    assert "“Unusual silence”: 5,000 customers, 200 days; 62.0% reach" in title
    assert "than by comparable customers after: Unusual silence" in in_both(found.part("so_what"))
    drawn(found.figure)
    late = triggers.met(reached(("gone_quiet", "purchase", *quiet[:5], 800)), PLAYED, GIVEN, 0.1)
    assert "takes more than a year" in in_both(late.part("title"))
    assert [in_both(test).split(":")[0] for test in found.table["test"]] == [
        "not testable here",
        "5,000 customers, 200 days",
    ]
    alone = triggers.met(reached(full), PLAYED, GIVEN, 0.1)
    assert "No trigger can be tested" in in_both(alone.part("title"))
    assert "unprompted: Birthday month" in in_both(alone.part("so_what"))
    few = triggers.met(reached(("lead", "application", 3, 0.3, 0.3, 0, 900, 90)), PLAYED, GIVEN, 0.1)
    assert "Not shown" in in_both(few.part("says"))


def test_what_takes_more_customers_or_years_than_there_are_is_not_testable():
    row = ("gone_quiet", "purchase", 400, 0.62, 0.8, -1)
    for needed, days in ((8_001, 200), (5_000, 1_500)):
        found = triggers.met(reached((*row, needed, days)), PLAYED, GIVEN, 0.1)
        assert "No trigger can be tested" in in_both(found.part("title"))
        assert in_both(found.table["test"][0]).startswith("not testable here: more customers or years")


def test_the_list_of_the_next_day_is_counted_and_has_reasons_in_both_languages():
    listed = pd.DataFrame(
        {"customer_id": [f"c{n}" for n in range(30)], "trigger": ["gone_quiet"] * 18 + ["birthday"] * 12,
         "due_on": date(2025, 1, 1), "is_holdout": False}
    )  # fmt: skip
    found = triggers.today(listed, PLAYED, 0.1)
    assert in_both(found.part("title")) == "30 customers stand on the list for 1 January 2025"
    assert found.table["customers"].tolist() == [0, 18, 12]
    alone = triggers.today(listed.tail(17), PLAYED, 0.1)  # 5 and 12: the one that is not few is hidden with them
    assert alone.table is None
    assert "17 customers stand on the list" in in_both(alone.part("says"))
    assert "fewer than 10" in in_both(triggers.today(listed.head(3), PLAYED, 0.1).part("says"))
    assert "Nobody stands" in in_both(triggers.today(listed.head(0), PLAYED, 0.1).part("says"))
    written = triggers.with_reasons(listed, GIVEN)
    assert written["reason"].iloc[-1] == "the first day of the month of birth (the day is not kept)"
    assert written["reason_zh"].iloc[-1].startswith("出生月份")
    assert triggers.with_reasons(listed.head(0), GIVEN).empty
