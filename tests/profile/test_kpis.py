"""Key figures by period agree with counting customer by customer, and say nothing that rests on few."""

from datetime import date, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.profile import features, kpis

from .conftest import as_table, line

START = date(2023, 1, 1)
QUIET = 20


def bought(customer: str, day: int, amount: float = 10, **more) -> dict:
    return line(customer, f"{customer}-{day}", (START + timedelta(days=day)).isoformat(), amount, **more)


def days_of(lines: list[dict], as_of: date) -> ibis.Table:
    return features.summarise_days(features.summarise_baskets(as_table(lines), as_of=as_of))


def figures(lines: list[dict], *, last: int, minimum: int = 2, **more) -> tuple[pd.DataFrame, kpis.Periods]:
    as_of = START + timedelta(days=last)
    days = days_of(lines, as_of)
    periods = kpis.choose_periods(days, as_of=as_of, minimum=minimum)
    return kpis.by_period(periods, as_table(lines), days, quiet_days=QUIET, minimum=minimum, **more), periods


@pytest.fixture(scope="module")
def many() -> list[dict]:
    """Thirty customers over 420 days, some of whom stop; a refund, and a line that is nobody's, in between."""
    rng = np.random.default_rng(7)
    lines = [bought(f"c{who}", 0) for who in range(25)]
    for who in range(30):
        stop = 420 if who % 3 else int(rng.integers(100, 420))
        lines += [bought(f"c{who}", int(day), int(rng.integers(1, 50))) for day in np.unique(rng.integers(1, stop, 40))]
    return [*lines, bought("c1", 400, -7, kind="refund"), bought(None, 401, 99), bought("c2", 402, 50, kind="fee")]


def by_looking(lines: list[dict], periods: kpis.Periods, period: int) -> dict[str, float]:
    """What each figure of a period comes to, customer by customer."""
    first, last = periods.span(period)
    days = {}
    for one in lines:
        if one["kind"] == "purchase" and one["customer_id"]:
            days.setdefault(one["customer_id"], set()).add(one["occurred_on"])
    inside = {who: [day for day in on if first <= day <= last] for who, on in days.items()}
    buyers = [who for who, on in inside.items() if on]
    before = {who: max((day for day in days[who] if day < min(inside[who])), default=None) for who in buyers}
    new = [who for who in buyers if before[who] is None or (min(inside[who]) - before[who]).days > kpis.LOOK_BACK]

    def active(at: date) -> set[str]:
        return {who for who, on in days.items() if any(0 <= (at - day).days <= QUIET for day in on)}

    start = first - timedelta(days=1)
    sums = [one for one in lines if one["kind"] in ("purchase", "refund") and first <= one["occurred_on"] <= last]
    known = sum(one["amount"] for one in sums if one["customer_id"])
    left = active(start) - active(last)
    return {
        "buyers": len(buyers),
        "net_spend": float(sum(one["amount"] for one in sums)),
        "spend_per_buyer": float(known) / len(buyers),
        "purchases": sum(len(on) for on in inside.values()),
        "new_customers": len(new),
        "gone_quiet": len(left) / max(len(active(start)), 1),
    }


@pytest.mark.parametrize("period", [0, 1, 5, 13])
def test_every_figure_agrees_with_counting_customer_by_customer(many, period):
    found, periods = figures(many, last=420)
    shown = found[found["period"] == period].set_index("kpi")["value"]
    assert (periods.days, periods.count) == (28, 15)
    assert {"buyers", "net_spend", "spend_per_buyer", "purchases", "gone_quiet"} <= set(shown.index)
    expected = by_looking(many, periods, period)
    assert shown.to_dict() == pytest.approx({name: expected[name] for name in shown.index})


def test_the_year_before_has_the_same_weekdays(many):
    found, periods = figures(many, last=420)
    figure = kpis.latest(found, periods)["buyers"]
    day, year = (date.fromisoformat(of["to"]) for of in (figure, figure["year"]))
    assert (day - year).days == 364
    assert (day - date.fromisoformat(figure["before"]["to"])).days == 28
    assert figure["series"][-1] == figure["value"]
    assert figure["series"][-14] == figure["year"]["value"]


def test_a_short_history_has_nothing_to_stand_beside(many):
    lines = [one for one in many if one["occurred_on"] < START + timedelta(days=40)]
    found, periods = figures(lines, last=39)
    assert periods.count == 1
    assert kpis.latest(found, periods)["buyers"]["before"] is None
    assert kpis.latest(found, periods)["buyers"]["year"] is None
    few = kpis.choose_periods(days_of(lines[:30], START), as_of=START, minimum=2)
    assert few == Unavailable("kpis", "short", {"days": 28})
    assert kpis.latest(kpis.by_period(few, None, None, quiet_days=1, minimum=1), few) == few


