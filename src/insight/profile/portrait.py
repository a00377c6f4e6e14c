"""A portrait of a group: where it differs from everyone, in shares that can be compared."""

from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from insight.errors import Unavailable
from insight.intervals import clear_of_zero

_TRAITS = ("customer_type", "age_band", "household_size", "income_band", "gender", "region", "origin")
_LONG = ("customer_id", "trait", "level")


def traits_of(customers: pd.DataFrame, *, most: int = 12) -> pd.DataFrame:
    """List what is known about each person beyond their purchases, in long form.

    Parameters
    ----------
    customers
        The ``customers`` table, one row per person.
    most
        Levels of a trait that are kept; the rarest ones are put together as ``other``.

    Returns
    -------
    DataFrame
        ``customer_id, trait, level``; what was not delivered has no row.
    """
    parts = [_levels(customers, trait, most=most) for trait in _TRAITS if trait in customers]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_LONG))


def _levels(customers: pd.DataFrame, trait: str, *, most: int) -> pd.DataFrame:
    known = customers.loc[customers[trait].notna(), ["customer_id", trait]].rename(columns={trait: "level"})
    counts = known["level"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    kept = set(counts.index[:most] if len(counts) <= most else counts.index[: most - 1])
    level = known["level"].where(known["level"].isin(kept), "other")
    return known.assign(trait=trait, level=level)[list(_LONG)]


def count_tags(tags: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    """Count, inside a group and outside, who has each tag and who has not.

    Parameters
    ----------
    tags
        The ``tags`` table.
    members
        Whether each customer belongs to the group, indexed by ``customer_id``.

    Returns
    -------
    DataFrame
        Indexed by ``trait`` (the tag) and ``level`` (``yes``, ``no``); one column for the rest, one for the group.
    """
    inside = tags["customer_id"].map(members)
    has = pd.crosstab(tags["tag"], inside).reindex(columns=[False, True], fill_value=0)
    sizes = [(~members).sum(), members.sum()]
    return pd.concat({"yes": has, "no": sizes - has}, names=["level", "trait"]).swaplevel().sort_index()


def portray_tag(
    tag: str, tags: pd.DataFrame, people: pd.DataFrame, customers: pd.Index, *, labels: dict[str, Any], min_cell: int
) -> pd.DataFrame | Unavailable:
    """Compare the customers with a tag to all customers, in what is known of them and in their other tags.

    Parameters
    ----------
    tag
        The tag that makes the group.
    tags
        The ``tags`` table.
    people
        The ``customers`` table.
    customers
        Ids of all customers.
    labels
        What each tag is called.
    min_cell
        See `index_of`.

    Returns
    -------
    DataFrame
        See `index_of`, tags by their labels; `Unavailable` where nothing can be compared.
    """
    members = customers.to_series().isin(tags.loc[tags["tag"] == tag, "customer_id"])
    others = tags[(tags["tag"] != tag) & tags["customer_id"].isin(customers)]
    counts = pd.concat([count_traits(traits_of(people), members), count_tags(others, members)])
    compared = name_tags(index_of(counts, min_cell=min_cell), labels)
    return Unavailable("profile", "portrait", {"group": labels[tag]}) if compared.empty else compared


def count_traits(traits: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    """Count, inside a group and outside, who has each level of each trait.

    Parameters
    ----------
    traits
        Long: ``customer_id, trait, level``, at most one level per customer and trait. A customer
        without a row for a trait is left out of that trait's shares, in the group and in all.
    members
        Whether each customer belongs to the group, indexed by ``customer_id``.

    Returns
    -------
    DataFrame
        As of `count_tags`.
    """
    known = traits.assign(member=traits["customer_id"].map(members)).dropna(subset="member")
    counted = pd.crosstab([known["trait"], known["level"]], known["member"].astype(bool))
    return counted.reindex(columns=[False, True], fill_value=0)


def index_of(counts: pd.DataFrame, *, min_cell: int, level: float = 0.95) -> pd.DataFrame:
    """Compare a group with everyone by the target group index, TGI = 100 x share in group / share in all.

    Parameters
    ----------
    counts
        From `count_traits` or `count_tags`.
    min_cell
        Levels are left out where fewer customers than this, of the group or of the rest, have them
        or lack them; where one is left out, so is the next smallest, so that none can be subtracted.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        Per trait and level: ``customers`` (in the group), ``share_group``, ``share_all``, ``tgi``,
        ``low``, ``high``; those most above 100 first.

    Notes
    -----
    The group is part of everyone, so the two shares move together. With the group's share ``g``,
    the rest's ``r`` and the group's weight ``w``, the delta method gives for the log of the index
    ``Var = (1/g - w/a)^2 g(1-g)/n_g + ((1-w)/a)^2 r(1-r)/n_r``, ``a = wg + (1-w)r``.

    Examples
    --------
    >>> traits = pd.DataFrame({"customer_id": list("abcdefgh"), "trait": "size", "level": list("11121222")})
    >>> members = pd.Series([True, True, True, True, False, False, False, False], index=list("abcdefgh"))
    >>> index_of(count_traits(traits, members), min_cell=1)[["level", "share_group", "share_all", "tgi"]]
      level  share_group  share_all    tgi
    0     1         0.75        0.5  150.0
    1     2         0.25        0.5   50.0
    """
    columns = ["trait", "level", "customers", "share_group", "share_all", "tgi", "low", "high"]
    rows = chain.from_iterable(
        _compare(trait, part.droplevel("trait"), min_cell=min_cell, z=norm.ppf(0.5 + level / 2))
        for trait, part in counts.groupby(level="trait", sort=True)
    )
    found = pd.DataFrame(list(rows), columns=columns)
    return found.sort_values(["tgi", "trait", "level"], ascending=[False, True, True], ignore_index=True)


def name_tags(compared: pd.DataFrame, labels: dict[str, Any]) -> pd.DataFrame:
    """Show tags by their labels, and only for those who bear them: who does not is the other side of the same."""
    shown = compared[~(compared["trait"].isin(labels) & (compared["level"] == "no"))]
    return shown.assign(trait=[labels.get(trait, trait) for trait in shown["trait"]]).reset_index(drop=True)


def sides(compared: pd.DataFrame) -> pd.Series:
    """Say of each level whether it is clearly more (1) or less (-1) frequent in the group than in all, or neither (0).

    Clearly: though so many levels are compared (Holm).

    Examples
    --------
    >>> sides(pd.DataFrame({"tgi": [115, 98, 73], "low": [101, 80, 60], "high": [131, 120, 90]})).tolist()
    [0, 0, -1]
    """
    logs = np.log(compared[["tgi", "low", "high"]].astype(float) / 100).set_axis(["log", "log_low", "log_high"], axis=1)
    return clear_of_zero(logs, "log")


def most_telling(compared: pd.DataFrame, *, most: int = 12) -> pd.DataFrame:
    """Keep the levels furthest from 100, clear differences first, for a figure that can be read."""
    far = np.log(compared["tgi"] / 100).abs() + 10 * sides(compared).abs()
    return compared.loc[far.sort_values(ascending=False, kind="stable").index[:most]].sort_index()


def _compare(trait: str, counts: pd.DataFrame, *, min_cell: int, z: float) -> list[tuple]:
    counts = counts[counts.any(axis=1)]
    n_rest, n_group = (int(size) for size in counts.sum())
    if min(n_group, n_rest) < min_cell or len(counts) < 2:
        return []
    kept = counts[_large_enough(counts, min_cell=min_cell)]
    return [
        (trait, name, int(x), *_index(x / n_group, rest / n_rest, n_group, n_rest, z=z))
        for name, rest, x in kept.itertuples(name=None)
    ]


def _large_enough(counts: pd.DataFrame, *, min_cell: int) -> np.ndarray:
    """Say which levels may be shown: with and without them, in group and rest, enough customers."""
    cells = counts.to_numpy()
    without = cells.sum(axis=0) - cells if len(cells) > 1 else cells
    shown = np.minimum(cells, without).min(axis=1) >= min_cell
    if (~shown).sum() == 1 and shown.any():
        shown[np.argmin(np.where(shown, cells.sum(axis=1), np.inf))] = False
    return shown


def _index(g: float, r: float, n_group: int, n_rest: int, *, z: float) -> tuple[float, ...]:
    w = n_group / (n_group + n_rest)
    a = w * g + (1 - w) * r
    variance = (1 / g - w / a) ** 2 * g * (1 - g) / n_group + ((1 - w) / a) ** 2 * r * (1 - r) / n_rest
    tgi, width = 100 * g / a, np.exp(z * np.sqrt(variance))
    return g, a, tgi, tgi / width, tgi * width
