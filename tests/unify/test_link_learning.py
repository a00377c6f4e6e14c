"""What the model may and may not learn from blocks of records."""

import numpy as np
import pandas as pd
import pytest

from insight.unify.model.training import _difference_speaks_against, _put_together, named_rules
from insight.unify.pairs.blocking import NAMES, make_keys, possible_rules
from insight.unify.pairs.comparisons import choose_comparisons
from insight.unify.standardise.standardise import Field

AGE = choose_comparisons([Field("age", "age", ("age",), 1.0)])[0]
SHIFTED = np.array([0.02, 0.94, 0.02, 0.02])


def test_what_many_sure_pairs_teach_is_believed():
    # four years lie between two deliveries: everybody's age differs
    assert _put_together(AGE, [(1000.0, True, SHIFTED)])[1] > 0.8


def test_few_or_unsure_pairs_that_seem_to_differ_are_not_believed():
    default = _put_together(AGE, [])
    assert _put_together(AGE, [(100.0, True, SHIFTED)]).tolist() == default.tolist()
    assert _put_together(AGE, [(1000.0, False, SHIFTED)]).tolist() == default.tolist()


def test_being_entirely_different_speaks_for_nobody():
    m = _difference_speaks_against(np.array([0.04, 0.96]), np.array([0.001, 0.999]))
    assert m[0] == pytest.approx(0.001, rel=0.05)
    assert m.sum() == pytest.approx(1)


@pytest.fixture
def namesakes() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    people = pd.DataFrame({part: rng.choice(list("abcdef"), 400) for part in ("given_name", "family_name")})
    return people.assign(
        name_letters=["".join(sorted(pair)) for pair in people.itertuples(index=False)],
        street=rng.choice([f"street {number}" for number in range(100)], 400),
    )


def test_where_few_names_serve_many_names_alone_say_nobody(namesakes):
    rules = possible_rules(make_keys(namesakes, ["given_name", "family_name", "street"]), max_block=100)
    alone = next(rule for rule in rules if rule.keys == (NAMES,))
    assert alone.by_chance > 0.4
    assert alone not in named_rules(rules)
