"""Groups of customers compared, by what a model must not go by: whether all are ranked, chosen and judged alike.

Fairlearn's ``MetricFrame`` gives the same values; drawn for an interval it takes a hundred times as long, and it knows
neither small groups taken together nor a group's distance from everybody in the same resample.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import ROUNDS, affordable_rounds, clear_of_zero, percentiles, resampled_counts, with_edges
from insight.predict.churn.backtest import Backtest
from insight.predict.labelled.backtest import Choice, Test
from insight.predict.labelled.table import Flat, as_typed
from insight.predict.measures import rank_once

ATTRIBUTES = ("age_band", "gender", "region")
TOP = 0.1  # of customers, those with the highest probability: the list
FEWEST, FEWEST_OF_A_CLASS = 50, 10
_QUARTERS, _MOST_LEVELS = 4, 30
#: Codes of those taken together, of those of whom it is not known, and of everybody.
POOLED, UNKNOWN, EVERYONE = "pooled", "unknown", "everyone"
#: What is measured of each group; see `compare_groups`.
MEASURED = ("auc", "selected", "bias", "missed")


@dataclass(frozen=True)
class Compared:
    """Groups compared.

    Parameters
    ----------
    table
        See `compare_groups`.
    pooled
        By attribute the groups that are too small to be compared alone, and so were taken together.
    customers
        Of the test.
    """

    table: pd.DataFrame
    pooled: dict[str, list[str]]
    customers: int

    @property
    def groups(self) -> pd.DataFrame:
        """Give the rows of groups, without the one of everybody."""
        return self.table[self.table["attribute"] != EVERYONE]

    @property
    def differing(self) -> pd.DataFrame:
        """Give the groups that differ from everybody in something, beyond chance though so many are compared (Holm)."""
        return self.groups[self.groups["differs"].map(len) > 0]


def people_of(customers: ibis.Table) -> pd.DataFrame | Unavailable:
    """Give what is delivered of `ATTRIBUTES` by ``customer_id``; ``people`` where nothing is.

    Models of 40 are never given these: `insight.predict.churn.leaks.check_features` refuses them.
    """
    asked = [name for name in ATTRIBUTES if name in customers.columns]
    read = customers.select("customer_id", *asked).order_by("customer_id").to_pandas().set_index("customer_id")
    given = read.dropna(axis=1, how="all")
    return given if len(given.columns) else Unavailable("care", "people")


@unless_unavailable
def people_of_flat(flat: Flat) -> pd.DataFrame | Unavailable:
    """Give the columns of a flat table that models are not given as groups: numbers by their quarters, values by name.

    Columns of more than 30 values that are no numbers divide nobody; ``no_columns`` where no other is there.
    """
    found = {}
    for name, texts in flat.protected.items():
        values = as_typed(texts)
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > _QUARTERS:
            edges = np.unique(values.quantile([0.25, 0.5, 0.75]))
            bounds = [f"{edge:g}" for edge in edges]
            names = [f"< {bounds[0]}", *(f"{a}–{b}" for a, b in pairwise(bounds)), f"≥ {bounds[-1]}"]
            place = np.searchsorted(edges, values.to_numpy(float), side="right")
            place[values.isna()] = -1
            found[str(name)] = pd.Series(pd.Categorical.from_codes(place, names), index=texts.index)
        elif texts.nunique() <= _MOST_LEVELS:
            found[str(name)] = texts
    return pd.DataFrame(found) if found else Unavailable("care", "no_columns")


@unless_unavailable
def of_backtest(test: Backtest, model: str, people: pd.DataFrame, *, seed: int) -> Compared | Unavailable:
    """Compare groups of those scored in the back-test, see `compare_groups`."""
    return compare_groups(test.labels, test.scores[model], people.reindex(test.scores.index), seed=seed)


@unless_unavailable
def of_flat(flat: Flat, test: Test, choice: Choice, *, seed: int) -> Compared | Unavailable:
    """Compare groups of the rows of a flat table that were tested, by columns that models are not given."""
    people = people_of_flat(flat)
    if isinstance(people, Unavailable):
        return people
    scores = test.probabilities[choice.best]
    return compare_groups(test.labels, scores, people.reindex(test.labels.index), seed=seed)


def pool(values: pd.Series, labels: pd.Series) -> tuple[pd.Series, list[str]]:
    """Take groups together that are too small to be compared: fewer than 50 customers, or 10 who left or stayed.

    Returns
    -------
    tuple
        A group for each customer, missing where even those taken together are too few; the names of the small ones.

    Examples
    --------
    >>> city = pd.Series(["A"] * 60 + ["B"] * 30 + ["C"] * 25)
    >>> left = pd.Series([0, 1] * 57 + [0])
    >>> found, small = pool(city, left)
    >>> found.value_counts().to_dict(), small
    ({'A': 60, 'pooled': 55}, ['B', 'C'])
    """
    known = values.astype(object).where(values.notna(), UNKNOWN).astype(str)
    counted = labels.groupby(known).agg(["size", "sum"])
    fewest = np.minimum(counted["sum"], counted["size"] - counted["sum"])
    small = counted.index[(counted["size"] < FEWEST) | (fewest < FEWEST_OF_A_CLASS)]
    grouped = known.where(~known.isin(small), POOLED)
    rest = labels[grouped == POOLED]
    if len(rest) < FEWEST or min(rest.sum(), len(rest) - rest.sum()) < FEWEST_OF_A_CLASS:
        grouped = grouped.where(grouped != POOLED)
    return grouped, [name for name in sorted(small) if name != UNKNOWN]


@unless_unavailable
def compare_groups(
    labels: pd.Series, probabilities: pd.Series, people: pd.DataFrame, *, top: float = TOP, seed: int
) -> Compared | Unavailable:
    """Measure a model in each group of customers, and how far that is from everybody, with 95% intervals.

    Parameters
    ----------
    labels
        1 for those who left, 0 for those who stayed, of customers that the model had not seen.
    probabilities
        Of leaving, by the model, in the same order.
    people
        Attributes of the same customers, that the model was not given.
    top
        Share of customers with the highest probability that make the list.
    seed
        Start of the resampling of customers.

    Returns
    -------
    Compared or Unavailable
        The table has a row for everybody (``attribute`` and ``group`` ``everyone``) and one per group that is large
        enough: ``customers, left``; ``auc``; ``selected``, the share on the list; ``bias``, mean probability less the
        share that left; ``missed``, the share of those who left who are not on the list (false negatives); each with
        ``_low, _high``, and its distance from everybody ``_gap`` with ``_gap_low, _gap_high``; ``differs``, which of
        them are clear of zero (Holm, over all groups and measures).
        ``alike`` without an attribute that parts customers.
    """
    y, p = labels.to_numpy(float), probabilities.to_numpy(float)
    # the list is a limit of the probability; at ties all are on it
    chosen = (p >= np.quantile(p, 1 - top)).astype(float)
    pooled, members = {}, [(EVERYONE, EVERYONE, np.ones(len(y), dtype=bool))]
    for name in people:
        grouped, small = pool(people[name], labels)
        order = list(people[name].cat.categories) if isinstance(people[name].dtype, pd.CategoricalDtype) else []
        places = {group: at for at, group in enumerate([*order, *sorted(set(grouped.dropna()) - set(order))])}
        groups = sorted(grouped.dropna().unique(), key=lambda one: (one in (POOLED, UNKNOWN), places[one]))
        if len(set(groups) - {UNKNOWN}) < 2:
            continue
        pooled[str(name)] = small
        members += [(str(name), group, (grouped == group).to_numpy()) for group in groups]
    if len(members) == 1:
        return Unavailable("care", "alike")
    measures = [_measurer(y[of], p[of], chosen[of]) for _, _, of in members]
    whole = np.array([measure(np.ones(int(of.sum()))) for measure, (_, _, of) in zip(measures, members, strict=True)])
    rounds = affordable_rounds(len(y) * 8, ROUNDS)
    drawn = np.array(
        [
            [measure(times[of].astype(float)) for measure, (_, _, of) in zip(measures, members, strict=True)]
            for times in resampled_counts(len(y), rounds=rounds, seed=seed)
        ]
    )
    rows = []
    for at, (attribute, group, of) in enumerate(members):
        row = {"attribute": attribute, "group": group, "customers": int(of.sum()), "left": int(y[of].sum())}
        for place, name in enumerate(MEASURED):
            low, high = percentiles(drawn[:, at, place])
            if name in ("selected", "missed"):
                size = of.sum() if name == "selected" else y[of].sum()
                low, high = map(float, with_edges(whole[at, place], size, low, high))
            gap = percentiles(drawn[:, at, place] - drawn[:, 0, place])
            row |= {name: whole[at, place], f"{name}_low": low, f"{name}_high": high}
            row |= {f"{name}_gap": whole[at, place] - whole[0, place]}
            row |= {f"{name}_gap_low": gap[0], f"{name}_gap_high": gap[1]}
        rows.append(row)
    table = pd.DataFrame(rows)
    return Compared(table.assign(differs=_differing(table)), pooled, len(y))


def _differing(table: pd.DataFrame) -> list[list[str]]:
    """Say in what each row is clear of everybody, however many groups and measures are compared at once."""
    gaps = [[f"{name}_gap{end}" for end in ("", "_low", "_high")] for name in MEASURED]
    every = pd.concat([table[of].set_axis(["gap", "gap_low", "gap_high"], axis=1) for of in gaps], ignore_index=True)
    clear = clear_of_zero(every, "gap").to_numpy().reshape(len(MEASURED), len(table))
    return [[name for name, side in zip(MEASURED, sides, strict=True) if side] for sides in clear.T]


def _measurer(y: np.ndarray, p: np.ndarray, chosen: np.ndarray) -> Callable[[np.ndarray], tuple[float, ...]]:
    """Sort once; the measures of a group for any number of times that each customer counts."""
    ranked = rank_once(y, p)

    def measured(times: np.ndarray) -> tuple[float, ...]:
        size, left = times.sum(), (times * y).sum()
        missed = (times * y * (1 - chosen)).sum() / left if left else np.nan
        return ranked(times), (times * chosen).sum() / size, (times * (p - y)).sum() / size, missed

    return measured
