"""Credit limits: what is drawn, lost and expected, counted by hand; what is proposed and why; what raises brought."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.card.behaviour import Days, Foreseen, Today
from insight.card.limits import exposure, proposals, raised
from insight.card.seen import Panel
from insight.config.limits import CreditLimits
from insight.config.offers import Economics, OfferTerms
from insight.errors import Unavailable

JULY, YEAR_ON = date(2023, 7, 1), date(2024, 7, 1)
OF_FIVE = {"step": 0.2, "round_to": 100, "added_share": 1.0}


def fell(*rows: tuple[str, float, float, float, float, bool]) -> pd.DataFrame:
    names = ["account_id", "balance", "credit_limit", "owed", "lost", "settled"]
    return pd.DataFrame(rows, columns=names).assign(day=JULY)


#: 400 of 1,000 that were free were drawn; of 2,400 owed by those that are settled 1,800 was lost.
BY_HAND = fell(
    ("a", 600.0, 1000.0, 900.0, 900.0, True),  # 300 of 400
    ("b", 400.0, 1000.0, 500.0, 0.0, True),  # 100 of 600, and paid back
    ("c", 1000.0, 1000.0, 1000.0, 900.0, True),  # nothing was free
    ("d", 1200.0, 1000.0, 1300.0, 0.0, False),  # beyond the limit, and not known yet
)


def test_what_is_drawn_and_lost_are_ratios_of_sums(monkeypatch):
    monkeypatch.setattr(exposure, "FEWEST_DEFAULTS", 3)
    found = exposure.estimate(BY_HAND, seed=1)
    assert found.drawn == pytest.approx(0.4)
    assert found.lost == pytest.approx(0.75)
    assert (found.accounts, found.settled) == (4, 3)
    low, high = found.interval("drawn")
    assert low < 0.4 < high


def test_an_account_seen_twice_is_one_account_and_few_of_them_teach_nothing():
    often = pd.concat([BY_HAND] * 20, ignore_index=True)
    assert exposure.estimate(often, seed=1).reason == "few_defaults"


def test_expected_loss_is_probability_times_what_is_owed_then_times_what_is_lost(monkeypatch):
    monkeypatch.setattr(exposure, "FEWEST_DEFAULTS", 3)
    owed = exposure.estimate(BY_HAND, seed=1)
    found = proposals.propose(*nothing(), *book(), owed, CreditLimits(**OF_FIVE)).rows
    safe = found.loc["safe"]  # owes 500 of 1,000 and falls behind with 1%: 1% x (500 + 0.4 x 500) x 0.75
    assert safe["exposure_now"] == pytest.approx(700)
    assert safe["loss_now"] == pytest.approx(5.25)
    assert safe["limit_proposed"] == 1200  # and 1% x (500 + 0.4 x 700) x 0.75
    assert safe["loss_proposed"] == pytest.approx(5.85)


def statements(*rows: tuple[str, str, float, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["account_id", "statement_on", "balance", "days_past_due"])
    return frame.assign(statement_on=[date.fromisoformat(day) for day in frame["statement_on"]])


def test_defaults_are_found_with_what_was_owed_then_and_lost_since():
    tables = {
        "statements": statements(
            ("a", "2023-10-28", 800.0, 60), ("a", "2023-11-28", 900.0, 95), ("a", "2024-02-28", 950.0, 185),
            ("b", "2023-12-28", 500.0, 91), ("b", "2024-01-28", 0.0, 0), ("c", "2023-08-28", 300.0, 0),
            ("c", "2024-08-28", 700.0, 100),  # more than a year later
            ("d", "2024-05-28", 400.0, 92),  # too late to say what is lost
        ),
        "account_changes": pd.DataFrame(
            {"account_id": ["a"], "changed_on": [date(2024, 3, 1)], "what": ["status"], "new_value": ["charged_off"]}
        ),
        "payments": pd.DataFrame({"account_id": ["a"], "paid_on": [date(2024, 5, 1)], "amount": [150.0]}),
    }  # fmt: skip
    given = {name: ibis.memtable(frame) for name, frame in tables.items()}
    seen = pd.DataFrame(dict.fromkeys(exposure.NEEDED, 1.0), index=list("abcd"))
    seen = seen.assign(balance=100.0, credit_limit=1000.0)
    told = Panel(seen, np.array([JULY] * 4, dtype=object), np.arange(4), np.array(list("ABCD"), dtype=object))
    today = Today(told, Days((), 12, JULY, (JULY,), YEAR_ON), np.array([]), pd.DataFrame())
    found = exposure.defaults(given.__getitem__, given.__contains__, today).set_index("account_id")
    assert found["owed"].to_dict() == {"a": 900.0, "b": 500.0, "d": 400.0}
    assert found["lost"].to_dict() == {"a": 800.0, "b": 0.0, "d": 0.0}  # 950 charged off, 150 paid since
    assert found["settled"].to_dict() == {"a": True, "b": True, "d": False}


def test_a_year_ago_is_looked_at_by_what_the_other_half_drew():
    seen = BY_HAND.set_index("account_id")[["balance", "credit_limit"]]
    told = Panel(seen, np.array([JULY] * 4, dtype=object), np.array([0, 1, 2, 3]), np.array(list("ABCD"), dtype=object))
    today = Today(told, Days((), 12, JULY, (JULY,), YEAR_ON), np.array([]), pd.DataFrame())
    tested = Foreseen(JULY, 12, pd.Series([1.0] * 4), pd.Series([0.5, 0.5, 0.0, 0.0]), None, 0.5)
    held = exposure.look_back(BY_HAND, today, tested)
    # a by b's sixth: 600 + 400 / 6; b by a's three quarters: 400 + 600 x 0.75
    assert held.expected == pytest.approx(0.5 * (600 + 400 / 6) + 0.5 * (400 + 450))
    assert held.came == pytest.approx(900 + 500 + 1000 + 1300)


# --- proposals

NAMES = ["safe", "risky", "full", "between", "poor", "unknown", "idle", "new"]


def book(**more: list[float]) -> tuple[Today, pd.Series]:
    """Give accounts of 1,000 each of which differs from the safe one in one thing."""
    rows = pd.DataFrame({"balance": 500.0, "credit_limit": 1000.0, "used_most_6": 0.6}, index=NAMES)
    rows = rows.assign(stated_income=10_000.0, months_open=30.0, late_6=0.0)
    chance = pd.Series([0.01, 0.2, 0.2, 0.05, 0.01, 0.01, 0.01, 0.01], NAMES)
    use = pd.Series(0.5, NAMES)
    rows.loc["full", ["balance", "used_most_6"]] = [1000.0, 1.0]
    rows.loc["risky", "late_6"] = 1.0
    rows.loc["poor", "stated_income"] = 5_000.0
    rows.loc["unknown", "stated_income"] = np.nan
    rows.loc["new", "months_open"] = 2.0
    use["idle"] = 0.1
    days = Days((), 12, JULY, (JULY,), YEAR_ON)
    told = Panel(rows, np.array([YEAR_ON] * 8, dtype=object), np.arange(8), np.array(NAMES, dtype=object))
    return Today(told, days, np.array([]), pd.DataFrame({"probability": chance.to_numpy()})), use


def nothing() -> tuple:
    return lambda name: None, lambda name: False


def owed() -> exposure.Exposure:
    draws = pd.DataFrame({"drawn": [0.3, 0.4, 0.5], "lost": [0.7, 0.75, 0.8], "level": [0.9, 1.0, 1.1]})
    return exposure.Exposure(0.4, 0.75, draws, 4, 3)


def proposed(**rules: float) -> proposals.Proposals:
    return proposals.propose(*nothing(), *book(), owed(), CreditLimits(**(OF_FIVE | rules)))


def test_raised_is_who_is_safe_uses_the_limit_and_can_afford_more():
    rows = proposed().rows
    assert rows["proposal"].to_dict() == dict.fromkeys(NAMES, "keep") | {"safe": "raise", "risky": "lower"}
    assert rows.loc["safe", ["reason_1", "reason_2", "reason_3"]].tolist() == ["unlikely", "uses", "affords"]


def test_lowered_is_what_nobody_needed_and_the_reasons_to_keep_are_said():
    rows = proposed().rows
    assert rows.loc["risky", "limit_proposed"] == 800
    assert rows.loc["risky", ["reason_1", "reason_2", "reason_3"]].tolist() == ["likely", "not_needed", "late"]
    kept = rows.loc[["full", "between", "poor", "unknown", "idle", "new"], "reason_1"].tolist()
    assert kept == ["all_needed", "between", "not_affordable", "no_income", "little_used", "new"]
    assert proposed(step=0.5).rows.loc["risky", "limit_proposed"] == 600  # as much was owed in the last half-year


@pytest.mark.parametrize(("offer", "is_holdout", "more"), [("limit", False, 1), ("limit", True, 0), ("tea", False, 0)])
def test_of_those_to_be_lowered_the_contacts_with_a_higher_limit_are_counted(offer, is_holdout, more):
    found = proposed()
    listed = [(found.rows.loc[name, "customer_id"], offer, is_holdout) for name in ("risky", "safe")]
    given = {
        "offer_list": pd.DataFrame(listed, columns=["customer_id", "offer_id", "is_holdout"]),
        "offers": pd.DataFrame({"offer_id": ["limit", "tea"], "product": ["limit_increase", "tea"]}),
    }
    tables, terms = (
        {name: ibis.memtable(rows) for name, rows in given.items()},
        {"limit_increase": OfferTerms(works="limit")},
    )
    assert proposals.offered_more(found, tables.__getitem__, tables.__contains__, terms) == more
    assert proposals.offered_more(found, *nothing(), terms) == 0


def test_a_raise_stays_within_the_income_and_accounts_of_a_customer_share_it():
    assert proposed(of_income=0.11).rows.loc["safe", "limit_proposed"] == 1100
    today, use = book()
    names = today.told.names.copy()
    names[NAMES.index("idle")] = "safe"  # the same customer's: 2,000 of limits, 3,000 affordable
    told = Panel(today.told.features, today.told.days, today.told.customers, names)
    one = Today(told, today.days, today.odds, today.accounts)
    rows = proposals.propose(*nothing(), one, use, owed(), CreditLimits(**(OF_FIVE | {"of_income": 0.22}))).rows
    assert rows.loc["safe", "limit_proposed"] == 1100


def test_raises_stop_where_they_add_too_much_in_all():
    rows = proposed(added_share=0.0).rows
    assert rows.loc["safe", ["proposal", "reason_1", "limit_proposed"]].tolist() == ["keep", "beyond", 1000]


def test_who_was_raised_not_long_ago_is_not_raised_again():
    changes = pd.DataFrame(
        {"account_id": ["safe"], "changed_on": [date(2024, 1, 5)], "old_limit": 800, "new_limit": 1000}
    )
    given = {"limit_changes": ibis.memtable(changes)}
    rules = CreditLimits(**OF_FIVE)
    rows = proposals.propose(given.__getitem__, given.__contains__, *book(), owed(), rules).rows
    assert rows.loc["safe", ["proposal", "reason_1"]].tolist() == ["keep", "rests"]
    rested = proposals.propose(
        given.__getitem__, given.__contains__, *book(), owed(), CreditLimits(rest_months=3, **OF_FIVE)
    )
    assert rested.rows.loc["safe", "proposal"] == "raise"


def test_sums_have_intervals_of_what_is_drawn_lost_and_falls_behind():
    found = proposed()
    assert found.added[0] == pytest.approx(0.01 * 0.4 * 200 * 0.75)
    assert found.saved[0] == pytest.approx(0.2 * 0.4 * 200 * 0.75)
    assert found.loss[0] == pytest.approx(found.rows["loss_now"].sum())
    assert found.added[1] < found.added[0] < found.added[2]
    assert found.raised == 200


def test_probabilities_stand_beside_the_true_chances():
    true = pd.DataFrame({"customer_id": NAMES, "seen_on": YEAR_ON, "default_12": [0.02] + [0.4] * 7})
    found = proposals.near_truth(proposed(), true, book()[0])
    assert found.by_proposal.set_index("proposal")["chance"].round(2).to_dict() == {
        "raise": 0.02,
        "keep": 0.4,
        "lower": 0.4,
    }
    assert found.true_added == pytest.approx(2 * found.added)
    before = true.assign(seen_on=JULY)
    assert isinstance(proposals.near_truth(proposed(), before, book()[0]), Unavailable)


def test_expected_use_is_learned_from_those_of_a_year_ago():
    rng = np.random.default_rng(0)
    then = pd.DataFrame({"used": rng.random(300), "credit_limit": 1000.0})
    then = then.assign(used_mean_3=then["used"], used_mean_6=rng.random(300), used_most_6=1.0, months_open=20.0)
    then["balance"] = 1000 * then["used"]
    now = then.assign(used_mean_6=0.5 * then["used"])  # it came to half of what was used
    rows = pd.concat([then, now])
    days = np.array([JULY] * 300 + [YEAR_ON] * 300, dtype=object)
    told = Panel(rows, days, np.arange(600), np.arange(600).astype(object))
    today = Today(told, Days((), 12, JULY, (JULY,), YEAR_ON), np.array([]), pd.DataFrame())
    assert proposals.expected_use(today).to_numpy() == pytest.approx(0.5 * then["used"].to_numpy())


def test_rules_that_raise_and_lower_the_same_account_are_refused():
    with pytest.raises(ValueError, match="no limit is raised and lowered"):
        CreditLimits(raise_up_to=0.2, lower_from=0.1)


# --- what raises brought


def sent(*, effect: float, customers: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Give contacts of which three in four are treated; a fifth of these take 1,000 more, and draw part of it."""
    rng = np.random.default_rng(seed)
    treated = rng.random(customers) < 0.75
    took = treated & (rng.random(customers) < 0.2)
    owes = 400 + 100 * rng.random(customers)
    rows = {"contact_id": np.arange(customers), "customer_id": np.arange(customers), "treated": treated}
    rows |= {"is_random": True, "before_credit_limit": 1000.0, "before_balance": owes}
    rows |= {"before_interest": 6.0, "before_purchases": 0.0, "after_purchases": 0.0}
    rows |= {"after_credit_limit": 1000.0 + 1000 * took, "after_balance": owes + 500 * took}
    return pd.DataFrame(rows | {"after_interest": 6 + effect * took + rng.normal(0, 1, customers)})


