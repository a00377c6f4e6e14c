"""Guards against a model that knows the answer: what it must not be given is refused, not warned about."""

from datetime import date

import numpy as np
import pandas as pd

from insight.contracts import CONTRACTS
from insight.errors import InsightError, listed

TELLS_ALL = 0.98
_PROTECTED = {"sex", "gender", "race", "ethnicity", "religion", "nationality", "性别", "民族", "宗教", "国籍"}


class LeakError(InsightError):
    """A feature or a label that would make the test on the past untrue."""


def check_labels(labels: pd.Series) -> None:
    """Refuse labels that are missing or anything but 0 and 1: LightGBM would train on them in silence.

    Examples
    --------
    >>> check_labels(pd.Series([0, 1, 2]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    insight.predict.churn.leaks.LeakError: labels: 1 of 3 is missing or neither 0 nor 1, first at row 2. ...
    """
    wrong = ~labels.isin([0, 1])
    if wrong.any():
        first = int(np.flatnonzero(wrong.to_numpy())[0])
        raise LeakError(
            f"labels: {int(wrong.sum())} of {len(labels)} is missing or neither 0 nor 1, "
            f"first at row {first}. A label says whether the customer bought within the window: mend how it is counted."
        )


def check_features(features: pd.DataFrame) -> None:
    """Refuse features that name the customer, are not numbers, or describe what is protected.

    Raises
    ------
    LeakError
        With every such feature, by name.
    """
    problems = [f"`{name}` {reason}" for name in features if (reason := _refusal(features[name]))]
    if problems:
        raise LeakError(f"features: {len(problems)} cannot be used" + listed(problems))


def check_days(last_on: pd.Series, *, cut: date) -> None:
    """Refuse features that were counted from days after the cut."""
    late = pd.to_datetime(last_on) > pd.Timestamp(cut)
    if late.any():
        raise LeakError(
            f"features: {int(late.sum())} of {len(last_on)} customers are described by days "
            f"after the cut {cut}. Count the features from transactions up to the cut."
        )


def check_apart(training: pd.Index, test: pd.Index) -> None:
    """Refuse a test on customers that the model was trained on."""
    both = training.intersection(test)
    if len(both):
        raise LeakError(f"folds: {len(both)} customers are in training and in test. Split by customer.")


def usable_features(features: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Sort features into those that can tell customers apart, and those that are empty or constant.

    Examples
    --------
    >>> usable_features(pd.DataFrame({"visits": [1, 2], "always": [3, 3], "never": [None, None]}))
    (['visits'], ['always', 'never'])
    """
    values = features.nunique()
    return values.index[values > 1].tolist(), values.index[values <= 1].tolist()


def _refusal(feature: pd.Series) -> str:
    name = str(feature.name)
    if is_protected(name):
        return "describes who someone is, not what they do; a decision must not rest on it"
    if name.endswith("_id") or name == "id":
        return "names a customer or a thing"
    if not pd.api.types.is_numeric_dtype(feature):
        return "is not a number"
    return "numbers the rows: every value is different and they follow one another" if numbers_rows(feature) else ""


def numbers_rows(feature: pd.Series) -> bool:
    """Say whether integers run without repetition and almost without gaps, as issued numbers do."""
    known = feature.dropna().to_numpy()
    if len(known) < 50 or (known % 1 != 0).any() or float(known.max()) - float(known.min()) + 1 > 2 * len(known):
        return False
    return len(np.unique(known)) == len(known)


def is_protected(name: str) -> bool:
    """Say whether a column is, by its name, sensitive or identifying: by the contract of customers, or in plain words.

    Examples
    --------
    >>> is_protected("Gender"), is_protected("religion"), is_protected("tenure"), is_protected("region")
    (True, True, False, True)
    """
    guarded = {column.name for column in CONTRACTS["customers"].columns if column.sensitivity != "plain"}
    return name.lower() in guarded | _PROTECTED
