"""One table of all events of customers, from every source, under the issued id."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd
from ibis.expr.types import Table, Value

from insight.contracts import CONTRACTS, MONEY
from insight.errors import Unavailable

_INSTANT = CONTRACTS["events"].column("occurred_at").engine_type


@dataclass(frozen=True)
class Stream:
    """How one table's rows become events.

    Attributes
    ----------
    day, moment
        Columns that say when; a moment where the source knows one.
    kind, channel, amount
        Columns that say what, where, and how much.
    """

    day: str
    moment: str | None = None
    kind: str | None = None
    channel: str | None = None
    amount: str | None = None


STREAMS = {
    "transactions": Stream("occurred_on", "occurred_at", kind="kind", channel="channel", amount="amount"),
    "interactions": Stream("occurred_on", "occurred_at", kind="kind", channel="channel"),
    "contacts": Stream("sent_on", "sent_at", kind="offer_id", channel="channel"),
    "responses": Stream("responded_on", "responded_at", kind="kind", amount="value"),
    "service_tickets": Stream("opened_at", "opened_at", kind="topic", channel="channel"),
    "applications": Stream("applied_on", kind="decision", channel="channel"),
    "application_checks": Stream("checked_on", "checked_at", kind="kind"),
    "referrals": Stream("referred_on"),
    "authorisations": Stream("occurred_on", "occurred_at", kind="status", channel="channel", amount="amount"),
    "limit_changes": Stream("changed_on", kind="reason", amount="new_limit"),
    "account_changes": Stream("changed_on", kind="what"),
    "statements": Stream("statement_on", amount="balance"),
    "payments": Stream("paid_on", kind="kind", amount="amount"),
    "rewards": Stream("occurred_on", kind="kind"),
    "fraud_cases": Stream("opened_on", kind="outcome", amount="amount"),
    "bureau_scores": Stream("scored_on"),
}


def one_stream(tables: Mapping[str, Table]) -> Table | None:
    """Give the events of all tables as one table; None where there are none.

    Parameters
    ----------
    tables
        Canonical tables under issued ids. Of a table that names an account alone, the customer is
        whoever holds it. A campaign's hold-out was not contacted: it is no event.
    """
    parts = [_events(name, tables) for name in STREAMS if name in tables]
    if not parts:
        return None
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def reconcile(tables: Mapping[str, Table], events: Table | None) -> pd.DataFrame | Unavailable:
    """Count rows and amounts of every stream beside those of the table that it comes from.

    Returns
    -------
    DataFrame
        ``stream, rows, amount`` of the tables, ``events, amount_of_events``, ``unassigned``: events of
        nobody known.
    """
    if events is None:
        return Unavailable("unification", "no_events")
    counted = events.group_by("stream").aggregate(
        events=events.count(),
        amount_of_events=events.amount.sum(),
        unassigned=events.customer_id.isnull().cast("int64").sum(),
    )
    rows = []
    for name in STREAMS:
        if name in tables:
            table = _happened(name, tables[name])
            column = STREAMS[name].amount
            amount = table[column].cast(MONEY).sum() if column else ibis.null(MONEY)
            told = table.aggregate(rows=table.count(), amount=amount).to_pyarrow().to_pylist()[0]
            rows.append({"stream": name, **told})
    return pd.DataFrame(rows).merge(counted.to_pyarrow().to_pandas(), on="stream", how="left")


def adds_up(reconciled: pd.DataFrame) -> bool:
    """Say whether every stream has the rows and, to the cent, the amounts of the table that it comes from."""
    amounts, of_events = (reconciled[name].dropna().tolist() for name in ("amount", "amount_of_events"))
    return bool((reconciled["rows"] == reconciled["events"]).all()) and amounts == of_events


def _happened(name: str, table: Table) -> Table:
    """Leave out what did not happen: hold-outs, and what is only planned."""
    if name == "interactions":
        return table.filter(table.occurred_on.notnull())
    return table.filter(~table.is_holdout.fill_null(False)) if name == "contacts" else table


def _events(name: str, tables: Mapping[str, Table]) -> Table:
    stream, table = STREAMS[name], _happened(name, _with_holder(name, tables))
    key = [table[column].cast("string") for column in CONTRACTS[name].key]
    named = ibis.literal(f"{name}:")
    for position, part in enumerate(key):
        named = named + (part if position == 0 else ":" + part)
    day = table[stream.day]
    return table.select(
        event_id=named,
        customer_id=table.customer_id,
        stream=ibis.literal(name),
        occurred_at=_or_nothing(table, stream.moment, _INSTANT),
        occurred_on=day.date() if day.type().is_timestamp() else day,
        kind=_or_nothing(table, stream.kind, "string"),
        channel=_or_nothing(table, stream.channel, "string"),
        amount=_or_nothing(table, stream.amount, MONEY),
    )


def _or_nothing(table: Table, column: str | None, kind: object) -> Value:
    return table[column].cast(kind) if column and column in table.columns else ibis.null(kind)


def _with_holder(name: str, tables: Mapping[str, Table]) -> Table:
    """Add the account holder's ``customer_id`` to a table that names accounts alone."""
    table = tables[name]
    if "customer_id" in table.columns:
        return table
    if "accounts" not in tables:
        return table.mutate(customer_id=ibis.null("string"))
    holders = tables["accounts"].select(held="account_id", customer_id="customer_id")
    return table.left_join(holders, table.account_id == holders.held).drop("held")
