"""One or two figures for each moment of a card's life, counted in the engine."""

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import pandas as pd

from insight.card.applications import through_the_door
from insight.errors import Unavailable

LATELY = 90  # days up to the last one in which a card counts as used, and a statement as recent
Figures = dict[str, float]


def key_figures(
    read: Callable[[str], ibis.Table], moments: pd.DataFrame, *, as_of: date, min_cell: int
) -> dict[str, Figures] | Unavailable:
    """Count what the records say of each moment whose tables there are.

    Parameters
    ----------
    read
        Gives a table by its name.
    moments
        As `insight.card.moments.check_moments` gives them.
    as_of
        Last day that counts.
    min_cell
        A share is left out where fewer than these lie on either side of it.

    Returns
    -------
    dict
        Moment to named figures; what is too small to be shown, or not there, is missing.
        Unavailable where not one moment has its tables.
    """
    names = moments.loc[moments["possible"], "moment"]
    if names.empty:
        return Unavailable("card", "no_records", {"all": len(moments)})
    since = as_of - timedelta(days=LATELY)
    found = {moment: _FIGURES[moment](read, since, as_of) for moment in names}
    return {moment: _shown(counts, min_cell) for moment, counts in found.items()}


def _shown(counts: dict[str, tuple], min_cell: int) -> Figures:
    """Turn (some, of) into shares, and leave out what rests on too few."""
    shown = {}
    for name, value in counts.items():
        some, of = value if isinstance(value, tuple) else (value, None)
        if some is None or (of is not None and min(some, of - some) < min_cell):
            continue
        if of is None and name == "count" and some < min_cell:
            return {}
        shown[name] = float(some) if of is None else float(some) / float(of)
    return shown


def _one_row(table: ibis.Table, **sums: ibis.Value) -> dict:
    return table.aggregate(**sums).to_pyarrow().to_pylist()[0]


def _apply(read, since, as_of) -> dict:
    t = through_the_door(read, as_of=as_of)
    row = _one_row(t, n=t.count(), **{name: t.count(where=t.decision == name) for name in ("approved", "declined")})
    return {"count": row["n"], "approved": (row["approved"], row["approved"] + row["declined"])}


def _decide(read, since, as_of) -> dict:
    t = read("bureau_scores")
    latest = t.group_by("customer_id").aggregate(score=t.score.argmax(t.scored_on))
    scores = _one_row(latest, low=latest.score.quantile(0.1), middle=latest.score.quantile(0.5))
    t = read("statements")
    recent = t.filter(t.statement_on > as_of - timedelta(days=31), t.statement_on <= as_of, t.credit_limit > 0)
    used = (recent.balance > 0).ifelse(recent.balance, 0)
    row = _one_row(
        recent,
        n=recent.count(),
        limit=recent.credit_limit.cast("float64").quantile(0.5),
        used=used.sum().cast("float64"),
        limits=recent.credit_limit.sum().cast("float64"),
    )
    return {"count": row["n"], **scores, "limit": row["limit"], "used": row["n"] and row["used"] / row["limits"]}


def _activate(read, since, as_of) -> dict:
    cards = _open_cards(read)
    row = _one_row(cards, n=cards.count(), activated=cards.count(where=cards.activated_on <= as_of))
    return {"count": row["n"], "activated": (row["activated"], row["n"])}


def _open_cards(read) -> ibis.Table:
    accounts = read("accounts")
    return accounts.filter(accounts.credit_limit.notnull(), accounts.closed_on.isnull())


def _use(read, since, as_of) -> dict:
    cards, lines = _open_cards(read), read("transactions")
    bought = lines.filter(lines.kind == "purchase", lines.occurred_on > since, lines.occurred_on <= as_of)
    used = cards.semi_join(bought, "account_id").count().to_pyarrow().as_py()
    n = cards.count().to_pyarrow().as_py()
    return {"count": n, "used": (used, n)}


def _pay(read, since, as_of) -> dict:
    t = read("statements")
    recent = t.filter(t.statement_on > since, t.statement_on <= as_of, t.balance > 0)
    row = _one_row(recent, n=recent.count(), late=recent.count(where=recent.days_past_due > 0))
    return {"count": row["n"], "late": (row["late"], row["n"])}


def _redeem(read, since, as_of) -> dict:
    t = read("rewards")
    sums = {kind: t.points.sum(where=t.kind == kind) for kind in ("earned", "redeemed", "expired")}
    row = _one_row(t, n=t.count(), **sums)
    earned = row["earned"] or 0
    shares = {kind: abs(row[kind] or 0) / earned for kind in ("redeemed", "expired")} if earned else {}
    return {"count": row["n"], **shares}


def _serve(read, since, as_of) -> dict:
    t = read("service_tickets")
    minutes = t.closed_at.delta(t.opened_at, unit="minute").cast("float64")
    row = _one_row(t, n=t.count(), minutes=minutes.quantile(0.5), poor=t.count(where=t.satisfaction <= 2))
    rated = _one_row(t, n=t.count(where=t.satisfaction.notnull()))["n"]
    hours = None if row["minutes"] is None else row["minutes"] / 60
    return {"count": row["n"], "hours": hours, "poor": (row["poor"], rated)}


def _protect(read, since, as_of) -> dict:
    t = read("fraud_cases")
    alarms, undecided = (t.count(where=t.outcome == outcome) for outcome in ("false_alarm", "open"))
    row = _one_row(t, n=t.count(), alarms=alarms, undecided=undecided)
    return {"count": row["n"], "false": (row["alarms"], row["n"] - row["undecided"])}


def _keep(read, since, as_of) -> dict:
    t = read("accounts")
    cards = t.filter(t.credit_limit.notnull())
    year = as_of - timedelta(days=365)
    before = cards.filter(cards.opened_on <= year, cards.closed_on.isnull() | (cards.closed_on > year))
    row = _one_row(before, n=before.count(), closed=before.count(where=before.closed_on <= as_of))
    return {"count": row["n"], "closed": (row["closed"], row["n"])}


_FIGURES = {
    "apply": _apply,
    "decide": _decide,
    "activate": _activate,
    "use": _use,
    "pay": _pay,
    "redeem": _redeem,
    "serve": _serve,
    "protect": _protect,
    "keep": _keep,
}
