"""How near what is told of tickets comes to the truth, where it is known: what they ask for, and the answers."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB

from insight.card.service import circumstances, intents, wordings
from insight.card.service.answers import Answered
from insight.card.service.intents import Told
from insight.card.service.lesson import Lesson
from insight.card.service.wordings import Wordings
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts, wilson

FEWEST = 50  # tickets of new wording, and of old
_ROUNDS = 300
MODELS = ("told", "plain", "taught", "named")
WORDING = ("new", "old", "all")


def macro_f1(told: np.ndarray, true: np.ndarray, times: np.ndarray | None = None) -> float:
    """Give the mean over topics of F1; a topic that neither is nor is told counts 0.

    Examples
    --------
    >>> told = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
    >>> true = np.array([[1, 0], [0, 1], [0, 1]], dtype=bool)
    >>> round(macro_f1(told, true), 3)
    0.833
    """
    weight = np.ones(len(told)) if times is None else times
    hits, all_told, all_true = weight @ (told & true), weight @ told, weight @ true
    return float((2 * hits / np.maximum(all_told + all_true, 1e-12)).mean())


@dataclass(frozen=True)
class Truth:
    """What the test months' tickets ask for, and whether in words that tickets learnt from have.

    Attributes
    ----------
    asked
        Of each ticket of the lesson and topic, whether it asks for it.
    first
        Topic of the first wish.
    wording
        ``new`` where none of its wishes is in a family of sentences that was learnt from, ``old`` where all are.
    answer
        The right answer to its only wish; None where it has several, or there is none.
    machine_may
        Whether nothing has to be looked up or decided for that.
    """

    asked: np.ndarray
    first: np.ndarray
    wording: np.ndarray
    answer: np.ndarray
    machine_may: np.ndarray


@unless_unavailable
def truth_of(lesson: Lesson, true: pd.DataFrame | Unavailable) -> Truth | Unavailable:
    """Lay out what is true of the lesson's tickets.

    Parameters
    ----------
    true
        The ``true_tickets`` table: a row per wish.
    """
    assert isinstance(true, pd.DataFrame)
    number = {name: at for at, name in enumerate(lesson.topics)}
    row = {name: at for at, name in enumerate(lesson.rows["ticket_id"])}
    told = true[true["ticket_id"].isin(row) & true["intent"].isin(number)].sort_values(["ticket_id", "place"])
    told = told.assign(row=told["ticket_id"].map(row), topic=told["intent"].map(number))
    if len(set(told["row"])) < len(lesson.rows):
        return Unavailable("service", "no_truth")
    n = len(lesson.rows)
    asked = np.zeros((n, len(lesson.topics)), dtype=bool)
    asked[told["row"], told["topic"]] = True
    first = told.drop_duplicates("row").set_index("row").sort_index()
    family = told["topic"] * 1000 + told["family"]
    known = family.isin(family[lesson.learnt[told["row"]]])
    share = known.groupby(told["row"]).mean().reindex(range(n)).to_numpy()
    wording = np.select([share == 0, share == 1], ["new", "old"], "mixed")
    several = told.groupby("row").size().reindex(range(n)).to_numpy() > 1
    answer = first["answer"].astype(object).where(first["answer"].notna() & ~several, None).to_numpy()
    return Truth(asked, first["topic"].to_numpy(), wording, answer, first["machine_may"].to_numpy(bool) & ~several)


@unless_unavailable
def taught(
    lesson: Lesson, groupings: list[Wordings], happened: pd.DataFrame | None, faq: pd.DataFrame | None,
    truth: Truth, *, seed: int,
) -> Told:  # fmt: skip
    """Tell tickets as `intents.tell` does, had the true topics been recorded: what the recorded ones cost.

    Parameters
    ----------
    happened
        As `circumstances.before` gives it.
    """
    other = replace(lesson, rows=lesson.rows.assign(topic=truth.first))
    return intents.tell(other, groupings, circumstances.evidence(happened, other), faq, seed=seed)


def tell_plainly(lesson: Lesson) -> np.ndarray:
    """Tell each ticket's topic by the n-grams of its whole text (naive Bayes): the simple model beside ours."""
    texts = lesson.rows["text"].map(wordings.plain)
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    seen = grams.fit(texts[lesson.learnt]).transform(texts)
    model = ComplementNB(alpha=0.1).fit(seen[lesson.learnt], lesson.rows.loc[lesson.learnt, "topic"])
    found = np.zeros((len(texts), len(lesson.topics)), dtype=bool)
    found[np.arange(len(texts)), model.predict(seen)] = True
    return found


