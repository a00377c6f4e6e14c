"""What is true of customers, where a made-up business knows it: to score estimates with, and for nothing else."""

from collections.abc import Callable
from datetime import date

import ibis
from ibis.expr.types import Table

from insight.contracts import RECORD_KEY
from insight.errors import no_values
from insight.unify.privacy.staged import staged_truth
from insight.unify.privacy.vault_session import VaultSession
from insight.unify.resolve import People

# what the truth calls a person's gain by an offer, before the offer's id
_NET_GAIN = "net_gain_"
# the chance of leaving in one sense, before the sense and the months; the day from which it is seen; and its decimals:
# the bank computes it in single precision, whose last digits are the processor's own
_CHANCE, _CHANCES_ON, _DECIMALS = "chance_", "chances_on", 5
# what a card holder is expected to bring in twelve months from that day on, and the decimals that are kept of it
_MARGIN, _CENTS = "expected_margin", 1
# what it calls the chance of default within twelve months, before the month it is seen from
_DEFAULTS = "default_12_"


def true_tables(people: People, session: VaultSession) -> dict[str, Table]:
    """Give the tables of what is true, as far as it is known, by the name of their contract.

    Of a customer it is what is true of the person whom most of their records are of.
    """
    told = staged_truth(session)
    if told is None:
        return {}
    with no_values("linking"):
        found = {name: read(people, told) for name, read in _READERS.items()}
    return {name: table for name, table in found.items() if table is not None}


def _people(people: People, told: Table) -> Table | None:
    """Give the number of the person in a made-up bank that can be played on: ``customer_id, person``."""
    if not _named(told, _NET_GAIN):
        return None
    found = _of_most_records(people, told, [])
    return found.mutate(person=found.person.cast("int64")).order_by("customer_id")


def _segments(people: People, told: Table) -> Table | None:
    """Give the true ``group`` and ``stage``."""
    if not {"group", "stage"} <= set(told.columns):
        return None
    return _of_most_records(people, told, ["group", "stage"]).drop("person").order_by("customer_id")


def _effects(people: People, told: Table) -> Table | None:
    """Give what each customer would gain by each offer that is open to them: ``customer_id, offer_id, net_gain``."""
    offers = _named(told, _NET_GAIN)
    if not offers:
        return None
    wide = _of_most_records(people, told, offers)
    found = ibis.union(
        *(wide.select("customer_id", offer_id=ibis.literal(name.removeprefix(_NET_GAIN)), net_gain=wide[name])
          for name in offers)
    )  # fmt: skip
    return found.filter(found.net_gain.notnull()).order_by("customer_id", "offer_id")


def _defaults(people: People, told: Table) -> Table | None:
    """Give each card holder's chance of default within twelve months, seen from the first day of each month.

    ``customer_id, seen_on, default_12``.
    """
    months = _named(told, _DEFAULTS)
    if not months:
        return None
    wide = _of_most_records(people, told, months)
    days = {name: date.fromisoformat(f"{name.removeprefix(_DEFAULTS)}_01".replace("_", "-")) for name in months}
    found = ibis.union(
        *(wide.select("customer_id", seen_on=ibis.literal(days[name]).cast("date"), default_12=wide[name])
          for name in months)
    )  # fmt: skip
    return found.filter(found.default_12.notnull()).order_by("customer_id", "seen_on")


def _applications(people: People, told: Table) -> Table | None:
    """Give each application's chance of being 90 days past due within a year, of the declined ones too.

    ``application_id, default_12``.
    """
    if "default_12" not in told.columns or "applications" not in people.tables:
        return None
    known = told.filter(told.default_12.notnull()).select(*RECORD_KEY, "default_12")
    records = people.records.select(*RECORD_KEY, "customer_id", "first_seen_on")
    true = records.inner_join(known, list(RECORD_KEY)).mutate(applied_on=lambda t: t.first_seen_on.cast("date"))
    one = true.group_by("customer_id", "applied_on").aggregate(default_12=true.default_12.max(), n=true.count())
    asked = people.tables["applications"].select("application_id", "customer_id", "applied_on")
    alone = asked.group_by("customer_id", "applied_on").aggregate(
        application_id=asked.application_id.max(), asked=asked.count()
    )  # two of a day cannot be told apart
    found = alone.inner_join(one.filter(one.n == 1), ["customer_id", "applied_on"])
    return found.filter(found.asked == 1).select("application_id", "default_12").order_by("application_id")


def _chances(people: People, told: Table) -> Table | None:
    """Give how likely each customer is to leave, in each sense: ``customer_id, sense, months, seen_on, chance``."""
    names = _named(told, _CHANCE)
    if not names or _CHANCES_ON not in told.columns:
        return None
    wide = _of_most_records(people, told, [_CHANCES_ON, *names])
    each = []
    for name in names:
        sense, months = name.removeprefix(_CHANCE).rsplit("_", 1)
        of = {"sense": ibis.literal(sense), "months": ibis.literal(int(months), "int64")}
        chance = wide[name].cast("float64").round(_DECIMALS)
        each.append(wide.select("customer_id", **of, seen_on=wide[_CHANCES_ON], chance=chance))
    found = ibis.union(*each)
    return found.filter(found.chance.notnull()).order_by("customer_id", "sense", "months")


def _margins(people: People, told: Table) -> Table | None:
    """Give the margin that each card holder is expected to bring in twelve months: ``customer_id, seen_on, …``."""
    if not {_MARGIN, _CHANCES_ON} <= set(told.columns):
        return None
    wide = _of_most_records(people, told, [_CHANCES_ON, _MARGIN])
    margin = wide[_MARGIN].cast("float64").round(_CENTS)
    found = wide.select("customer_id", seen_on=wide[_CHANCES_ON], expected_margin=margin)
    return found.filter(found.expected_margin.notnull()).order_by("customer_id")


_READERS: dict[str, Callable[[People, Table], Table | None]] = {
    "true_people": _people,
    "true_segments": _segments,
    "true_effects": _effects,
    "true_applications": _applications,
    "true_defaults": _defaults,
    "true_chances": _chances,
    "true_margins": _margins,
}


def _named(told: Table, prefix: str) -> list[str]:
    return [name for name in told.columns if name.startswith(prefix)]


def _of_most_records(people: People, told: Table, columns: list[str]) -> Table:
    """Give what is true of the person whom most of each customer's records are of."""
    known = told.filter(told.person.notnull())
    joined = people.records.join(known.select(*RECORD_KEY, "person"), list(RECORD_KEY))
    counted = joined.group_by("customer_id", "person").aggregate(records=ibis._.count())
    first = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("records"), "person"])
    most = counted.mutate(place=first).filter(ibis._.place == 0).select("customer_id", "person")
    of_people = known.select("person", *columns).distinct()
    return most.inner_join(of_people, "person").select("customer_id", "person", *columns)
