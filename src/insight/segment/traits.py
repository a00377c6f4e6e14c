"""What customers are grouped by: how they buy, on scales that can be compared."""

import numpy as np
import pandas as pd

LIMIT = 3.0  # robust standard deviations beyond which a customer is as unusual as can be
STEADYING = 5  # baskets of the average customer that every share is mixed with
PURCHASES_MIXED = 10  # purchases of the average customer that every log-ratio is mixed with
SETTLING_DAYS = 30  # added to the time that rates are of: who came yesterday does not come daily
_PRICE = ("promoted_share", "discount_share")
_TIME = ("weekend_share", "morning_share", "evening_share")
CATEGORY, COLUMN = "category:", "column:"  # before the names of what is bought, and of columns of a flat table


def describe_behaviour(
    profile: pd.DataFrame, counts: pd.DataFrame | None = None, credit: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Put how customers buy into numbers: how often, how much at once, how wide, when, at what price, what.

    Rates and amounts are logarithms. A share rests on few baskets for some customers, so each is
    mixed with five baskets of the average customer: two visits on a Saturday do not make a weekend
    shopper. Where differences in the time of shopping are mostly chance, as with customers of one
    or two baskets, that trait is left out. Where categories are known, range and time are: they follow
    from what is bought, and would count it twice.

    Parameters
    ----------
    profile
        The ``profile`` table, indexed by ``customer_id``.
    counts
        From `insight.segment.mix.count_categories`.
    credit
        From `insight.segment.mix.count_credit`.

    Returns
    -------
    DataFrame
        One column per trait that this business's data knows and that differs between customers,
        indexed like ``profile``. Columns of categories begin with ``category:``, and are log-ratios of the
        customer's share of purchases to everyone's.
    """
    baskets = profile["frequency"].astype(float)
    days = profile["tenure_days"] + SETTLING_DAYS
    found = pd.DataFrame(
        {
            "often": np.log(30 * profile["purchase_days"] / days),
            "basket": np.log(profile["basket_mean"].astype(float).clip(lower=0.01)),
        }
    )
    is_known = counts is not None and len(counts.columns) > 0
    if not is_known:
        found["range"] = np.log(profile["categories"].astype(float))
    for name in _PRICE if is_known else _PRICE + _TIME:
        share = profile[name].astype(float)
        if name in _PRICE or not is_mostly_chance(share, baskets):
            found[name.removesuffix("_share")] = _steadied(share, baskets)
    if credit is not None:
        yearly = credit.reindex(profile.index).fillna(0).div(days / 365, axis=0)
        found = found.join(np.log1p(yearly))
    found = found.fillna(found.median())
    if counts is not None and is_known:
        found = found.join(log_ratios(counts.reindex(profile.index).fillna(0)).add_prefix(CATEGORY))
    return found.loc[:, found.notna().all() & (found.max() > found.min())]


def log_ratios(counts: pd.DataFrame) -> pd.DataFrame:
    """Give the logarithm of each customer's share of purchases in a category, against everyone's.

    Each customer's purchases are mixed with ten of the average customer, so that few purchases say little.

    Examples
    --------
    >>> log_ratios(pd.DataFrame({"tea": [90, 0, 0], "cake": [0, 90, 0]})).round(2).to_numpy().tolist()
    [[0.64, -2.3], [-2.3, 0.64], [0.0, 0.0]]
    """
    everyone = counts.sum() / counts.to_numpy().sum()
    mixed = (counts + PURCHASES_MIXED * everyone).div(counts.sum(axis=1) + PURCHASES_MIXED, axis=0)
    return np.log(mixed / everyone)


def is_mostly_chance(share: pd.Series, baskets: pd.Series) -> bool:
    """Say whether customers' shares of baskets differ less from each other than chance alone explains half of.

    With ``n`` baskets, a customer who is like everyone shows a variance of ``p(1 - p)/n``.

    Examples
    --------
    >>> is_mostly_chance(pd.Series([0.0, 1.0, 0.0, 1.0]), pd.Series([1, 1, 1, 1]))
    True
    >>> is_mostly_chance(pd.Series([0.1, 0.9, 0.1, 0.9]), pd.Series([50, 50, 50, 50]))
    False
    """
    known = share.notna()
    if known.sum() < 2:
        return True
    share, baskets = share[known], baskets[known]
    p = (share * baskets).sum() / baskets.sum()
    chance = (p * (1 - p) / baskets).mean()
    return bool(share.var(ddof=0) < 2 * chance)


def _steadied(share: pd.Series, baskets: pd.Series) -> pd.Series:
    known = share.notna()
    if not known.any():
        return share
    average = (share[known] * baskets[known]).sum() / baskets[known].sum()
    return (share.fillna(average) * baskets + STEADYING * average) / (baskets + STEADYING)


def scale(behaviour: pd.DataFrame) -> pd.DataFrame:
    """Put traits on one scale: medians at 0, quartiles as far apart as a normal distribution's.

    Values beyond three such deviations are drawn in to three. Categories are scaled by their standard
    deviation: most customers buy nothing of a rare one, which has no quartiles then. Their 0 is everyone's share.

    Examples
    --------
    >>> scale(pd.DataFrame({"often": [0.0, 1.0, 2.0, 3.0, 99.0]}))["often"].round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 3.0]
    """
    middle, spread = behaviour.median(), (behaviour.quantile(0.75) - behaviour.quantile(0.25)) / 1.349
    of_categories = behaviour.columns.str.startswith(CATEGORY)
    middle, spread = middle.mask(of_categories, 0.0), spread.mask(of_categories | (spread <= 0))
    spread = spread.fillna(behaviour.std(ddof=0))
    return ((behaviour - middle) / spread.where(spread > 0, 1.0)).clip(-LIMIT, LIMIT)
