"""Which tickets a machine may answer from the bank's own answers, and which questions these lack.

An answer is offered where a ticket asks one thing, and where one answer is clearly liker to it than every other.
Likeness is that of a group of wording, all of its sentences taken together, to the answer's question and text, times
the chance of its topic. Of a group counts what it says more often than the other groups of its topic do: "automatic
payment" stands in every question about it, the answered and the unanswered ones.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags, vstack
from sklearn.preprocessing import normalize

from insight.card.service import wordings
from insight.card.service.intents import Told, documents, languages
from insight.card.service.lesson import Lesson
from insight.card.service.wordings import Wordings
from insight.errors import Unavailable, unless_unavailable

ANSWERED = 0.3  # share of the tickets learnt from that would have been answered, unless the parameters say otherwise
_QUESTION = 2.0  # how much more the question counts than the answer
_LEAST = 0.05
LEFT = 0.05  # share of a group's tickets with an answer, below which it has none
_PHRASES, _FEWEST, _SHORTEST = 3, 10, 3  # that a group is known by; customers who write one; letters of one
_AROUND = " ,，。？！?!.：:；;"


@dataclass(frozen=True)
class Answered:
    """Which answer is nearest to each ticket, and whether it is given.

    Attributes
    ----------
    rows
        A row per ticket, in the order of the lesson's: ``answer_id``, ``margin`` (over the next one; 0 where the
        ticket asks several things), ``given``.
    least
        Margin from which an answer is given.
    """

    rows: pd.DataFrame
    least: float


def likeness(lesson: Lesson, found: Wordings, told: Told, faq: pd.DataFrame) -> pd.DataFrame:
    """Give how like each group of wording is to each of the bank's answers: a column each, of either language."""
    grams = wordings.grams(wordings.sentences_in(found.text)).fit(found.text)
    asked, said = (csr_matrix(grams.transform(faq[name].map(wordings.plain)) > 0) for name in ("question", "answer"))
    docs, chance, kin, tickets = documents(found), *_of_groups(lesson, found, told)
    every = vstack([docs, (asked + said).astype(float)]).tocsr()
    spread = np.asarray((every > _LEAST).sum(axis=0)).ravel()
    rare = diags(np.log((1 + every.shape[0]) / (1 + spread)) + 1)
    answers = normalize((_QUESTION * asked.astype(float) + said.astype(float)) @ rare)
    alike = (normalize(own_words(docs, kin, tickets) @ rare) @ answers.T).toarray()
    number = {name: at for at, name in enumerate(lesson.topics)}
    own = faq["topic"].map(number).fillna(-1).to_numpy(int)
    alike = alike * np.where(own >= 0, chance[:, np.maximum(own, 0)], 0.0)
    by = pd.DataFrame(alike.T).groupby(faq["answer_id"].to_numpy()).max()
    return by.T


