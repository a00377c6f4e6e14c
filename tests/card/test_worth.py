"""What card customers are worth: the account of money by hand, forecasts that know nothing later, their intervals."""

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.card.worth import backtest, baseline, groups, model, truth
from insight.card.worth.books import PARTS, Books, read_books
from insight.config.offers import Economics
from insight.errors import Unavailable
from insight.predict.uplift.months import Months, month_of

JANUARY = month_of(date(2024, 1, 1))
HOW = {"discount_year": 0.1, "seed": 7}


def day(text: str) -> date:
    return date.fromisoformat(text)


def tables() -> dict[str, ibis.Table]:
    """Two customers over two months: one of them is charged off in February, and pays a little later on."""
    bills = pd.DataFrame(
        [
            ("a", day("2024-01-20"), 1000.0, 0.0, 0.0, 10.0, 5.0),
            ("a", day("2024-02-20"), 700.0, 1000.0, 400.0, 12.0, 0.0),
            ("b", day("2024-01-20"), 3000.0, 2900.0, 0.0, 0.0, 0.0),
        ],
        columns=["account_id", "statement_on", "balance", "previous_balance", "payments", "interest", "fees"],
    ).assign(credit_limit=4000.0, days_past_due=0)
    lines = pd.DataFrame(
        [
            ("A", day("2024-01-05"), 200.0, "purchase", "fuel"),
            ("A", day("2024-01-06"), -50.0, "refund", "fuel"),
            ("A", day("2024-02-06"), 100.0, "purchase", "dining"),
            ("A", day("2024-02-07"), 500.0, "other", "cash"),
        ],
        columns=["customer_id", "occurred_on", "amount", "kind", "category"],
    )
    given = {
        "customers": pd.DataFrame({"customer_id": ["A", "B"]}),
        "accounts": pd.DataFrame({"account_id": ["a", "b"], "customer_id": ["A", "B"]}).assign(
            opened_on=day("2023-01-01"), credit_limit=4000.0
        ),
        "transactions": lines,
        "statements": bills,
        "account_changes": pd.DataFrame(
            {"account_id": ["b"], "changed_on": [day("2024-02-10")], "what": "status", "new_value": "charged_off"}
        ),
        "payments": pd.DataFrame(
            {"account_id": ["a", "b"], "paid_on": [day("2024-02-01"), day("2024-02-25")], "amount": [400.0, 30.0]}
        ),
        "offers": pd.DataFrame({"offer_id": ["o"], "contact_cost": [0.5], "cost": [9.0]}),
        "contacts": pd.DataFrame(
            {"contact_id": ["1", "2"], "customer_id": ["A", "B"], "offer_id": "o", "sent_on": day("2024-01-10"),
             "is_holdout": [False, True]}
        ),
        "responses": pd.DataFrame(
            {"contact_id": ["1", "2"], "customer_id": ["A", "B"], "responded_on": day("2024-02-02")}
        ),
        "fraud_cases": pd.DataFrame(
            {"account_id": ["a", "a"], "opened_on": day("2024-02-03"), "amount": [70.0, 20.0],
             "outcome": ["confirmed", "false_alarm"]}
        ),
        "service_tickets": pd.DataFrame(
            {"customer_id": ["A"], "opened_at": [day("2024-02-03")], "satisfaction": [1.0]}
        ),
    }  # fmt: skip
    return {name: ibis.memtable(frame) for name, frame in given.items()}


ECONOMICS = Economics(
    spend_margin=0.01, points_cost=0.002, funds_year=0.024, interchange={"fuel": 0.004}, account_month=1.0,
    statement_costs=0.5, ticket_costs=9.0,
)  # fmt: skip


def test_the_account_of_money_is_booked_by_customer_and_month():
    books = read_books(tables(), ECONOMICS, as_of=day("2024-02-29"))
    assert books.months.customers.tolist() == ["A", "B"]
    assert books.span == 2
    of_a = {name: books.parts[name][:, 0].tolist() for name in PARTS}
    assert of_a["interchange"] == pytest.approx([150 * 0.004, 100 * 0.01])  # cash earns none
    assert of_a["interest"] == [10.0, 12.0]
    assert of_a["fees"] == [5.0, 0.0]
    assert of_a["points"] == pytest.approx([-0.3, -0.2])
    assert of_a["funds"] == pytest.approx([0.0, -0.002 * 800])  # 1,000 before the payment, 600 after it
    assert of_a["servicing"] == [-1.5, -10.5]
    assert of_a["fraud"] == [0.0, -70.0]
    assert of_a["contacts"] == [-0.5, -9.0]
    assert of_a["credit"] == [0.0, 0.0]
    assert books.parts["credit"][:, 1].tolist() == [0.0, -2970.0]  # what the last statement said, less what came back
    assert books.parts["contacts"][:, 1].tolist() == [0.0, 0.0]  # held out
    assert books.holders(JANUARY + 1).tolist() == [True, True]
    assert books.holders(JANUARY + 2).tolist() == [True, False]


