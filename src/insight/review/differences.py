"""What an outcome goes with: its difference by numbers and by levels of factors, each beside the others."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from insight.intervals import Z


def lay_out(
    rows: pd.DataFrame, numbers: Mapping[str, pd.Series], factors: Sequence[str], *, fewest: int = 1
) -> tuple[np.ndarray, pd.DataFrame]:
    """Lay out a column of ones, the numbers, and one of 0 and 1 for each level but the most frequent of a factor.

    Parameters
    ----------
    fewest
        Rows that a level must have; those of others are held to be like the most frequent one.

    Returns
    -------
    array, DataFrame
        The columns; and of each but the first ``factor, level, than`` (the most frequent one; both empty for a number),
        ``rows`` (of that level).

    Examples
    --------
    >>> seen, told = lay_out(pd.DataFrame({"of": ["a", "a", "b"], "days": [1.0, 0, 2]}), {}, ["of"])
    >>> seen.tolist(), told.to_dict("records")
    ([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [{'factor': 'of', 'level': 'b', 'than': 'a', 'rows': 1}])
    """
    columns = [np.ones(len(rows)), *(np.asarray(values, dtype=float) for values in numbers.values())]
    told = [(name, "", "", len(rows)) for name in numbers]
    for factor in factors:
        levels = rows[factor].value_counts()
        for level, many in levels[levels >= fewest].iloc[1:].items():
            columns.append((rows[factor] == level).to_numpy(float))
            told.append((factor, str(level), str(levels.index[0]), int(many)))
    return np.column_stack(columns), pd.DataFrame(told, columns=["factor", "level", "than", "rows"])


def differences(outcome: np.ndarray, seen: np.ndarray, told: pd.DataFrame) -> pd.DataFrame:
    """Give the difference that goes with each of the columns that `lay_out` told of, by least squares.

    Returns
    -------
    DataFrame
        ``told`` with ``effect, low, high`` (95%).

    Notes
    -----
    Standard errors are HC1 (White, 1980), which do not ask for errors of one size.
    """
    fitted = OLS(outcome, seen).fit(cov_type="HC1")
    effect, reach = fitted.params[1:], Z * fitted.bse[1:]
    return told.assign(effect=effect, low=effect - reach, high=effect + reach)
