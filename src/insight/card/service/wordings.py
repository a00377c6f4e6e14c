"""What tickets say, sentence by sentence: without greetings and thanks, and in groups that are worded alike.

Nothing here knows a language. What stands in tickets about everything (greetings, thanks, anger) says nothing of what
a ticket is about and is left out; the rest is cut where a sentence ends, as one ticket may ask several things.
"""

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.stats import chi2
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, make_union
from sklearn.preprocessing import normalize

GROUPINGS = 3
NUMBER = "#"  # stands for every amount, day or number
_PIECE = re.compile(r"[^，,。？！?!.：:；;]*[，,。？！?!.：:；;]*")
_ENDS = re.compile(r"[。？！?!.]")
_SILENT = re.compile(r"[\W_]+")
_COMMON, _BY_CHANCE, _MOSTLY = 30, 1e-5, 0.45  # tickets that hold a filler; chance of its telling; share of one topic
_NEW = 0.6  # cosine below which a sentence is unlike every one before
_DIMENSIONS, _FINE, _EACH, _FEW = 200, 300, 12, 40  # of groups: their plane, the most, sentences in one, the fewest
_APART = 0.6  # cosine distance of two groups, on average, above which they stay apart
_ROWS = 2000  # of sentences compared at a time
_DECIMALS = 5  # that every processor agrees on


def plain(text: str) -> str:
    """Give a text in small letters, every number written as one sign.

    Examples
    --------
    >>> plain("Why 12 yuan and 1,300?")
    'why # yuan and #,#?'
    """
    return re.sub(r"\d+", NUMBER, text.lower())


def pieces(texts: pd.Series) -> pd.DataFrame:
    """Cut texts at every comma and stop.

    Returns
    -------
    DataFrame
        ``row`` (place of the text), ``piece``, ``key`` (its letters and digits alone), ``ends`` (a sentence).

    Examples
    --------
    >>> pieces(pd.Series(["Hello, my card is lost. Thanks!"]))["key"].tolist()
    ['hello', 'mycardislost', 'thanks']
    """
    cut = [[piece for piece in _PIECE.findall(plain(text)) if piece.strip()] for text in texts]
    rows = np.repeat(np.arange(len(cut)), [len(some) for some in cut])
    told = pd.DataFrame({"row": rows, "piece": [piece for some in cut for piece in some]})
    told["key"] = [_SILENT.sub("", piece.replace(NUMBER, "0")) for piece in told["piece"]]
    told["ends"] = told["piece"].str.contains(_ENDS)
    return told


def fillers(told: pd.DataFrame, topic: np.ndarray, *, topics: int) -> frozenset[str]:
    """Name the pieces that stand in tickets about everything: often, and whatever the topic.

    Parameters
    ----------
    told
        Pieces of the tickets whose topic is known.
    topic
        The topic of each piece's ticket, 0 to ``topics`` - 1.
    """
    share = np.bincount(topic, minlength=topics) / max(len(topic), 1)
    counts = pd.crosstab(told["key"], topic).reindex(columns=range(topics), fill_value=0)
    often = counts.sum(axis=1)
    expected = often.to_numpy()[:, None] * np.maximum(share, 1e-9)
    apart = ((counts.to_numpy() - expected) ** 2 / expected).sum(axis=1)
    most = counts.max(axis=1) / often
    usual = (often >= _COMMON) & (apart < chi2.isf(_BY_CHANCE, topics - 1)) & (most < max(_MOSTLY, 1.5 * share.max()))
    return frozenset(counts.index[usual]) | {""}


def sentences(told: pd.DataFrame, left_out: frozenset[str]) -> pd.DataFrame:
    """Put pieces together to sentences without those left out: ``row, sentence``; a text of these alone is itself."""
    told = told.assign(out=told["key"].isin(left_out))
    begins = told.groupby("row")["ends"].shift(fill_value=True).astype(bool)
    told["at"] = begins.cumsum()
    kept = told[~told["out"] | ~told["row"].isin(told.loc[~told["out"], "row"])]
    joined = kept.groupby("at", sort=True).agg(row=("row", "first"), sentence=("piece", "".join))
    return joined.assign(sentence=joined["sentence"].str.strip()).reset_index(drop=True)