def _of_groups(lesson: Lesson, found: Wordings, told: Told) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give of each group the chance of each topic, which others are of its topic and language, and its sentences."""
    times = np.bincount(found.of["wording"], minlength=len(found.text)).astype(float)
    many = int(found.group.max()) + 1
    member = csr_matrix((times, (found.group, np.arange(len(times)))), shape=(many, len(times)))
    size = np.maximum(np.asarray(member.sum(axis=1)).ravel(), 1.0)
    chance = (member @ told.of_wordings) / size[:, None]
    language = np.round(member @ languages(lesson, found) / size).astype(int)
    return chance, language * len(lesson.topics) + chance.argmax(axis=1), size


def own_words(docs: csr_matrix, kin: np.ndarray, size: np.ndarray) -> csr_matrix:
    """Take from documents what others of their kin say as well, as often as these say it on average.

    Parameters
    ----------
    docs
        A row per document: the share of its sentences that have each n-gram.
    kin, size
        Number of the kin that each is of, and how much it counts in the mean of these.

    Examples
    --------
    >>> docs = csr_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.5], [1.0, 0.0, 0.0]]))
    >>> own_words(docs, np.array([0, 0, 1]), np.array([1.0, 3.0, 1.0])).toarray()
    array([[0. , 1. , 0. ],
           [0. , 0. , 0.5],
           [1. , 0. , 0. ]])
    """
    parts = docs.toarray()
    for one in np.unique(kin):
        of = kin == one
        heavy = parts[of] * size[of, None]
        others = (heavy.sum(axis=0) - heavy) / np.maximum(size[of].sum() - size[of], 1.0)[:, None]
        parts[of] = np.maximum(parts[of] - others.clip(0.0), 0.0)
    return csr_matrix(parts)


@unless_unavailable
def answer(
    lesson: Lesson, groupings: list[Wordings], told: Told, faq: pd.DataFrame | None, *, share: float = ANSWERED
) -> Answered | Unavailable:
    """Choose the answer to each ticket, and give it to as many as are to be answered of those learnt from.

    Parameters
    ----------
    faq
        ``answer_id, topic, question, answer``, a row per language.
    share
        Share of the tickets learnt from that would have been answered: the fewer, the surer.
    """
    if faq is None or faq["answer_id"].nunique() < 2:
        return Unavailable("service", "no_faq")
    found = groupings[0]
    alike = likeness(lesson, found, told, faq)
    scores = alike.to_numpy()[found.group]
    order = np.argsort(-scores, axis=1, kind="stable")[:, :2]
    best, second = (np.take_along_axis(scores, order[:, [at]], axis=1)[:, 0] for at in (0, 1))
    only = found.of.groupby("row")["wording"].agg(["first", "size"]).reindex(range(len(lesson.rows)))
    at = only["first"].to_numpy(int)
    alone = (only["size"].to_numpy() == 1) & (told.intents.sum(axis=1) == 1)
    margin = np.where(alone, (best - second)[at], 0.0).round(6)
    least = float(np.quantile(margin[lesson.learnt], 1 - share, method="higher"))
    given = (margin > 0) & (margin >= least)
    rows = pd.DataFrame({"answer_id": alike.columns.to_numpy()[order[at, 0]], "margin": margin, "given": given})
    return Answered(rows, least)


@unless_unavailable
def gaps(lesson: Lesson, groupings: list[Wordings], told: Told, answered: Answered) -> pd.DataFrame:
    """Give the groups of wording of the last months that no answer is given to, the largest first.

    Returns
    -------
    DataFrame
        ``topic, tickets, customers, is_new, phrases`` (what many of a group's customers write; missing without).
    """
    found, rows = groupings[0], lesson.rows
    late = found.of[~lesson.learnt[found.of["row"]]]
    late = late.assign(
        group=found.group[late["wording"]], customer_id=rows["customer_id"].to_numpy()[late["row"]],
        given=answered.rows["given"].to_numpy()[late["row"]],
    )  # fmt: skip
    by = late.groupby("group").agg(
        tickets=("row", "nunique"), customers=("customer_id", "nunique"), given=("given", "mean")
    )
    by = by[(by["given"] < LEFT) & (told.names[by.index] >= 0)].sort_values(["tickets"], ascending=False, kind="stable")
    phrases = phrases_of(late, found.text).reindex(by.index)
    return pd.DataFrame({
        "topic": [lesson.topics[told.names[group]] for group in by.index], "tickets": by["tickets"].to_numpy(),
        "customers": by["customers"].to_numpy(), "is_new": by.index.to_numpy() >= found.old,
        "phrases": phrases.to_numpy(),
    })  # fmt: skip


def phrases_of(late: pd.DataFrame, text: np.ndarray) -> pd.Series:
    """Name what groups are known by: the whole phrases, without numbers, that most of their customers write.

    Parameters
    ----------
    late
        A row per sentence of a ticket: ``wording`` (its place in ``text``), ``group``, ``customer_id``.
    text
        The different sentences.
    """
    told = wordings.pieces(pd.Series(text[late["wording"]]))
    told = told.join(late[["group", "customer_id"]].reset_index(drop=True), on="row")
    told["phrase"] = told["piece"].str.strip(_AROUND)
    told = told[~told["piece"].str.contains(wordings.NUMBER) & (told["phrase"].str.len() >= _SHORTEST)]
    by = told.groupby(["group", "phrase"])["customer_id"].nunique()
    most = by[by >= _FEWEST].sort_values(ascending=False, kind="stable").reset_index().groupby("group").head(_PHRASES)
    return most.groupby("group")["phrase"].agg(" · ".join)
