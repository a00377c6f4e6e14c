"""Whether segments matter: how much each division of an earlier day explains of what its customers did after it.

What is explained is a share of the deviance, out of sample: each customer's outcome is guessed by those of the same
segment in other fifths of the customers, and the guesses are held against guessing everyone's mean. Spend is judged by
the deviance of a Tweedie distribution [1]_, which amounts with many zeros and few giants come near to; shares by the
log loss.

References
----------
.. [1] Jorgensen (1987), Exponential Dispersion Models, Journal of the Royal Statistical Society B 49(2), 127-162.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.contracts.table import MONEY
from insight.engine import to_frame
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import affordable_rounds, percentiles, resampled_counts

OUTCOMES = ("spend", "left", "responded")
FOLDS, KNOWN, ROUNDS = 5, 5.0, 300  # parts of the customers; everyone's mean counts as so many in a segment; resamples
_LAPSED = ("dormant", "lost")


@dataclass(frozen=True)
class Explained:
    """What divisions explain.

    Attributes
    ----------
    table
        One row per outcome and division: ``outcome, division, customers, share, low, high`` (95% interval, bootstrap
        over customers), and ``more, more_low, more_high``: how much more it explains than tiers alone.
    days
        Days in which the outcomes came.
    """

    table: pd.DataFrame
    days: int

    def row(self, outcome: str, division: str) -> pd.Series | None:
        """Give what one division explains of one outcome; None where that could not be had."""
        found = self.table[(self.table["outcome"] == outcome) & (self.table["division"] == division)]
        return None if found.empty else found.iloc[0]


def what_followed(
    transactions: ibis.Table,
    stage: pd.Series,
    *,
    after: date,
    until: date,
    contacts: ibis.Table | None = None,
    responses: ibis.Table | None = None,
) -> pd.DataFrame:
    """Say what customers did after a day, up to another one.

    Parameters
    ----------
    transactions
        Canonical transactions.
    stage
        Stage of each customer on the earlier day.
    after, until
        The days.
    contacts, responses
        Where the business delivers them.

    Returns
    -------
    DataFrame
        Indexed as ``stage``: ``spend`` (net, at least 0), ``left`` (1 for who bought nothing, of those who had not
        lapsed before), ``responded`` (1 for who responded, of those who were contacted). Empty where nothing may be
        asked.
    """
    lines = transactions.filter(transactions.occurred_on > after, transactions.occurred_on <= until)
    lines = lines.filter(lines.customer_id.notnull(), lines.kind.isin(["purchase", "refund"]))
    net = lines.group_by("customer_id").aggregate(
        spend=lines.amount.sum().cast(MONEY), bought=(lines.amount > 0).any().cast("int64")
    )
    seen = to_frame(net.order_by("customer_id")).set_index("customer_id").reindex(stage.index).fillna(0.0)
    found = pd.DataFrame({"spend": seen["spend"].clip(lower=0), "left": 1.0 - seen["bought"]}, index=stage.index)
    found["left"] = found["left"].where(~stage.isin(_LAPSED))
    responded = _responded(contacts, responses, after=after, until=until)
    return found.assign(responded=np.nan if responded is None else responded.reindex(stage.index))


def _responded(
    contacts: ibis.Table | None, responses: ibis.Table | None, *, after: date, until: date
) -> pd.Series | None:
    if contacts is None or responses is None:
        return None
    reached = contacts.filter(contacts.sent_on > after, contacts.sent_on <= until, contacts.customer_id.notnull())
    if "is_holdout" in reached.columns:
        reached = reached.filter(~reached.is_holdout.fill_null(False))
    answers = responses.filter(responses.responded_on <= until).select("contact_id").distinct().mutate(answered=1)
    both = reached.select("customer_id", "contact_id").left_join(answers, "contact_id")
    by_customer = both.group_by("customer_id").aggregate(responded=both.answered.max().fill_null(0).cast("float64"))
    return to_frame(by_customer.order_by("customer_id")).set_index("customer_id")["responded"]


@unless_unavailable
def explain(
    divisions: Mapping[str, Sequence[pd.Series | Unavailable]],
    followed: pd.DataFrame,
    *,
    days: int,
    minimum: int,
    seed: int,
) -> Explained | Unavailable:
    """Measure how much divisions of customers explain of what followed, and how much more than the first of them.

    Parameters
    ----------
    divisions
        By name, the first one those that others are compared with: one or more series, of which the segments are
        crossed. All of the same customers on the earlier day.
    followed
        From `what_followed`.
    days
        In which it followed.
    minimum
        Customers that an outcome must be known of, and of whom both kinds must be.
    seed
        Of the parts and resamples.

    Returns
    -------
    Explained
        Unavailable where a division is, or where too few customers spent anything.
    """
    missing = next((one for several in divisions.values() for one in several if isinstance(one, Unavailable)), None)
    if missing is not None:
        return missing
    rows = []
    for outcome in OUTCOMES:
        known = followed[outcome].dropna()
        happened = int((known > 0).sum())
        if min(happened, len(known) if outcome == "spend" else len(known) - happened) < minimum:
            if outcome == "spend":
                return Unavailable("segment", "nothing_followed")
            continue
        parts = np.random.default_rng(seed).permutation(len(known)) % FOLDS
        codes = {name: _crossed(several, known.index) for name, several in divisions.items()}
        rows += _rows(outcome, known.to_numpy(dtype=float), codes, parts, seed=seed)
    return Explained(pd.DataFrame(rows), days)


def _crossed(several: Sequence[Any], customers: pd.Index) -> np.ndarray:
    return pd.MultiIndex.from_arrays([one.reindex(customers).to_numpy() for one in several]).factorize()[0]


def _rows(outcome: str, values: np.ndarray, codes: Mapping[str, np.ndarray], parts: np.ndarray, *, seed: int) -> list:
    loss = _tweedie if outcome == "spend" else _log_loss
    plain = loss(values, _guess(values, np.zeros(len(values), dtype=np.int64), parts))
    losses = {name: loss(values, _guess(values, code, parts)) for name, code in codes.items()}
    together = np.column_stack([plain, *losses.values()])
    rounds = affordable_rounds(len(values), ROUNDS)
    drawn = np.array([times @ together for times in resampled_counts(len(values), rounds=rounds, seed=seed)])
    exact, shares = together.sum(axis=0), 1 - drawn[:, 1:] / drawn[:, :1]
    found = 1 - exact[1:] / exact[0]
    return [
        {
            "outcome": outcome,
            "division": name,
            "customers": len(values),
            **dict(zip(("share", "low", "high"), (found[at], *percentiles(shares[:, at])), strict=True)),
            **dict(
                zip(
                    ("more", "more_low", "more_high"),
                    (found[at] - found[0], *percentiles(shares[:, at] - shares[:, 0])),
                    strict=True,
                )
            ),
        }
        for at, name in enumerate(losses)
    ]


def _guess(values: np.ndarray, code: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Guess each value by the mean of its segment in the other parts, mixed with a few of everyone's there."""
    guesses = np.empty(len(values))
    for part in range(FOLDS):
        others, own = parts != part, parts == part
        mean = values[others].mean()
        sums = np.bincount(code[others], values[others], minlength=code.max() + 1)
        counts = np.bincount(code[others], minlength=code.max() + 1)
        guesses[own] = ((sums + KNOWN * mean) / (counts + KNOWN))[code[own]]
    return guesses


def _tweedie(values: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    """Give the deviance of power 1.5, halfway between counts of purchases and amounts of them."""
    root = np.sqrt(np.maximum(guesses, 1e-9))
    return 4 * (np.sqrt(values) - root) ** 2 / root


def _log_loss(values: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    return -np.where(values > 0, np.log(np.maximum(guesses, 1e-9)), np.log(np.maximum(1 - guesses, 1e-9)))
