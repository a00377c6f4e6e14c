"""The card bank's world as the product's own tables: what notebooks 10 and 15 make of it, had linking made no error."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.engine import connect
from insight.simulate.world import World

_MONEY = "decimal(18, 4)"
#: What the postings' kinds are called.
_KINDS = {"purchase": "purchase", "refund": "refund", "fee": "fee", "interest": "fee", "cash_advance": "other"}


def customer_ids(people: np.ndarray | pd.Series) -> np.ndarray:
    """Name people as customers, so that the order of names is the order of people."""
    return np.char.add("P", np.char.zfill(np.asarray(people, dtype=str), 7))


def canonical(world: World) -> dict[str, ibis.Table]:
    """Give the tables that offers are learned from, in an engine of their own."""
    con = connect(threads=1)
    return {name: con.create_table(name, frame).mutate(**_money(frame)) for name, frame in _frames(world).items()}


def last_day(world: World, months: int) -> date:
    """Give the last day of so many months."""
    return (pd.Timestamp(world.start) + pd.DateOffset(months=months) - pd.Timedelta(days=1)).date()


def _money(frame: pd.DataFrame) -> dict[str, ibis.Deferred]:
    amounts = {"amount", "balance", "credit_limit", "interest", "previous_balance", "payments", "cost", "margin",
               "contact_cost", "old_limit", "new_limit", "fees", "cash_advances", "instalment_balance"}  # fmt: skip
    return {name: ibis._[name].cast(_MONEY) for name in frame.columns if name in amounts}


def _frames(world: World) -> dict[str, pd.DataFrame]:
    read = {name: table.to_pandas() for name, table in world.tables.items()}
    people = read["people"]
    cards = read["accounts"].query("kind == 'credit_card'")
    lines = read["card_transactions"].query("status == 'cleared'")
    sent, answers = read["contacts"], read["responses"]
    frames = {
        "customers": pd.DataFrame(
            {
                "customer_id": customer_ids(people["person"]),
                "consent": people["consent"],
                "customer_type": people["customer_type"].astype(str),
                "birth_year": pd.to_datetime(people["birth_date"]).dt.year.astype(float),
            }
        ),
        "accounts": cards.assign(customer_id=customer_ids(cards["person"]), account_id=cards["account"].astype(str))[
            ["customer_id", "account_id", "opened_on", "activated_on", "closed_on", "status", "credit_limit"]
        ],
        "transactions": lines.assign(
            customer_id=customer_ids(lines["person"]),
            occurred_on=_days(lines["occurred_at"]),
            kind=lines["kind"].astype(str).map(_KINDS),
            category=lines["category"].astype(object),
        )[["customer_id", "occurred_on", "amount", "kind", "category", "instalment_months"]],
        "offers": read["offers"].assign(
            offer_id=read["offers"]["offer"].astype(str),
            product=read["offers"]["code"].astype(str),
            cost=read["offers"]["response_cost"],
            margin=np.nan,
        )[["offer_id", "product", "cost", "margin", "contact_cost", "cooldown_days", "horizon_months"]],
        "contacts": sent.assign(
            contact_id=sent["contact"].astype(str),
            customer_id=customer_ids(sent["person"]),
            offer_id=sent["offer"].astype(str),
            sent_on=_days(sent["sent_at"]),
            channel=sent["channel"].astype(str),
        )[["contact_id", "customer_id", "offer_id", "channel", "sent_on", "is_holdout", "is_random", "propensity"]],
        "responses": answers.assign(
            contact_id=answers["contact"].astype("Int64").astype(str),
            customer_id=customer_ids(answers["person"]),
            responded_on=_days(answers["responded_at"]),
        )[["contact_id", "customer_id", "responded_on"]],
        "interactions": _of(read["app_events"], "occurred_at"),
        "authorisations": _of(read["card_transactions"].query("status == 'declined'"), "occurred_at"),
        "service_tickets": _of(read["tickets"], "opened_at", "topic", "satisfaction").rename(
            columns={"occurred_on": "opened_at"}
        ),
        "bureau_scores": _of(read["bureau_scores"], "scored_on", "score", "inquiries_6m").rename(
            columns={"occurred_on": "scored_on"}
        ),
        "rewards": _of(read["rewards"], "occurred_on", "kind", "points"),
    }
    for name, day, more in (
        ("statements", "statement_on", ("balance", "credit_limit", "days_past_due", "interest", "previous_balance",
                                        "payments", "fees", "cash_advances", "instalment_balance")),
        ("payments", "paid_at", ("kind", "amount")),
        ("limit_changes", "changed_on", ("old_limit", "new_limit", "reason")),
        ("account_changes", "changed_on", ("what", "old_value", "new_value")),
        ("fraud_cases", "opened_on", ("amount", "outcome")),
    ):  # fmt: skip
        of = read[name]
        frames[name] = of.assign(account_id=of["account"].astype(str), **{day: _days(of[day])})[
            ["account_id", day, *more]
        ].rename(columns={"paid_at": "paid_on"})
    return {name: _plain(frame) for name, frame in frames.items()}


def _of(rows: pd.DataFrame, day: str, *more: str) -> pd.DataFrame:
    dated = rows.assign(customer_id=customer_ids(rows["person"]), occurred_on=_days(rows[day]))
    return dated[["customer_id", "occurred_on", *more]]


def _days(instants: pd.Series) -> pd.Series:
    return pd.to_datetime(instants).dt.date


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Write words of short lists as text."""
    words = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(words, object)).reset_index(drop=True)