def name_by_hand(lesson: Lesson, groupings: list[Wordings], told: Told, truth: Truth) -> np.ndarray:
    """Tell tickets as before, but each group of new wording named by what most of its tickets ask for first."""
    found, chance = groupings[0], told.of_wordings.copy()
    if found.is_new.any():
        late = ~lesson.learnt[found.of["row"]]
        at, row = found.of["wording"].to_numpy()[late], found.of["row"].to_numpy()[late]
        many, topics = int(found.group.max()) + 1, len(lesson.topics)
        counts = intents.counted(truth.first[row], found.group[at], many=many, topics=topics)
        usual = np.bincount(truth.first, minlength=topics) / len(truth.first)
        name = (counts / np.maximum(usual, 1e-9)).argmax(axis=1)
        chance[found.is_new] = np.eye(topics)[name[found.group[found.is_new]]]
    every = intents.of_tickets(chance, found, len(lesson.rows))
    return (every > intents.LIKELY) | (every == every.max(axis=1, keepdims=True))


@unless_unavailable
def score(
    lesson: Lesson, groupings: list[Wordings], told: Told, taught: Told, truth: Truth, *, seed: int
) -> pd.DataFrame | Unavailable:
    """Measure what is told beside a plain model, one that was taught the truth, and groups named by a person.

    Parameters
    ----------
    taught
        As ``told``, learnt from the true first wish instead of the recorded topic.

    Returns
    -------
    DataFrame
        A row for each of `WORDING` and `MODELS`: ``wording, model, f1, low, high`` (95%, resampled customers),
        ``tickets``. Those of new or old wording are left out where they are few.
    """
    guesses = {"told": told.intents, "plain": tell_plainly(lesson), "taught": taught.intents}
    guesses["named"] = name_by_hand(lesson, groupings, told, truth)
    rows = []
    for wording in WORDING:
        at = ~lesson.learnt & ((truth.wording == wording) | (wording == "all"))
        if at.sum() < FEWEST:
            continue
        _, who = np.unique(lesson.rows["customer_id"].to_numpy(str)[at], return_inverse=True)
        draws = list(resampled_counts(int(who.max()) + 1, rounds=_ROUNDS, seed=seed))
        for model, guess in guesses.items():
            drawn = np.array([macro_f1(guess[at], truth.asked[at], times[who].astype(float)) for times in draws])
            value = macro_f1(guess[at], truth.asked[at])
            rows.append((wording, model, value, *percentiles(drawn), int(at.sum())))
    return pd.DataFrame(rows, columns=["wording", "model", "f1", "low", "high", "tickets"])


@dataclass(frozen=True)
class Precise:
    """Of the test months' tickets, those answered and those answered rightly; of new wording as well."""

    tickets: int
    given: int
    right: int
    precision: float
    low: float
    high: float
    coverage: float
    alone: int
    new_given: int
    new_right: int
    plain: float  # share right of as many answers of the nearest question


@unless_unavailable
def precision(lesson: Lesson, answered: Answered, truth: Truth, faq: pd.DataFrame) -> Precise | Unavailable:
    """Say how many answers of the test months are the right ones, and to how many tickets one is given.

    Beside them stands as many answers of the nearest question, to the tickets that are nearest to one.
    """
    late = ~lesson.learnt
    given = answered.rows["given"].to_numpy() & late
    right = given & (answered.rows["answer_id"].to_numpy() == truth.answer)
    if given.sum() < FEWEST // 5:
        return Unavailable("service", "few_answered")
    new = truth.wording == "new"
    n, good = int(given.sum()), int(right.sum())
    return Precise(
        int(late.sum()), n, good, good / n, *wilson(good, n), n / int(late.sum()),
        int((right & truth.machine_may).sum()), int((given & new).sum()), int((right & new).sum()),
        _nearest(lesson, truth, faq, many=n),
    )  # fmt: skip


def _nearest(lesson: Lesson, truth: Truth, faq: pd.DataFrame, *, many: int) -> float:
    """Give the share right of as many answers of the question that is most alike, by n-grams of the whole text."""
    late = np.flatnonzero(~lesson.learnt)
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    texts = lesson.rows["text"].iloc[late].map(wordings.plain)
    asked = faq["question"].map(wordings.plain)
    grams.fit(pd.concat([asked, texts]))
    alike = (grams.transform(texts) @ grams.transform(asked).T).toarray().round(6)
    most = np.argsort(-alike.max(axis=1), kind="stable")[:many]
    answer = faq["answer_id"].to_numpy()[alike.argmax(axis=1)][most]
    return float((answer == truth.answer[late[most]]).mean())
