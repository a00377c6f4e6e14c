"""Pairs weighed by Splink, with the frequency of every value, and by the household class beside it."""

import logging
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from splink import DuckDBAPI, Linker

from insight.errors import InsightError
from insight.unify.blocking import each_once
from insight.unify.household import household_weight
from insight.unify.model import Model, is_shared
from insight.unify.training import levels_sql

# beside those whom a set of records holds there are always others: matters to small sets alone
_MORE_PEOPLE = 18


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
    spark
        A Spark session on which Splink weighs; none: on ``con``.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        people: pd.DataFrame,
        model: Model,
        *,
        person: pd.Series,
        spark: Any = None,
    ) -> None:
        self._con, self._model, self._tables = con, model, 0
        logging.getLogger("splink").setLevel(logging.ERROR)
        names = {level.frequency_of for comparison in model.comparisons for level in comparison.levels}
        codes = pd.factorize(person)[0].astype(np.int64)
        frequencies = {name: value_frequencies(people[name], codes) for name in sorted(filter(None, names))}
        self._frequency = {name: rows for name, (_, rows) in frequencies.items()}
        self._api = _spark_api(spark) if spark is not None else DuckDBAPI(con)
        engine = "duckdb" if spark is None else "spark"
        table = "people" if spark is None else spark.createDataFrame(pa.Table.from_pandas(people, preserve_index=False))
        self._linker = Linker(
            self._api.register(table, table_name=self._name("records")),
            model.as_splink(engine),
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
        """Give the pairs whose match probability reaches ``keep_from``, with their weights and levels.

        Returns
        -------
        DataFrame
            ``left``, ``right`` (record numbers, the lower first), ``probability``, ``weight`` (doublings
            of the odds, one person against strangers), ``household`` (the same, two of one household
            against strangers) and one column of levels per comparison.
        """
        if not len(left):
            return self._with_households(pd.DataFrame({"left": left, "right": right, "weight": np.empty(0)}))
        pairs = pd.DataFrame({"join_key_l": left, "join_key_r": right, "match_key": "0"})
        registered = self._api.register(pairs, table_name=self._name("pairs"))
        self._linker.table_management.register_blocked_pairs_for_predict(registered)
        found = self._linker.inference.predict(threshold_match_probability=keep_from, warning_mode="never")
        frame = found.as_pandas_dataframe()
        found.drop_table_from_database_and_remove_from_cache()
        scored = pd.DataFrame(
            {
                "left": frame["unique_id_l"].to_numpy(np.int64),
                "right": frame["unique_id_r"].to_numpy(np.int64),
                # beyond the tenth digit engines differ
                "weight": np.round(frame["match_weight"].to_numpy(float), 9),
            }
        ).sort_values(["left", "right"], ignore_index=True)
        weighed = self._with_households(scored)
        return weighed[weighed["probability"] >= keep_from].reset_index(drop=True)

    def _with_households(self, pairs: pd.DataFrame) -> pd.DataFrame:
        levels = self.levels(pairs["left"].to_numpy(), pairs["right"].to_numpy())
        other = household_weight(self._model, levels) + self._rarity(pairs["left"].to_numpy(), levels)
        one = pairs["weight"].to_numpy()
        top = np.maximum(np.maximum(one, other), 0)
        probability = 2 ** (one - top) / (2 ** (one - top) + 2 ** (other - top) + 2 ** (0 - top))
        named = {comparison.name: levels[:, i] for i, comparison in enumerate(self._model.comparisons)}
        return pairs.assign(probability=np.round(probability, 9), household=other).join(
            pd.DataFrame(named, dtype=np.int8)
        )

    def levels(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Give the level of every comparison for every pair; -1 is nothing to compare."""
        names = [comparison.name for comparison in self._model.comparisons]
        if not len(left):
            return np.empty((0, len(names)), np.int8)
        pairs = pd.DataFrame({"place": np.arange(len(left)), "left_id": left, "right_id": right})
        self._con.register("levelled_pairs", pairs)
        sql = levels_sql(self._con, list(self._model.comparisons), "levelled_pairs", "place")
        found = self._con.execute(f"{sql} ORDER BY place").fetchnumpy()
        self._con.unregister("levelled_pairs")
        return np.column_stack([np.asarray(found[name], dtype=np.int8) for name in names])

    def _rarity(self, left: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """Give what sharing a rare surname, phone or postcode adds, for a household as for a person."""
        total = np.zeros(len(left))
        for i, comparison in enumerate(self._model.comparisons):
            name = comparison.levels[0].frequency_of
            if name is None or not is_shared(comparison):
                continue
            same = levels[:, i] == len(comparison.levels) - 1
            total[same] += np.log2(self._model.u[i][-1] / self._frequency[name][left[same]])
        return total


def value_frequencies(column: pd.Series, person: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Give the share of people, not of records, who have each value, by value and by row.

    ``person`` is -1 where unknown.

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
    return pd.DataFrame({column.name: found, f"tf_{column.name}": shares}), np.append(shares, np.nan)[codes]


def _spark_api(session: Any) -> Any:
    try:
        from splink import SparkAPI
        from splink.internals.spark.jar_location import similarity_jar_location
    except ImportError:
        raise InsightError("engine: spark is not installed. Install the extra: pip install 'insight[spark]'.") from None
    # the text functions come in Splink's own archive, which a running session takes up
    session.sql(f"ADD JAR '{similarity_jar_location()}'")
    return SparkAPI(spark_session=session, break_lineage_method="persist", num_partitions_on_repartition=4)
