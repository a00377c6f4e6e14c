"""What was promised of contacts and what control groups measured afterwards, by month, offer and tenth of the promise.

A promise is what the model of uplift expected on the first day of a month, having learnt from randomised contacts of
earlier months alone; measured is what those of the month show. So promises are judged by what they did not know.
Money is promised in the same way: responses by what each brings, as the months before a promise tell it, less costs.
What comes back is measured in responses, too, each at that worth: how far the worth itself holds, only the truth of a
made-up business says (`against_truth`).
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.config.parameters import Parameters
from insight.decide.catalogue import covered_categories, name_categories
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL, difference_of_shares, mean_interval
from insight.predict.uplift import model
from insight.predict.uplift.months import TABLES, Months, day_of, read_months
from insight.predict.uplift.terms import Catalogue, on_trial, read_catalogue
from insight.predict.uplift.trials import LEAST_RESPONSES, Trials, read_trials
from insight.predict.uplift.worth import read_money, spend_effects, worth_of_responses

#: What is read for promises.
READ = (*TABLES, "offers", "limit_changes", "offer_products", "products", "contacts", "responses")
#: Months that are promised and measured at most, and the first part of all contacts, from which nothing is promised.
MONTHS, LEARNT = 6, 0.4
TENTHS = 10
#: How a promise stands to what was measured: within its interval, above it (too much promised), or below it.
KEPT, TOO_MUCH, TOO_LITTLE = "kept", "too much", "too little"


@dataclass(frozen=True, eq=False)
class Ledger:
    """Promises beside what was measured.

    Attributes
    ----------
    months, offers, tenths
        One row each of ``month`` (its first day), ``offer_id``, ``tenth`` (1: least promised): ``contacts`` (of both
        sides), ``promised``, ``measured`` with its bounds (of a contact: additional responses, or what they leave; 95%
        for all rows together), and ``verdict``.
    total
        The same of all contacts.
    order
        How much more the half promised more added than the other half: ``value, low, high``.
    """

    months: pd.DataFrame
    offers: pd.DataFrame
    tenths: pd.DataFrame
    total: pd.Series
    order: pd.Series


@dataclass(frozen=True, eq=False)
class Randomised:
    """Randomised contacts, what is known of customers month by month, and the terms of the offers on trial."""

    trials: Trials
    months: Months
    catalogue: Catalogue


@unless_unavailable
def read_randomised(tables: Mapping[str, ibis.Table], params: Parameters, *, as_of: date) -> Randomised | Unavailable:
    """Read the randomised contacts with what was known of their customers, as the list of offers on trial does.

    Parameters
    ----------
    tables
        By name, those of `READ` that the business has.
    """
    if "offers" not in tables or not {"is_random", "offer_id"} <= set(tables["contacts"].columns):
        return Unavailable("ledger", "not_randomised")
    offers = tables["offers"]
    listed = {name: tables[name] for name in ("offer_products", "products") if name in tables}
    covered = covered_categories(tables["transactions"], offers=offers, **listed)
    catalogue = read_catalogue(
        offers,
        params.offer_terms,
        contact_cost=params.contact_cost,
        response_cost=params.response_cost,
        listed=None if covered is None else name_categories(offers, **listed).to_pandas(),
    )
    months = read_months(tables, as_of=as_of, categories=catalogue.categories)
    found = read_trials(months, tables["contacts"], tables.get("responses"), as_of=as_of)
    return found if isinstance(found, Unavailable) else Randomised(found, months, on_trial(catalogue, found))


@unless_unavailable
def promise(found: Randomised) -> pd.DataFrame | Unavailable:
    """Promise the contacts of the last months one month after the other.

    Parameters
    ----------
    found
        From `read_randomised`.

    Returns
    -------
    DataFrame
        The contacts of these months, with ``offer_id``, the ``chance`` of a response to a contact,
        and the additional responses ``promised``.
    """
    tried, sent = found.trials, found.trials.sent
    months = np.sort(sent["month"].unique())
    later = [month for month in months[-MONTHS:] if (sent["month"] < month).mean() >= LEARNT]
    if not later or sent.loc[sent["month"] < later[0], "responded"].sum() < LEAST_RESPONSES:
        return Unavailable("ledger", "short", {"responses": LEAST_RESPONSES})
    first = model.cross_fit(tried.take((sent["month"] < later[0]).to_numpy()))
    if isinstance(first, Unavailable):
        return first
    chances = pd.concat([_promise(tried, month, penalty=first.penalty) for month in later])
    offers = np.array(tried.offers, dtype=object)
    return sent.loc[chances.index].join(chances).assign(offer_id=lambda rows: offers[rows["offer"]])


@unless_unavailable
def price(
    promised: pd.DataFrame, found: Randomised, tables: Mapping[str, ibis.Table], params: Parameters
) -> pd.DataFrame | Unavailable:
    """Promise the same contacts in money: what responses leave of what they bring in a year, less what contacts cost.

    What money does is read from what was known before the first of these months, effects on spending before each; but
    which accounts were charged off has no day, and is taken as known.

    Parameters
    ----------
    promised
        From `promise`.
    tables
        As `read_randomised` takes them.

    Returns
    -------
    DataFrame
        The rows of ``promised``, but with what a contact is ``promised`` to leave, in the currency, and with ``worth``:
        what a response brings.
    """
    begin = int(promised["month"].min())
    is_bank = params.vocabulary == "bank"
    money = read_money(_before(tables, day_of(begin)), found.months.until(begin), params.economics, is_bank=is_bank)
    if isinstance(money, Unavailable):
        return money
    sent, parts = found.trials.sent, []
    for month, rows in promised.groupby("month"):
        then = found.months.until(int(str(month)))
        effects = spend_effects(then, found.trials.take((sent["month"] < month).to_numpy()), found.catalogue)
        each = worth_of_responses(then.known(then.now), money, effects, found.catalogue)
        at = each.columns.get_indexer(rows["offer_id"])
        parts.append(pd.Series(each.to_numpy()[rows["at"], at], index=rows.index))
    costs = found.catalogue.offers.loc[promised["offer_id"], ["contact_cost", "response_cost"]].set_index(
        promised.index
    )
    priced = promised.assign(worth=pd.concat(parts)).join(costs)
    brings = priced["promised"] * priced["worth"] - priced["chance"] * priced["response_cost"] - priced["contact_cost"]
    return priced.assign(promised=brings.round(6))


def _before(tables: Mapping[str, ibis.Table], day: date) -> dict[str, ibis.Table]:
    """Keep what tables of money had before a day."""
    days = {"transactions": "occurred_on", "statements": "statement_on", "limit_changes": "changed_on"}
    return {
        name: rows.filter(rows[days[name]] < day) if name in days and days[name] in rows.columns else rows
        for name, rows in tables.items()
    }


@unless_unavailable
def keep_ledger(promised: pd.DataFrame, *, minimum: int) -> Ledger | Unavailable:
    """Measure what was promised of contacts: responses, or money where they are priced.

    Parameters
    ----------
    promised
        From `promise`, or `price`.
    minimum
        Contacts that an offer must have on either side; others are left out of the rows of offers.
    """
    order = promised["promised"].rank(method="first").astype(int) - 1
    kept = promised.assign(tenth=1 + order * TENTHS // len(promised))
    by_month = _by(kept, "month", minimum)
    by_month["month"] = [day_of(int(month)) for month in by_month["month"]]
    offers, tenths = _by(kept, "offer_id", minimum), _by(kept, "tenth", minimum)
    return Ledger(by_month, offers, tenths, pd.Series(_measure(kept)), _order(kept))


@unless_unavailable
def against_truth(listed: pd.DataFrame, truth: pd.DataFrame, *, minimum: int) -> Ledger | Unavailable:
    """Lay what the list in hand promises of its contacts beside what they truly leave, where that is known.

    Parameters
    ----------
    listed
        The ``offer_list`` table; who is held out is left out.
    truth
        The ``true_effects`` table. An offer that it does not have is truly not open to a customer, and costs its
        contact.

    Returns
    -------
    Ledger
        By offer and by tenth of the promise; ``measured`` is the mean truth, and its interval that of other customers
        like these. No ``months``.
    """
    sent = listed[~listed["is_holdout"]]
    if len(sent) < TENTHS * minimum:
        return Unavailable("ledger", "few_listed", {"contacts": TENTHS * minimum})
    keys = ["customer_id", "offer_id"]
    true = truth.assign(offer_id=truth["offer_id"].astype(str))[[*keys, "net_gain"]]
    rows = sent.assign(offer_id=sent["offer_id"].astype(str)).merge(true, on=keys, how="left")
    rows["true"] = rows["net_gain"].astype(float).fillna(-rows["cost"].astype(float))
    rows["promised"] = (rows["expected_gain"] - rows["cost"] - rows["response_cost"]).astype(float)
    order = rows["promised"].rank(method="first").astype(int) - 1
    rows["tenth"] = 1 + order * TENTHS // len(rows)
    none = pd.DataFrame(columns=["month", *_MEASURED])
    offers, tenths = (_by(rows, name, minimum) for name in ("offer_id", "tenth"))
    return Ledger(none, offers, tenths, pd.Series(_measure(rows)), _order(rows))


@unless_unavailable
def offer_names(offers: ibis.Table | None) -> dict[str, str]:
    """Give the name of each offer by its id: what it is called, else its product; nothing without the table."""
    if offers is None:
        return {}
    called = [offers[name] for name in ("name", "product") if name in offers.columns]
    named = offers.select(offer_id=offers.offer_id.cast("string"), name=ibis.coalesce(*called, offers.offer_id))
    frame = named.to_pandas()
    return dict(zip(frame["offer_id"], frame["name"], strict=True))


def _promise(tried: Trials, month: int, *, penalty: float) -> pd.DataFrame:
    """Give chance and uplift of a month's contacts as a model of the months before tells them."""
    earlier, now = ((tried.sent["month"] < month).to_numpy(), (tried.sent["month"] == month).to_numpy())
    fitted = model.fit(tried.take(earlier), penalty=penalty)
    found = pd.DataFrame(index=tried.sent.index[now], columns=["chance", "promised"], dtype=float)
    for place in sorted(tried.sent.loc[now, "offer"].unique()):
        rows = now & (tried.sent["offer"] == place).to_numpy()
        without, with_ = fitted.chances(tried.known[rows], int(place))
        found.loc[rows[now]] = np.column_stack([with_, with_ - without])
    # rounded to what every processor agrees on, before tenths are cut by it
    return found.round(9)


