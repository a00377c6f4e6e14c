"""Behaviour groups: customers who buy in a similar way, as many groups as are stable over resampling."""

from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from insight.config.definitions import share, shares_of_sum
from insight.errors import Unavailable, unless_unavailable
from insight.segment.claims import borne_out
from insight.segment.mixture import Behaviour, Centres, Classes, fit_classes
from insight.segment.stability import Stability, agreement_over_resamples, is_stable, summarise_agreement
from insight.segment.traits import CATEGORY

LEARN_FROM = 6_000  # customers at most that groups are found on; the others are assigned
CHOICE_ROUNDS, OF_TRAITS = 6, 25  # resamples by which the number is chosen; of traits alone they cost little
GIVEN_AWAY = 0.1  # agreement that a finer division may cost
_SAME = {"morning": "time", "evening": "time", "promoted": "price", "discount": "price"}
TELLING = 0.4  # robust deviations from the median from which a trait is worth a name


@dataclass(frozen=True)
class Grouping:
    """Groups as found.

    Attributes
    ----------
    group
        Letter per customer; A has the highest mean spending.
    choice
        One row per number of groups tried: ``groups``, ``agreement`` with ``low`` and ``high``,
        ``silhouette``, ``smallest`` (customers in the smallest group), ``chosen``, ``rounds`` (resamples).
    agreement
        Adjusted Rand index of every resample with the groups, see `stability`.
    learned
        Customers whom the groups were found and tested on; the others were assigned.

    Where customers are too few or too alike, everyone is in A, and choice and stability are `Unavailable`.
    """

    group: pd.Series
    choice: pd.DataFrame | Unavailable
    agreement: np.ndarray
    learned: int = 0

    @property
    def stability(self) -> Stability | Unavailable:
        """Summarise the agreement."""
        if isinstance(self.choice, Unavailable):
            return self.choice
        return Stability(*summarise_agreement(self.agreement), rounds=len(self.agreement))


def find_groups(
    scaled: pd.DataFrame,
    spend: pd.Series,
    counts: pd.DataFrame | None = None,
    *,
    max_groups: int,
    min_cell: int,
    rounds: int,
    seed: int,
) -> Grouping:
    """Group customers by their traits, into as many groups as are stable.

    For each number of groups, customers are drawn anew with replacement, grouped again, and the
    two groupings of all customers compared by the adjusted Rand index. The highest number of
    groups that are stable (`is_stable`), and agree hardly less than the most stable number does, is taken;
    where none is, the number with the highest agreement. There is at most one group more than
    there are traits: beyond that, groups only cut the same trait into finer slices.

    Parameters
    ----------
    scaled
        From `scale`, one row per customer.
    spend
        Net money per customer, to put the groups in order.
    counts
        Purchases by category, from `insight.segment.mix.count_categories`, where these are known.
    max_groups
        Groups at most.
    min_cell
        Customers that every group must have.
    rounds
        Resamples for the final test.
    seed
        Start of every draw.

    Returns
    -------
    Grouping
        One group A, and nothing tried, where customers are too few or too alike.
    """
    seen = _behaviour(scaled, counts)
    found = _stable_groups(seen, scaled, spend, max_groups=max_groups, min_cell=min_cell, rounds=rounds, seed=seed)
    if isinstance(found, Unavailable):
        return Grouping(pd.Series("A", index=scaled.index, name="group"), found, np.array([]))
    return found


