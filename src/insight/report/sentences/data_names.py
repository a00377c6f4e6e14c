"""The words for tables, columns, kinds of transactions, and rules of a contract."""

import re

from insight.report.language import Message, _

TABLES: dict[str, Message] = {
    "transactions": _("transactions"),
    "customers": _("customers"),
    "products": _("products"),
    "campaigns": _("campaigns"),
    "offers": _("offers"),
    "offer_products": _("products of offers"),
    "contacts": _("contacts"),
    "responses": _("responses"),
    "accounts": _("accounts"),
    "interactions": _("interactions"),
    "service_tickets": _("service tickets"),
    "applications": _("applications"),
    "statements": _("statements"),
    "payments": _("payments"),
    "rewards": _("rewards"),
    "fraud_cases": _("fraud cases"),
    "bureau_scores": _("bureau scores"),
}

COLUMNS: dict[str, Message] = {
    "customer_id": _("customer"),
    "account_id": _("account"),
    "product_id": _("product"),
    "campaign_id": _("campaign"),
    "offer_id": _("offer"),
    "contact_id": _("contact"),
    "hour": _("hour of day"),
    "amount": _("amount"),
    "quantity": _("quantity"),
    "discount": _("discount"),
    "promoted": _("promotion"),
    "category": _("category"),
    "merchant": _("shop or merchant"),
    "channel": _("channel"),
    "birth_year": _("year of birth"),
    "age_band": _("age band"),
    "gender": _("gender"),
    "region": _("region"),
    "origin": _("origin"),
    "income_band": _("income band"),
    "household_size": _("household size"),
    "first_seen_on": _("first seen"),
    "consent": _("consent"),
    "occurred_at": _("time"),
    "occurred_on": _("day"),
    "currency": _("currency"),
    "kind": _("kind"),
    "transaction_id": _("transaction"),
    "basket_id": _("basket"),
    "line": _("line"),
}

KINDS: dict[str, Message] = {
    "purchase": _("purchases"),
    "refund": _("refunds"),
    "payment": _("payments"),
    "fee": _("fees"),
    "other": _("other"),
}

_RULES: dict[str, Message] = {
    "is missing": _("is missing"),
    "repeats with other content": _("repeats with other content"),
    "lies after the last day that counts": _("lies in the future"),
}
_BOUNDS = re.compile(r"is (?P<side>below|above) (?P<bound>[-\d.e+]+)")


def table_name(table: str) -> Message | str:
    """Name a table in words.

    Examples
    --------
    >>> str(table_name("offer_products")), table_name("loyalty_cards")
    ('products of offers', 'loyalty_cards')
    """
    return TABLES.get(table, table)


def column_name(column: str) -> Message | str:
    """Name a column in words."""
    return COLUMNS.get(column, column)


def rule_name(rule: str) -> Message | str:
    """Name a rule of a contract in words; one that is not known stays as the source said it.

    Examples
    --------
    >>> str(rule_name("is below 0")), rule_name("is not a number")
    ('is below 0', 'is not a number')
    """
    if bound := _BOUNDS.fullmatch(rule):
        below = bound["side"] == "below"
        return _("is below {bound}", bound=bound["bound"]) if below else _("is above {bound}", bound=bound["bound"])
    return _RULES.get(rule, rule)
