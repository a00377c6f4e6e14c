"""What customers did by day, in one form for every table: purchases, points, statements, answers, contacts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import ibis
from ibis import _

from insight.config.triggers import Triggers
from insight.profile.features import summarise_baskets, summarise_days

Read = Callable[[str], ibis.Table]
#: Whether the business has a table, or, with a second argument, a column of it with something in it.
Has = Callable[..., bool]

PURCHASE, NEW, REDEMPTION, POINTS = "purchase", "new", "redemption", "points"
STATEMENT, PAID, APPLICATION, START = "statement", "paid", "application", "start"
GRANTED, REFUSED, CONTACT = "granted", "refused", "contact"


@dataclass(frozen=True, eq=False)
class Records:
    """The tables that triggers look at, up to a day.

    Attributes
    ----------
    read, has
        Of the workspace.
    as_of
        Last day that is known.
    zone
        Business time zone: a case has an instant, but no day.
    rules
        The parameters.
    """

    read: Read
    has: Has
    as_of: date
    zone: str
    rules: Triggers = field(default_factory=Triggers)

    def table(self, name: str) -> ibis.Table:
        """Open a table, each once."""
        if name not in self._opened:
            self._opened[name] = self.read(name)
        return self._opened[name]

    @cached_property
    def _opened(self) -> dict[str, ibis.Table]:
        return {}

    @cached_property
    def days(self) -> ibis.Table:
        """Purchase days of customers: ``customer_id, occurred_on``, each once."""
        baskets = summarise_baskets(self.table("transactions"), as_of=self.as_of)
        bought = summarise_days(baskets.filter(baskets.customer_id.notnull()))
        return bought.select("customer_id", "occurred_on").cache()

    @cached_property
    def first_day(self) -> date:
        """First day of the data: what was bought before it is not known."""
        return self.table("transactions").occurred_on.min().execute().date()

    @cached_property
    def started(self) -> ibis.Table:
        """Day on which a customer registered, or opened the first account: ``customer_id, occurred_on``."""
        table, day = ("accounts", "opened_on") if self.has("accounts", "opened_on") else ("customers", "first_seen_on")
        return _first(self.table(table), day)

    @cached_property
    def known(self) -> ibis.Table:
        """First day on which a customer is known, by whatever table: ``customer_id, occurred_on``."""
        parts = [_first(self.days, "occurred_on")]
        if self.has("accounts", "opened_on"):
            parts.append(_first(self.table("accounts"), "opened_on"))
        if self.has("customers", "first_seen_on"):
            parts.append(_first(self.table("customers"), "first_seen_on"))
        known = _first(ibis.union(*parts) if len(parts) > 1 else parts[0], "occurred_on")
        return known.filter(known.occurred_on <= self.as_of).cache()

    def acts(self) -> dict[str, ibis.Table]:
        """Give what customers did, as far as there are records of it: days by customer, each once."""
        found = {PURCHASE: self.days}
        if self.has("rewards"):
            rewards = self.table("rewards")
            found[POINTS] = self._until(rewards, "occurred_on")
            used = rewards.filter(rewards.points < 0, ~rewards.kind.isin(self.rules.points_lapse.expired))
            found[REDEMPTION] = self._until(used, "occurred_on")
        if self.has("statements") and self.has("accounts"):
            bills = self.statements
            found[STATEMENT] = self._until(bills, "statement_on")
            found[PAID] = self._until(bills.filter(bills.days_past_due == 0), "statement_on")
        if self.has("accounts", "opened_on") or self.has("customers", "first_seen_on"):
            found[START] = self.started
        asked = [
            self._until(self.table(table), day)
            for table, day in (("applications", "applied_on"), ("accounts", "opened_on"))
            if self.has(table, day)
        ]
        if asked:
            found[APPLICATION] = ibis.union(*asked, distinct=True) if len(asked) > 1 else asked[0]
        if self.has("transactions", "product_id") and self.has("products", "category"):
            new = self.bought.join(self.launches, "product_id")
            found[NEW] = self._until(new.filter(new.occurred_on >= new.due_on), "occurred_on")
        if self.has("consents"):
            answers = self.table("consents").group_by("customer_id", "given_on").aggregate(granted=_.granted.all())
            found[GRANTED] = self._until(answers.filter(answers.granted), "given_on")
            found[REFUSED] = self._until(answers.filter(~answers.granted), "given_on")
        if self.has("contacts"):
            contacts = self.table("contacts")
            found[CONTACT] = self._until(contacts.filter(~contacts.is_holdout), "sent_on")
        return found

    def still_here(self, rows: ibis.Table) -> ibis.Table:
        """Leave out the rows (``customer_id, due_on``) of whoever held accounts by that day and has closed them all."""
        if not self.has("accounts", "closed_on"):
            return rows
        accounts = self.table("accounts").select("customer_id", "opened_on", "closed_on")
        closers = accounts.filter(accounts.closed_on.notnull()).select("customer_id").distinct()
        held = accounts.semi_join(closers, "customer_id").join(rows, "customer_id")
        held = held.filter((held.opened_on < held.due_on).fill_null(True))
        still = (held.closed_on >= held.due_on).fill_null(True)
        found = held.group_by("customer_id", "due_on").aggregate(still=still.any())
        return rows.anti_join(found.filter(~found.still), ["customer_id", "due_on"])

    @cached_property
    def bought(self) -> ibis.Table:
        """Days on which a customer bought a product: ``customer_id, product_id, occurred_on``, each once."""
        lines = self.table("transactions")
        lines = lines.filter(lines.kind == "purchase", lines.customer_id.notnull(), lines.product_id.notnull())
        lines = lines.filter(lines.occurred_on <= self.as_of)
        return lines.select("customer_id", "product_id", "occurred_on").distinct().cache()

    @cached_property
    def launches(self) -> ibis.Table:
        """Products first sold well after the data begins and bought by many at once.

        Returns
        -------
        Table
            ``product_id, category, due_on``: the day after which that is known.
        """
        rule, bought = self.rules.new_product, self.bought
        first = bought.group_by("product_id").aggregate(first_on=bought.occurred_on.min())
        first = first.filter(first.first_on >= self.first_day + timedelta(days=rule.history_days))
        new = bought.join(first.mutate(due_on=later(first.first_on, rule.days)), "product_id")
        new = new.filter(new.occurred_on < new.due_on, new.due_on <= self.as_of + timedelta(days=1))
        counted = new.group_by("product_id", "due_on").aggregate(buyers=new.customer_id.nunique())
        products = self.table("products").select("product_id", "category")
        launched = counted.filter(counted.buyers >= rule.buyers).join(products, "product_id")
        return launched.filter(launched.category.notnull()).select("product_id", "category", "due_on").cache()

    @cached_property
    def statements(self) -> ibis.Table:
        """Statements with the customer of their account."""
        owners = self.table("accounts").select("account_id", "customer_id")
        return self.table("statements").join(owners, "account_id")

    def _until(self, table: ibis.Table, day: str) -> ibis.Table:
        found = table.select("customer_id", occurred_on=table[day])
        return found.filter(found.customer_id.notnull(), found.occurred_on <= self.as_of).distinct()


def _first(table: ibis.Table, day: str) -> ibis.Table:
    known = table.filter(table.customer_id.notnull(), table[day].notnull())
    return known.group_by("customer_id").aggregate(occurred_on=known[day].min())


def later(day: ibis.Value, days: int) -> ibis.Value:
    """Give the day so many days after another."""
    return (day + ibis.interval(days=days)).cast("date")


def beside(
    events: ibis.Table, acts: Mapping[str, ibis.Table], *, before: Sequence[str] = (), after: Sequence[str] = ()
) -> ibis.Table:
    """Give each event with the last day before it, or the first from it on, on which the customer did something.

    Everything is put in order once, however many acts there are: no event meets all days of its customer.

    Parameters
    ----------
    events
        ``customer_id, due_on``, and whatever else.
    acts
        Days by customer, ``customer_id, occurred_on``, by name.
    before, after
        Which of them are looked for before ``due_on``, that day not included, and from it on, that day included; those
        that there are no records of are left empty.

    Returns
    -------
    Table
        The events, with ``<name>_before`` and ``<name>_after``; null where there is no such day.
    """
    others = {name: events[name].type() for name in events.columns if name not in ("customer_id", "due_on")}
    rows = [events.select("customer_id", "due_on", *others, act=ibis.null("string"))]
    for name in dict.fromkeys([*before, *after]):
        if name in acts:
            empty = {column: ibis.null(kind) for column, kind in others.items()}
            of = acts[name]
            rows.append(of.select("customer_id", due_on=of.occurred_on, **empty, act=ibis.literal(name)))
    together = ibis.union(*rows) if len(rows) > 1 else rows[0]
    # on the same day events stand first, so that what happens on it is not known before, but counts from it on
    order = [together.due_on, together.act.notnull()]
    past, future = (
        ibis.window(group_by=together.customer_id, order_by=order, rows=frame) for frame in ((None, 0), (0, None))
    )
    on = {name: (together.act == name).ifelse(together.due_on, ibis.null("date")) for name in acts}
    unknown = ibis.null("date")
    found = {f"{name}_before": on[name].max().over(past) if name in acts else unknown for name in before}
    found |= {f"{name}_after": on[name].min().over(future) if name in acts else unknown for name in after}
    return together.mutate(**found).filter(_.act.isnull()).drop("act")
