"""What the card bank's systems deliver as Parquet: postings, interactions, contacts, statements, points, scores.

These files are typed, so nothing has to be guessed: each row becomes one canonical row.
"""

from pathlib import Path

import ibis
from ibis.expr.types import StringValue, Table, Value

from insight.contracts import MONEY
from insight.contracts.table import FAULT, LIKELY_AMOUNT, PLACE, REMARKS
from insight.sources.clock import local_time, utc
from insight.sources.mapping.canonical import customer_key

#: Columns by table.
COLUMNS = {
    "transactions": (
        *("transaction_id", "basket_id", "customer_id", "account_id", "occurred_at", "occurred_on", "hour"),
        *("amount", "currency", "kind", "category", "merchant", "channel"),
    ),
    "interactions": ("interaction_id", "customer_id", "occurred_at", "occurred_on", "channel", "kind"),
    "contacts": (
        *("contact_id", "customer_id", "campaign_id", "offer_id", "channel"),
        *("sent_at", "sent_on", "is_holdout", "propensity"),
    ),
    "responses": (
        *("response_id", "contact_id", "customer_id", "campaign_id"),
        *("responded_at", "responded_on", "kind", "value"),
    ),
    "statements": (
        *("account_id", "statement_on", "due_on", "balance", "minimum_due", "credit_limit", "days_past_due"),
    ),
    "payments": ("payment_id", "account_id", "paid_on", "amount", "kind"),
    "rewards": ("reward_id", "customer_id", "occurred_on", "kind", "points"),
    "bureau_scores": ("customer_id", "scored_on", "score"),
}
_KINDS = {"PUR": "purchase", "REF": "refund", "FEE": "fee", "INT": "fee", "CSH": "other"}


def read(folder: Path, con: ibis.BaseBackend, *, zone: str, currency: str) -> dict[str, Table]:
    """Give the canonical tables that are made from Parquet files, each row with its place.

    Parameters
    ----------
    folder
        The bank's files.
    con
        A local DuckDB connection.
    zone, currency
        The bank's time zone, which its clocks show, and its currency.
    """
    contacts = _rows(con, folder, "marketing/contacts")
    return {
        "transactions": _transactions(
            _rows(con, folder, "card/card_postings"), _merchants(con, folder), zone=zone, currency=currency
        ),
        "interactions": ibis.union(
            _app_events(_rows(con, folder, "app/app_events"), zone=zone),
            _not_posted(_rows(con, folder, "card/card_not_posted"), zone=zone),
        ),
        "contacts": _contacts(contacts, zone=zone),
        "responses": _responses(_rows(con, folder, "marketing/responses"), contacts, zone=zone),
        "statements": _statements(_rows(con, folder, "statements/statements")),
        "payments": _payments(_rows(con, folder, "payments/payments")),
        "rewards": _rewards(_rows(con, folder, "rewards/points")),
        "bureau_scores": _scores(_rows(con, folder, "bureau/bureau_scores")),
    }


def _rows(con: ibis.BaseBackend, folder: Path, name: str) -> Table:
    """Read a file's parts with where each row stands; Parquet has no header, so its first row is line 1."""
    path = folder / name
    parts = sorted(str(part) for part in path.parent.glob(f"{path.name}-*.parquet"))
    table = con.read_parquet(parts, file_row_number=True, filename=True)
    return table.mutate(
        source_file=table.filename.substr(len(str(folder)) + 1),
        source_line=(table.file_row_number + 1).cast("int64"),
        fault=ibis.null("string"),
    ).drop("file_row_number", "filename")


def _merchants(con: ibis.BaseBackend, folder: Path) -> Table:
    """Read the merchant directory: what each one is called, and what it sells."""
    rows = con.read_csv(str(folder / "merchants" / "merchants.csv"), all_varchar=True)
    known = rows.group_by(number=rows.merchant_no.cast("int64"))
    return known.aggregate(merchant=rows.name_zh.min(), category=rows.category.min())


def _place(rows: Table) -> dict[str, Value]:
    nothing = {REMARKS: ibis.null("array<string>"), LIKELY_AMOUNT: ibis.null("float64")}
    return {name: rows[name] for name in (*PLACE, FAULT)} | nothing


def _text(value: Value) -> StringValue:
    return value.cast("string")


def _meaning(code: Value, words: dict[str, str]) -> StringValue:
    text = _text(code)
    return ibis.cases(*[(text == written, word) for written, word in words.items()], else_=text)


def _instant(rows: Table, name: str, stem: str, *, zone: str) -> dict[str, Value]:
    """Give the instant and the day of a time that a clock in the bank showed."""
    clock = rows[name].cast("timestamp(6)")
    return {f"{stem}_at": utc(clock, zone=zone), f"{stem}_on": clock.date()}


