"""Pairs weighed by Splink, with the frequency of every value, and by the household class beside it."""

import logging
from collections.abc import Callable, Iterator
from functools import partial

import duckdb
import numpy as np
import pandas as pd
from splink import DuckDBAPI, Linker

from insight.unify.model.model import Model, is_shared, posterior
from insight.unify.model.training import levels_sql
from insight.unify.pairs.blocking import each_once
from insight.unify.pairs.comparisons import Comparison

# beside those whom a set of records holds there are always others: matters to small sets alone
_MORE_PEOPLE = 18
# what most people have alone
_OWN = ("phone", "email", "document", "code")
# pairs that are compared at a time, which bounds memory
_AT_ONCE = 4_000_000
# Splink decides what is kept: what comes to it differs in rounding alone
_SLACK = 1e-6


class Scale:
    """Weighs pairs of the table ``people``: pairs go in as record numbers, probabilities come out.

    Parameters
    ----------
    con
        DuckDB with the table ``people``, keyed by ``unique_id``.
    people
        The same as a frame.
    person
        A rough key of the person of each record: a value that one person's many records repeat
        counts once in its frequency.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        people: pd.DataFrame,
        model: Model,
        *,
        person: pd.Series,
    ) -> None:
        self._con, self._model, self._tables = con, model, 0
        logging.getLogger("splink").setLevel(logging.ERROR)
        names = {level.frequency_of for comparison in model.comparisons for level in comparison.levels}
        codes = pd.factorize(person)[0].astype(np.int64)
        frequencies = {name: value_frequencies(people[name], codes) for name in sorted(filter(None, names))}
        self._frequency = {name: rows for name, (_, rows) in frequencies.items()}
        self._api = DuckDBAPI(con)
        self._linker = Linker(
            self._api.register("people", table_name=self._name("records")),
            model.as_splink(),
            log_level=None,
            validate_settings=False,
        )
        for name, (frame, _) in frequencies.items():
            lookup = self._api.register(frame, table_name=self._name("frequencies"))
            self._linker.table_management.register_term_frequency_lookup(lookup, name)

    def _name(self, what: str) -> str:
        # a connection may serve several scales: no name is used twice
        self._tables += 1
        return f"linking_{what}_{id(self)}_{self._tables}"

    def weigh(self, left: np.ndarray, right: np.ndarray, *, keep_from: float) -> pd.DataFrame:
        """Give the pairs whose match probability reaches ``keep_from``, 0 being all, with their weights and levels.

        Returns
        -------
        DataFrame
            ``left``, ``right`` (record numbers, the lower first), ``probability``, ``weight`` (doublings
            of the odds, one person against strangers), ``household`` (the same, two of one household
            against strangers) and one column of levels per comparison.
        """
        left, right, levels = self._plausible(left, right, keep_from=keep_from)
        if not len(left):
            nothing = pd.DataFrame({"left": left, "right": right, "weight": np.empty(0)})
            return self._with_households(nothing, levels)
        pairs = pd.DataFrame({"join_key_l": left, "join_key_r": right, "match_key": "0"})
        registered = self._api.register(pairs, table_name=self._name("pairs"))
        self._linker.table_management.register_blocked_pairs_for_predict(registered)
        found = self._linker.inference.predict(warning_mode="never")
        frame = found.as_pandas_dataframe()
        found.drop_table_from_database_and_remove_from_cache()
        scored = pd.DataFrame(
            {
                "left": frame["unique_id_l"].to_numpy(np.int64),
                "right": frame["unique_id_r"].to_numpy(np.int64),
                # beyond the tenth digit processors differ
                "weight": np.round(frame["match_weight"].to_numpy(float), 9),
            }
        ).sort_values(["left", "right"], ignore_index=True)
        weighed = self._with_households(scored, levels[np.lexsort((right, left))])
        return weighed[weighed["probability"] >= keep_from].reset_index(drop=True)

    def _plausible(
        self, left: np.ndarray, right: np.ndarray, *, keep_from: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Leave out the pairs that cannot reach a probability, which are most; give the others with their levels."""
        numbers = range(len(self._model.comparisons))
        prior, least = self.start[0], np.log2(keep_from / (1 - keep_from)) if keep_from else -np.inf
        kept = [(np.empty(0, np.int64), np.empty((0, len(numbers)), np.int8))]
        for start in range(0, len(left), _AT_ONCE):
            rows = np.arange(start, min(start + _AT_ONCE, len(left)))
            highest = self.levels(left[rows], right[rows], at_most=True)
            rows = rows[prior + self._weights(left[rows], highest, at_most=True) >= least - _SLACK]
            levels = self.levels(left[rows], right[rows])
            chosen = prior + self._weights(left[rows], levels) >= least - _SLACK
            kept.append((rows[chosen], levels[chosen]))
        rows = np.concatenate([rows for rows, _ in kept])
        return left[rows], right[rows], np.concatenate([levels for _, levels in kept])

    def _with_households(self, pairs: pd.DataFrame, levels: np.ndarray) -> pd.DataFrame:
        other = self.start[1] + self._total(pairs["left"].to_numpy(), levels, self.household_worth)
        named = {comparison.name: levels[:, i] for i, comparison in enumerate(self._model.comparisons)}
        probability = posterior(pairs["weight"].to_numpy(), other)
        return pairs.assign(probability=probability, household=other).join(pd.DataFrame(named, dtype=np.int8))

    def _by_chance_or_not(self, i: int, value: int, rarity: np.ndarray) -> np.ndarray:
        """Give what a value's frequency adds to the weight of a household whose people have it in common."""
        h, u = self._model.h[i][value], self._model.u[i][value]
        frequency = u / 2**rarity
        return np.log2((max(h - u, 0.0) + frequency) / frequency) - np.log2(h / u)

    def levels(self, left: np.ndarray, right: np.ndarray, *, at_most: bool = False) -> np.ndarray:
        """Give the level of every comparison for every pair, or one that it cannot pass; -1 is nothing to compare."""
        names = [comparison.name for comparison in self._model.comparisons]
        levels = np.empty((len(left), len(names)), np.int8)
        if len(left) and names:
            pairs = pd.DataFrame({"place": np.arange(len(left)), "left_id": left, "right_id": right})
            self._con.register("levelled_pairs", pairs)
            sql = levels_sql(self._con, list(self._model.comparisons), "levelled_pairs", "place", at_most=at_most)
            found = self._con.execute(sql).fetchnumpy()
            self._con.unregister("levelled_pairs")
            levels[found["place"]] = np.column_stack([np.asarray(found[name]) for name in names])
        return levels

    def _weights(self, left: np.ndarray, levels: np.ndarray, *, at_most: bool = False) -> np.ndarray:
        """Give the match weights of levels, in doublings of the odds; ``at_most``: the highest up to each level."""
        return self._total(left, levels, partial(self.worth, at_most=at_most))

    def _total(self, left: np.ndarray, levels: np.ndarray, worth: Callable[..., np.ndarray]) -> np.ndarray:
        total = np.zeros(len(left))
        for i in range(len(self._model.comparisons)):
            total += worth(i, left, levels[:, i])
        return total

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What is compared."""
        return self._model.comparisons

    @property
    def start(self) -> tuple[float, float]:
        """Give the weights of one person and of one household, against strangers, before anything is compared."""
        prior, household = self._model.prior, self._model.household
        return float(np.log2(prior / (1 - prior))), float(np.log2(household)) if household else -np.inf

    def worth(self, i: int, left: np.ndarray, levels: np.ndarray, *, at_most: bool = False) -> np.ndarray:
        """Give what the levels of a comparison say for one person, in doublings of the odds; 0: nothing to compare."""
        worth = np.log2(self._model.m[i] / self._model.u[i])
        best = np.maximum.accumulate(worth) if at_most else worth
        # the appended zero is what -1, nothing to compare, finds
        weight = np.append(best, 0.0)[levels]
        for value, same, rarity in self._rarity(left, levels, i):
            weight[same] = worth[value] + rarity
            if at_most and value:
                weight[same] = np.maximum(weight[same], best[value - 1])
        return weight

    def household_worth(self, i: int, left: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """Give the same for two people of one household."""
        if not self._model.household:
            return np.zeros(len(left))
        weight = np.append(np.log2(self._model.h[i] / self._model.u[i]), 0.0)[levels]
        for value, same, rarity in self._rarity(left, levels, i):
            # a rare surname, phone or postcode says more of a household, as it does of a person; what is one's own
            # is the same by chance, which the value's frequency says, or because two are twins or namesakes
            shared = is_shared(self._model.comparisons[i])
            weight[same] += rarity if shared else self._by_chance_or_not(i, value, rarity)
        return weight

    def _rarity(self, left: np.ndarray, levels: np.ndarray, i: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Give, by level, the pairs that share a value, and what its being rare adds for each."""
        for value, level in self._model.comparisons[i].numbered():
            if level.frequency_of is not None:
                same = np.flatnonzero(levels == value)
                yield value, same, np.log2(self._model.u[i][value] / self._frequency[level.frequency_of][left[same]])


