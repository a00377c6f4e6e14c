"""What the read-out says: what to do with each offer, what would change that, and what is too small."""

from datetime import date

import pandas as pd
import pytest

from insight.config.parameters import load
from insight.report.findings.reviewed import readout as told
from insight.review import proposals, readout
from insight.review.rehearsal import Rehearsal
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def dollars():
    with using(Context(currency="USD", as_of=date(2024, 6, 30))):
        yield


def read(worth: float | None = 15.0, **offers: tuple) -> readout.ReadOut:
    columns = ["campaign_id", "offer_id", "name", "contacted", "held_out", "responded", "held_responded"]
    found = pd.DataFrame([("x", name, name, *counts) for name, counts in offers.items()], columns=columns)
    given = None if worth is None else pd.Series(worth, index=list(offers))
    described = readout.describe_offers(found, None, worth=given, contact_cost=1.0, response_cost=None)
    return readout.read_out(found, described, min_cell=10)


FOUR = {"tea": (4000, 2000, 1200, 200), "wine": (4000, 2000, 500, 200), "cake": (4000, 2000, 400, 200),
        "soup": (400, 200, 60, 20)}  # fmt: skip


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def test_each_of_four_decisions_is_said_with_its_offers():
    found = told.next_steps(read(**FOUR))
    assert found.table["next"].map(str).tolist() == ["scale", "test again", "change", "stop"]
    english, chinese = said(found, "so_what")
    assert english.startswith("Scale tea: more comes back than is spent")
    assert "Change wine: " in english
    assert "Stop cake: " in english
    assert english.endswith("Test soup again: the interval allows both.")
    assert chinese.startswith("扩大 tea：")


def test_an_offer_whose_response_itself_loses_is_stopped_for_that_and_not_for_its_interval():
    found = read(-300.0, tea=(400, 200, 60, 25))
    assert found.offers["returned_low"][0] < 1 < found.offers["returned_high"][0]
    advised = said(told.next_steps(found), "so_what")
    assert advised[0].startswith("Stop tea: a response itself brings nothing or loses money")
    assert "surely less than what is spent" not in advised[0]
    assert advised[1].startswith("停止 tea：每次响应本身没有收益或为亏损")


def test_what_would_change_a_decision_stands_beside_it():
    until = told.next_steps(read(**FOUR)).table["until"].map(str).tolist()
    assert until[0].startswith("until a response brings less than $")
    assert until[1].endswith("contacts would tell, if it goes on like this")
    assert until[2].startswith("pays once a contact with its responses costs under $")
    assert until[3].startswith("unless a response brings more than $")
    lost = told.next_steps(read(tea=(4000, 2000, 200, 200))).table["until"]
    assert lost.map(str).tolist() == ["nothing that is known"]


def test_headlines_state_each_effect_and_what_came_back():
    stated = {one.name: one for one in told.offers(read(**FOUR)).headlines}
    assert list(stated) == ["effect_tea", "effect_soup", "effect_wine", "effect_cake", "return_per_unit_spent"]
    assert (stated["effect_tea"].value, stated["effect_tea"].unit) == (pytest.approx(0.2), "per 100")
    assert "add 20.0 responses per 100" in str(stated["effect_tea"].sentence)
    back = stated["return_per_unit_spent"]
    assert back.low < back.value < back.high
    [unknown] = [one for one in told.offers(read(None, **FOUR)).headlines if one.name == "return_per_unit_spent"]
    assert unknown.value is None
    assert str(unknown.sentence).startswith("What comes back for the money spent is not known")


def test_offers_too_small_are_named():
    small = {"pie": (60, 20, 12, 6), "jam": (900, 300, 90, 30)}
    assert said(told.offers(read(**FOUR, **small)), "caution") == (
        "Too small to be read, even together: pie. Hold out larger control groups of these, or longer.",
        "即使合并也因规模过小而无法判断：pie。应扩大其对照组或延长时间。",
    )
    together = told.offers(read(**FOUR, **{"pie": (60, 20, 12, 6), "bun": (900, 300, 90, 6)}))
    assert said(together, "caution")[0] == "Too small to be read alone, and read together as one row: bun and pie."
    assert "other offers together" in together.table["offer"].map(str).tolist()


def test_how_sure_such_intervals_are_is_said_with_silent_control_groups_apart():
    found = told.rehearsal(Rehearsal(1000, 0.952, 0.045, 0, float("nan")))
    assert "95.2% of the 95% intervals hold the effect" in said(found, "says")[0]
    assert found.part("caution") is None
    silent = told.rehearsal(Rehearsal(1000, 0.952, 0.045, 220, 0.97))
    assert said(silent, "caution")[0].startswith("In 220 of them nobody in the control group responded")
    assert [one.value for one in silent.headlines] == [0.952]


def test_what_is_proposed_is_laid_out_and_nothing_where_nothing_follows():
    found = told.proposed(proposals.propose(read(**FOUR), load("tiny"), listed=None))
    assert found.table["proposal"].map(str).tolist() == ["stop", "test again"]
    assert said(found, "so_what")[0].startswith("To judge responses, leave the control group at ")
    stopped = told.proposed(proposals.propose(read(cake=FOUR["cake"]), load("tiny"), listed=None))
    assert list(stopped.columns) == ["name", "proposal"]  # nothing else is known of an offer to stop
    nothing = told.proposed(proposals.propose(read(tea=FOUR["tea"]), load("tiny"), listed=None))
    assert nothing.table is None
    assert said(nothing, "says")[0].startswith("Nothing follows")


def test_an_offer_without_a_known_worth_is_scaled_for_its_responses_and_not_for_what_comes_back():
    english, chinese = said(told.next_steps(read(None, tea=FOUR["tea"])), "so_what")
    assert english == "Scale tea: responses are added, beyond chance; what a response brings is not known."
    assert chinese == "扩大 tea：确有净增响应，但每次响应的收益未知。"


def test_an_offer_that_adds_responses_which_bring_nothing_is_stopped_as_one_that_adds_none():
    found = read(0.0, tea=FOUR["tea"], cake=FOUR["cake"])
    assert found.offers["next"].tolist() == ["stop", "stop"]
    assert said(told.next_steps(found), "so_what")[0].startswith("Stop tea and cake: a response itself brings nothing")
