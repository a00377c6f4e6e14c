import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.predict.churn.leaks import (
    LeakError,
    check_apart,
    check_days,
    check_features,
    check_labels,
    usable_features,
)


@pytest.mark.parametrize("labels", [[0, 1, None], [0, 1, 2], [0.0, 0.5, 1.0]])
def test_labels_are_0_or_1_and_nothing_else(labels):
    with pytest.raises(LeakError, match="1 of 3 is missing or neither 0 nor 1"):
        check_labels(pd.Series(labels))


def test_a_running_number_is_refused():
    frame = pd.DataFrame({"line": np.arange(1000, 1100), "visits": np.arange(100) % 7})
    with pytest.raises(LeakError, match="`line` numbers the rows"):
        check_features(frame)


def test_names_of_customers_and_protected_features_are_refused_together():
    frame = pd.DataFrame({"customer_id": [1.5, 2], "gender": [0, 1], "top_category": ["tea", "cake"], "visits": [3, 4]})
    with pytest.raises(LeakError, match="3 cannot be used") as error:
        check_features(frame)
    assert "visits" not in str(error.value)


def test_amounts_that_all_differ_are_no_running_number():
    check_features(pd.DataFrame({"spend": np.random.default_rng(1).gamma(2, 50, 400)}))


def test_features_from_after_the_cut_are_refused():
    with pytest.raises(LeakError, match="1 of 2 customers are described by days after the cut"):
        check_days(pd.Series([day(10), day(11)]), cut=day(10))


def test_nobody_is_in_training_and_in_test():
    with pytest.raises(LeakError, match="1 customers are in training and in test"):
        check_apart(pd.Index(["ada", "bob"]), pd.Index(["bob"]))


def test_empty_and_constant_features_are_listed():
    frame = pd.DataFrame({"b": [1.0, None, 2.0], "a": [1.0, 1.0, None], "none": [None] * 3})
    assert usable_features(frame) == (["b"], ["a", "none"])
