"""The margin to expect where a card is taken for a shop: purchases foretold from purchases, times a margin rate.

It knows when customers bought and for how much, and nothing of what they owe.
"""

from datetime import timedelta

import ibis
import pandas as pd

from insight.card.worth.backtest import Origin
from insight.card.worth.books import Books
from insight.errors import Unavailable, unless_unavailable
from insight.predict.histories import summarise_histories
from insight.predict.uplift.months import day_of
from insight.predict.value.choice import BG
from insight.predict.value.value import fit_value, predict_value


@unless_unavailable
def by_purchases(books: Books, daily: ibis.Table, origins: list[Origin]) -> pd.Series | Unavailable:
    """Foretell the margin at the latest past day by BG/NBD and Gamma-Gamma, times what a unit of spending left before.

    Parameters
    ----------
    daily
        As `insight.predict.histories.daily_spend` makes it.

    Returns
    -------
    Series or Unavailable
        By card holder, 0 of whom never bought. The reason where the models find no answer, or nothing was spent.
    """
    made = origins[0].expected
    cut = day_of(made.month) - timedelta(days=1)
    days = (day_of(made.month + made.months) - day_of(made.month)).days
    known = summarise_histories(daily, cut=cut)
    model = fit_value(known, law=BG)
    at = books.months.customers.get_indexer(made.parts.index)
    before = made.month - made.months - books.months.first
    spent = float(books.months.sums["spend"][before : before + made.months][:, at].sum())
    if isinstance(model, Unavailable) or spent <= 0:
        return model if isinstance(model, Unavailable) else Unavailable("value", "refunds")
    rate = float(origins[0].came["before"].sum()) / spent
    spend = predict_value(model, known, days=days)["expected_value"]
    return spend.reindex(made.parts.index).fillna(0.0) * rate