def _by(kept: pd.DataFrame, column: str, minimum: int) -> pd.DataFrame:
    """Measure each group, with intervals widened for the number of groups (Bonferroni)."""
    groups = {key: of for key, of in kept.groupby(column, sort=True) if _smallest(of) >= minimum}
    level = 1 - (1 - LEVEL) / max(len(groups), 1)
    rows = [{column: key, **_measure(of, level=level)} for key, of in groups.items()]
    return pd.DataFrame(rows, columns=[column, *_MEASURED])


def _order(kept: pd.DataFrame) -> pd.Series:
    """Compare the halves promised more and less: the difference of two measurements, with its interval [1]_.

    References
    ----------
    .. [1] Zou and Donner (2008), Construction of Confidence Limits about Effect Measures: A General Approach,
       Statistics in Medicine 27(10), 1693-1702.
    """
    is_high = kept["tenth"] > TENTHS // 2
    more, less = (_measure(kept[half]) for half in (is_high, ~is_high))
    value = more["measured"] - less["measured"]
    below = np.hypot(more["measured"] - more["measured_low"], less["measured_high"] - less["measured"])
    above = np.hypot(more["measured_high"] - more["measured"], less["measured"] - less["measured_low"])
    return pd.Series({"value": value, "low": value - below, "high": value + above})


