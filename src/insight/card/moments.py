"""The moments of a card's life, and the tables that describe each."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Moment:
    """One moment: its name and the tables without which nothing can be said of it."""

    name: str
    needs: tuple[str, ...]


MOMENTS = (
    Moment("apply", ("applications",)),
    Moment("decide", ("accounts", "statements", "bureau_scores")),
    Moment("activate", ("accounts",)),
    Moment("use", ("accounts", "transactions")),
    Moment("pay", ("statements", "payments")),
    Moment("redeem", ("rewards",)),
    Moment("serve", ("service_tickets",)),
    Moment("protect", ("fraud_cases", "transactions")),
    Moment("keep", ("accounts", "statements", "transactions")),
)


def check_moments(has: Callable[[str], bool]) -> pd.DataFrame:
    """Say which moments a business has the tables for.

    Parameters
    ----------
    has
        Says whether the business has a table with anything in it.

    Returns
    -------
    DataFrame
        One row per moment in the order of a card's life: ``moment``, ``needs``, ``missing`` (both
        tuples of tables), ``possible``.

    Examples
    --------
    >>> check_moments(lambda table: table in ("accounts", "transactions")).query("possible")["moment"].tolist()
    ['activate', 'use']
    """
    rows = [
        {"moment": one.name, "needs": one.needs, "missing": tuple(table for table in one.needs if not has(table))}
        for one in MOMENTS
    ]
    return pd.DataFrame(rows).assign(possible=lambda frame: frame["missing"].map(len).eq(0))
