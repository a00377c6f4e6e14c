"""What notebook 76 says of tickets: facts in, both languages out."""

import numpy as np
import pandas as pd
import pytest

from card.made_up_tickets import ANSWERS, tickets
from insight.card.service import answers, intents, near_truth, routing
from insight.card.service.lesson import look
from insight.card.service.near_truth import Precise
from insight.config.parameters import Bilingual
from insight.engine import connect
from insight.errors import Unavailable
from insight.report.findings.cards import service
from insight.words.context import Context, using
from report.test_churn import drawn, in_both

LAST = pd.Timestamp("2024-12-31").date()
MARKED = pd.DataFrame({"satisfaction": [4.0] * 150 + [1.0] * 50 + [np.nan] * 20, "days": [0.25] * 220,
                       "customer_id": [f"c{at}" for at in range(220)]})  # fmt: skip


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


@pytest.fixture(scope="module")
def read():
    rows, true = tickets()
    table = connect(threads=1).create_table("service_tickets", rows)
    lesson = look(lambda _name: table, lambda _name: True, as_of=LAST)
    groupings = intents.word(lesson, seed=3)
    return lesson, groupings, intents.tell(lesson, groupings, None, ANSWERS, seed=3), true


def test_tickets_ask_more_than_their_recorded_topic(read):
    lesson, _groupings, told, _true = read
    found = service.asked(routing.asked(lesson, told), lesson, told)
    assert "ask more than one thing" in in_both(found.part("title"))
    assert in_both(service.asked(Unavailable("service", "no_texts"), lesson, told).part("says"))


def test_recorded_topics_and_new_wording_are_compared(read):
    lesson, groupings, told, _true = read
    says = in_both(service.agreement(routing.agreement(lesson, groupings, told), groupings).part("says"))
    assert "in wording that, as far as texts show, nobody has used before" in says
    old = routing.agreement(lesson, groupings, told).query("wording != 'new'")
    assert "new" not in in_both(service.agreement(old, groupings).part("says"))


def scores(told: float, plain: float, wordings: tuple = ("new", "old", "all")) -> pd.DataFrame:
    values = {"told": told, "plain": plain, "taught": 0.8, "named": 0.95}
    rows = [(wording, model, f1, f1 - 0.02, f1 + 0.02, 900) for wording in wordings for model, f1 in values.items()]
    return pd.DataFrame(rows, columns=["wording", "model", "f1", "low", "high", "tickets"])


def test_wishes_in_new_wording_stand_beside_what_could_be_known():
    found = service.near_truth(scores(0.72, 0.4))
    assert in_both(found.part("title")).endswith("macro F1 of 0.720; a plain model reaches 0.400")
    assert [line.name for line in found.headlines] == ["ticket_macro_f1"]
    assert found.headlines[0].value == 0.72
    assert "0.950" in in_both(found.part("so_what"))
    assert "not clearly more" in in_both(service.near_truth(scores(0.41, 0.4)).part("title"))
    few = service.near_truth(scores(0.7, 0.4, ("old", "all")))
    assert in_both(few.part("says")).startswith("Not scored")
    assert few.headlines[0].value is None


def test_answers_say_how_many_are_right_and_for_how_many_tickets(read):
    lesson, groupings, told, true = read
    answered = answers.answer(lesson, groupings, told, ANSWERS, share=0.3)
    assert "A machine would have answered" in in_both(service.answered(answered, lesson).part("says"))
    found = service.precision(Precise(1000, 100, 96, 0.96, 0.9, 0.98, 0.1, 80, 0, 0, 0.5))
    assert "96.0% are the right one by the truth, which is known here (90.0% to 98.0%" in in_both(found.part("says"))
    assert "For 80.0%" in in_both(found.part("so_what"))
    assert in_both(found.part("caution")).startswith("No ticket in wording")
    some = service.precision(Precise(1000, 100, 96, 0.96, 0.9, 0.98, 0.1, 80, 9, 8, 0.5))
    assert "9 get an answer, and 8 of these" in in_both(some.part("caution"))
    assert service.precision(Precise(1000, 100, 96, 0.96, 0.9, 0.98, 0.1, 80, 9, 9, 0.5)).part("caution") is None
    assert [line.name for line in some.headlines] == ["faq_precision", "faq_coverage"]
    assert near_truth.truth_of(lesson, true)


def test_groups_without_an_answer_are_named_the_largest_first(read):
    lesson, groupings, told, _true = read
    answered = answers.answer(lesson, groupings, told, ANSWERS, share=0.02)
    found = service.gaps(answers.gaps(lesson, groupings, told, answered), lesson)
    assert "groups of questions get no answer" in in_both(found.part("title"))
    none = service.gaps(answers.gaps(lesson, groupings, told, answered).iloc[:0], lesson)
    assert in_both(none.part("says")) == "No group of questions is without an answer."


def test_waiting_and_marks_are_told_with_what_they_go_with():
    by = pd.DataFrame({"topic": ["limit"], "tickets": [220], "customers": [220], "days": [0.25], "long": [3.0],
                       "poor": [0.25]})  # fmt: skip
    waiting = service.waiting(by, MARKED)
    assert "within 6.0 hours; 25.0% of marks are 1 or 2" in in_both(waiting.part("title"))
    assert waiting.table["hours"].tolist() == [6.0]
    found = pd.DataFrame(
        [("waiting", "", "", 200, -0.2, -0.3, -0.1), ("resolution", "unsolved", "solved", 40, -1.9, -2.2, -1.6),
         ("topic", "limit", "points", 60, 0.1, -0.2, 0.4)],
        columns=["factor", "level", "than", "tickets", "effect", "low", "high"],
    )  # fmt: skip
    told = service.drivers(found, MARKED)
    assert in_both(told.part("title")).startswith("What costs most marks: unsolved compared with solved (−1.90)")
    assert in_both(told.part("so_what")).startswith("None of 1 topics differs")
    drawn(told.figure)
    clear = service.drivers(found.assign(low=found["low"].mask(found["factor"] == "topic", 0.05)), MARKED)
    assert in_both(clear.part("so_what")).startswith("Of 1 topics 1 differ clearly")


def test_returns_are_compared_by_how_tickets_ended():
    rows = [("solved", 900, 800, 18, 0.02, 0.01, 0.03), ("unsolved", 300, 280, 30, 0.1, 0.07, 0.14)]
    table = pd.DataFrame(rows, columns=["resolution", "tickets", "customers", "back", "share", "low", "high"])
    assert "most often where a ticket was unsolved: 10.0%" in in_both(service.back(table).part("title"))
    alike = table.assign(share=0.02, low=0.01, high=0.03)
    assert "no clear difference" in in_both(service.back(alike).part("title"))
    assert in_both(service.back(table.iloc[:1]).part("says"))


def test_routes_say_who_reads_what():
    table = pd.DataFrame({"ticket_id": ["a", "a", "b"], "for_a_person": [False, False, True],
                          "answer_id": ["4", "4", None]})  # fmt: skip
    says = in_both(service.routed(table).part("says"))
    assert "the last month's 2 tickets are sent 3 times in all" in says
    assert "1 have no likely topic" in says