def sentences_in(texts: np.ndarray) -> int:
    """Give the sentences that an n-gram must stand in to count, by how many there are."""
    return min(3, max(1, len(texts) // 100))


def grams(fewest: int) -> FeatureUnion:
    """Make what turns sentences into n-grams of characters, and words of alphabets."""
    return make_union(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=fewest, sublinear_tf=True),
        TfidfVectorizer(token_pattern=r"[a-z]{2,}", ngram_range=(1, 2), min_df=fewest),
    )


@dataclass(frozen=True)
class Wordings:
    """Different sentences, and the groups of those that are worded alike.

    Attributes
    ----------
    of
        A row per sentence of a ticket: ``row`` (of the ticket), ``wording`` (of the different sentences).
    text
        The different sentences.
    seen
        N-grams of each, of length one.
    is_old
        Whether each stands in a ticket that is learnt from.
    fine, group
        Its group among few alike sentences (-1 unless old), and among more, of those that are most alike.
    old
        How many of the groups are of old sentences; those of new wording come after.
    coarse
        Of each group of old ones, the still larger one that it lies in.
    """

    of: pd.DataFrame
    text: np.ndarray
    seen: csr_matrix
    is_old: np.ndarray
    fine: np.ndarray
    group: np.ndarray
    old: int
    coarse: np.ndarray

    @property
    def is_new(self) -> np.ndarray:
        """Whether each is worded as none before."""
        return self.group >= self.old


def find_wordings(told: pd.DataFrame, learnt: np.ndarray, *, seed: int) -> list[Wordings]:
    """Find the different sentences, those of them that are worded as none before, and groups of either.

    Where groups end is a matter of luck: several groupings of the same sentences are given, to be averaged.

    Parameters
    ----------
    told
        ``row, sentence``.
    learnt
        Which rows' topics are known.
    """
    text, at = np.unique(told["sentence"].to_numpy(str), return_inverse=True)
    is_old = np.zeros(len(text), dtype=bool)
    is_old[at[learnt[told["row"]]]] = True
    seen = rounded(normalize(grams(sentences_in(text)).fit_transform(text).tocsr()))
    alike, which = closest(seen[~is_old], seen[is_old])
    new = np.zeros(len(text), dtype=bool)
    new[~is_old] = alike < _NEW
    of = pd.DataFrame({"row": told["row"].to_numpy(), "wording": at})
    return [
        _grouped(Wordings(of, text, seen, is_old, *_NONE), new, which[alike >= _NEW], seed=seed + more)
        for more in range(GROUPINGS)
    ]


_NONE = (np.zeros(0, dtype=int), np.zeros(0, dtype=int), 0, np.zeros(0, dtype=int))


def _grouped(plain_ones: Wordings, new: np.ndarray, which: np.ndarray, *, seed: int) -> Wordings:
    is_old, seen = plain_ones.is_old, plain_ones.seen
    fine, group = (np.full(len(is_old), -1) for _ in range(2))
    fine[is_old], merged, coarse = group_alike(seen[is_old], seed=seed)
    group[is_old] = merged[fine[is_old]]
    old = int(merged.max()) + 1
    group[~is_old & ~new] = group[is_old][which]
    if new.sum() > 1:
        fresh, merged_new, _ = group_alike(seen[new], seed=seed)
        group[new] = old + merged_new[fresh]
    else:
        group[new] = old
    larger = pd.Series(coarse).groupby(merged).agg(lambda some: some.mode().iloc[0]).to_numpy()
    return replace(plain_ones, fine=fine, group=group, old=old, coarse=larger)


def rounded(seen: csr_matrix) -> csr_matrix:
    """Keep the decimals that every processor agrees on."""
    seen.data = seen.data.round(_DECIMALS)
    return seen


def closest(these: csr_matrix, those: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Give the cosine of each to the one of those that is most alike, and which that is."""
    alike, which = np.zeros(these.shape[0]), np.zeros(these.shape[0], dtype=int)
    for start in range(0, these.shape[0], _ROWS):
        part = (these[start : start + _ROWS] @ those.T).tocsr()
        alike[start : start + _ROWS] = part.max(axis=1).toarray().ravel()
        which[start : start + _ROWS] = np.asarray(part.argmax(axis=1)).ravel()
    return alike, which


def group_alike(seen: csr_matrix, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group sentences: the fine group of each; of each fine one its group, and its still larger one."""
    n = seen.shape[0]
    many = max(min(n, _FEW), min(_FINE, n // _EACH))
    plane = TruncatedSVD(max(1, min(_DIMENSIONS, many * 2 // 3, seen.shape[1] - 1)), random_state=seed)
    points = normalize(plane.fit_transform(seen)).round(_DECIMALS)
    fine = KMeans(many, n_init=1, random_state=seed).fit(points)
    if many < 2:
        one = np.zeros(many, dtype=int)
        return fine.labels_, one, one
    centres = normalize(fine.cluster_centers_).round(_DECIMALS)
    merged = [
        AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=apart).fit(centres).labels_
        for apart in (_APART, (1 + _APART) / 2 + 0.05)
    ]
    return fine.labels_, merged[0], merged[1]
