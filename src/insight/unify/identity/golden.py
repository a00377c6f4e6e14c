"""The golden record: for each customer the best value of each field, and the record it came from.

Which record wins is data: for every field, or fields that belong together, an order of rules. The
choice is made in the engine, one aggregation over all customers.
"""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table, Value

from insight.config.linking import Rule, Survivor, Survivorship
from insight.contracts import RECORD_KEY
from insight.errors import ParameterError, listed

_NOT_DESCRIBED = {*RECORD_KEY, "customer_id", "match_probability", "cluster"}


def golden_records(records: Table, rules: Survivorship | None = None) -> Table:
    """Give the golden record of each customer.

    Parameters
    ----------
    records
        One row per record: ``customer_id``, ``source_system``, ``source_record_id`` and fields.
    rules
        How to choose. What its ``survivors`` name must be there; the ones that stand when nothing
        is said are passed over where ``records`` lacks their fields.

    Returns
    -------
    Table
        One row per ``customer_id``: each field, and ``<field>_from``, the ``<system>:<key>`` of the
        record that it came from; both empty where no record has it.

    Raises
    ------
    ParameterError
        If rules name a field twice, or one that the records do not have.

    Notes
    -----
    Empty and blank values never win. Fields of one group come from one record, even where another
    has more: a street of one address with the city of another would be nobody's. What is still
    equal after all rules goes to the record whose key comes first, so the answer is always the same.
    """
    given = rules is not None
    rules = rules or Survivorship()
    present = [name for name in records.columns if name not in _NOT_DESCRIBED]
    groups = _groups(rules, present, strict=given)
    blank = {name: records[name].strip().nullif("") for name in present if records[name].type().is_string()}
    records = records.mutate(**blank)
    chosen = {f"_{at}": _winner(records, group, rules) for at, group in enumerate(groups)}
    best = records.group_by("customer_id").aggregate(**chosen)
    out = {"customer_id": best.customer_id}
    for at, group in enumerate(groups):
        winner = best[f"_{at}"]
        for name in group.fields:
            out[name] = winner[name]
            out[f"{name}_from"] = ibis.ifelse(winner[name].isnull(), ibis.null("string"), winner["_from"])
    order = [column for name in present for column in (name, f"{name}_from")]
    return best.select(customer_id=out["customer_id"], **{name: out[name] for name in order})


def _groups(rules: Survivorship, present: Sequence[str], *, strict: bool) -> list[Survivor]:
    named = [name for survivor in rules.survivors for name in survivor.fields]
    problems = [f"survivors: {name} is named twice" for name in dict.fromkeys(named) if named.count(name) > 1]
    if strict and "survivors" in rules.model_fields_set:
        problems += [f"survivors: {name} is no column of the records" for name in named if name not in present]
    if problems:
        raise ParameterError(f"golden record: {len(problems)} problem(s){listed(problems)}\nMend the rules in params/.")
    groups = []
    for survivor in rules.survivors:
        if fields := tuple(name for name in survivor.fields if name in present):
            groups.append(survivor.model_copy(update={"fields": fields}))
    return groups + [Survivor(fields=(name,), by=rules.default) for name in present if name not in named]


def _winner(records: Table, group: Survivor, rules: Survivorship) -> Value:
    """Take the group's values from the record that comes first by its rules."""
    filled = ibis.or_(*(records[name].notnull() for name in group.fields))
    origin = records.source_system + ":" + records.source_record_id
    values = ibis.struct({**{name: records[name] for name in group.fields}, "_from": origin})
    order = {f"_{at}": _rank(records, group, rules, rule) for at, rule in enumerate(group.by)}
    order |= {name: records[name] for name in RECORD_KEY}
    return values.argmin(ibis.struct(order), where=filled)


def _rank(records: Table, group: Survivor, rules: Survivorship, rule: Rule) -> Value:
    """Turn a rule into a number of which the smallest wins."""
    if rule == "newest":
        moments = [records[name].cast("timestamp") for name in rules.newest if name in records.columns]
        return -ibis.coalesce(*moments).epoch_seconds().fill_null(_BEFORE_TIME) if moments else ibis.literal(0)
    if rule == "most trusted":
        trust = rules.trust if group.trust is None else group.trust
        places = [(records.source_system == system, ibis.literal(at)) for at, system in enumerate(trust)]
        return ibis.cases(*places, else_=len(trust)) if places else ibis.literal(0)
    texts = [records[name].cast("string") for name in group.fields]
    filled = sum((text.notnull().cast("int64") for text in texts), ibis.literal(0))
    length = sum((text.length().fill_null(0) for text in texts), ibis.literal(0))
    # more filled fields first, then more letters; nobody's field has a million
    return -(filled * 1_000_000 + length)


_BEFORE_TIME = -(10**12)
