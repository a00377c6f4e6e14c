"""What was promised of contacts and what control groups measured afterwards, by month, offer and tenth of the promise.

A promise is what the model of uplift expected on the first day of a month, having learnt from randomised contacts of
earlier months alone; measured is what those of the month show. So promises are judged by what they did not know.
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
from insight.intervals import LEVEL, difference_of_shares
from insight.predict.uplift import model
from insight.predict.uplift.months import TABLES, day_of, read_months
from insight.predict.uplift.terms import read_catalogue
from insight.predict.uplift.trials import LEAST_RESPONSES, Trials, read_trials

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
        sides), ``promised``, ``measured`` with its bounds (additional responses of a contact; 95% for all rows
        together), and ``verdict``.
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


@unless_unavailable
def read_randomised(tables: Mapping[str, ibis.Table], params: Parameters, *, as_of: date) -> Trials | Unavailable:
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
    return read_trials(months, tables["contacts"], tables.get("responses"), as_of=as_of)


@unless_unavailable
def keep_ledger(tried: Trials, *, minimum: int) -> Ledger | Unavailable:
    """Promise the contacts of the last months one month after the other, and measure them.

    Parameters
    ----------
    tried
        From `insight.predict.uplift.trials.read_trials`.
    minimum
        Contacts that an offer must have on either side; others are left out of the rows of offers.
    """
    sent = tried.sent
    months = np.sort(sent["month"].unique())
    later = [month for month in months[-MONTHS:] if (sent["month"] < month).mean() >= LEARNT]
    if not later or sent.loc[sent["month"] < later[0], "responded"].sum() < LEAST_RESPONSES:
        return Unavailable("ledger", "short", {"responses": LEAST_RESPONSES})
    first = model.cross_fit(tried.take((sent["month"] < later[0]).to_numpy()))
    if isinstance(first, Unavailable):
        return first
    promised = pd.concat([_promise(tried, month, penalty=first.penalty) for month in later])
    kept = sent.loc[promised.index].assign(promised=promised)
    order = kept["promised"].rank(method="first").astype(int) - 1
    kept["tenth"] = 1 + order * TENTHS // len(kept)
    kept["offer_id"] = [tried.offers[place] for place in kept["offer"]]
    offers = _by(kept, "offer_id", minimum)
    by_month = _by(kept, "month", minimum)
    by_month["month"] = [day_of(int(month)) for month in by_month["month"]]
    return Ledger(by_month, offers, _by(kept, "tenth", minimum), pd.Series(_measure(kept)), _order(kept))


@unless_unavailable
def offer_names(offers: ibis.Table | None) -> dict[str, str]:
    """Give the name of each offer by its id: what it is called, else its product; nothing without the table."""
    if offers is None:
        return {}
    called = [offers[name] for name in ("name", "product") if name in offers.columns]
    named = offers.select(offer_id=offers.offer_id.cast("string"), name=ibis.coalesce(*called, offers.offer_id))
    frame = named.to_pandas()
    return dict(zip(frame["offer_id"], frame["name"], strict=True))


def _promise(tried: Trials, month: int, *, penalty: float) -> pd.Series:
    """Give the uplift of a month's contacts as a model of the months before tells it."""
    earlier, now = (tried.sent["month"] < month).to_numpy(), tried.sent["month"] == month
    fitted = model.fit(tried.take(earlier), penalty=penalty)
    parts = []
    for place in sorted(tried.sent.loc[now, "offer"].unique()):
        rows = (now & (tried.sent["offer"] == place)).to_numpy()
        without, with_ = fitted.chances(tried.known[rows], int(place))
        parts.append(pd.Series(with_ - without, index=tried.sent.index[rows]))
    # rounded to what every processor agrees on, before tenths are cut by it
    return pd.concat(parts).round(9)


def _by(kept: pd.DataFrame, column: str, minimum: int) -> pd.DataFrame:
    """Measure each group, with intervals widened for the number of groups (Bonferroni)."""
    groups = {
        key: of
        for key, of in kept.groupby(column, sort=True)
        if min(of["treated"].sum(), (~of["treated"]).sum()) >= minimum
    }
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


def _measure(kept: pd.DataFrame, *, level: float = LEVEL) -> dict[Hashable, Any]:
    """Measure what contacts added, by the planned chances of being contacted, beside what was promised of them."""
    rates, sizes = [], []
    for treated in (True, False):
        side = kept[kept["treated"] == treated]
        weight = 1 / (side["planned"] if treated else 1 - side["planned"])
        rates.append(float(np.average(side["responded"].astype(float), weights=weight)))
        sizes.append(float(weight.sum() ** 2 / (weight**2).sum()))
    found = rates[0] - rates[1]
    low, high = difference_of_shares(rates[0] * sizes[0], sizes[0], rates[1] * sizes[1], sizes[1], level=level)
    promised = float(kept["promised"].mean())
    verdict = TOO_MUCH if promised > high else TOO_LITTLE if promised < low else KEPT
    values = (len(kept), promised, found, float(low), float(high), verdict)
    return dict(zip(_MEASURED, values, strict=True))
