"""What tickets ask for, several wishes each: learnt from the topics that staff recorded, told of wording never seen.

A ticket has one recorded topic, now and then a wrong one, and may ask several things. So sentences are grouped by how
they are worded, groups are named by the topics of their tickets, and a regression learns sentences from these names.
A group of new wording has no topics to go by: it is named by what it shares with named groups and with the bank's own
answers, by what had happened to its customers, and by what is missing among the old wording.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from insight.card.service import wordings
from insight.card.service.lesson import Lesson
from insight.card.service.wordings import Wordings
from insight.errors import unless_unavailable

RIGHT = 0.9  # share of recorded topics that are taken to be right
LIKELY = 0.5  # chance above which a ticket is said to ask for something
_SHARES = np.array([0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])  # of a group's tickets, that have its name as topic
_TELLING = 4.0  # log-likelihood by which a name must beat none
_FOLDS, _STRENGTH, _ROUNDS = 8, 10.0, 2
_SHRUNK, _LEAST = 1e-3, 0.05
_BALANCED, _TURNS = 0.5, 300
_LITTLE, _BOTH = 0.01, np.array([1.0, 0.5])  # of likeness: what chance gives; the weight of the nearest and the next


@unless_unavailable
def word(lesson: Lesson, *, seed: int) -> list[Wordings]:
    """Cut the tickets into sentences without what stands in all of them, and group these, several times."""
    told = wordings.pieces(lesson.rows["text"])
    known = lesson.learnt[told["row"]]
    topic = lesson.rows["topic"].to_numpy()[told["row"]]
    usual = wordings.fillers(told[known], topic[known], topics=len(lesson.topics))
    return wordings.find_wordings(wordings.sentences(told, usual), lesson.learnt, seed=seed)


def name_groups(counts: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Name groups by the topics of their tickets: the topic that is unusually frequent, -1 where none is.

    Parameters
    ----------
    counts
        Tickets of each group by topic.
    usual
        Share of each topic among all tickets.

    Examples
    --------
    >>> name_groups(np.array([[30, 6], [9, 21], [27, 3]]), np.array([0.9, 0.1]))
    array([-1,  1, -1])
    """
    plain = counts @ np.log(usual)
    best = np.full(counts.shape, -np.inf)
    for share in _SHARES:
        others = np.log((1 - share) * usual)
        own = np.log(share + (1 - share) * usual)
        best = np.maximum(best, (counts @ others)[:, None] + counts * (own - others))
    return np.where(best.max(axis=1) - plain > _TELLING, best.argmax(axis=1), -1)


@dataclass(frozen=True)
class Told:
    """What tickets are told to ask for.

    Attributes
    ----------
    chance
        Of each ticket and topic.
    of_wordings
        Of each different sentence and topic.
    names
        Topic of each group (-1: none), those of new wording after the others.
    sure
        Chance of that name.
    tickets
        Tickets of each group in the months of the test.
    """

    chance: np.ndarray
    of_wordings: np.ndarray
    names: np.ndarray
    sure: np.ndarray
    tickets: np.ndarray

    @property
    def intents(self) -> np.ndarray:
        """Whether each ticket asks for each topic: the likeliest, and each that is likely."""
        return (self.chance > LIKELY) | (self.chance == self.chance.max(axis=1, keepdims=True))


def counted(labels: np.ndarray, groups: np.ndarray, *, many: int, topics: int) -> np.ndarray:
    """Count labels by group; groups below 0 are left out."""
    counts = np.zeros((many, topics))
    np.add.at(counts, (groups[groups >= 0], labels[groups >= 0]), 1)
    return counts


def names_of(lesson: Lesson, found: Wordings) -> tuple[np.ndarray, np.ndarray]:
    """Name each old sentence by its fine group, or the larger one where that is not telling; and the larger groups."""
    topics, own = len(lesson.topics), lesson.rows["topic"].to_numpy()
    known = lesson.learnt[found.of["row"]]
    topic, at = own[found.of["row"][known]], found.of["wording"][known].to_numpy()
    usual = (np.bincount(own[lesson.learnt], minlength=topics) + 1) / (lesson.learnt.sum() + topics)
    fine = name_groups(counted(topic, found.fine[at], many=int(found.fine.max()) + 1, topics=topics), usual)
    large = name_groups(counted(topic, found.group[at], many=found.old, topics=topics), usual)
    by_fine, by_large = fine[found.fine], large[np.clip(found.group, 0, found.old - 1)]
    return np.where(found.is_old, np.where(by_fine >= 0, by_fine, by_large), -1), large