def _transactions(lines: Table, merchants: Table, *, zone: str, currency: str) -> Table:
    known = lines.mutate(number=lines.MERCHANT_NO.cast("int64")).left_join(merchants, "number")
    return known.select(
        transaction_id=_text(known.TXN_ID),
        basket_id=_text(known.TXN_ID),
        customer_id=customer_key("card", known.CUST_NO),
        account_id=_text(known.ACCT_NO),
        **_instant(known, "TXN_TIME", "occurred", zone=zone),
        hour=known.TXN_TIME.hour().cast("int64"),
        amount=known.AMOUNT.cast(MONEY),
        currency=ibis.literal(currency),
        kind=_meaning(known.TXN_TYPE, _KINDS),
        category=known.category,
        merchant=known.merchant,
        channel=_text(known.CHANNEL),
        **_place(known),
    )


def _not_posted(lines: Table, *, zone: str) -> Table:
    """Give purchases that were declined or are still open: interactions, no transactions."""
    return lines.select(
        interaction_id=ibis.literal("card-") + _text(lines.TXN_ID),
        customer_id=customer_key("card", lines.CUST_NO),
        **_instant(lines, "TXN_TIME", "occurred", zone=zone),
        channel=_text(lines.CHANNEL),
        kind=ibis.literal("card: ") + _text(lines.STATUS),
        **_place(lines),
    )


def _app_events(rows: Table, *, zone: str) -> Table:
    instant = rows.ts.as_timestamp("ms").cast("timestamp(6)")
    kind = ibis.coalesce(_text(rows.kind) + ": " + _text(rows.page), _text(rows.kind))
    return rows.select(
        interaction_id=ibis.literal("app-") + _text(rows.event_id),
        customer_id=customer_key("app", rows.user_id),
        occurred_at=instant,
        occurred_on=local_time(instant, zone=zone).date(),
        channel=ibis.literal("app"),
        kind=kind,
        **_place(rows),
    )


def _contacts(rows: Table, *, zone: str) -> Table:
    return rows.select(
        contact_id=_text(rows.contact_no),
        customer_id=_target(rows),
        campaign_id=_text(rows.campaign),
        offer_id=_text(rows.offer),
        channel=_text(rows.channel),
        **_instant(rows, "sent_at", "sent", zone=zone),
        is_holdout=rows.is_holdout,
        propensity=rows.propensity.cast("float64"),
        **_place(rows),
    )


def _target(rows: Table) -> StringValue:
    """Give the customer key of each contact, by the list that the campaign tool took it from."""
    return _text(rows.target_list) + ":" + _text(rows.target_key)


def _responses(rows: Table, contacts: Table, *, zone: str) -> Table:
    sent = contacts.select(contact_no="contact_no", customer_id=_target(contacts))
    rows = rows.left_join(sent, "contact_no").drop("contact_no_right")
    return rows.select(
        response_id=_text(rows.response_no),
        contact_id=_text(rows.contact_no),
        customer_id=rows.customer_id,
        campaign_id=_text(rows.campaign),
        **_instant(rows, "responded_at", "responded", zone=zone),
        kind=_text(rows.kind),
        value=rows.value.cast(MONEY),
        **_place(rows),
    )


def _statements(rows: Table) -> Table:
    return rows.select(
        account_id=_text(rows.acct_no),
        statement_on=rows.statement_on.cast("date"),
        due_on=rows.due_on.cast("date"),
        **{name: rows[name].cast(MONEY) for name in ("balance", "minimum_due", "credit_limit")},
        days_past_due=rows.days_past_due.cast("int64"),
        **_place(rows),
    )


def _payments(rows: Table) -> Table:
    return rows.select(
        payment_id=_text(rows.payment_no),
        account_id=_text(rows.acct_no),
        paid_on=rows.paid_at.cast("timestamp(6)").date(),
        amount=rows.amount.cast(MONEY),
        kind=_text(rows.kind),
        **_place(rows),
    )


def _rewards(rows: Table) -> Table:
    return rows.select(
        reward_id=_text(rows.entry_no),
        customer_id=customer_key("rewards", rows.member_no),
        occurred_on=rows.occurred_on.cast("date"),
        kind=_text(rows.kind),
        points=rows.points.cast("int64"),
        **_place(rows),
    )


def _scores(rows: Table) -> Table:
    return rows.select(
        customer_id=customer_key("bureau", rows.SUBJECT_REF),
        scored_on=rows.SCORED_ON.cast("date"),
        score=rows.SCORE.cast("float64"),
        **_place(rows),
    )
