"""Tickets: written by a grammar, with several wishes, slips and both scripts, and with wording that nobody has seen."""

import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from insight.simulate.engine.vocabulary import INTENTS, WORDS
from insight.simulate.events import grammar, service
from simulate.made import frame

LAST = 18  # month from which the last family of each intent is in use


@pytest.fixture(scope="module")
def tickets():
    rows = frame("tickets").merge(frame("truth.tickets"), on="ticket")
    months = rows.opened_at.dt.to_period("M")
    return rows.assign(
        month=(months - months.min()).map(lambda gap: gap.n),
        wishes=rows.groupby("ticket").place.transform("size"),
        days=(rows.closed_at - rows.opened_at).dt.total_seconds() / 86_400,
    )


def test_every_intent_has_six_families_in_both_languages():
    told = grammar.phrases()["intents"]
    assert set(told) == set(INTENTS)
    assert {len(families) for families in told.values()} == {len(grammar.SINCE)}
    sentences = [family[language] for families in told.values() for family in families for language in ("zh", "en")]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("language", [0, 1])
def test_an_intent_is_written_in_hundreds_of_ways(language):
    size = 1_000
    for intent in range(len(INTENTS)):
        draws = grammar.Draws((5, intent, language), np.arange(size))
        asked = grammar.wishes(draws, np.full(size, intent), LAST)
        written = grammar.texts(draws, asked, np.full(size, bool(language)))
        assert len({re.sub(r"\d+", "#", text) for text in written}) > 300
        assert not any("{" in text or "|" in text or "#" in text for text in written)


def test_every_answer_of_a_sentence_stands_in_the_faq_and_some_questions_have_none():
    families = [family for several in grammar.phrases()["intents"].values() for family in several]
    known = {one["number"] for one in grammar.phrases()["faq"]}
    told = {family["faq"] for family in families if "faq" in family}
    assert told < known
    assert 0.2 < np.mean(["faq" not in family for family in families]) < 0.6
    assert not any(family["machine"] and "faq" not in family for family in families)


def test_a_quarter_of_tickets_has_several_wishes(tickets):
    first = tickets[tickets.place == 0]
    assert abs((first.wishes > 1).mean() - grammar.SECOND - grammar.THIRD) < 0.03
    assert not tickets.duplicated(["ticket", "intent"]).any()


def test_unseen_wording_is_the_rule_in_the_last_months(tickets):
    early, late = (set(rows.family) for _, rows in tickets.groupby(tickets.month >= LAST))
    assert late - early == {5}
    assert 0.5 < (tickets[tickets.month >= LAST].family == 5).mean() < 0.65


def macro_f1(train, test):
    texts = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    model = LogisticRegression(max_iter=300, C=10, class_weight="balanced")
    model.fit(texts.fit_transform(train.text), train.intent.astype(str))
    return f1_score(test.intent.astype(str), model.predict(texts.transform(test.text)), average="macro")


def test_unseen_families_are_neither_a_lookup_nor_a_riddle(tickets):
    single = tickets[tickets.wishes == 1]
    train, late = single[single.month < LAST], single[single.month >= LAST]
    unseen, seen = macro_f1(train, late[late.family == 5]), macro_f1(train, late[late.family < 5])
    assert 0.3 < unseen < 0.85
    assert unseen < seen - 0.1


def test_marks_differ_by_channel_and_waiting(tickets):
    rated = tickets[(tickets.place == 0) & tickets.satisfaction.notna()]
    plain = dict(zip(WORDS["tickets.resolution"], service.SATISFIED, strict=True))
    added = dict(zip(WORDS["tickets.channel"], service.BY_CHANNEL, strict=True))
    off = rated.satisfaction - rated.resolution.astype(str).map(plain)
    mild = rated[rated.resolution == "explained"]
    by = mild.satisfaction.groupby(mild.channel.astype(str)).mean()
    assert by["branch"] > by["phone"] + 0.15 > by["app_chat"] + 0.3
    waited = off - rated.channel.astype(str).map(added)
    long = rated.days > 3
    assert waited[long].mean() < waited[~long].mean() - 0.2


def test_marks_do_not_differ_by_language(tickets):
    rated = tickets[(tickets.place == 0) & tickets.satisfaction.notna()]
    marks = rated.satisfaction.groupby(rated.language.astype(str)).agg(["mean", "var", "size"])
    error = np.sqrt((marks["var"] / marks["size"]).sum())
    assert abs(marks["mean"]["zh"] - marks["mean"]["en"]) < 3.5 * error


def test_every_answer_of_the_faq_is_older_than_the_first_ticket():
    faq = frame("faq")
    assert faq.groupby("number").language.nunique().eq(2).all()
    assert faq.since.max() < frame("tickets").opened_at.dt.date.min()
