"""When customers leave: the published retention example, curves by hand and by simulation, hazards on later months."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.predict.churn.window import Window
from insight.predict.leaving.labels import CLOSES, SILENT
from insight.predict.survival import curves, hazard, retention
from insight.predict.uplift.months import Months

#: The last day of the months of `panel`: number 24,000 is January 2000.
LAST = date(2001, 12, 31)
#: Fader and Hardie (2007), table 1: of 1,000, those still there after 1, 2 … 12 years.
HIGH_END = [869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
REGULAR = [631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]


@pytest.mark.parametrize(("survivors", "alpha", "beta"), [(HIGH_END, 0.668, 3.806), (REGULAR, 0.704, 1.182)])
def test_the_published_parameters_come_out_to_three_decimals(survivors, alpha, beta):
    known = np.array([1_000, *survivors[:7]])
    lost = np.append(0, -np.diff(known))
    seen = np.zeros(8, dtype=int)
    seen[-1] = known[-1]
    law = retention.fit(lost, seen)
    assert (round(law.alpha, 3), round(law.beta, 3)) == (alpha, beta)
    later = law.staying(np.arange(8, 13)) * 1_000
    assert np.abs(later / survivors[7:] - 1).max() < 0.045, "the five years that the paper held back"


def test_retention_and_staying_belong_together():
    law = retention.Law(0.7, 1.2)
    periods = np.arange(1, 9)
    assert law.staying(periods) == pytest.approx(np.cumprod(law.retention(periods)))
    assert (np.diff(law.retention(periods)) > 0).all()


def panel(seed: int = 1, *, customers: int = 3_000, months: int = 24, differ: float = 1.0) -> Months:
    """Two years of holders; each closes with a chance of their own each month, which their visits tell of."""
    rng = np.random.default_rng(seed)
    first = 24_000
    opening = np.where(
        rng.random(customers) < 0.4, first - rng.integers(1, 40, customers), first + rng.integers(0, months, customers)
    )
    hazard = 0.03 * np.exp(differ * rng.normal(0, 1, customers) - differ**2 / 2)
    stays = rng.geometric(np.clip(hazard, 1e-6, 0.9)) - 1
    begins = np.maximum(opening, first)
    closing = np.where(begins + stays < first + months, begins + stays, np.nan).astype(float)
    month = first + np.arange(months)[:, None]
    held = (month >= opening) & ~(month > closing)
    visits = rng.poisson(3 * (0.03 / np.clip(hazard, 1e-3, None)) ** 0.5, (months, customers)) * held
    sums = {"purchases": visits.astype(float), "spend": visits * 20.0}
    names = pd.Index([f"c{at:04}" for at in range(customers)])
    return Months(names, first, first + months, sums, {"opening": opening.astype(float), "closing": closing})


def test_a_month_stands_out_where_three_times_as_many_leave_in_it_and_not_by_chance():
    rng = np.random.default_rng(4)
    lasts = rng.geometric(0.05, 2_000)
    table = pd.DataFrame({"months": lasts.clip(max=24), "entry": 0, "left": lasts <= 24, "bought": lasts != 10})
    assert curves.steepest(table) is None
    closed = table.assign(left=table["left"] | (table.index < 400), months=lasts.clip(max=24))
    closed.loc[(closed.index < 400) & (lasts > 10), ["months", "bought"]] = 10, False
    found = curves.steepest(closed)
    assert found["month"] == 10
    assert found["left"] == found["idle"] == ((closed["months"] == 10) & closed["left"]).sum()
    assert found["rest"] == pytest.approx(0.05, abs=0.01)


def test_parameters_of_made_up_cohorts_come_back():
    rng = np.random.default_rng(5)
    chance = rng.beta(0.8, 4.0, 30_000)
    lasts = rng.geometric(np.clip(chance, 1e-9, 1))
    seen = rng.integers(1, 13, 30_000)
    left = lasts <= seen
    law = retention.fit(*retention.counts_of(np.where(left, lasts, seen), left))
    assert law.alpha == pytest.approx(0.8, rel=0.08)
    assert law.beta == pytest.approx(4.0, rel=0.1)


def test_months_held_back_are_forecast_better_than_by_one_rate_and_within_the_interval():
    rows = [retention.forecast(panel(seed, differ=1.5), as_of=LAST, seed=1) for seed in range(4)]
    months = pd.concat([found.months for found in rows])
    assert ((months["low"] <= months["came"]) & (months["came"] <= months["high"])).mean() >= 0.8
    total = months[["came", "expected", "constant"]].sum()
    assert abs(total["expected"] / total["came"] - 1) < 0.1
    assert total["constant"] / total["came"] > 1.2, "one rate does not know that the restless go first"


def test_nothing_of_the_months_held_back_is_known_to_the_forecast():
    known = panel(3)
    later = np.where(known.began["closing"] >= known.now - retention.HELD, np.nan, known.began["closing"])
    changed = Months(known.customers, known.first, known.now, known.sums, {**known.began, "closing": later})
    with_them, without = (retention.forecast(each, as_of=LAST, seed=1) for each in (known, changed))
    assert with_them.law == without.law
    assert with_them.months["expected"].tolist() == without.months["expected"].tolist()


def test_what_cannot_be_had_is_said():
    few = panel(1, customers=60)
    assert retention.forecast(few, as_of=LAST, seed=1).reason == "short"
    short = Months(few.customers, few.first, few.now, few.sums, {})
    assert curves.of_accounts(short, as_of=LAST).reason == "short"


def test_a_curve_is_counted_by_hand_with_those_who_join_late():
    stays = pd.DataFrame(
        {
            "months": [2] * 40 + [3] * 40 + [5] * 40,
            "entry": [0] * 80 + [2] * 40,
            "left": [True] * 40 + [False] * 40 + [True] * 40,
        }
    )
    found = curves.survival(stays).set_index("month")
    assert found.loc[2, "staying"] == pytest.approx(40 / 80), "who came in after two months was not at risk then"
    assert found.loc[5, "staying"] == 0


def test_intervals_of_a_curve_cover():
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        lasts, seen = rng.geometric(0.1, 120), rng.integers(3, 15, 120)
        table = pd.DataFrame({"months": np.minimum(lasts, seen), "entry": 0, "left": lasts <= seen})
        at = curves.staying_at(curves.survival(table), 4)
        held.append(at["low"] <= 0.9**4 <= at["high"])
    assert 0.9 <= np.mean(held) <= 0.99


def test_groups_that_stay_longer_are_told_apart_and_alike_ones_are_not():
    known = panel(2)
    stays = curves.of_accounts(known, as_of=LAST)
    rng = np.random.default_rng(1)
    visits = known.sums["purchases"].sum(axis=0)
    people = pd.DataFrame(
        {"gender": rng.choice(["f", "m"], len(visits)), "region": np.where(visits > np.median(visits), "busy", "calm")},
        index=known.customers,
    )
    found = curves.by_group(stays, people)
    assert "region" in found.differing
    assert "gender" not in found.differing
    table = found.table.set_index(["attribute", "group"])
    assert table.loc[("region", "calm"), "high"] < table.loc[("region", "busy"), "low"]


def test_silence_is_leaving_where_it_lasts():
    days = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-11-20"])
    rows = [(f"c{at:03}", day.date(), True) for at in range(60) for day in (days[:2] if at < 20 else days)]
    daily = ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "occurred_on", "is_purchase"]))
    found = curves.of_purchases(daily, as_of=pd.Timestamp("2024-12-31").date(), window=Window(60, "given"))
    assert found.left == 20
    assert found.table.loc["c000", "months"] == np.ceil((60 + 60) / curves.MONTH)
    assert not found.table.loc["c030", "left"]


@pytest.fixture(scope="module")
def timed() -> hazard.Timed:
    return hazard.foretell(panel(7, customers=6_000), label=CLOSES, as_of=LAST, seed=1)


def test_hazards_are_better_than_a_constant_one_on_later_months(timed):
    assert timed.is_better
    assert timed.auc_low > 0.6
    months = timed.months
    assert abs(months["expected"].sum() / months["came"].sum() - 1) < 0.25
    assert months["came"].sum() == months["there"].iloc[0] - (months["there"].iloc[-1] - months["came"].iloc[-1])


def test_chances_of_today_grow_with_the_months_and_add_up_to_a_forecast(timed):
    today = timed.today.to_numpy()
    assert (np.diff(today, axis=1) >= 0).all()
    assert ((today >= 0) & (today <= 1)).all()
    expected, low, high = timed.coming
    assert low < expected < high


def test_where_nothing_tells_the_hazard_is_no_better_than_a_constant_one():
    known = panel(9, customers=6_000, differ=0.0)
    rng = np.random.default_rng(2)
    noise = rng.poisson(3, known.sums["purchases"].shape).astype(float)
    plain = Months(known.customers, known.first, known.now, {"purchases": noise, "spend": noise}, known.began)
    found = hazard.foretell(plain, label=CLOSES, as_of=LAST, seed=1)
    assert found.gain < 0.02


def test_nothing_of_later_months_reaches_a_hazard():
    known = panel(7, customers=6_000)
    month, at = known.now - hazard.AHEAD, len(known.sums["purchases"]) - hazard.AHEAD
    sums = {name: np.vstack([each[:at], np.full_like(each[at:], 99.0)]) for name, each in known.sums.items()}
    changed = Months(known.customers, known.first, known.now, sums, known.began)
    found, other = (hazard.foretell(each, label=CLOSES, as_of=LAST, seed=1) for each in (known, changed))
    assert month == known.first + at
    pd.testing.assert_frame_equal(found.months, other.months)


def test_a_month_that_is_not_over_does_not_count():
    known = panel(7)
    assert curves.over(known, LAST) == known.now
    early = curves.of_accounts(known, as_of=date(2001, 12, 30))
    assert early.left == (known.began["closing"] < known.now - 1).sum()


def test_falling_silent_begins_with_the_first_of_three_months_without_a_purchase():
    bought = np.array([[1, 1, 1], [1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=float)
    known = Months(pd.Index([*"abc"]), 100, 106, {"purchases": bought}, {})
    assert hazard.first_event(known, SILENT, 101).tolist() == [1, np.inf, 0]


def test_too_few_months_or_leavers_are_said():
    assert hazard.foretell(panel(1, months=12), label=CLOSES, as_of=LAST, seed=1).reason == "months"
    assert hazard.foretell(panel(1, customers=60), label=CLOSES, as_of=LAST, seed=1).reason == "events"
