"""What tickets ask for in words seen and unseen, the answers, waiting, marks and returns: small tables by hand."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import f1_score

from card.made_up_tickets import ANSWERS, tickets
from insight.card.service import answers, care, circumstances, intents, near_truth, routing, wordings
from insight.card.service.lesson import look
from insight.engine import connect

LAST = date(2024, 12, 31)
SEED = 3


def engine(**frames: pd.DataFrame):
    con = connect(threads=1)
    return {name: con.create_table(name, frame) for name, frame in frames.items()}


@cache
def told():
    rows, true = tickets()
    given = engine(service_tickets=rows)
    lesson = look(given.__getitem__, given.__contains__, as_of=LAST)
    groupings = intents.word(lesson, seed=SEED)
    return lesson, groupings, intents.tell(lesson, groupings, None, ANSWERS, seed=SEED), true


# --- sentences


def test_greetings_and_thanks_are_left_out_and_wishes_stand_apart():
    _lesson, groupings, _, _ = told()
    said = set(groupings[0].text)
    assert not [text for text in said if "hello" in text or "thanks" in text or "hurry" in text]
    wishes = groupings[0].of.groupby("row").size()
    assert 0.15 < (wishes > 1).mean() < 0.25
    assert wishes.max() == 2


def test_pieces_are_joined_where_no_sentence_ends():
    cut = wordings.pieces(pd.Series(["Hello, i lost it, block it. Thanks!", "Thanks."]))
    assert wordings.sentences(cut, frozenset({"hello", "thanks"}))["sentence"].tolist() == [
        "i lost it, block it.",
        "thanks.",  # nothing else stands there
    ]


def test_a_filler_is_frequent_and_says_nothing_of_the_topic():
    topic = np.repeat([0, 1, 0, 1], [40, 40, 40, 2])
    cut = pd.DataFrame({"key": ["hello"] * 80 + ["myfee"] * 40 + ["rare"] * 2})
    assert wordings.fillers(cut, topic, topics=2) == {"", "hello"}


def test_new_wording_is_found_and_none_that_was_learned_from():
    _lesson, groupings, _, _true = told()
    found = groupings[0]
    assert not found.is_new[found.is_old].any()
    new = {text for text, is_new in zip(found.text, found.is_new, strict=True) if is_new}
    assert new
    assert all(any(word in text for word in ("plastic", "unknown purchase", "refuse", "spins")) for text in new)


# --- what tickets ask for


def test_wishes_are_told_in_old_and_in_new_wording_better_than_by_a_plain_model():
    lesson, _groupings, found, true = told()
    truth = near_truth.truth_of(lesson, true)
    late = ~lesson.learnt
    assert intents_f1(found.intents, truth, late & (truth.wording == "old")) > 0.95
    new = late & (truth.wording == "new")
    assert intents_f1(found.intents, truth, new) > intents_f1(near_truth.tell_plainly(lesson), truth, new)


def intents_f1(guess, truth, at) -> float:
    own = near_truth.macro_f1(guess[at], truth.asked[at])
    assert own == pytest.approx(f1_score(truth.asked[at], guess[at], average="macro"))
    return own


def test_topics_of_the_months_tested_are_not_read():
    lesson, _groupings, found, _ = told()
    rows, _ = tickets()
    late = np.flatnonzero(~lesson.learnt)
    other = rows.copy()
    other.loc[late, "topic"] = "app"
    given = engine(service_tickets=other)
    again = look(given.__getitem__, given.__contains__, as_of=LAST)
    retold = intents.tell(again, intents.word(again, seed=SEED), None, ANSWERS, seed=SEED)
    assert np.array_equal(retold.chance, found.chance)


def test_a_group_is_named_by_a_topic_that_is_unusually_frequent():
    usual = np.array([0.5, 0.3, 0.2])
    counts = np.array([[50, 30, 20], [3, 2, 15], [0, 0, 1]])
    assert intents.name_groups(counts, usual).tolist() == [-1, 2, -1]


def test_chances_add_up_to_what_is_wanted():
    score = np.log(np.array([[0.7, 0.3], [0.6, 0.4], [0.9, 0.1]]))
    mass, wanted = np.array([2.0, 1.0, 1.0]), np.array([1.0, 3.0])
    chance = intents.balance(score, mass, wanted)
    assert chance.sum(axis=1) == pytest.approx(1)
    assert mass @ chance == pytest.approx(wanted, abs=1e-3)
    assert chance[2, 0] > chance[0, 0] > chance[1, 0]


def test_evidence_counts_by_how_well_it_tells():
    labels = np.tile([0, 1], 50)
    good = np.where(labels[:, None] == np.arange(2), 0.0, -2.0)
    noise = np.random.default_rng(1).normal(size=(100, 2))
    weights = intents.weigh([good, noise], labels)
    assert weights[0] > 1
    assert weights[1] < 0.5


def test_without_texts_or_with_few_nothing_is_told():
    rows, _ = tickets()
    none = engine(service_tickets=rows.assign(text=pd.Series([None] * len(rows), dtype="str")))
    assert look(none.__getitem__, none.__contains__, as_of=LAST).reason == "no_texts"
    few = engine(service_tickets=rows.groupby(rows["ticket_id"].str[:3]).head(5))
    assert look(few.__getitem__, few.__contains__, as_of=LAST).reason == "few_tickets"
    short = engine(service_tickets=rows[rows["opened_at"] < "2023-04-01"])
    missing = look(short.__getitem__, short.__contains__, as_of=LAST)
    assert missing.reason == "few_months"
    assert intents.word(missing, seed=SEED) is missing


# --- what had happened before


def test_only_what_happened_within_a_month_before_counts():
    lesson, _, _, _ = told()
    first = lesson.rows.iloc[:40]
    happened = pd.concat([
        pd.DataFrame({
            "customer_id": first["customer_id"], "occurred_on": (first["opened_on"] - pd.Timedelta(days=gap)).dt.date,
            "stream": "contacts", "kind": kind, "amount": 1.5,
        })
        for kind, gap in (("before", 30), ("on", 0), ("after", -400), ("long_ago", 800))
    ])  # fmt: skip
    given = engine(service_tickets=lesson.rows.assign(opened_at=lesson.rows["opened_on"]), events=happened)
    found = circumstances.before(lesson, given["service_tickets"], given["events"])
    assert {"contacts:before", "contacts:on"} <= set(found)
    assert not {"contacts:after", "contacts:long_ago"} & set(found)
    assert found["contacts:on"].iloc[:40].all()


def test_evidence_says_which_topic_is_likelier_than_usual():
    lesson, _, _, _ = told()
    topic = lesson.rows["topic"].to_numpy()
    happened = pd.DataFrame({"fee:whole": (topic == lesson.topics.index("fee")).astype(int)})
    weighed = circumstances.evidence(happened, lesson)
    fee = lesson.topics.index("fee")
    assert weighed[topic == fee, fee].mean() > weighed[topic != fee, fee].mean()
    assert circumstances.evidence(None, lesson) is None


# --- answers


def test_answers_are_right_where_one_is_clearly_nearest_and_several_wishes_get_none():
    lesson, groupings, found, true = told()
    answered = answers.answer(lesson, groupings, found, ANSWERS, share=0.3)
    truth = near_truth.truth_of(lesson, true)
    precise = near_truth.precision(lesson, answered, truth, ANSWERS)
    assert precise.given > 30
    assert precise.precision > 0.9
    assert precise.coverage == pytest.approx(precise.given / precise.tickets)
    several = found.intents.sum(axis=1) > 1
    assert not answered.rows["given"].to_numpy()[several].any()
    assert (answered.rows["margin"][lesson.learnt] > answered.least).mean() <= 0.3
    fewer = answers.answer(lesson, groupings, found, ANSWERS, share=0.1)
    assert fewer.rows["given"].sum() < answered.rows["given"].sum()


def test_what_all_groups_of_a_topic_say_does_not_speak_for_an_answer():
    # two groups on automatic payment, "set up" and "failed": the answer is about setting it up
    docs = csr_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]))
    answer = np.array([1.0, 1.0, 0.0])
    assert (docs @ answer).tolist() == [2.0, 1.0]
    alone = answers.own_words(docs, np.array([0, 0]), np.array([10.0, 40.0]))
    assert (alone @ answer).tolist() == [1.0, 0.0]
    apart = answers.own_words(docs, np.array([0, 1]), np.array([10.0, 40.0]))
    assert (apart != docs).nnz == 0


def test_all_sentences_of_a_group_have_the_same_answer_and_margin():
    lesson, groupings, found, _ = told()
    answered = answers.answer(lesson, groupings, found, ANSWERS, share=0.3)
    first = groupings[0].of.groupby("row")["wording"].first().to_numpy()
    rows = answered.rows[answered.rows["margin"] > 0]
    by = rows.groupby(groupings[0].group[first[rows.index]])
    assert (by["answer_id"].agg(set).map(len) == 1).all()
    assert (by["margin"].max() == by["margin"].min()).all()


def test_without_answers_of_the_bank_none_is_given_and_tickets_are_routed_all_the_same():
    lesson, groupings, found, _ = told()
    missing = answers.answer(lesson, groupings, found, None)
    assert missing.reason == "no_faq"
    routes = routing.routes(lesson, found, missing)
    assert routes["answer_id"].isna().all()
    assert routes["ticket_id"].nunique() == (lesson.rows["month"] == lesson.test[1]).sum()
    assert routes.groupby("ticket_id")["place"].min().eq(1).all()


def test_groups_without_an_answer_are_listed_with_what_they_are_known_by():
    lesson, groupings, found, _ = told()
    answered = answers.answer(lesson, groupings, found, ANSWERS, share=0.05)
    lacking = answers.gaps(lesson, groupings, found, answered)
    assert lacking["tickets"].is_monotonic_decreasing
    assert (lacking["customers"] <= lacking["tickets"]).all()


def test_a_group_is_known_by_whole_phrases_that_enough_customers_write():
    texts = np.array(["对不上数，付了#元。", "The sum is wrong, give it back!", "only one says this, give it back!"])
    wording = [0] * 12 + [1] * 11 + [2] * 2
    late = pd.DataFrame({"wording": wording, "group": np.minimum(wording, 1), "customer_id": range(25)})
    phrases = answers.phrases_of(late, texts)
    assert phrases.tolist() == ["对不上数", "give it back · the sum is wrong"]


def test_recorded_topics_agree_and_wishes_beside_them_are_counted():
    lesson, groupings, found, _ = told()
    agrees = routing.agreement(lesson, groupings, found).set_index("wording")
    assert agrees.loc["old", "share"] > 0.85
    asked = routing.asked(lesson, found)
    assert asked["tickets"].sum() == found.intents[~lesson.learnt].sum()


# --- beside the truth


def test_wording_is_new_where_no_wish_is_worded_as_one_learned_from():
    lesson, _, _, true = told()
    truth = near_truth.truth_of(lesson, true)
    assert set(truth.wording[lesson.learnt]) == {"old"}
    assert set(truth.wording[~lesson.learnt]) == {"old", "mixed", "new"}
    several = true.groupby("ticket_id").size() > 1
    assert all(truth.answer[at] is None for at in np.flatnonzero(lesson.rows["ticket_id"].map(several)))
    assert near_truth.truth_of(lesson, true.iloc[:50]).reason == "no_truth"


def test_scores_stand_beside_a_plain_model_the_taught_one_and_names_by_hand():
    lesson, groupings, found, true = told()
    truth = near_truth.truth_of(lesson, true)
    taught = near_truth.taught(lesson, groupings, None, ANSWERS, truth, seed=SEED)
    scored = near_truth.score(lesson, groupings, found, taught, truth, seed=SEED).set_index(["wording", "model"])
    assert (scored["low"] <= scored["f1"]).all()
    assert (scored["f1"] <= scored["high"]).all()
    assert scored.loc[("new", "named"), "f1"] >= scored.loc[("new", "told"), "f1"] - 0.02


# --- waiting, marks, returns


CLOSED = pd.DataFrame({
    "ticket_id": list("abcdefgh"), "customer_id": ["p", "p", "q", "q", "r", "s", "t", "u"],
    "opened_at": pd.to_datetime(["2023-01-01", "2023-01-11", "2023-01-01", "2023-03-15", "2023-01-01", "2023-01-01",
                                 "2023-01-01", "2023-01-01"]),
    "closed_at": pd.to_datetime(["2023-01-02", "2023-01-12", "2023-01-02", "2023-03-16", "2023-01-03", "2023-01-05",
                                 "2023-01-02", "2023-01-02"]),
    "topic": ["fee", "fee", "fee", "fee", "app", "app", "app", "app"],
    "resolution": ["unsolved", "solved", "solved", "solved", "solved", "solved", "solved", "unsolved"],
    "satisfaction": [1.0, 5.0, 2.0, np.nan, 4.0, 4.0, 4.0, np.nan], "channel": "phone", "language": "en",
})  # fmt: skip


def test_a_customer_comes_back_who_writes_again_about_the_same_within_thirty_days(monkeypatch):
    monkeypatch.setattr(care, "FEWEST", 4)
    found = care.come_back(CLOSED, as_of=date(2023, 4, 30)).set_index("resolution")
    assert found.loc["unsolved", ["tickets", "back"]].tolist() == [2, 1]  # p wrote again after nine days
    assert found.loc["solved", ["tickets", "back"]].tolist() == [6, 0]  # q wrote again after ten weeks
    early = care.come_back(CLOSED, as_of=date(2023, 2, 10)).set_index("resolution")
    assert early["tickets"].sum() == 6  # b and d were closed less than thirty days before, or later
    monkeypatch.setattr(care, "FEWEST", 100)
    assert care.come_back(CLOSED, as_of=date(2023, 4, 30)).reason == "no_endings"


def test_topics_wait_as_long_as_half_of_their_tickets():
    days = (CLOSED["closed_at"] - CLOSED["opened_at"]).dt.total_seconds() / 86_400
    found = care.by_topic(CLOSED.assign(days=days)).set_index("topic")
    assert found.loc["app", "days"] == 1.5  # 1, 1, 2, 4
    assert found.loc["fee", ["tickets", "customers", "poor"]].tolist() == [4, 2, 2 / 3]