def test_new_is_said_only_where_the_look_back_is_in_the_data(many):
    found, periods = figures(many, last=420, minimum=1)
    new = found[found["kpi"] == "new_customers"]["period"]
    assert new.empty or (periods.count - 1 - new.max()) * periods.days >= kpis.LOOK_BACK
    late = [bought(f"late{who}", 410) for who in range(5)]
    found, _ = figures([*many, *late], last=420, minimum=1)
    assert found.set_index(["kpi", "period"])["value"]["new_customers", 0] == 5


def test_what_rests_on_few_customers_has_no_value(many):
    found, _ = figures(many, last=420, minimum=12)
    looked = found.set_index(["kpi", "period"])
    assert "gone_quiet" not in found["kpi"].tolist() or (looked.loc["gone_quiet", "numerator"] >= 12).all()
    assert (looked.loc["buyers", "value"] >= 12).all()


def test_a_share_is_hidden_where_nearly_everyone_is_on_one_side():
    """All but one of a hundred go quiet: the share would say of one customer that they did not."""
    lines = [bought(f"c{who}", day) for who in range(100) for day in (0, 30, 55)] + [bought("c0", 80)]
    lines += [bought(f"new{who}", 60) for who in range(20)]
    found, _ = figures(lines, last=83, minimum=10)
    assert "gone_quiet" not in set(found[found["period"] == 0]["kpi"])


def test_few_buyers_a_month_are_counted_by_quarters():
    lines = [bought(f"c{who}", day) for day in range(0, 400, 7) for who in range(day % 5, 30, 5)]
    _, periods = figures(lines, last=399, minimum=5)
    assert periods.days == 91


def sent(n: int, on: int, *, campaign: str, responded: int, after: int) -> tuple[list[dict], list[dict]]:
    day = START + timedelta(days=on)
    people = [{"campaign_id": campaign, "customer_id": f"c{who}"} for who in range(n)]
    contacts = [{**one, "sent_on": day, "is_holdout": False} for one in people]
    return contacts, [{**one, "responded_on": day + timedelta(days=after)} for one in people[:responded]]


def test_responses_count_where_every_contact_has_had_the_same_time(many):
    last = 420
    recent, answers = sent(300, 415, campaign="now", responded=2, after=1)  # has had five days
    full, more = sent(300, 380, campaign="full", responded=60, after=27)
    late, too_late = sent(300, 350, campaign="late", responded=90, after=29)
    soon, early = sent(300, 350, campaign="soon", responded=30, after=0)
    held = [{**full[0], "customer_id": "held", "is_holdout": True}]
    tables = {
        "contacts": ibis.memtable(pd.DataFrame([*recent, *full, *late, *soon, *held, *full[:5]])),
        "responses": ibis.memtable(pd.DataFrame([*answers, *more, *too_late, *early, *more[:9]])),
    }
    found, periods = figures(many, last=last, **tables)
    shown = found[found["kpi"] == "responses"].set_index("period")
    assert shown.loc[1, ["numerator", "denominator"]].tolist() == [60, 300]
    assert shown.loc[2, ["numerator", "denominator"]].tolist() == [30, 600]
    assert 0 not in shown.index
    figure = kpis.latest(found, periods)["responses"]
    assert figure["to"] == periods.span(1)[1].isoformat()
    assert figure["low"] < 0.2 < figure["high"]
    assert figure["before"]["significant"] is True


@pytest.mark.parametrize(("now", "before", "significant"), [(30, 28, False), (60, 20, True)])
def test_a_change_of_an_estimate_is_told_from_chance(now, before, significant):
    rows = {"kpi": "responses", "period": [1, 2], "numerator": [now, before], "denominator": [300.0, 300.0]}
    table = pd.DataFrame(rows).assign(value=lambda frame: frame["numerator"] / 300)
    figure = kpis.latest(table, kpis.Periods(date(2024, 12, 30), 28, 5))["responses"]
    assert figure["before"]["significant"] is significant
    assert figure["year"] is None


def test_amounts_are_exact_sums():
    lines = [bought(f"c{who}", day, Decimal("0.10")) for who in range(30) for day in range(0, 84, 4)]
    found, _ = figures(lines, last=83)
    assert found.set_index(["kpi", "period"])["value"]["net_spend", 0] == 21.0
