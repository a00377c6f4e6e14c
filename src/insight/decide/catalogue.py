"""Which product groups can be offered."""

from collections.abc import Collection
from datetime import date

import ibis
import pandas as pd

from insight.config.definitions import share
from insight.contracts.table import MONEY
from insight.errors import Unavailable
from insight.predict.propensity.propensity import TOO_LITTLE

OFFERED, EXCLUDED, FEW_BUYERS, BEYOND = "offered", "excluded", "few_buyers", "beyond_limit"


def covered_categories(
    transactions: ibis.Table,
    *,
    offers: ibis.Table | None = None,
    offer_products: ibis.Table | None = None,
    products: ibis.Table | None = None,
) -> list[str] | None:
    """Name the categories that offers cover, by the products they list or by their own name.

    Parameters
    ----------
    transactions
        The ``transactions`` table, with ``category``.
    offers
        The ``offers`` table; ``product`` counts where no products are listed.
    offer_products, products
        Which products an offer covers and their categories, where the business has both.

    Returns
    -------
    list of str or None
        None where there are no offers, or none of them names a category that anybody buys: a bank
        offers a gift or a rate, not something from its merchants' shelves.
    """
    if offers is None:
        return None
    covered = name_categories(offers, offer_products, products).select("product_group").distinct().to_pandas()
    covered = covered["product_group"].dropna()
    bought = transactions.category.name("category").as_table().distinct().to_pandas()["category"].dropna()
    return sorted(covered) if set(covered) & set(bought) else None


def name_categories(
    offers: ibis.Table, offer_products: ibis.Table | None = None, products: ibis.Table | None = None
) -> ibis.Table:
    """Name the categories of each offer, as `covered_categories` finds them: ``offer_id, product_group``."""
    if offer_products is None or products is None:
        return offers.select("offer_id", product_group="product")
    listed = offer_products.join(products, "product_id")
    return listed.select("offer_id", product_group="category")


def choose_groups(
    transactions: ibis.Table,
    *,
    covered: Collection[str] | None,
    until: date,
    at_most: int,
    min_buyers: int,
    excluded: Collection[str] = (),
) -> pd.DataFrame:
    """Decide which product groups are worth modelling, looking no further than a day.

    Parameters
    ----------
    transactions
        The ``transactions`` table, with ``category``.
    covered
        Categories that offers cover; none when the business has no offers: all are taken.
    until
        Last day that may be looked at, inclusive: before anything that is to be predicted.
    at_most
        The groups that most customers buy from are taken, this many.
    min_buyers
        Groups with fewer customers are left out.
    excluded
        Categories that this business never offers.

    Returns
    -------
    DataFrame
        One row per category, most bought first (ties by name): ``product_group, customers,
        sales, verdict`` (``offered``, ``excluded``, ``few_buyers``, ``beyond_limit``).
    """
    lines = transactions.filter(
        transactions.kind == "purchase",
        transactions.customer_id.notnull(),
        transactions.category.notnull(),
        transactions.occurred_on <= until,
    )
    if covered is not None:
        lines = lines.filter(lines.category.isin(list(covered)))
    bought = lines.group_by(product_group=lines.category).aggregate(
        customers=lines.customer_id.nunique(), sales=lines.amount.sum().cast(MONEY).cast("float64")
    )
    found = bought.order_by(ibis.desc("customers"), "product_group").to_pandas()
    found["verdict"] = OFFERED
    found.loc[found["customers"] < min_buyers, "verdict"] = FEW_BUYERS
    found.loc[found["product_group"].isin(list(excluded)), "verdict"] = EXCLUDED
    left = found["verdict"].eq(OFFERED)
    found.loc[left & (left.cumsum() > at_most), "verdict"] = BEYOND
    return found


def offered_groups(groups: pd.DataFrame) -> list[str] | Unavailable:
    """List the groups that can be offered, most bought first, from what `choose_groups` decided."""
    return groups.loc[groups["verdict"] == OFFERED, "product_group"].tolist() or TOO_LITTLE


def most_bought(groups: pd.DataFrame, *, customers: int, at_most: int = 12) -> pd.DataFrame | Unavailable:
    """Give the groups offered that most customers buy from, with their ``share`` of all ``customers``."""
    shown = groups.loc[groups["verdict"] == OFFERED, ["product_group", "customers"]].head(at_most)
    if shown.empty:
        return TOO_LITTLE
    return shown.assign(share=share("category_buyers_share", shown["customers"], customers)).reset_index(drop=True)


def count_verdicts(groups: pd.DataFrame) -> pd.DataFrame:
    """Count groups by what was decided about them: ``verdict, groups, share`` (of the sales of all of them)."""
    found = groups.groupby("verdict", sort=False).agg(groups=("product_group", "size"), sales=("sales", "sum"))
    found["share"] = found["sales"] / max(float(found["sales"].sum()), 1e-9)
    return found.reset_index()
