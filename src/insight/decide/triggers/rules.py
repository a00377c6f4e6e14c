"""The rules: on which day which event makes a message to a customer due, from what was known the evening before.

Each rule gives ``customer_id, due_on``, from rows before ``due_on`` alone: later rows change nothing about it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
from ibis import _

from insight.config.triggers import Trigger, Triggers
from insight.decide.triggers.points import lapsing
from insight.decide.triggers.records import APPLICATION, Records, beside, later

TRIGGERS: tuple[str, ...] = get_args(Trigger)
APPLIES, OFF, LACKS = "applies", "off", "lacks"
#: Nothing says how long points live; customers are known by their first purchase alone.
NO_LIFETIME, NO_REGISTRATION = "no_lifetime", "no_registration"
#: What each trigger is read from; of several ways, the first that is there.
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "complaint_closed": (("service_tickets.closed_at",),),
    "first_late_payment": (("statements.days_past_due", "accounts.customer_id"),),
    "lead": (("interactions.kind", "applications.applied_on"), ("interactions.kind", "accounts.opened_on")),
    "points_lapse": (("rewards.points",),),
    "no_first_purchase": (("accounts.opened_on",), ("customers.first_seen_on",)),
    "gone_quiet": (("transactions.customer_id",),),
    "new_product": (("transactions.product_id", "products.category"),),
    "birthday": (("customers.birth_month",),),
}


def in_order(rules: Triggers) -> list[str]:
    """Name the triggers that are used, those first that come first where several fall due together.

    Examples
    --------
    >>> in_order(Triggers(order=("birthday",), unused=("lead", "new_product")))[:3]
    ['birthday', 'complaint_closed', 'first_late_payment']
    """
    return [name for name in dict.fromkeys([*rules.order, *TRIGGERS]) if name not in rules.unused]


def judge(records: Records) -> pd.DataFrame:
    """Say of each trigger whether it applies to a business, and why not.

    Returns
    -------
    DataFrame
        ``trigger``, in order of priority, those that are not used last; ``state`` (`APPLIES`, `OFF`, `LACKS`,
        `NO_LIFETIME`, `NO_REGISTRATION`), ``lacks``: the first table, or ``table.column``, that it needs and that is
        not there, else empty.
    """
    rules, found = records.rules, []
    for name in [*in_order(rules), *(name for name in TRIGGERS if name in rules.unused)]:
        lacks = [next((item for item in way if not records.has(*item.split("."))), "") for way in NEEDS[name]]
        missing = "" if "" in lacks else lacks[0]
        table = missing.partition(".")[0]
        missing = table if missing and not records.has(table) else missing
        state = OFF if name in rules.unused else LACKS if missing else _state(name, records)
        found.append((name, state, missing if state == LACKS else ""))
    return pd.DataFrame(found, columns=["trigger", "state", "lacks"])


def _state(name: str, records: Records) -> str:
    if name == "points_lapse" and records.rules.points_lapse.lifetime_months is None:
        return NO_LIFETIME
    if name == "no_first_purchase" and not _registers(records):
        return NO_REGISTRATION
    return APPLIES


def _registers(records: Records) -> bool:
    """Say whether anybody registered on another day than that of their first purchase."""
    both = _with_first_purchase(records)
    return bool(both.count(where=(both.first_on > both.occurred_on).fill_null(True)).execute())


def _with_first_purchase(records: Records) -> ibis.Table:
    bought = records.days.group_by("customer_id").aggregate(first_on=_.occurred_on.min())
    return records.started.left_join(bought, "customer_id").drop("customer_id_right")


@dataclass(frozen=True)
class Span:
    """Days on which messages are looked for: from ``first`` to the day after the last that is known."""

    first: date
    last: date

    def of(self, events: ibis.Table) -> ibis.Table:
        """Keep the events that fall due in it, each customer once a day."""
        inside = events.filter(events.due_on >= self.first, events.due_on <= self.last, events.customer_id.notnull())
        return inside.select("customer_id", due_on=inside.due_on.cast("date")).distinct()


def no_first_purchase(records: Records, span: Span) -> ibis.Table:
    """Find who registered or opened the first account so many days ago, and has bought nothing since.

    Whoever did so before the data begins is left out: what they bought until then is not known.
    """
    found = _with_first_purchase(records)
    found = found.filter(found.occurred_on >= records.first_day)
    found = found.mutate(due_on=later(found.occurred_on, records.rules.no_first_purchase.days))
    return span.of(found.filter((found.first_on >= found.due_on).fill_null(True)))


def birthday(records: Records, span: Span) -> ibis.Table:
    """Find whose month of birth begins; they are known since before that day."""
    months = pd.date_range(span.first, span.last, freq="MS")
    begins = pd.DataFrame({"birth_month": months.month, "due_on": months.date})
    customers = records.table("customers").select("customer_id", "birth_month")
    known = customers.filter(customers.birth_month.notnull()).join(records.known, "customer_id")
    begin = ibis.memtable(begins, schema={"birth_month": "int64", "due_on": "date"})
    found = known.join(begin, "birth_month")
    return span.of(found.filter(found.occurred_on < found.due_on))


def first_late_payment(records: Records, span: Span) -> ibis.Table:
    """Find whose statement is in arrears for the first time, after at least one that was not."""
    bills = records.statements.filter(_.statement_on <= records.as_of)
    found = bills.group_by("customer_id").aggregate(
        began_on=bills.statement_on.min(), late_on=bills.statement_on.min(where=bills.days_past_due > 0)
    )
    found = found.filter(found.began_on < found.late_on)
    return span.of(found.mutate(due_on=later(found.late_on, records.rules.first_late_payment.days)))


def complaint_closed(records: Records, span: Span) -> ibis.Table:
    """Find whose complaint, or case that left them dissatisfied, was closed so many days ago."""
    rule, cases = records.rules.complaint_closed, records.table("service_tickets")
    topic = cases.topic.lower()
    counts = ibis.or_(*(topic.contains(word.lower()) for word in rule.topics), ibis.literal(False)).fill_null(False)
    if rule.satisfaction is not None:
        counts = counts | (cases.satisfaction <= rule.satisfaction).fill_null(False)
    # a clock that is set forward and back is taken as it is in summer: a case is never known too early
    ahead = max(_offset(records.zone, records.as_of - timedelta(days=30 * back)) for back in range(13))
    closed = cases.filter(counts, cases.closed_at.notnull())
    closed_on = (closed.closed_at + ibis.interval(seconds=int(ahead.total_seconds()))).cast("date")
    return span.of(closed.mutate(due_on=later(closed_on, rule.days)))


def _offset(zone: str, day: date) -> timedelta:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()


def gone_quiet(records: Records, span: Span) -> ibis.Table:
    """Find who has been silent for longer than each of their last gaps between purchase days."""
    rule, days = records.rules.gone_quiet, records.days
    by_customer = ibis.window(group_by=days.customer_id, order_by=days.occurred_on)
    gap = days.occurred_on.delta(days.occurred_on.lag().over(by_customer), unit="day")
    dated = days.mutate(gap=gap.cast("int64"), next_on=days.occurred_on.lead().over(by_customer))
    last = ibis.window(
        group_by=dated.customer_id, order_by=dated.occurred_on, preceding=rule.gaps - 1, following=0
    )  # fmt: skip
    found = dated.mutate(longest=dated.gap.max().over(last), gaps=dated.gap.count().over(last))
    found = found.filter(found.gaps >= rule.gaps)
    silent = ibis.greatest(found.longest + 1, ibis.literal(rule.least_days))
    found = found.mutate(due_on=(found.occurred_on + silent.as_interval("D")).cast("date"))
    return span.of(found.filter((found.next_on >= found.due_on).fill_null(True)))


def lead(records: Records, span: Span) -> ibis.Table:
    """Find whose last enquiry or lead was so many days ago, with no application or account opened since."""
    rule, touches = records.rules.lead, records.table("interactions")
    kind = touches.kind.lower()
    named = ibis.or_(*(kind.startswith(begins.lower()) for begins in rule.kinds), ibis.literal(False))
    asked = touches.filter(named.fill_null(False), touches.customer_id.notnull(), touches.occurred_on.notnull())
    asked = asked.select("customer_id", due_on=asked.occurred_on).filter(_.due_on <= records.as_of).distinct()
    again = asked.due_on.lead().over(group_by=asked.customer_id, order_by=asked.due_on)
    acts = records.acts()
    found = beside(asked.mutate(again_on=again), acts, after=[APPLICATION])
    due = later(found.due_on, rule.days)
    is_last = (found.again_on >= due).fill_null(True) & (found.application_after >= due).fill_null(True)
    return span.of(found.filter(is_last).mutate(due_on=due))


def points_lapse(records: Records, span: Span) -> ibis.Table:
    """Find whose points lapse in so many days, those earned first being used first."""
    rewards = records.table("rewards")
    found = lapsing(rewards.filter(rewards.occurred_on <= records.as_of), records.rules.points_lapse, last=span.last)
    return span.of(ibis.memtable(found, schema={"customer_id": "string", "due_on": "date", "points": "int64"}))


def new_product(records: Records, span: Span) -> ibis.Table:
    """Find who buys from a category in which a product is new, and has not bought that yet."""
    rule, launched, bought = records.rules.new_product, records.launches, records.bought
    categories = records.table("products").select("product_id", "category")
    habits = bought.join(categories, "product_id").select("customer_id", "category", "occurred_on")
    habits = habits.semi_join(launched, "category").distinct().join(launched, "category")
    back = habits.due_on.delta(habits.occurred_on, unit="day")
    habits = habits.filter(back > 0, back <= rule.history_days)
    fits = habits.group_by("customer_id", "product_id", "due_on").aggregate(days=habits.occurred_on.nunique())
    early = bought.join(launched.select("product_id", "due_on"), "product_id")
    own = early.filter(early.occurred_on < early.due_on).select("customer_id", "product_id").distinct()
    return span.of(fits.filter(fits.days >= rule.purchase_days).anti_join(own, ["customer_id", "product_id"]))


RULES: dict[str, Callable[[Records, Span], ibis.Table]] = {
    "complaint_closed": complaint_closed,
    "first_late_payment": first_late_payment,
    "lead": lead,
    "points_lapse": points_lapse,
    "no_first_purchase": no_first_purchase,
    "gone_quiet": gone_quiet,
    "new_product": new_product,
    "birthday": birthday,
}


def find(records: Records, judged: pd.DataFrame, span: Span) -> ibis.Table:
    """Find all messages that fall due in a span: ``customer_id, trigger, due_on``.

    Whoever has closed every account by then gets none, but for a lead.
    """
    parts = []
    for name in judged.loc[judged["state"] == APPLIES, "trigger"]:
        events = RULES[name](records, span)
        events = events if name == "lead" else records.still_here(events)
        parts.append(events.mutate(trigger=ibis.literal(name)).select("customer_id", "trigger", "due_on"))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
