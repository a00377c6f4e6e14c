"""What each table tells of customers by a day: rows of later days are left out, and states are as of that day.

Every row says how many days ``back`` it lies, 0 on the day itself. What a delivery overwrites (the status of an
account, whether it is paid automatically) is read from its history; what is decided later (how a case ended) is not
known yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis

from insight.contracts import CONTRACTS, MONEY
from insight.profile.features import summarise_baskets, summarise_days

_STATEMENT_DAYS = 62  # an account whose last statement is older has been closed
_MONTH = 30  # days of what is counted by month


@dataclass(frozen=True)
class Seen:
    """The tables of a business as seen on a day, in its time zone; ``baskets`` among them where they are at hand."""

    tables: Mapping[str, ibis.Table]
    as_of: date
    zone: str

    def whole(self, table: str) -> ibis.Table:
        """Give a table with every column of its contract: one that the business does not deliver is empty."""
        given = self.tables[table]
        lacking = [column for column in CONTRACTS[table].columns if column.name not in given.columns]
        return given.mutate(**{column.name: ibis.null(column.engine_type) for column in lacking}) if lacking else given

    def rows(self, table: str | ibis.Table, day: str) -> ibis.Table:
        """Give the rows of customers that are known by the day, and the days that they lie ``back``."""
        table = self.whole(table) if isinstance(table, str) else table
        known = table.filter(table.customer_id.notnull(), table[day] <= self.as_of)
        return known.mutate(back=ibis.literal(self.as_of).delta(known[day], unit="day").cast("int64"))

    def rows_of_accounts(self, table: str, day: str) -> ibis.Table:
        """Give the same of a table that names accounts, each row with the account's customer."""
        owners = self.tables["accounts"].select("account_id", "customer_id")
        return self.rows(self.whole(table).inner_join(owners, "account_id"), day)

    def on(self, day: date) -> "Seen":
        """See the same tables as they were known on an earlier day."""
        tables = {name: table for name, table in self.tables.items() if name != "baskets"}
        return Seen({**tables, "baskets": summarise_baskets(tables["transactions"], as_of=day).cache()}, day, self.zone)

    @property
    def baskets(self) -> ibis.Table:
        """The baskets up to the day."""
        made = self.tables.get("baskets")
        return summarise_baskets(self.tables["transactions"], as_of=self.as_of) if made is None else made


#: Makes the rows that features are counted over.
View = Callable[[Seen], ibis.Table]


def _baskets(seen: Seen) -> ibis.Table:
    baskets = seen.rows(seen.baskets, "occurred_on")
    return baskets.filter(baskets.paid).mutate(weekday=baskets.occurred_on.day_of_week.index())


def _gaps(seen: Seen) -> ibis.Table:
    return seen.rows(summarise_days(seen.baskets), "occurred_on")


