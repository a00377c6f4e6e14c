"""Record linkage: records standardised, paired, scored, clustered.

Nothing here needs labels, and the order of the input does not matter: records are numbered by their
keys, and every draw is made from those numbers.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd

from insight.config.linking import Linking
from insight.contracts import RECORD_KEY
from insight.engine import seal_spill
from insight.errors import SourceError
from insight.unify.clusters.apart import (
    Signs,
    connected,
    names_alone,
    read_signs,
    with_documents,
    with_people_told_apart,
    within,
)
from insight.unify.clusters.cluster import Edges, Forest, cluster, components, grow
from insight.unify.clusters.copies import Copies, find_copies
from insight.unify.clusters.wholes import join_wholes, with_wholes
from insight.unify.model.doubles import Doubles, learn_doubles, with_doubles
from insight.unify.model.evidence import review_queue
from insight.unify.model.model import Model, restored, untrained
from insight.unify.model.recall import Outcomes, choose_rules
from insight.unify.model.training import train
from insight.unify.model.weigh import Scale
from insight.unify.pairs import blocking
from insight.unify.pairs.char_bags import with_char_bags
from insight.unify.pairs.comparisons import choose_comparisons
from insight.unify.standardise.columns import Column, type_columns
from insight.unify.standardise.meet import Met, bring_together
from insight.unify.standardise.standardise import MARKS, Standardised, rough_person, standardise

_NO_KEYS = ("sex", "category", "age")
_FEW_PAIRS = 50_000
# families in which a given name is met that is no slip of the pen, and their share of all records
_USUAL, _USUAL_SHARE = 3, 1e-4
# a name is a slip of one that so many times as many families have
_SLIP = 6
# how often clusters are compared as wholes: what one round joins the next compares
_ROUNDS = 2
# phonenumbers' word for no country: numbers without a country code stay as they are
_NO_REGION = "ZZ"


class LinkSettings(Linking):
    """What the parameters say about linking, and where draws start."""

    seed: int = 20240229


@dataclass(frozen=True)
class Linked:
    """What was found, and everything that explains it.

    Attributes
    ----------
    records
        The keys of the records, in the order that every record number here means.
    columns, standardised
        What each column was taken for; the comparable records and what was changed, counted.
    blocking
        Each way of making pairs: estimated before, made, and new.
    model
        The learned model; ``model.described()`` is a table.
    pairs
        Weighed pairs from ``keep_from`` up: left, right, probability, weight, household, exact_key,
        contradicts, and one column of levels per comparison.
    cluster
        Each record's cluster: the number of its first record.
    review
        Uncertain pairs with reasons, as codes.
    copies
        Records that say the same many times over: which of them were weighed for all.
    met
        Columns that systems call differently and that are one.
    """

    records: pd.DataFrame
    columns: list[Column]
    standardised: Standardised
    blocking: pd.DataFrame
    model: Model
    pairs: pd.DataFrame
    cluster: np.ndarray
    review: pd.DataFrame
    settings: LinkSettings
    copies: Copies
    met: list[Met]

    @property
    def assignment(self) -> pd.DataFrame:
        """Each record's cluster and how well it fits there: its mean probability with the other members."""
        fits = _cohesion(self.pairs, self.cluster, weighed=self.copies.weighed)[self.copies.first]
        return self.records.assign(cluster=self.cluster, match_probability=fits)

    def forest(self, *, lowest: float, highest: float) -> Forest:
        """Cluster the same pairs for thresholds from the lowest to the highest."""
        forest = grow(len(self.records), _edges(self.pairs), lowest=lowest, highest=highest)
        return self.copies.joined(forest, self.pairs)


def link_records(
    records: pd.DataFrame | ibis.Table,
    *,
    settings: LinkSettings | None = None,
    con: ibis.BaseBackend | duckdb.DuckDBPyConnection | None = None,
    model: dict | None = None,
) -> Linked:
    """Find the records that are of the same person.

    Parameters
    ----------
    records
        One row per record: ``source_system``, ``source_record_id``, and whatever describes the person.
        Columns of any name; leave out what must not be used, such as a known truth.
    settings
        Bounds, threshold, declared columns.
    con
        DuckDB, whose folder for spilling is used too.
    model
        An earlier run's ``linked.model.as_saved()``: new records join without training again. Where the
        fields have changed, a new model is trained.

    Raises
    ------
    SourceError
        If a key is missing or repeats.
    """
    settings = settings or LinkSettings()
    frame = _sorted(records)
    described = frame.drop(columns=list(RECORD_KEY))
    described, met = bring_together(described, frame["source_system"], declared=settings.columns)
    columns = type_columns(described, declared=settings.columns)
    done = standardise(described, columns, source=frame["source_system"], region=settings.region or _NO_REGION)
    people = _comparable(done)
    with _local(con) as local:
        texts = [
            name
            for name in people.columns
            if name != "unique_id" and not name.endswith(("_holds", "_han", "_usual", "_script")) and name not in MARKS
        ]
        copies = find_copies(people, frame["source_system"])
        weighed = people.iloc[copies.weighed].reset_index(drop=True)
        weighed["unique_id"] = np.arange(len(weighed))
        local.register("people_frame", with_char_bags(weighed, texts))
        local.execute("CREATE TABLE people AS SELECT * FROM people_frame")
        local.unregister("people_frame")
        keys = frame[list(RECORD_KEY)]
        of_weighed = keys.iloc[copies.weighed].reset_index(drop=True)
        counts, learned, pairs, labels, review = _link(
            of_weighed, done, weighed, settings=settings, con=local, saved=model
        )
    pairs = pairs.assign(left=copies.weighed[pairs["left"]], right=copies.weighed[pairs["right"]])
    return Linked(keys, columns, done, counts, learned, pairs, copies.spread(labels), review, settings, copies, met)


