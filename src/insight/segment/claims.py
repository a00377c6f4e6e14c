"""What may be said of a group: a trait that its own figures bear out, not only the distance of its mean."""

import numpy as np
import pandas as pd

from insight.segment.traits import CATEGORY, COLUMN

#: Days with a purchase below which nobody has a habit, and the share of a group that may have come once.
HABIT_DAYS, MOST_ONCE = 3, 0.2
#: Purchase days per month from which nobody comes seldom (weekly), and categories from which a range may be wide.
_WEEKLY, _WIDE = 30 / 7, 3
_HABITS = ("weekend", "morning", "evening", "promoted", "discount")


def borne_out(profile: pd.DataFrame, scaled: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Say which traits each group's own figures bear out: 1 for a high one, -1 for a low one, 0 for neither.

    A group stands where more than half of its members stand: its median, in the trait's own unit, has to lie
    strictly on that side of everyone's. And the words have to be true by themselves: who came once does not come
    often, has no habits of time or price, and hardly has a wide range; who comes weekly does not come seldom; who
    buys a smaller share of a category than everyone together does not buy much of it.

    Parameters
    ----------
    profile
        The ``profile`` table, indexed by ``customer_id``.
    scaled
        From `insight.segment.traits.scale`.
    group
        Group of each customer.

    Returns
    -------
    DataFrame
        One row per group, one column per trait of ``scaled``.
    """
    values = pd.DataFrame({name: _in_own_unit(name, profile, scaled) for name in scaled}, index=scaled.index)
    medians = values.groupby(group).median()
    sides = np.sign(medians - values.median()).fillna(0).astype(int)
    if all(name.startswith(COLUMN) for name in sides):  # nothing is known of how they buy
        return sides
    days = profile["purchase_days"].astype(float)
    regular = (days.groupby(group).median() >= HABIT_DAYS) & ((days <= 1).groupby(group).mean() <= MOST_ONCE)
    for name in sides:
        if name.startswith(CATEGORY):  # 0 is everyone's share: who buys less of it than that does not buy much
            sides[name] = sides[name].where(sides[name] == np.sign(medians[name]), 0)
        elif name == "often":
            sides.loc[~regular & (sides[name] > 0), name] = 0
            sides.loc[(medians[name] >= _WEEKLY) & (sides[name] < 0), name] = 0
        elif name in _HABITS:
            sides.loc[~regular, name] = 0
        elif name == "range":
            sides.loc[(medians[name] < _WIDE) & (sides[name] > 0), name] = 0
    return sides


def _in_own_unit(trait: str, profile: pd.DataFrame, scaled: pd.DataFrame) -> pd.Series:
    if trait.startswith((CATEGORY, COLUMN)) or trait in ("fees", "instalments"):
        return scaled[trait]
    if trait == "often":
        return 30 * profile["purchase_days"].astype(float) / (profile["tenure_days"].astype(float) + 1)
    column = {"basket": "basket_mean", "range": "categories"}.get(trait, f"{trait}_share")
    return profile[column].astype(float)
