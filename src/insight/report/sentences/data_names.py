"""The words for tables, columns, kinds of transactions, and rules of a contract."""

import re

from insight.report.language import Message, _

TABLES: dict[str, Message] = {
    "transactions": _("transactions"),
    "customer_records": _("records of people"),
    "customers": _("customers"),
    "events": _("events"),
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
    "kind": _("kind of line"),
    "transaction_id": _("transaction"),
    "basket_id": _("basket"),
    "line": _("line"),
    "full_name": _("full name"),
    "family_name": _("family name"),
    "given_name": _("given name"),
    "latin_name": _("name in Latin letters"),
    "nickname": _("nickname"),
    "birth_date": _("date of birth"),
    "document_type": _("kind of document"),
    "document_number": _("document number"),
    "phone": _("telephone"),
    "email": _("e-mail"),
    "wechat_id": _("WeChat id"),
    "city": _("city"),
    "address": _("address"),
    "postcode": _("postcode"),
    "source_record_id": _("the record’s key"),
    "source_system": _("source system"),
}

KINDS: dict[str, Message] = {
    "purchase": _("purchases"),
    "refund": _("refunds"),
    "payment": _("payments"),
    "fee": _("fees"),
    "other": _("other"),
}

_RULES: dict[str, Message] = {
    message.text: message
    for message in (
        _("is missing"),
        _("repeats with other content"),
        _("is not a number as the format says"),
        _("is too large a number"),
        _("is not a whole number"),
        _("is neither yes nor no"),
        _("is not a date as the format says"),
        _("is a value that `values` does not name"),
        _("the header again"),
        _("a line of totals"),
        _("a quotation mark that is not closed"),
        _("text after a closing quotation mark"),
        _("a NUL byte"),
    )
} | {"lies after the last day that counts": _("lies in the future")}

_RULES_WITH_VALUES: dict[str, str] = {
    r"is below (?P<bound>\S+)": _("is below {bound}").text,
    r"is above (?P<bound>\S+)": _("is above {bound}").text,
    r"lies before (?P<year>\d+)": _("lies before {year}").text,
    r"is not one of (?P<values>.+)": _("is not one of {values}").text,
    r"(?P<found>\d+) fields where (?P<expected>\d+) are expected": _(
        "{found} fields where {expected} are expected"
    ).text,
}


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
    >>> str(rule_name("is below 0")), str(rule_name("is missing")), rule_name("smells odd")
    ('is below 0', 'is missing', 'smells odd')
    """
    for pattern, text in _RULES_WITH_VALUES.items():
        if values := re.fullmatch(pattern, rule):
            return _(text, **values.groupdict())
    return _RULES.get(rule, rule)