def _months(seen: Seen) -> ibis.Table:
    baskets = _baskets(seen)
    baskets = baskets.mutate(back=baskets.back // _MONTH * _MONTH)
    return baskets.group_by("customer_id", "back").aggregate(spend=baskets.gross.sum().cast(MONEY))


def _lines(seen: Seen) -> ibis.Table:
    return seen.rows("transactions", "occurred_on")


def _purchases(seen: Seen) -> ibis.Table:
    lines = _lines(seen)
    return lines.filter(lines.kind == "purchase")


def _by(column: str) -> View:
    """Count each customer's purchase lines by what stands in a column: ``lines, last_back, first_back, place``."""

    def counted(seen: Seen) -> ibis.Table:
        lines = _purchases(seen)
        lines = lines.filter(lines[column].notnull())
        found = lines.group_by("customer_id", value=lines[column]).aggregate(
            lines=lines.count(),
            back=lines.back.min(),
            first_back=lines.back.max(),
            spend=lines.amount.sum().cast(MONEY),
        )
        order = [found.lines.desc(), found.value]
        return found.mutate(place=ibis.row_number().over(group_by=found.customer_id, order_by=order))

    return counted


def _of_accounts(table: str, day: str) -> View:
    return lambda seen: seen.rows_of_accounts(table, day)


def _of_customers(table: str, day: str) -> View:
    return lambda seen: seen.rows(table, day)


def _statements(seen: Seen) -> ibis.Table:
    """Give each account's statements, numbered from the last, and say which is the one that holds now."""
    known = seen.rows_of_accounts("statements", "statement_on")
    place = ibis.row_number().over(group_by=known.account_id, order_by=known.statement_on.desc())
    placed = known.mutate(place=place)
    return placed.mutate(now=(placed.place == 0) & (placed.back < _STATEMENT_DAYS))


def _accounts(seen: Seen) -> ibis.Table:
    """Give the accounts opened by a day with what held then: whether closed, blocked, paid automatically."""
    known = seen.rows("accounts", "opened_on")
    known = known.mutate(closed=(known.closed_on <= seen.as_of).fill_null(False))
    if "account_changes" not in seen.tables:
        return known
    for what in ("status", "blocked", "autopay"):
        held = _held(seen.tables["account_changes"], what, seen.as_of)
        known = known.left_join(held, "account_id").drop("account_id_right")
    delivered = known.autopay.ifelse("yes", "no")
    return known.mutate(
        closed=known.closed | (known.status_held == "closed").fill_null(False),
        charged_off=(known.status_held == "charged_off").fill_null(False),
        blocked=(known.blocked_held == "yes").fill_null(False),
        by_itself=(known.autopay_held.coalesce(delivered) == "yes").fill_null(False),
    )


def _held(changes: ibis.Table, what: str, as_of: date) -> ibis.Table:
    """Say what held for an account: what the last change made of it, or what the first one found."""
    of = changes.filter(changes.what == what)
    by_then = of.changed_on <= as_of
    found = of.group_by("account_id").aggregate(
        last=of.new_value.argmax(of.changed_on, where=by_then), before=of.old_value.argmin(of.changed_on)
    )
    return found.select("account_id", found.last.coalesce(found.before).name(f"{what}_held"))


def _limits(seen: Seen) -> ibis.Table:
    changes = seen.rows_of_accounts("limit_changes", "changed_on")
    return changes.mutate(raised=(changes.new_limit - changes.old_limit).cast(MONEY))


def _tickets(seen: Seen) -> ibis.Table:
    """Give the cases opened by the end of a day; of one that is still open then, nothing is known of its end."""
    end = (
        datetime.combine(seen.as_of + timedelta(days=1), time(), ZoneInfo(seen.zone))
        .astimezone(UTC)
        .replace(tzinfo=None)
    )
    cases = seen.whole("service_tickets")
    known = cases.filter(cases.customer_id.notnull(), cases.opened_at < end)
    seconds = ibis.literal(end).delta(known.opened_at, unit="second").cast("int64")
    ended = (known.closed_at < end).fill_null(False)
    return known.mutate(
        back=(seconds - 1) // 86400,
        ended=ended,
        satisfaction=ended.ifelse(known.satisfaction, ibis.null("float64")).cast(MONEY),
        resolution=ended.ifelse(known.resolution, ibis.null("string")),
    )


def _fraud(seen: Seen) -> ibis.Table:
    known = seen.rows_of_accounts("fraud_cases", "opened_on")
    return known.mutate(confirmed=((known.closed_on <= seen.as_of) & (known.outcome == "confirmed")).fill_null(False))


def _applications(seen: Seen) -> ibis.Table:
    known = seen.rows("applications", "applied_on")
    return known.mutate(declined=((known.decided_on <= seen.as_of) & (known.decision == "declined")).fill_null(False))


def _contacts(seen: Seen) -> ibis.Table:
    known = seen.rows("contacts", "sent_on")
    return known.filter(~known.is_holdout)


def _scores(seen: Seen) -> ibis.Table:
    known = seen.rows("bureau_scores", "scored_on")
    place = ibis.row_number().over(group_by=known.customer_id, order_by=known.scored_on.desc())
    return known.mutate(place=place)


def _consents(seen: Seen) -> ibis.Table:
    known = seen.rows("consents", "given_on")
    # of two answers on one day, the refusal holds
    order = [known.given_on.desc(), known.granted, known.channel]
    return known.mutate(place=ibis.row_number().over(group_by=known.customer_id, order_by=order))


def _cards(seen: Seen) -> ibis.Table:
    return seen.rows_of_accounts("cards", "issued_on")


#: By view: how its rows are made.
VIEWS: dict[str, View] = {
    "baskets": _baskets,
    "gaps": _gaps,
    "months": _months,
    "lines": _lines,
    "purchases": _purchases,
    "card_purchases": _purchases,
    "categories": _by("category"),
    "channels": _by("channel"),
    "merchants": _by("merchant_id"),
    "cities": _by("city"),
    "statements": _statements,
    "payments": _of_accounts("payments", "paid_on"),
    "authorisations": _of_customers("authorisations", "occurred_on"),
    "accounts": _accounts,
    "states": _accounts,
    "cards": _cards,
    "limit_changes": _limits,
    "rewards": _of_customers("rewards", "occurred_on"),
    "interactions": _of_customers("interactions", "occurred_on"),
    "contacts": _contacts,
    "responses": _of_customers("responses", "responded_on"),
    "service_tickets": _tickets,
    "fraud_cases": _fraud,
    "applications": _applications,
    "referrals": _of_customers("referrals", "referred_on"),
    "bureau_scores": _scores,
    "consents": _consents,
}