_MEASURED = ["contacts", "promised", "measured", "measured_low", "measured_high", "verdict"]


def _smallest(of: pd.DataFrame) -> int:
    """Count the contacts of the smaller side, or all where there are no sides."""
    return min(int(of["treated"].sum()), int((~of["treated"]).sum())) if "treated" in of else len(of)


def _measure(kept: pd.DataFrame, *, level: float = LEVEL) -> dict[Hashable, Any]:
    """Measure what contacts added, or left, beside what was promised of them."""
    how = _left if "worth" in kept else _true if "true" in kept else _added
    found, low, high = how(kept, level)
    promised = float(kept["promised"].mean())
    verdict = TOO_MUCH if promised > high else TOO_LITTLE if promised < low else KEPT
    return dict(zip(_MEASURED, (len(kept), promised, found, low, high, verdict), strict=True))


def _added(kept: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """Give the additional responses of a contact, by the planned chances of being contacted."""
    rates, sizes = [], []
    for treated in (True, False):
        side = kept[kept["treated"] == treated]
        weight = 1 / (side["planned"] if treated else 1 - side["planned"])
        rates.append(float(np.average(side["responded"].astype(float), weights=weight)))
        sizes.append(float(weight.sum() ** 2 / (weight**2).sum()))
    low, high = difference_of_shares(rates[0] * sizes[0], sizes[0], rates[1] * sizes[1], sizes[1], level=level)
    return rates[0] - rates[1], float(low), float(high)


def _left(kept: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """Give what a contact left: what responses of the contacted brought less that of the held out, and less costs."""
    treated, responded = kept["treated"].to_numpy(bool), kept["responded"].to_numpy(float)
    brought = responded * (kept["worth"] - treated * kept["response_cost"]).to_numpy(float)
    planned = kept["planned"].to_numpy(float)
    value, influence = -float(kept["contact_cost"].mean()), np.zeros(len(kept))
    for side, chance, sign in ((treated, planned, 1.0), (~treated, 1 - planned, -1.0)):
        weight = side / chance
        mean = float((weight * brought).sum() / weight.sum())
        value, influence = value + sign * mean, influence + sign * weight * (brought - mean) / weight.sum()
    return value, *mean_interval(value, influence, level=level)


def _true(kept: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """Give what contacts truly leave on average, with the interval of other customers like these."""
    value = float(kept["true"].mean())
    return value, *mean_interval(value, (kept["true"].to_numpy() - value) / len(kept), level=level)
