"""The quick tests must never differ from the slow comparisons that they spare."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from insight.unify.pairs.char_bags import char_bags, spare_slow_tests

SLOW = [
    *(f"jaro_winkler_similarity(x_l, x_r) >= {least}" for least in (0.7, 0.8, 0.88, 0.92)),
    *(f"levenshtein(x_l, x_r) <= {most}" for most in (1, 2)),
    "levenshtein(x_l, x_r) <= 2 AND damerau_levenshtein(x_l, x_r) <= 1",
]


@pytest.fixture(scope="module")
def pairs() -> duckdb.DuckDBPyConnection:
    rng = np.random.default_rng(1)
    letters = np.array(list("aabbcdé0123伟"))
    values = ["".join(rng.choice(letters, rng.integers(1, 9))) for _ in range(400)] + ["", "a" * 200, "a" * 199 + "b"]
    people = pd.DataFrame({"x": values})
    people["x_bag"] = char_bags(people["x"])
    con = duckdb.connect()
    con.register("people", people)
    con.execute(
        "CREATE TABLE pairs AS SELECT l.x AS x_l, r.x AS x_r, l.x_bag AS x_bag_l, r.x_bag AS x_bag_r "
        "FROM people l, people r"
    )
    return con


@pytest.mark.parametrize("slow", SLOW)
def test_a_comparison_says_the_same_behind_its_quick_test(pairs, slow):
    quick = spare_slow_tests(slow, {"x_bag"})
    assert pairs.execute(f"SELECT count(*) FROM pairs WHERE ({slow}) <> ({quick})").fetchall() == [(0,)]


@pytest.mark.parametrize("slow", SLOW)
def test_a_quick_test_alone_never_misses_what_is_alike(pairs, slow):
    alone = spare_slow_tests(slow, {"x_bag"}, alone=True)
    assert pairs.execute(f"SELECT count(*) FROM pairs WHERE ({slow}) AND NOT ({alone})").fetchall() == [(0,)]


def test_a_quick_test_tells_most_pairs_apart(pairs):
    alone = spare_slow_tests("levenshtein(x_l, x_r) <= 1", {"x_bag"}, alone=True)
    assert pairs.execute(f"SELECT avg(({alone})::INTEGER) < 0.2 FROM pairs").fetchall() == [(True,)]


def test_a_column_without_a_value_has_no_letters():
    assert char_bags(pd.Series([None, None], dtype=object)).tolist() == [0, 0]