def value_frequencies(column: pd.Series, person: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Give the share of people, not of records, who have each value, by value and by row.

    Of a number that one person alone gives, such as a telephone, the next person's is the same more seldom than
    one in so many: Good and Turing's estimate says how seldom [1]_. ``person`` is -1 where unknown.

    References
    ----------
    .. [1] Good (1953), The Population Frequencies of Species and the Estimation of Population Parameters,
       Biometrika 40(3/4), 237-264.

    Examples
    --------
    >>> values, rows = value_frequencies(pd.Series(["a", "a", "b", None], name="x"), np.array([0, 0, 1, 2]))
    >>> values["tf_x"].tolist(), rows.tolist()
    ([0.05, 0.05], [0.05, 0.05, 0.05, nan])
    """
    codes, found = pd.factorize(column)
    known = (codes >= 0) & (person >= 0)
    base = int(person.max(initial=0)) + 1
    both = each_once(codes[known].astype(np.int64) * base + person[known])
    # a value of nobody known belongs to somebody
    counts = np.maximum(np.bincount(both // base, minlength=len(found)), 1)
    shares = counts / (counts.sum() + _MORE_PEOPLE)
    if str(column.name).rstrip("_0123456789") in _OWN:
        once, twice = (counts == 1).sum(), (counts == 2).sum()
        shares = np.where(counts == 1, shares * min(2 * (twice + 1) / (once + 1), 1.0), shares)
    return pd.DataFrame({column.name: found, f"tf_{column.name}": shares}), np.append(shares, np.nan)[codes]
