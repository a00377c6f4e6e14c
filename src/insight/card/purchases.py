"""What a bank sees of a card purchase at its moment: the purchase itself, and what its account did before.

Nothing of the same second or later is seen, and nothing that only later books tell: not whether it was posted or
disputed. What is usual among all accounts is that of the months before.
"""

import ibis
from ibis.expr.types import IntegerColumn, NumericValue, Table

from insight.card.applications import Has, Read

HOUR, DAY = 3_600, 86_400  # seconds
SMALL = 30  # currency units; less, online, may try whether a card works
_SPANS = {"6h": 6 * HOUR, "24h": DAY, "48h": 2 * DAY}
_LONG = {"1h": HOUR, "7d": 7 * DAY}
_THOUSAND = 1_000  # logarithms are whole thousandths, so that no sum depends on its order
_BINDS = "bind_payment"
_KNOWN, _KINDS = 10, 30  # purchases that what is usual of everybody counts for; kinds of purchase that there may be
_TOLD = ("purchase_id", "customer_id", "account_id", "second", "occurred_on", "month", "posted", "declined", "disputed")


def asked(read: Read, has: Has) -> Table:
    """Give every purchase that a card was asked to pay, posted or not, and every card bound to a telephone.

    Returns
    -------
    Table
        ``purchase_id`` (empty of what is no purchase), ``customer_id, account_id, second`` (since 1970),
        ``occurred_on, hour`` (UTC), ``amount, category, channel, merchant, city, posted, declined, disputed``.
    """
    posted = read("transactions")
    rows = [_lines(posted.filter(posted.kind == "purchase"), "transaction_id", posted=True)]
    if has("authorisations"):
        others = read("authorisations")
        rows.append(_lines(others.filter(others.kind == "purchase"), "authorisation_id", posted=False))
    if has("interactions"):
        binds = read("interactions")
        binds = binds.filter(binds.kind == _BINDS)
        owned = read("accounts").select("account_id", "customer_id")
        rows.append(_events(binds.inner_join(owned, "customer_id")))
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def _lines(rows: Table, key: str, *, posted: bool) -> Table:
    word = ibis.null("string")
    rows = rows.filter(rows.account_id.notnull(), rows.occurred_at.notnull())
    online = (rows.channel == "online").fill_null(False)
    return rows.select(
        purchase_id=rows[key],
        customer_id=rows.customer_id,
        account_id=rows.account_id,
        second=rows.occurred_at.epoch_seconds().cast("int64"),
        occurred_on=rows.occurred_on.cast("date"),
        hour=rows.occurred_at.hour().cast("int64"),
        amount=rows.amount.cast("float64"),
        category=rows.category,
        channel=rows.channel,
        merchant=rows.merchant_id if "merchant_id" in rows.columns else word,
        city=(online | (rows.city == "")).ifelse(word, rows.city) if "city" in rows.columns else word,
        posted=ibis.literal(posted),
        declined=ibis.literal(False) if posted else (rows.status == "declined").fill_null(False),
        disputed=rows.disputed.fill_null(False) if "disputed" in rows.columns else ibis.literal(False),
    )


def _events(rows: Table) -> Table:
    word = ibis.null("string")
    return rows.select(
        purchase_id=word,
        customer_id=rows.customer_id,
        account_id=rows.account_id,
        second=rows.occurred_at.epoch_seconds().cast("int64"),
        occurred_on=rows.occurred_on.cast("date"),
        hour=rows.occurred_at.hour().cast("int64"),
        amount=ibis.null("float64"),
        **dict.fromkeys(("category", "channel", "merchant", "city"), word),
        **dict.fromkeys(("posted", "declined", "disputed"), ibis.literal(False)),
    )


def describe(lines: Table) -> Table:
    """Describe each purchase by itself and by what its account did before it.

    Parameters
    ----------
    lines
        As :func:`asked` gives them.

    Returns
    -------
    Table
        A row for each purchase: what it is, whether it was ``posted, declined, disputed``, and what was known:
        amounts as thousandths of a logarithm, times in seconds. ``odd`` is the amount above the account's usual one of
        the category, ``rare`` how seldom it buys there, ``place`` how seldom in that city.
    """
    rows = lines.mutate(
        month=(lines.occurred_on.year() * 12 + lines.occurred_on.month() - 1).cast("int64"),
        size=_whole(lines.amount.clip(lower=0.01).ln()),
        online=(lines.channel == "online").fill_null(False).cast("int64"),
    )
    rows = _among_others(rows)
    first, kind, place, shop = (before(None, *keys) for keys in ((), ("category",), ("city",), ("merchant",)))
    rows = rows.mutate(
        before=rows.above.count().over(first),
        own_sum=rows.above.sum().over(first),
        in_shops=rows.city.count().over(first),
        online_before=rows.online.sum().over(first),
        last=rows.second.max(where=rows.amount.notnull()).over(first),
        bound=rows.second.max(where=rows.amount.isnull()).over(first),
        since=rows.second.min().over(ibis.window(group_by="account_id")),
        of_kind=rows.above.count().over(kind),
        kind_sum=rows.above.sum().over(kind),
        in_city=rows.city.count().over(place),
        at_merchant=rows.merchant.count().over(shop),
    )
    own = rows.own_sum.fill_null(0).cast("float64") / (rows.before + 2)
    level = (rows.kind_sum.fill_null(0) + own * 2) / (rows.of_kind + 2)
    in_city = rows.city.isnull().ifelse(0, rows.in_city)
    rows = rows.mutate(
        odd=(rows.above - level).round().cast("int64"),
        own_odd=(rows.above - own).round().cast("int64"),
        rare=_whole((rows.before + _KNOWN).cast("float64").ln() - (rows.of_kind + _KNOWN * rows.share).ln()),
        place=rows.city.isnull().ifelse(0, _whole(((rows.in_shops + 2) / (in_city + 0.3)).ln())),
        away=(rows.city.notnull() & (in_city * 4 < rows.in_shops)).cast("int64"),
        new=(rows.merchant.notnull() & (rows.at_merchant == 0)).cast("int64"),
        small=(rows.online * (rows.amount < SMALL).cast("int64")).fill_null(0),
        gap=rows.second - rows["last"],
        bound=rows.second - rows.bound,
        just_bound=(rows.second - rows.bound < 2 * HOUR).fill_null(False).cast("int64"),
        age=(rows.second - rows.since).nullif(0),
        in_city=in_city,
        city_share=in_city / rows.in_shops.nullif(0),
        online_share=rows.online_before / rows.before.nullif(0),
    )
    rows = rows.mutate(excess=rows.odd.clip(lower=0)).filter(rows.purchase_id.notnull())
    numbers = {name: rows[name].cast("float32" if name.endswith("share") else "int32") for name in _NOW}
    return rows.select(*_TOLD, "amount", "category", "channel", **numbers)