def test_what_was_brought_is_the_margin_of_the_months_that_are_over():
    books = read_books(tables(), ECONOMICS, as_of=day("2024-02-29"))
    january = {name: books.parts[name][0] for name in PARTS if name != "contacts"}
    found = books.brought(day("2024-02-10"), days=30)
    assert found.index.tolist() == ["A", "B"]
    assert found.to_numpy() == pytest.approx(sum(january.values()))
    both = books.brought(day("2024-02-29"), days=60)
    assert both.to_numpy() == pytest.approx(books.margin(JANUARY, 2))


def test_an_account_is_booked_without_the_tables_that_a_business_lacks():
    given = {name: table for name, table in tables().items() if name in ("customers", "accounts", "transactions")}
    given["statements"] = tables()["statements"]
    books = read_books(given, Economics(), as_of=day("2024-02-29"))
    assert books.parts["credit"].sum() == books.parts["contacts"].sum() == books.parts["fraud"].sum() == 0
    assert books.parts["interchange"][:, 0].tolist() == pytest.approx([150 * 0.0045, 100 * 0.0045])


def a_bank(customers: int = 900, span: int = 24, seed: int = 1) -> Books:
    """Make customers who spend and borrow as they are used to; who is past due is charged off three months later."""
    rng = np.random.default_rng(seed)
    shape = (span, customers)
    spend = rng.gamma(2, 500, customers) * rng.lognormal(0, 0.2, shape)
    owed = rng.uniform(0, 1, customers) ** 3 * 8000
    falls = np.where(rng.random(customers) < 0.5, rng.integers(1, span + 30, customers), 999)
    at = np.arange(span)[:, None]
    late = (at >= falls) & (at < falls + 3)
    gone = at > falls + 3
    charged = np.where(falls + 3 < span, JANUARY + falls + 3.0, np.nan)
    zero = np.zeros(shape)
    sums = {
        "spend": spend * ~gone, "purchases": np.round(spend / 100) * ~gone, "balance": owed * ~gone,
        "credit_limit": np.where(gone, 0.0, 10_000.0), "days_past_due": late * 30.0, "interest": 0.015 * owed * ~gone,
    }  # fmt: skip
    parts = dict.fromkeys(PARTS, zero) | {"interchange": 0.005 * sums["spend"], "interest": sums["interest"]}
    parts["credit"] = -owed * (at == falls + 3)
    names = pd.Index([f"c{number:04}" for number in range(customers)])
    began = {"opening": np.full(customers, JANUARY - 9.0), "closing": np.full(customers, np.nan)}
    return Books(Months(names, JANUARY, JANUARY + span, sums, began), parts, charged)


@pytest.fixture(scope="module")
def bank() -> Books:
    return a_bank()


def test_nothing_after_a_month_reaches_what_is_known_or_foretold_then(bank):
    month = JANUARY + 14
    later = {name: np.where(np.arange(24)[:, None] >= 14, 1e6, rows) for name, rows in bank.months.sums.items()}
    parts = {name: np.where(np.arange(24)[:, None] >= 14, 1e6, rows) for name, rows in bank.parts.items()}
    other = Books(replace(bank.months, sums=later), parts, bank.charged_off)
    pd.testing.assert_frame_equal(model.known(other, month), model.known(bank, month))
    made, again = (model.expect(one, month=month, learnt=6, **HOW) for one in (bank, other))
    pd.testing.assert_frame_equal(made.parts, again.parts)
    assert (made.default_chance == again.default_chance).all()


def test_months_are_learnt_from_whose_months_ahead_are_over(bank):
    assert model.learning_months(bank, until=JANUARY + 18, months=6) == [JANUARY + 12 - 2 * at for at in range(4)]
    found = model.expect(bank, month=JANUARY + 10, learnt=6, **HOW)
    assert isinstance(found, Unavailable)
    assert found.reason == "short"


def test_whoever_is_past_due_is_expected_to_lose_and_all_parts_sum_to_the_margin(bank):
    made = model.expect(bank, month=JANUARY + 18, learnt=6, **HOW)
    late = model.known(bank, JANUARY + 18).loc[made.parts.index, "days_past_due"].to_numpy() > 0
    assert made.default_chance[late].min() > 0.5 > 0.2 > np.median(made.default_chance[~late])
    assert (made.likely[late] < 0).mean() > 0.5
    pd.testing.assert_series_equal(made.margin, made.income + made.parts["losses"])
    assert (made.discounted - made.margin).sum() != 0
    assert set(made.discount.values()) <= {value for value in made.discount.values() if 0.9 < value < 1}