@unless_unavailable
def _stable_groups(
    seen: Behaviour, scaled: pd.DataFrame, spend: pd.Series, *, max_groups: int, min_cell: int, rounds: int, seed: int
) -> Grouping | Unavailable:
    learned = seen[_sample(len(seen), seed=seed)]
    differ = len(np.unique(learned.points, axis=0))
    most = min(max_groups, scaled.shape[1] + 1, len(seen) // (2 * min_cell), differ)
    with threadpool_limits(1):
        choice = _try_numbers(learned, most=most, min_cell=min_cell, seed=seed)
        if not choice["chosen"].any():
            return Unavailable("segment", "alike")
        model = cluster(learned, int(choice.loc[choice["chosen"], "groups"].iloc[0]), seed=seed)
        # Other draws than those the number was chosen by, which would flatter it.
        agreement = agreement_over_resamples(learned, model, rounds=rounds, seed=seed + 1_000_000, fit=recluster)
        labels = model.predict(seen)
    return Grouping(_in_order(pd.Series(labels, index=scaled.index), spend), choice, agreement, len(learned))


@unless_unavailable
def group_as_of(
    scaled: pd.DataFrame, spend: pd.Series, counts: pd.DataFrame | None, *, like: Grouping, seed: int
) -> pd.Series | Unavailable:
    """Group customers as they were on an earlier day, by what was known then, into as many groups as ``like`` has."""
    if isinstance(like.choice, Unavailable):
        return like.choice
    seen = _behaviour(scaled, counts)
    with threadpool_limits(1):
        model = cluster(seen[_sample(len(seen), seed=seed)], like.group.nunique(), seed=seed)
        labels = model.predict(seen)
    return _in_order(pd.Series(labels, index=scaled.index), spend)


def _behaviour(scaled: pd.DataFrame, counts: pd.DataFrame | None) -> Behaviour:
    of_categories = scaled.columns.astype(str).str.startswith(CATEGORY)
    known = scaled[[]] if counts is None else counts.reindex(scaled.index).fillna(0)
    traits, ratios = scaled.loc[:, ~of_categories], scaled.loc[:, of_categories]
    # Among few, one customer on the edge between groups shows: there the last digit of a processor must not decide.
    precision = np.float64 if len(scaled) <= LEARN_FROM else np.float32
    return Behaviour(*(part.to_numpy(dtype=precision) for part in (traits, ratios, known)))


def cluster(seen: Behaviour, groups: int, *, seed: int) -> Classes | Centres:
    """Fit classes from the best of twenty starts."""
    return fit_classes(seen, groups, seed=seed, starts=20)


def recluster(seen: Behaviour, groups: int, *, seed: int, rows: np.ndarray) -> Classes | Centres:
    """Fit classes to a resample, from the best of five starts."""
    return fit_classes(seen, groups, seed=seed, starts=5, rows=rows)


def _sample(customers: int, *, seed: int) -> np.ndarray:
    if customers <= LEARN_FROM:
        return np.arange(customers)
    return np.sort(np.random.default_rng(seed).choice(customers, LEARN_FROM, replace=False))


def _try_numbers(seen: Behaviour, *, most: int, min_cell: int, seed: int) -> pd.DataFrame:
    rows, rounds = [], CHOICE_ROUNDS if seen.counts.shape[1] else OF_TRAITS
    for groups in range(2, most + 1):
        model = cluster(seen, groups, seed=seed)
        agreement = agreement_over_resamples(seen, model, rounds=rounds, seed=seed, fit=recluster)
        labels, drawn = model.predict(seen), min(2_000, len(seen))
        is_one = len(np.unique(labels)) < 2
        shape = np.nan if is_one else silhouette_score(seen.points, labels, sample_size=drawn, random_state=seed)
        smallest = np.bincount(labels, minlength=groups).min()
        rows.append((groups, *summarise_agreement(agreement), shape, smallest))
    tried = pd.DataFrame(rows, columns=["groups", "agreement", "low", "high", "silhouette", "smallest"])
    return tried.assign(chosen=tried["groups"] == _choose(tried[tried["smallest"] >= min_cell]), rounds=rounds)


def _choose(tried: pd.DataFrame) -> int:
    if tried.empty:
        return 0
    best = tried["agreement"].max()
    good = [is_stable(row.agreement, row.low) and row.agreement >= best - GIVEN_AWAY for row in tried.itertuples()]
    return int(tried.loc[good if any(good) else tried["agreement"] == best, "groups"].max())


def _in_order(labels: pd.Series, spend: pd.Series) -> pd.Series:
    """Name groups by letters, the one with the highest mean spending first."""
    mean = spend.astype(float).groupby(labels).mean().sort_values(ascending=False, kind="stable")
    letters = {label: ascii_uppercase[place] for place, label in enumerate(mean.index)}
    return labels.map(letters).rename("group")


def describe_traits(scaled: pd.DataFrame, grouping: Grouping, *, categories: int) -> pd.DataFrame | Unavailable:
    """Give how far each group's mean lies from everyone's, per trait, in robust standard deviations.

    Returns
    -------
    DataFrame
        One row per group, one column per trait; of the categories only those ``categories`` in which
        groups differ most.
    """
    if not grouping.stability:
        return grouping.stability
    found = _distances(scaled, grouping.group)
    together = [name for name in found if name.startswith(CATEGORY)]
    spread = (found[together].max() - found[together].min()).sort_values(ascending=False, kind="stable")
    return found.drop(columns=list(spread.index[categories:]))


def _distances(scaled: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Subtract everyone's mean from each group's."""
    return scaled.groupby(group).mean() - scaled.mean()


def describe_groups(profile: pd.DataFrame, scaled: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Summarise the groups, with the ``traits`` that set each apart (`distinguish`)."""
    found, apart = summarise_groups(profile, group), distinguish(profile, scaled, group)
    return found.assign(traits=[apart[letter] for letter in found["group"]])


def summarise_groups(profile: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Count customers and sales per group, with how often and how much at once they typically buy.

    Returns
    -------
    DataFrame
        ``group``, ``customers``, ``share``, ``monetary``, ``share_sales``, and medians of
        ``frequency``, ``basket_mean`` and ``recency_days``.
    """
    kept = profile[["frequency", "basket_mean", "recency_days"]].assign(monetary=profile["monetary"].astype(float))
    by_group = kept.groupby(group)
    found = by_group[["frequency", "basket_mean", "recency_days"]].median()
    found.insert(0, "customers", by_group.size())
    found.insert(1, "share", share("group_share", found["customers"], len(profile)))
    found.insert(2, "monetary", by_group["monetary"].sum())
    found.insert(3, "share_sales", shares_of_sum("spend_share", found["monetary"]))
    return found.rename_axis("group").reset_index()


def distinguish(
    profile: pd.DataFrame, scaled: pd.DataFrame, group: pd.Series, *, most: int = 2
) -> dict[str, list[tuple[str, bool]]]:
    """Find what sets each group apart: its traits furthest from the middle, and in which direction.

    Only what the group's own figures bear out is told (`insight.segment.claims.borne_out`).
    Traits that say the same are not said twice (morning and evening; promotions and discounts):
    what a group does counts before what it does not.
    Two groups with the same traits get one more each, as far as there are any.

    Returns
    -------
    dict
        Letter to ``(trait, is_high)``, most telling first; empty for a group like everyone.
    """
    distances = _distances(scaled, group)
    distances = distances.where(np.sign(distances) == borne_out(profile, scaled, group), 0.0)
    ranked = {letter: _telling(row) for letter, row in distances.iterrows()}
    named = {letter: traits[:most] for letter, traits in ranked.items()}
    longest = max((len(traits) for traits in ranked.values()), default=0)
    for length in range(most + 1, longest + 1):
        told = list(named.values())
        named = {letter: ranked[letter][:length] if told.count(now) > 1 else now for letter, now in named.items()}
    return named


def _telling(row: pd.Series) -> list[tuple[str, bool]]:
    """List traits worth a name, one per family: a high one before a low one, the furthest family first."""
    strong = row[row.abs() >= TELLING]
    order = strong.abs().sort_values(ascending=False, kind="stable").index
    told: dict[str, str] = {}
    for trait in order:
        chosen = told.setdefault(_family(trait), trait)
        if row[chosen] < 0 < row[trait]:
            told[_family(trait)] = trait
    return [(trait, bool(row[trait] > 0)) for trait in told.values()]


def _family(trait: str) -> str:
    if trait.startswith(CATEGORY):
        return CATEGORY
    return _SAME.get(trait, trait)