def learn_sentences(lesson: Lesson, found: Wordings, names: np.ndarray) -> np.ndarray:
    """Give the chance of each topic, of every different sentence, by a regression on the old ones.

    The names of groups teach first. Then, of each ticket, the sentence that is likeliest to be what it was recorded for
    is weighed by that topic, which is right nine times in ten, and the regression is taught again.
    """
    topics, own = len(lesson.topics), lesson.rows["topic"].to_numpy()
    known = lesson.learnt[found.of["row"]]
    row, at = found.of["row"].to_numpy()[known], found.of["wording"].to_numpy()[known]
    named = np.flatnonzero(names >= 0)
    times = np.bincount(at, minlength=len(found.text)).astype(float)
    weight = np.zeros((len(found.text), topics))
    weight[named, names[named]] = times[named]
    chance = np.zeros(weight.shape)
    for turn in range(_ROUNDS):
        some, topic = np.nonzero(weight > 0.02)
        model = LogisticRegression(C=10, max_iter=80, tol=1e-3)
        model.fit(found.seen[some], topic, sample_weight=weight[some, topic])
        chance = np.zeros(weight.shape)
        chance[:, model.classes_] = model.predict_proba(found.seen)
        if turn == _ROUNDS - 1:
            break
        told = chance[at].copy()
        recorded = told[np.arange(len(at)), own[row]]
        most = pd.Series(recorded).groupby(row).transform("max").to_numpy()
        prior = np.full(told.shape, (1 - RIGHT) / topics)
        prior[np.arange(len(at)), own[row]] += RIGHT
        is_it = recorded >= most
        told[is_it] *= prior[is_it]
        told /= told.sum(axis=1, keepdims=True)
        weight = np.zeros(weight.shape)
        np.add.at(weight, at, told)
        weight[names < 0] = 0
    return chance


def documents(found: Wordings) -> csr_matrix:
    """Give each group as one document: the share of its sentences that have each n-gram."""
    some = np.flatnonzero(found.group >= 0)
    many = int(found.group.max()) + 1
    member = csr_matrix((np.ones(len(some)), (found.group[some], some)), shape=(many, len(found.text)))
    sizes = np.maximum(np.bincount(found.group[some], minlength=many), 1)
    return csr_matrix(diags(1 / sizes) @ (member @ (found.seen > 0)))


def _likenesses(docs: csr_matrix, labels: np.ndarray, teach: np.ndarray, faq: tuple[csr_matrix, np.ndarray]) -> tuple:
    """Weigh n-grams by how few documents have them, and give the documents to learn from with their labels."""
    both, named = vstack([docs[teach], faq[0]]).tocsr(), np.concatenate([labels[teach], faq[1]])
    spread = np.asarray((both > _LEAST).sum(axis=0)).ravel()
    rare = diags(np.log((1 + both.shape[0]) / (1 + spread)) + 1)
    return normalize(both @ rare), named, rare