def test_a_short_past_is_carried_on_to_twelve_months(bank):
    short = model.expect(bank, month=JANUARY + 18, learnt=6, **HOW)
    year = model.expect(bank, month=JANUARY + 18, learnt=6, months=12, **HOW)
    assert year.parts["lending"].sum() == pytest.approx(2 * short.parts["lending"].sum())
    assert (year.default_chance >= short.default_chance).all()
    assert year.default_chance.max() <= 1


def test_a_few_losses_are_told_by_whether_something_is_past_due():
    bank = a_bank(customers=150)
    made = model.expect(bank, month=JANUARY + 18, learnt=6, **HOW)
    assert len(np.unique(made.default_chance)) == 2


def test_past_forecasts_are_compared_with_what_came_and_their_intervals_hold_it(bank):
    past = backtest.past(bank, **HOW)
    assert [one.expected.month - JANUARY for one in past] == [18, 15, 12]
    assert {one.expected.months for one in past} == {6}
    last = past[0]
    assert last.came["margin"].to_numpy() == pytest.approx(
        bank.margin(JANUARY + 18, 6)[bank.months.customers.get_indexer(last.came.index)]
    )
    scores = {one.name: one for one in backtest.compare(past)}
    assert scores["likely"].rank.value > scores["revenue"].rank.value
    assert all(abs(one.error) < 3 * one.noise for one in past)  # losses take most of what is earned here, and are few
    expected, lost = (
        sum(each)
        for each in zip(*((one.expected.default_chance.sum(), one.came["lost"].sum()) for one in past), strict=True)
    )
    assert expected == pytest.approx(lost, rel=0.15)
    found = backtest.coverage(past)
    assert 0.9 < found.value < 0.99
    assert found.customers == len(last.came)


def test_the_total_of_today_has_an_interval_of_past_errors(bank):
    past = backtest.past(bank, **HOW)
    now = backtest.today(bank, past, **HOW)
    assert now.total.low < now.total.value < now.total.high
    assert now.total.value == pytest.approx(now.total.income + now.total.losses)
    assert len(now.expected.parts) == bank.holders(JANUARY + 24).sum()
    assert (now.bounds["low"] <= now.bounds["high"]).all()
    table = backtest.as_table(now)
    assert table["customer_id"].is_unique
    assert (table["losses"] <= 0).all()


def test_the_interval_of_a_total_is_as_wide_as_errors_or_noise_whichever_is_more():
    class One:
        def __init__(self, month: int, error: float, noise: float) -> None:
            self.error, self.noise = error, noise
            self.expected = type("E", (), {"month": month, "months": 6})

    low, high = backtest.interval(100.0, 1000.0, [One(18, 0.01, 0.0), One(12, -0.01, 0.0)])
    assert (high - low) / 2 == pytest.approx(4.30265 * 10, rel=1e-4)  # Student's t with two degrees of freedom
    low, high = backtest.interval(100.0, 1000.0, [One(18, 0.0, 0.02), One(12, 0.0, 0.02)])
    assert (high - low) / 2 == pytest.approx(4.30265 * 20, rel=1e-4)


def test_as_many_are_expected_to_be_charged_off_as_are_where_nothing_foretells_it():
    bank = a_bank(customers=2000, span=30, seed=3)
    rng = np.random.default_rng(5)
    off = np.where(rng.random(2000) < 0.35, JANUARY + rng.integers(0, 30, 2000), np.nan)
    sums = bank.months.sums | {"days_past_due": np.zeros((30, 2000))}
    parts = bank.parts | {"credit": -1000.0 * (np.arange(30)[:, None] == off - JANUARY)}
    noise = Books(replace(bank.months, sums=sums), parts, off)
    ratios = []
    for at in (16, 18):
        made = model.expect(noise, month=JANUARY + at, learnt=6, **HOW)
        came = ((off >= JANUARY + at) & (off < JANUARY + at + 6)).sum()
        ratios.append(made.default_chance.sum() / came)
    assert np.mean(ratios) == pytest.approx(1, abs=0.2)


def test_what_is_known_is_no_longer_known_later_on(bank):
    early, late = (model.known(bank, JANUARY + at) for at in (6, 20))
    assert early.columns.tolist() == late.columns.tolist()
    assert "spend_half" in early
    assert not [name for name in early if name.endswith("_year") and name not in ("income_year", "month_of_year")]
    assert late["interest_half"].to_numpy() == pytest.approx(
        np.log1p(bank.months.sums["interest"][14:20].mean(axis=0)), abs=1e-6
    )


