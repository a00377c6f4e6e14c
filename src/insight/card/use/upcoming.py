"""Which category a customer takes up next: one bought in a month, and not in the three before it.

The model counts: purchases of a category come as often as so far, drawn to what is usual for so busy a customer, and as
the month of the year moves them (Gamma-Poisson). How much is drawn is learnt from earlier months than the one tested.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from insight.card.applications import Read
from insight.errors import Unavailable, unless_unavailable
from insight.predict.propensity.ranking import average_precision, compare_rankings
from insight.predict.uplift.months import YEAR, coming_month, day_of

LATELY, LEARNT = 3, 3  # months without a purchase that make a category new again; months that are learnt from
PLACES = 3  # categories that are proposed
FEWEST, FEWEST_BUYERS = 100, 50
MODEL, HABIT, POPULAR = "model", "habit", "popular"
_DRAWN = (0.5, 1.0, 2.0, 4.0)  # months of what is usual that count beside the own ones


@dataclass(frozen=True, eq=False)
class Purchases:
    """How often customers bought from categories: ``counts`` by month (from ``first``), customer, category."""

    counts: np.ndarray
    customers: pd.Index
    categories: list[str]
    first: int

    @property
    def tested(self) -> date:
        """Give the first day of the month that rankings are tested on, the last one."""
        return day_of(self.first + len(self.counts) - 1)

    def new(self, at: int) -> np.ndarray:
        """Say which categories each customer has not bought from in the months before one."""
        return self.counts[at - LATELY : at].sum(axis=0) == 0


@unless_unavailable
def monthly(read: Read, *, as_of: date) -> Purchases | Unavailable:
    """Count purchases by month, customer and category, up to the month before that which is to come.

    Categories with too few buyers are left out.
    """
    lines = read("transactions")
    if "category" not in lines.columns:
        return Unavailable("usage", "no_categories")
    lines = lines.filter(
        lines.kind == "purchase", lines.customer_id.notnull(), lines.category.notnull(), lines.occurred_on <= as_of
    )
    lines = lines.filter(lines.account_id.notnull()) if "account_id" in lines.columns else lines
    month = (lines.occurred_on.year() * 12 + lines.occurred_on.month() - 1).cast("int64")
    found = lines.group_by("customer_id", "category", month.name("month")).aggregate(n=lines.count()).to_pandas()
    now, buyers = coming_month(as_of), found.groupby("category")["customer_id"].nunique()
    names = sorted(buyers.index[buyers >= min(FEWEST_BUYERS, found["customer_id"].nunique() // 4)])
    found = found[found["category"].isin(names) & (found["month"] < now)]
    customers, first = pd.Index(sorted(found["customer_id"].unique())), int(found["month"].min())
    if now - first < LATELY + LEARNT + 2 or len(customers) < FEWEST or len(names) < PLACES:
        return Unavailable("usage", "few_months", {"fewest": LATELY + LEARNT + 2})
    counts = np.zeros((now - first, len(customers), len(names)))
    at = customers.get_indexer(found["customer_id"]), pd.Index(names).get_indexer(found["category"])
    counts[(found["month"] - first, *at)] = found["n"]
    return Purchases(counts, customers, names, first)


def chances(counts: np.ndarray, at: int, *, drawn: float) -> np.ndarray:
    """Give the chance that each customer buys from each category in a month, of the months before it.

    Parameters
    ----------
    drawn
        How many months of what is usual for so busy a customer count beside the own ones.

    Examples
    --------
    One customer bought twice in two months, the other never; without a usual mix, that is how it goes on:

    >>> counts = np.array([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
    >>> chances(counts, 2, drawn=0.0).round(3).tolist()
    [[0.632, 0.0], [0.0, 0.0]]
    """
    past = counts[:at]
    known = at - (past.sum(axis=2) > 0).argmax(axis=0)[:, None]  # months since the first purchase
    mix = past.sum(axis=(0, 1)) / max(past.sum(), 1)
    own = past.sum(axis=0)
    rate = (own + drawn * own.sum(axis=1, keepdims=True) / known * mix) / (known + drawn)
    if at > YEAR:  # the month of the year, by how the categories' shares moved in it
        before, year = counts[at - YEAR].sum(axis=0), past[-YEAR:].sum(axis=(0, 1))
        rate = rate * (before + 1) / max(before.sum(), 1) / ((year + 1) / max(year.sum(), 1))
    return 1 - np.exp(-rate)


def learn(bought: Purchases, until: int) -> float:
    """Choose how much is drawn to what is usual: what ranked best in the months before one."""
    months = range(until - LEARNT, until)

    def worth(drawn: float) -> float:
        scores = [
            average_precision(
                np.where(bought.new(at), chances(bought.counts, at, drawn=drawn), -np.inf), bought.counts[at] > 0,
                k=PLACES,
            )
            for at in months
        ]  # fmt: skip
        return float(np.nanmean(np.concatenate(scores)))

    return max(_DRAWN, key=worth)


@unless_unavailable
def tested(bought: Purchases, *, seed: int) -> pd.DataFrame:
    """Compare three rankings of the categories not bought lately on the last month, of which nothing was learnt.

    The model, the own habit (in how many earlier months there was a purchase; where alike, what is more popular), and
    popularity.

    Returns
    -------
    DataFrame
        As `insight.predict.propensity.ranking.compare_rankings` gives it, of customers who took up a category.
    """
    last, came = len(bought.counts) - 1, bought.counts > 0
    popular = np.broadcast_to(came[last - LATELY : last].mean(axis=(0, 1)), came.shape[1:])
    rankings = {
        MODEL: chances(bought.counts, last, drawn=learn(bought, last)),
        HABIT: came[:last].mean(axis=0) + 1e-6 * popular,
        POPULAR: popular,
    }
    return compare_rankings(rankings, came[last], k=PLACES, seed=seed, allowed=bought.new(last))


@unless_unavailable
def proposals(bought: Purchases) -> pd.DataFrame:
    """Count to how many customers each category is proposed first for the month to come.

    Returns
    -------
    DataFrame
        ``category, customers, chance`` (mean of those to whom it is proposed), ``usual`` (of all to whom it is new).
    """
    now = len(bought.counts)
    is_new = bought.new(now)
    some = (bought.counts[-LATELY:] > 0).any(axis=(0, 2)) & is_new.any(axis=1)
    known = np.where(is_new, chances(bought.counts, now, drawn=learn(bought, now)), np.nan)[some]
    first = np.nanargmax(known, axis=1)
    found = pd.DataFrame({"category": bought.categories, "usual": pd.DataFrame(known).mean().to_numpy()})
    of = pd.Series(np.nanmax(known, axis=1)).groupby(first)
    found["customers"] = of.size().reindex(found.index, fill_value=0)
    found["chance"] = of.mean().reindex(found.index)
    return found.sort_values(["customers", "category"], ascending=[False, True], ignore_index=True)
