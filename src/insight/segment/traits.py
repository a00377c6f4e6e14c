"""What customers are grouped by: how they buy, on scales that can be compared."""

import numpy as np
import pandas as pd

LIMIT = 3.0  # robust standard deviations beyond which a customer is as unusual as can be
STEADYING = 5  # baskets of the average customer that every share is mixed with
_PRICE = ("promoted_share", "discount_share")
_TIME = ("weekend_share", "morning_share", "evening_share")
CATEGORY = "category:"


def describe_behaviour(
    profile: pd.DataFrame, shares: pd.DataFrame | None = None, *, categories: int = 8
) -> pd.DataFrame:
    """Put how customers buy into numbers: how often, how much at once, how wide, when, at what price.

    Rates and amounts are logarithms. A share rests on few baskets for some customers, so each is
    mixed with five baskets of the average customer: two visits on a Saturday do not make a weekend
    shopper. Where differences in the time of shopping are mostly chance, as with customers of one
    or two baskets, that trait is left out.

    Parameters
    ----------
    profile
        The ``profile`` table, indexed by ``customer_id``.
    shares
        Long: ``customer_id, category, amount`` of the categories to look at, see `largest_categories`.
    categories
        Columns to keep of those, by amount.

    Returns
    -------
    DataFrame
        One column per trait that this business's data knows and that differs between customers,
        indexed like ``profile``. Columns of categories begin with ``category:``.
    """
    baskets = profile["frequency"].astype(float)
    found = pd.DataFrame(
        {
            "often": np.log(30 * profile["purchase_days"] / (profile["tenure_days"] + 1)),
            "basket": np.log(profile["basket_mean"].astype(float).clip(lower=0.01)),
            "range": np.log(profile["categories"].astype(float)),
        }
    )
    for name in _PRICE + _TIME:
        share = profile[name].astype(float)
        if name in _PRICE or not is_mostly_chance(share, baskets):
            found[name.removesuffix("_share")] = _steadied(share, baskets)
    if shares is not None and len(shares):
        for name, share in _category_columns(profile, shares, categories=categories).items():
            found[f"{CATEGORY}{name}"] = np.sqrt(_steadied(share, baskets).clip(lower=0))
    found = found.fillna(found.median())
    return found.loc[:, found.notna().all() & (found.max() > found.min())]


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


def _category_columns(profile: pd.DataFrame, shares: pd.DataFrame, *, categories: int) -> pd.DataFrame:
    amounts = shares.assign(amount=shares["amount"].astype(float))
    wide = amounts.pivot_table(index="customer_id", columns="category", values="amount", aggfunc="sum")
    largest = wide.sum().sort_values(ascending=False, kind="stable").index[:categories]
    wide = wide.reindex(index=profile.index, columns=largest).fillna(0.0)
    return wide.div(profile["gross"].astype(float).where(lambda spent: spent > 0), axis=0)


def scale(behaviour: pd.DataFrame) -> pd.DataFrame:
    """Put traits on one scale: medians at 0, quartiles as far apart as a normal distribution's.

    Values beyond three such deviations are drawn in to three. All categories together weigh as
    much as one other trait, however many there are.

    Examples
    --------
    >>> scale(pd.DataFrame({"often": [0.0, 1.0, 2.0, 3.0, 99.0]}))["often"].round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 3.0]
    """
    spread = (behaviour.quantile(0.75) - behaviour.quantile(0.25)) / 1.349
    spread = spread.where(spread > 0, behaviour.std(ddof=0))
    scaled = ((behaviour - behaviour.median()) / spread.where(spread > 0, 1.0)).clip(-LIMIT, LIMIT)
    in_categories = [name for name in scaled if name.startswith(CATEGORY)]
    if in_categories:
        scaled[in_categories] /= np.sqrt(len(in_categories))
    return scaled