def _link(
    records: pd.DataFrame,
    done: Standardised,
    people: pd.DataFrame,
    *,
    settings: LinkSettings,
    con: duckdb.DuckDBPyConnection,
    saved: dict | None,
) -> tuple[pd.DataFrame, Model, pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Give the blocking, the model, the pairs, the clusters and what is to be reviewed."""
    keys = blocking.make_keys(people, [each.name for each in done.fields if each.role not in _NO_KEYS])
    rules = blocking.possible_rules(keys, max_block=settings.max_block)
    comparisons = choose_comparisons(done.fields)
    model = restored(saved, comparisons, records=len(people)) if saved else None
    if model is None and any(rule.pairs for rule in rules) and comparisons:
        model = train(con, comparisons, keys=keys, rules=rules, max_block=settings.max_block, seed=settings.seed)
    model = model or untrained(comparisons)
    chosen = choose_rules(
        rules,
        Outcomes(model, rules, filled=model.filled),
        matches=model.prior * len(people) * (len(people) - 1) / 2,
        per_rule=max(settings.pairs_per_rule * len(people), _FEW_PAIRS),
        altogether=min(max(settings.pairs_per_record * len(people), 4 * _FEW_PAIRS), settings.max_pairs),
    )
    left, right, counts = blocking.candidate_pairs(keys, chosen, max_block=settings.max_block)
    scale = Scale(con, people, model, person=rough_person(people))
    pairs = scale.weigh(left, right, keep_from=settings.keep_from)
    pairs = _completed(scale, pairs, left * len(people) + right, records=len(people), keep_from=settings.keep_from)
    doubles = learn_doubles(pairs, pd.factorize(records["source_system"])[0], prior=model.prior)
    pairs = names_alone(with_doubles(pairs, doubles), people, model, keep_from=settings.keep_from)
    signs = read_signs(people, records["source_system"])
    pairs, labels = _clustered(pairs, people, scale, doubles, signs, threshold=settings.threshold)
    review = review_queue(pairs, labels, model=model, records=records, between=settings.review)
    return counts, model, pairs, labels, review


# --- in


def _sorted(records: pd.DataFrame | ibis.Table) -> pd.DataFrame:
    frame = records.to_pandas() if isinstance(records, ibis.Table) else records
    missing = [name for name in RECORD_KEY if name not in frame]
    if missing:
        raise SourceError(
            f"customer_records: expected the keys {', '.join(RECORD_KEY)}; missing {', '.join(missing)}. Map them."
        )
    keys = frame[list(RECORD_KEY)]
    if repeated := int(keys.duplicated().sum() + keys.isna().any(axis=1).sum()):
        raise SourceError(
            f"customer_records: expected one row per source_system and source_record_id; found {repeated} rows whose "
            "key is empty or repeats. Deliver each record once."
        )
    return frame.astype(dict.fromkeys(RECORD_KEY, "str")).sort_values(list(RECORD_KEY), ignore_index=True)


def _comparable(done: Standardised) -> pd.DataFrame:
    """Add the derived columns that comparisons use beside the fields."""
    people = done.people.astype("str")
    for name in [each.name for each in done.fields if each.role == "email"]:
        people[f"{name}_user"] = people[name].str.replace("@.*", "", regex=True)
    for part in ("given", "family"):
        if f"{part}_name" in people and f"{part}_han" not in people:
            people[f"{part}_han"] = pd.Series(None, index=people.index, dtype="str")
    in_han = people.filter(regex="_han$").notna().any(axis=1)
    script = pd.Series(np.where(in_han, "han", "latin"), index=people.index, dtype="str")
    people["firm_script"] = script.where(people["organisation"] == "1")
    if {"given_name", "family_name"} <= set(people):
        people["name_whole"] = (people["family_name"] + people["given_name"]).str.replace(" ", "")
        people["name_letters"] = _letters(people["name_whole"])
        families = people.groupby("given_name")["family_name"].nunique()
        often = _no_slips(families[families >= max(_USUAL, _USUAL_SHARE * len(people))])
        usual = people["given_name"].isin(often) & (people["given_name"].str.len() > 1)
        people["given_usual"] = pd.Series(np.where(usual, "1", "0"), index=people.index, dtype="str")
    people.insert(0, "unique_id", np.arange(len(people)))
    return people


def _no_slips(often: pd.Series) -> pd.Index:
    """Leave out the names that are a slip of one many times as frequent: where many err, a slip is met often too."""
    short = [(name[:at] + name[at + 1 :], name) for name in often.index for at in range(len(name))]
    near = pd.DataFrame([*short, *((name, name) for name in often.index)], columns=["letters", "name"])
    near = near.merge(near, on="letters", suffixes=("", "_near"))
    most = often[near["name_near"]].groupby(near["name"].to_numpy()).max()
    return often.index[often * _SLIP > most[often.index]]


def _letters(whole: pd.Series) -> pd.Series:
    """Give the letters of a name in alphabetical order: the same whichever of its parts comes first."""
    codes, found = pd.factorize(whole)
    ordered = np.array(["".join(sorted(name)) for name in found.to_numpy(dtype=object)] + [None], dtype=object)
    return pd.Series(ordered[codes], index=whole.index, dtype="str")


@contextlib.contextmanager
def _local(con: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB that holds names only while it is open; it spills, encrypted, where the caller's does."""
    inner = getattr(con, "con", con)
    with contextlib.closing(duckdb.connect()) as own:
        seal_spill(own)
        if isinstance(inner, duckdb.DuckDBPyConnection):
            for name in ("temp_directory", "threads", "memory_limit"):
                value = inner.execute(f"SELECT current_setting('{name}')").fetchall()[0][0]
                if value:
                    own.execute(f"SET {name} = '{str(value).replace(chr(39), chr(39) * 2)}'")
        yield own


# --- pairs


def _completed(scale: Scale, pairs: pd.DataFrame, known: np.ndarray, *, records: int, keep_from: float) -> pd.DataFrame:
    """Score the pairs inside connected components that no blocking rule made: average linkage needs all of them."""
    left, right = within(connected(pairs, records))
    fresh = ~blocking.are_among(left * records + right, known)
    if not fresh.any():
        return pairs
    more = scale.weigh(left[fresh], right[fresh], keep_from=keep_from)
    return pd.concat([pairs, more], ignore_index=True).sort_values(["left", "right"], ignore_index=True)


def _clustered(
    pairs: pd.DataFrame, people: pd.DataFrame, scale: Scale, doubles: Doubles, signs: Signs, *, threshold: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Tell people apart, cluster, and compare clusters as wholes: where that joins some, all of it once more."""
    labels, is_open = np.arange(len(people)), np.ones(len(people), bool)
    settled: list[pd.DataFrame] = []
    for turn in range(_ROUNDS + 1):
        pairs = with_people_told_apart(with_documents(pairs, people), signs)
        labels = np.where(is_open, cluster(len(people), _edges(pairs), threshold=threshold), labels)
        if turn == _ROUNDS:
            break
        found = join_wholes(pairs, labels, people, scale, doubles, threshold=threshold)
        if found.empty:
            break
        pairs = with_wholes(pairs, found)
        group = components(len(people), pairs["left"].to_numpy(), pairs["right"].to_numpy())
        is_open = np.isin(group, group[found["left"]])
        again = is_open[pairs["left"]]
        settled.append(pairs[~again])
        pairs = pairs[again].reset_index(drop=True)
    return pd.concat([*settled, pairs]).sort_values(["left", "right"], ignore_index=True), labels


def _edges(pairs: pd.DataFrame) -> Edges:
    return Edges(*(pairs[name].to_numpy() for name in ("left", "right", "probability", "contradicts")))


def _cohesion(pairs: pd.DataFrame, labels: np.ndarray, *, weighed: np.ndarray) -> np.ndarray:
    """Give each weighed record's mean probability with the other such members of its cluster; alone: 1."""
    inside = pairs[labels[pairs["left"]] == labels[pairs["right"]]]
    total = np.bincount(inside["left"], weights=inside["probability"], minlength=len(labels))
    total += np.bincount(inside["right"], weights=inside["probability"], minlength=len(labels))
    others = np.bincount(labels[weighed], minlength=len(labels))[labels] - 1
    return np.where(others > 0, np.minimum(total / np.maximum(others, 1), 1.0), 1.0)