def test_what_a_unit_of_limit_brings_is_found_beside_those_held_out():
    found = raised.brought(sent(effect=15.0), Economics(funds_year=0.0), use=0.3, seed=1)
    added = found.effects.set_index("what")["added"]
    assert added["limit"] == pytest.approx(200, abs=25)  # a fifth of the contacted take 1,000
    assert added["owed"] == pytest.approx(0.5 * added["limit"], abs=5)
    assert found.margin[0] == pytest.approx(12 * 15 / 1000, abs=0.03)  # of each 1,000: 15 a month
    assert found.is_clear
    less = raised.brought(sent(effect=15.0), Economics(funds_year=0.12), use=0.3, seed=1)
    assert less.margin[0] == pytest.approx(found.margin[0] - 0.06, abs=0.005)  # funds for half of what is added


def test_raises_that_bring_nothing_are_not_clear_and_few_held_out_say_nothing():
    assert not raised.brought(sent(effect=0.0), Economics(funds_year=0.0), use=0.3, seed=1).is_clear
    assert raised.brought(sent(effect=15.0), Economics(), use=0.6, seed=1).reason == "few_held_out"


def test_lots_sum_the_statements_before_and_after_a_contact():
    months = pd.date_range("2023-01-15", periods=12, freq="MS") + pd.Timedelta(days=14)
    bills = pd.DataFrame({"account_id": "a", "statement_on": months.date, "credit_limit": [100.0] * 6 + [160.0] * 6})
    bills = bills.assign(balance=[30.0] * 6 + [60.0] * 6, interest=0.0, purchases=12.0)
    tables = {
        "contacts": pd.DataFrame(
            {"contact_id": [1, 2], "customer_id": "A", "offer_id": ["up", "cash"], "sent_on": [months[5].date()] * 2,
             "is_holdout": False}
        ),
        "offers": pd.DataFrame({"offer_id": ["up", "cash"], "product": ["limit_increase", "cashback"]}),
        "accounts": pd.DataFrame({"account_id": ["a"], "customer_id": ["A"]}),
        "statements": bills,
    }  # fmt: skip
    given = {name: ibis.memtable(frame) for name, frame in tables.items()}
    first = (months[0].year * 12) + months[0].month - 1

    class Followed:
        standing, last = pd.DataFrame({"month": [first]}), first + 11

    terms = {"limit_increase": OfferTerms(works="limit"), "cashback": OfferTerms()}
    found = raised.lots(given.__getitem__, given.__contains__, terms, Followed).iloc[0]
    assert (found["before_credit_limit"], found["after_credit_limit"]) == (100, 160)
    assert (found["before_balance"], found["after_balance"], found["after_purchases"]) == (30, 60, 12)
    assert raised.lots(given.__getitem__, given.__contains__, {}, Followed).reason == "no_lots"


def test_accounts_that_are_all_alike_or_have_no_limit_get_no_proposal():
    today, use = book()
    alike = Panel(
        today.told.features.drop(columns="credit_limit"), today.told.days, today.told.customers, today.told.names
    )
    same = Today(alike, today.days, today.odds, today.accounts)
    assert exposure.defaults(*nothing(), same).reason == "all_alike"
    assert proposals.expected_use(same).reason == "all_alike"
    today.told.features.loc["idle", "credit_limit"] = np.nan
    assert "idle" not in proposals.propose(*nothing(), today, use, owed(), CreditLimits(**OF_FIVE)).rows.index
