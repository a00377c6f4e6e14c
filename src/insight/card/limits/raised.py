"""What raised limits brought: customers whom an offer to raise theirs reached, beside those held out by lot.

Who takes an offer chooses to, so customers are compared by whether it was to reach them. What that adds to what they
owe and bring is divided by what it adds to their limits: what a unit of additional limit brings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.card.arrears import YEAR, Arrears
from insight.config.offers import Economics, OfferTerms
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import affordable_rounds, percentiles
from insight.predict.uplift.months import summed_money
from insight.predict.uplift.worth import INTERCHANGE

AHEAD, BEFORE = 6, 3  # months that are compared, and those before them
FEWEST_HELD_OUT = 50
WHAT = ("limit", "owed", "margin")
_ROUNDS = 4000
_SUMS = ("credit_limit", "balance", "interest", "purchases")


@dataclass(frozen=True)
class Raised:
    """What contacts that offer a higher limit added, and what a unit of additional limit brings.

    Attributes
    ----------
    effects
        A row each for the ``limit``, what is ``owed`` and the ``margin`` of a month: ``what, contacted, held_out``
        (means of a customer), ``added, low, high`` (95% interval).
    margin
        What a unit of limit brings in a year, with its 95% interval: interest and interchange, less points and funds.
        Missing where contacts did not raise limits by more than chance.
    draws
        The same in each resample of the customers.
    contacts, held_out
        Contacts that count, and those that were held out.
    use
        Of the limit, what customers that count owed on average before at least.
    """

    effects: pd.DataFrame
    margin: tuple[float, float, float]
    draws: np.ndarray
    contacts: int
    held_out: int
    use: float

    @property
    def is_clear(self) -> bool:
        """Say whether raised limits brought more than chance would."""
        return bool(self.margin[1] > 0)


@unless_unavailable
def lots(read: Read, has: Has, terms: Mapping[str, OfferTerms], followed: Arrears) -> pd.DataFrame | Unavailable:
    """Lay out the contacts that offered a higher limit and whose control group was drawn by lot.

    Returns
    -------
    DataFrame
        A row per contact: ``contact_id, customer_id, treated, is_random``, and of each sum of statements the mean of
        the months ``before_`` and ``after_``. Unavailable without such contacts.
    """
    works = [product for product, term in terms.items() if term.works == "limit"]
    if not works or not has("contacts") or not has("offers"):
        return Unavailable("limits", "no_lots")
    offers, contacts = read("offers"), read("contacts")
    if "product" not in offers.columns or not has("statements"):
        return Unavailable("limits", "no_lots")
    first, last = int(followed.standing["month"].min()), followed.last
    sent = contacts.semi_join(offers.filter(offers["product"].isin(works)), "offer_id")
    sent = sent.select(
        "contact_id", "customer_id", treated=~sent.is_holdout,
        is_random=sent.is_random if "is_random" in sent.columns else ibis.literal(True), month=_number(sent.sent_on),
    )  # fmt: skip
    sent = sent.filter(sent.month >= first + BEFORE, sent.month <= last - AHEAD)
    both = sent.left_join(_monthly(read, sent), "customer_id").drop("customer_id_right")
    ago = both.at - both.month
    spans = {"before": ((ago >= -BEFORE) & (ago < 0), BEFORE), "after": ((ago > 0) & (ago <= AHEAD), AHEAD)}
    keys = ["contact_id", "customer_id", "treated", "is_random"]
    found = both.group_by(keys).aggregate(
        **{f"{when}_{name}": both[name].sum(where=there) / months
           for when, (there, months) in spans.items() for name in _SUMS}
    )  # fmt: skip
    return found.to_pandas().fillna(0.0).sort_values("contact_id", ignore_index=True)


def _number(day: ibis.Value) -> ibis.Value:
    return (day.year() * YEAR + day.month() - 1).cast("int64")


def _monthly(read: Read, sent: ibis.Table) -> ibis.Table:
    """Sum the statements of a customer by month."""
    accounts = read("accounts").semi_join(sent, "customer_id").select("account_id", "customer_id")
    bills = read("statements").inner_join(accounts, "account_id")
    sums = {name: summed_money(bills[name]) if name in bills.columns else ibis.literal(0.0) for name in _SUMS}
    return bills.mutate(at=_number(bills.statement_on)).group_by("customer_id", "at").aggregate(**sums)


@unless_unavailable
def brought(sent: pd.DataFrame, economics: Economics, *, use: float, seed: int) -> Raised | Unavailable:
    """Estimate what a unit of additional limit brings in a year, of customers who use theirs already.

    Parameters
    ----------
    sent
        From `lots`.
    economics
        What money brings and costs.
    use
        Share of the limit that was owed at least in the months before.
    seed
        Of the resamples of customers.

    Notes
    -----
    Differences of means, weighted by the chance of each side and adjusted by what was known before; the ratio of two of
    them is the estimate of Wald. Resamples move them by the influence of each customer.
    """
    some = sent[(sent["before_credit_limit"] > 0) & (sent["before_balance"] >= use * sent["before_credit_limit"])]
    held = ~some["treated"].astype(bool)
    if held.sum() < FEWEST_HELD_OUT or (~held).sum() < FEWEST_HELD_OUT:
        return Unavailable("limits", "few_held_out", {"fewest": FEWEST_HELD_OUT})
    came = np.column_stack([some["after_credit_limit"], some["after_balance"], _margin(some, "after", economics)])
    planned = (~held).groupby(some["is_random"]).transform("mean")  # a trial holds out more than a campaign
    weight = np.where(held, 1 / (1 - planned), 1 / planned)
    added, moves = _added(_design(some, economics), came, weight)
    who, names = pd.factorize(some["customer_id"])
    moves = pd.DataFrame(moves).groupby(who).sum().to_numpy()
    times = np.random.default_rng(seed).poisson(1.0, (affordable_rounds(len(names), _ROUNDS), len(names)))
    drawn = added + (times - 1) @ moves
    bounds = np.array([percentiles(each) for each in drawn.T])
    effects = pd.DataFrame(
        {
            "what": WHAT,
            "contacted": np.average(came[~held], axis=0, weights=weight[~held]),
            "held_out": np.average(came[held], axis=0, weights=weight[held]),
            "added": added,
            "low": bounds[:, 0],
            "high": bounds[:, 1],
        }
    )
    if not bounds[0, 0] > 0:
        return Raised(effects, (np.nan,) * 3, np.full(len(times), np.nan), len(some), int(held.sum()), use)
    each = YEAR * drawn[:, 2] / np.where(drawn[:, 0] > 0, drawn[:, 0], np.nan)
    return Raised(effects, (YEAR * added[2] / added[0], *percentiles(each)), each, len(some), int(held.sum()), use)


def _margin(sent: pd.DataFrame, when: str, economics: Economics) -> pd.Series:
    """Give what a customer brings in a month: interest and interchange, less points and what funds cost."""
    rate = INTERCHANGE if economics.spend_margin is None else economics.spend_margin
    bought, owed = sent[f"{when}_purchases"], sent[f"{when}_balance"].clip(lower=0)
    return sent[f"{when}_interest"] + (rate - economics.points_cost) * bought - economics.funds_year / YEAR * owed


def _design(sent: pd.DataFrame, economics: Economics) -> np.ndarray:
    before = [sent[f"before_{name}"] for name in _SUMS]
    columns = [np.ones(len(sent)), sent["treated"].astype(float), sent["is_random"].astype(float), *before]
    return np.column_stack([*columns, _margin(sent, "before", economics)])


def _added(design: np.ndarray, came: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give what a contact adds to each outcome, by a weighted regression, and by how much each row moves that.

    The second column is freed of what the others say of it (Frisch, Waugh and Lovell), and so are the outcomes.
    """
    root, others = np.sqrt(weight)[:, None], np.delete(design, 1, axis=1)
    target = np.column_stack([design[:, 1], came]) * root
    free = target - others * root @ np.linalg.lstsq(others * root, target, rcond=None)[0]
    treated, rest = free[:, :1], free[:, 1:]
    size = (treated**2).sum()
    added = (treated * rest).sum(axis=0) / size
    return added, treated * (rest - treated * added) / size