def compare_groups(
    found: Wordings, labels: np.ndarray, faq: tuple[csr_matrix, np.ndarray], *, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Say by what each group shares with others which topic it is likely to have; an old one is told by the rest.

    Old groups that lie together are told by none of each other, as new wording has no likeness among the old.

    Parameters
    ----------
    labels
        Topic of each old group, -1 where it has none.
    faq
        The bank's own answers: what of their n-grams sentences have, and their topics.

    Returns
    -------
    tuple
        Of each group and topic the log-chance by a regression, and the log of how like the two nearest of it are.
    """
    docs, topics = documents(found), int(max(labels.max(), faq[1].max(initial=0))) + 1
    told = np.full((docs.shape[0], topics), -9.0)
    near = np.full((docs.shape[0], topics), np.log(_LITTLE))
    fold = np.random.default_rng(seed).integers(0, _FOLDS, int(found.coarse.max()) + 1)[found.coarse]
    old = np.arange(found.old)
    parts = [(old[fold == one], old[(fold != one) & (labels >= 0)]) for one in range(_FOLDS)]
    parts.append((np.arange(found.old, docs.shape[0]), old[labels >= 0]))
    for these, teach in parts:
        known, named, rare = _likenesses(docs, labels, teach, faq)
        if len(these) and len(set(named)) > 1:
            seen = normalize(docs[these] @ rare)
            model = LogisticRegression(C=_STRENGTH, max_iter=200, class_weight="balanced").fit(known, named)
            told[np.ix_(these, model.classes_)] = model.predict_log_proba(seen)
            alike = (seen @ known.T).toarray()
            for topic in model.classes_:
                most = -np.sort(-alike[:, named == topic], axis=1)[:, :2]
                near[these, topic] = np.log(_LITTLE + most @ _BOTH[: most.shape[1]])
    return told, near


def weigh(parts: list[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """Learn how much each kind of evidence counts, from groups whose topic is known (conditional logit)."""
    known = np.flatnonzero(labels >= 0)

    def lost(weights: np.ndarray) -> float:
        score = sum(weight * part[known] for weight, part in zip(weights, parts, strict=True))
        score = score - score.max(axis=1, keepdims=True)
        right = score[np.arange(len(known)), labels[known]] - np.log(np.exp(score).sum(axis=1))
        return float(-right.mean() + _SHRUNK * (weights**2).sum())

    bounds = [(0.0, None)] * len(parts)
    return minimize(lost, np.ones(len(parts)), method="L-BFGS-B", bounds=bounds).x.round(3)


def balance(score: np.ndarray, mass: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Give chances from log-scores so that they add up, over groups of some mass, to what is wanted of each topic.

    Examples
    --------
    >>> balance(np.log(np.array([[0.6, 0.4], [0.7, 0.3]])), np.array([1.0, 1.0]), np.array([1.0, 1.0])).round(2)
    array([[0.44, 0.56],
           [0.56, 0.44]])
    """
    odds, factor = np.exp(score - score.max(axis=1, keepdims=True)), np.ones(score.shape[1])
    chance = odds / odds.sum(axis=1, keepdims=True)
    for _ in range(_TURNS):
        factor *= (wanted / np.maximum((mass[:, None] * chance).sum(axis=0), 1e-9)) ** _BALANCED
        chance = odds * factor
        chance /= chance.sum(axis=1, keepdims=True)
    return chance


def missing(lesson: Lesson, found: Wordings, chance: np.ndarray, names: np.ndarray, spoken: np.ndarray) -> np.ndarray:
    """Say how many sentences of each topic are missing among the old wording, in the months of the test.

    People ask for the same as before, whatever words they use: of each topic's share of sentences so far, what old
    wording does not account for must be in the new.

    Parameters
    ----------
    spoken
        Which different sentences count: those of one language.
    """
    at, late = found.of["wording"].to_numpy(), ~lesson.learnt[found.of["row"]]
    counts, topics = spoken[at], chance.shape[1]
    at, late = at[counts], late[counts]
    is_new = found.is_new[at] & late
    before = np.bincount(names[at[~late]][names[at[~late]] >= 0], minlength=topics) + 1.0
    there = chance[at[late & ~is_new]].sum(axis=0)
    wanted = before / before.sum() * (there.sum() + is_new.sum()) - there
    wanted = np.maximum(wanted, _LEAST * is_new.sum() / topics)
    return wanted * is_new.sum() / wanted.sum()


@unless_unavailable
def tell(
    lesson: Lesson, groupings: list[Wordings], weighed: np.ndarray | None, faq: pd.DataFrame | None, *, seed: int
) -> Told:
    """Tell what every ticket asks for.

    Parameters
    ----------
    weighed
        What had happened to each ticket's customer, as `circumstances.evidence` gives it; None where it is not known.
    faq
        The bank's answers: ``topic, question, answer``; None where there are none.
    """
    first = groupings[0]
    names, large = names_of(lesson, first)
    chance = learn_sentences(lesson, first, names)
    labels = np.concatenate([large, np.full(int(first.group.max()) + 1 - first.old, -1)])
    sure = np.where(labels >= 0, 1.0, 0.0)
    if first.is_new.any():
        spoken = languages(lesson, first)
        wanted = [missing(lesson, first, chance, names, spoken == one) for one in range(spoken.max() + 1)]
        told = [
            _name_new(lesson, found, weighed, of_faq(lesson, found, faq), spoken, wanted, seed=seed)
            for found in groupings
        ]
        chance[first.is_new] = np.mean(told, axis=0)
        by_group = pd.DataFrame(chance[first.is_new]).groupby(first.group[first.is_new]).mean()
        labels[by_group.index], sure[by_group.index] = by_group.to_numpy().argmax(axis=1), by_group.max(axis=1)
    return Told(of_tickets(chance, first, len(lesson.rows)), chance, labels, sure, _sizes(lesson, first))


def _sizes(lesson: Lesson, found: Wordings) -> np.ndarray:
    late = ~lesson.learnt[found.of["row"]]
    return np.bincount(found.group[found.of["wording"][late]], minlength=int(found.group.max()) + 1)


def _name_new(
    lesson: Lesson, found: Wordings, weighed: np.ndarray | None, faq: tuple[csr_matrix, np.ndarray],
    spoken: np.ndarray, wanted: list[np.ndarray], *, seed: int,
) -> np.ndarray:  # fmt: skip
    """Give the chance of each topic, of every sentence of new wording, by the groups of one grouping."""
    _, large = names_of(lesson, found)
    at, row = found.of["wording"].to_numpy(), found.of["row"].to_numpy()
    many, topics = int(found.group.max()) + 1, len(lesson.topics)
    parts = [_padded(part, topics) for part in compare_groups(found, large, faq, seed=seed)]
    if weighed is not None:
        part = np.zeros((many, topics))
        counts = lesson.learnt[row] | found.is_new[at]
        np.add.at(part, found.group[at[counts]], weighed[row[counts]])
        parts.append(part)
    weights = weigh([part[: found.old] for part in parts], large)
    score = sum(weight * part[found.old :] for weight, part in zip(weights, parts, strict=True))
    mass = _sizes(lesson, found)[found.old :].astype(float)
    mostly = pd.Series(spoken[found.is_new]).groupby(found.group[found.is_new]).agg(lambda some: some.mode().iloc[0])
    told, language = np.zeros(np.shape(score)), mostly.to_numpy()
    for one, of_topics in enumerate(wanted):
        if (language == one).any():
            told[language == one] = balance(np.asarray(score)[language == one], mass[language == one], of_topics)
    return told[found.group[found.is_new] - found.old]


def languages(lesson: Lesson, found: Wordings) -> np.ndarray:
    """Give the language of each different sentence, as a number: the one that most of its tickets are recorded in."""
    number = pd.factorize(lesson.rows["language"], sort=True)[0]
    return pd.Series(number[found.of["row"]]).groupby(found.of["wording"]).median().astype(int).to_numpy()


def of_faq(lesson: Lesson, found: Wordings, faq: pd.DataFrame | None) -> tuple[csr_matrix, np.ndarray]:
    """Give which n-grams of the sentences each of the bank's own answers has, and its topic; those of no topic not."""
    if faq is None or not len(faq):
        return csr_matrix((0, found.seen.shape[1])), np.zeros(0, dtype=int)
    number = {name: at for at, name in enumerate(lesson.topics)}
    some = faq[faq["topic"].isin(number)]
    texts = [wordings.plain(told) for told in some["question"] + " " + some["answer"]]
    grams = wordings.grams(wordings.sentences_in(found.text)).fit(found.text)
    return csr_matrix(grams.transform(texts) > 0).astype(float), some["topic"].map(number).to_numpy(int)


def _padded(told: np.ndarray, topics: int) -> np.ndarray:
    return np.hstack([told, np.full((len(told), topics - told.shape[1]), -9.0)])


def of_tickets(chance: np.ndarray, found: Wordings, tickets: int) -> np.ndarray:
    """Give the chance of each ticket and topic: that of its likeliest sentence."""
    told = np.zeros((tickets, chance.shape[1]))
    np.maximum.at(told, found.of["row"].to_numpy(), chance[found.of["wording"].to_numpy()])
    return told