_SUMMED = ("excess", "rare", "small", "refused", "away", "new", "online")
# what is called what, the sum of what it is, and how far it reaches back
_COUNTED = (
    *((f"{what}_{name}", what, span) for name, span in _SPANS.items() for what in _SUMMED),
    *((f"n_{name}", "n", span) for name, span in (_SPANS | _LONG).items()),
)
_WEIGHED = tuple(
    (f"{called}_{name}", what, span)
    for name, span in _SPANS.items()
    for called, what in (("weight", "weight"), ("weight_most", "most"))
)
_FURTHEST = max(span for _, _, span in _COUNTED)
_KEY = ("purchase_id", "posted")
_NOW = (
    *("hour", "size", "above", "online", "small", "before", "in_shops", "of_kind", "in_city", "at_merchant", "odd"),
    *("own_odd", "rare", "place", "away", "new", "gap", "bound", "just_bound", "age", "city_share", "online_share"),
    *("share", "excess"),
)


def _among_others(rows: Table) -> Table:
    """Add how far an amount is ``above`` its category's usual one, and the category's ``share``, by earlier months."""
    bought = rows.filter(rows.amount.notnull())
    by = bought.group_by("month", "category").aggregate(n=bought.count(), total=bought["size"].sum())
    everyone = by.group_by("month").aggregate(everyone=by.n.sum())
    of_all = ibis.window(preceding=(None, 1), order_by="month")
    of_kind = ibis.window(preceding=(None, 1), group_by="category", order_by="month")
    everyone = everyone.mutate(everyone=everyone.everyone.sum().over(of_all))
    by = by.mutate(kind_n=by.n.sum().over(of_kind), kind_total=by.total.sum().over(of_kind))
    usual = by.inner_join(everyone, "month").select("month", "category", "kind_n", "kind_total", "everyone")
    rows = rows.left_join(usual, ["month", "category"]).drop("month_right", "category_right")
    mean = (rows.kind_total / rows.kind_n.nullif(0)).fill_null(0).round().cast("int64")
    return rows.mutate(
        above=rows["size"] - mean, share=(rows.kind_n.fill_null(0) + 1) / (rows.everyone.fill_null(0) + _KINDS)
    ).drop("kind_n", "kind_total", "everyone")


def before(span: int | None, *keys: str) -> ibis.expr.builders.WindowBuilder:
    """Give the window of an account's rows of the seconds before, all of them or those within a span."""
    return ibis.range_window(preceding=(span, 1), group_by=["account_id", *keys], order_by="second")


def _whole(value: NumericValue) -> IntegerColumn:
    return (value * _THOUSAND).round().cast("int64")


def lately(some: Table, rows: Table) -> Table:
    """Add to some purchases what their accounts did in the hours before each: sums, counts and highest weights.

    Few purchases are looked at so closely, which is why they are joined to those before them: a window would do the
    same for every purchase.

    Parameters
    ----------
    some
        Purchases to be looked at.
    rows
        All purchases, as `describe` gives them, with ``weight``; what is below nothing in it counts for nothing.
    """
    seen = rows.select(
        whose=rows.account_id, at=rows.second, n=rows.above.notnull().cast("int64"), weight=rows.weight.clip(lower=0),
        refused=rows.declined.cast("int64"), **{name: rows[name] for name in _SUMMED if name != "refused"},
    )  # fmt: skip
    here = some.select(*_KEY, "account_id", "second")
    met = here.inner_join(
        seen, [here.account_id == seen.whose, seen["at"] >= here.second - _FURTHEST, seen["at"] < here.second]
    )
    found: dict[str, ibis.Value] = {}
    for name, what, span in (*_COUNTED, *_WEIGHED):
        within = met["at"] >= met.second - span
        of_all = met.weight.max(where=within) if what == "most" else met[what].sum(where=within)
        found[name] = of_all.fill_null(0).cast("int32")
    told = met.group_by(_KEY).aggregate(**found)
    joined = some.left_join(told, _KEY)
    counted, weighed = ({name: joined[name].fill_null(0) for name, _, _ in names} for names in (_COUNTED, _WEIGHED))
    return joined.select(*some.drop("weight").columns, **counted, weight=joined.weight, **weighed)