def test_a_shop_foretells_margin_by_purchases_times_what_a_unit_of_spend_left(bank):
    rng, customers = np.random.default_rng(2), bank.months.customers
    rows = [
        (name, date(2024 + month // 12, month % 12 + 1, int(on)), 100.0)
        for name, often in zip(customers, rng.gamma(1.5, 0.4, len(customers)), strict=True)
        for month in range(24) for on in rng.integers(1, 28, rng.poisson(often))
    ]  # fmt: skip
    lines = pd.DataFrame(rows, columns=["customer_id", "occurred_on", "spend"]).assign(is_purchase=True)
    past = backtest.past(bank, **HOW)
    found = baseline.by_purchases(bank, ibis.memtable(lines), past)
    assert found.index.equals(past[0].expected.parts.index)
    bought = lines[lines["occurred_on"] < date(2025, 7, 1)]
    assert (found[~found.index.isin(bought["customer_id"])] == 0).all()
    later = lines[lines["occurred_on"] >= date(2025, 7, 1)]
    spend = bank.months.sums["spend"][12:18][:, customers.get_indexer(found.index)].sum()
    rate = past[0].came["before"].sum() / spend
    assert found.sum() == pytest.approx(rate * later["spend"].sum(), rel=0.15)
    assert "purchases" in {one.name for one in backtest.compare(past, {"purchases": found})}
    assert "purchases" not in {
        one.name for one in backtest.compare(past, {"purchases": Unavailable("value", "customers")})
    }


def test_a_short_or_a_small_business_has_no_forecast():
    short = backtest.past(a_bank(span=12), **HOW)
    assert isinstance(short, Unavailable)
    assert short.reason == "short"
    few = backtest.past(a_bank(customers=80), **HOW)
    assert isinstance(few, Unavailable)
    assert few.reason == "few"
    assert backtest.today(a_bank(span=12), short, **HOW) is short


def test_the_account_sums_parts_to_revenue_and_margin(bank):
    found = groups.account(bank).set_index("part")["amount"]
    assert found["revenue"] == pytest.approx(found[["interchange", "interest", "fees"]].sum())
    assert found["margin"] == pytest.approx(bank.sum(PARTS, JANUARY + 12, 12).sum())


def test_kinds_are_told_by_interest_and_charge_off(bank):
    found = groups.kinds(bank).set_index("kind")
    assert found.loc["revolver", "customers"] > 0
    assert found.loc["defaulter", "customers"] == (bank.charged_off >= JANUARY + 12).sum()
    assert found.loc["defaulter", "margin"] < 0 < found.loc["revolver", "margin"]


def test_margin_is_concentrated_above_the_whole_where_some_cost_money(bank):
    past = backtest.past(bank, **HOW)
    now = backtest.today(bank, past, **HOW)
    found = groups.concentration(now)
    values = now.expected.margin
    assert found.costing == pytest.approx((values < 0).mean())
    assert found.curve["held"].max() == pytest.approx(1 + found.costs, abs=0.01)
    assert found.curve["held"].iloc[-1] == pytest.approx(1)
    by_half = groups.by_group(now, pd.Series(np.arange(900) % 2, index=bank.months.customers))
    assert by_half["customers"].sum() == len(values)
    assert (by_half["margin"] * by_half["customers"]).sum() == pytest.approx(values.sum())


def test_the_channel_of_a_customer_is_that_of_the_last_approved_application():
    asked = pd.DataFrame(
        [("A", "web", "approved", day("2024-01-01")), ("A", "branch", "approved", day("2024-02-01")),
         ("A", "app", "declined", day("2024-03-01"))],
        columns=["customer_id", "channel", "decision", "applied_on"],
    )  # fmt: skip
    assert groups.channels(ibis.memtable(asked)).to_dict() == {"A": "branch"}


def test_forecasts_are_held_against_the_truth_of_its_day(bank):
    month = JANUARY + 22
    held = bank.holders(month)
    true = pd.DataFrame({"customer_id": bank.months.customers[held], "seen_on": pd.Timestamp("2025-11-01")})
    true["expected_margin"] = 2 * bank.margin(month - 6, 6)[held]
    found = truth.judge(bank, true, **HOW)
    assert found.customers == held.sum()
    assert found.way("likely").rank > 0.8
    assert found.ceiling > 0.9
    few = truth.judge(bank, true.head(20), **HOW)
    assert isinstance(few, Unavailable)
    assert few.reason == "no_truth"
