"""First uses, what lots tell, where money goes, the books of points: each on rows that one counts on fingers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.card.use import activation, bonus, points, redeeming, spending, upcoming
from insight.config.triggers import PointsLapse
from insight.engine import connect
from insight.errors import Unavailable

LAST = date(2024, 12, 31)


def reader(**tables: pd.DataFrame):
    con = connect(threads=1)
    made = {name: con.create_table(name, rows) for name, rows in tables.items()}
    return made.__getitem__, made.__contains__


def days(*texts: str | None) -> list[date | None]:
    return [None if one is None else date.fromisoformat(one) for one in texts]


def accounts(n: int = 12) -> pd.DataFrame:
    """Cards opened on the first of December, the last two before the data; of four a day of first use is known."""
    return pd.DataFrame({
        "account_id": [f"a{at:02}" for at in range(n)], "customer_id": [f"c{at:02}" for at in range(n)],
        "credit_limit": [9000.0] * n, "product": ["gold"] * n,
        "opened_on": days(*["2024-12-01"] * (n - 2), "2020-01-01", "2020-01-01"),
        "activated_on": days("2024-12-11", "2024-12-11", "2024-12-21", "2024-12-21", *[None] * (n - 4)),
        "closed_on": days(*[None] * (n - 1), "2024-11-15"),
    })  # fmt: skip


def lines(rows: list[tuple]) -> pd.DataFrame:
    names = ["customer_id", "occurred_on", "amount", "category", "channel", "instalment_months"]
    frame = pd.DataFrame(rows, columns=names)
    frame["occurred_on"] = days(*frame["occurred_on"])
    return frame.assign(kind="purchase", account_id="a")


BOUGHT = lines([
    ("c00", "2024-01-01", 100.0, "fuel", "pos", 0), ("c01", "2024-02-01", 300.0, "dining", "online", 3),
    ("c00", "2024-11-01", 600.0, "fuel", "pos", 0), ("c01", "2024-12-01", 200.0, "dining", "online", 0),
])  # fmt: skip
PEOPLE = pd.DataFrame({"customer_id": [f"c{at:02}" for at in range(12)], "age_band": "25-34"})


def test_new_cards_are_those_opened_within_the_data_and_watched_until_they_are_used():
    read, has = reader(accounts=accounts(), transactions=BOUGHT, customers=PEOPLE)
    cards = activation.new_cards(read, has, as_of=LAST)
    assert len(cards) == 10
    assert cards["used"].sum() == 4
    assert cards["days"].tolist() == [10, 10, 20, 20, *[30] * 6]
    early = activation.new_cards(read, has, as_of=date(2024, 12, 15))
    assert early["used"].sum() == 2, "a use after the last day is not known"
    assert early["days"].tolist() == [10, 10, *[14] * 8]


def test_the_share_used_counts_each_card_for_as_long_as_it_was_watched():
    cards = pd.DataFrame({"days": [10] * 10 + [20] * 10 + [15] * 20, "used": [True] * 20 + [False] * 20})
    curve = activation.used_by(cards).set_index("day")["used"]
    assert curve[10] == pytest.approx(10 / 40)
    assert curve[20] == pytest.approx(1.0), "all ten that are still watched are used on the twentieth day"


def cards_of_channels() -> pd.DataFrame:
    """Twenty cards of the app, of which four are used within thirty days, and twenty of the website."""
    read, has = reader(accounts=accounts(42), transactions=BOUGHT, customers=PEOPLE)
    return activation.new_cards(read, has, as_of=LAST).assign(channel=["app"] * 20 + ["web"] * 20)


def test_groups_have_their_share_and_no_value_beyond_what_was_watched():
    by = activation.by_group(cards_of_channels()).set_index(["attribute", "group"])
    assert by.loc[("channel", "app"), "used_30"] == pytest.approx(0.2)
    assert by.loc[("channel", "web"), "used_30"] == pytest.approx(0.0)
    assert by.loc[("all", "all"), "used_30"] == pytest.approx(0.1)
    assert by["used_90"].isna().all()


def test_drivers_find_the_one_that_matters_and_rank_later_cards():
    rng = np.random.default_rng(1)
    part = rng.choice(["early", "late"], 600)
    used = rng.random(600) < np.where(part == "late", 0.7, 0.2)
    cards = pd.DataFrame({
        "customer_id": [f"c{at}" for at in range(600)], "opened_on": pd.date_range("2023-01-01", periods=600),
        "credit_limit": rng.choice([8000.0, 16000.0], 600), "part": part, "channel": rng.choice(["app", "web"], 600),
        "days": 10, "used": used,
    })  # fmt: skip
    found, tested = activation.drivers(cards, as_of=LAST, seed=1)
    late = found[(found["factor"] == "part")].iloc[0]
    assert abs(late["effect"]) == pytest.approx(0.5, abs=0.1)
    assert late["clear"] != 0
    assert late["low"] < late["effect"] < late["high"]
    assert tested["low"] > 0.6 > tested["plain"]
    assert isinstance(activation.drivers(cards.head(50), as_of=LAST, seed=1), Unavailable)


def contacts(treated: int = 60, held: int = 40) -> pd.DataFrame:
    n = treated + held
    return pd.DataFrame({
        "contact_id": [f"k{at}" for at in range(n)], "customer_id": [f"c{at}" for at in range(n)],
        "sent_on": pd.Timestamp("2024-06-01"), "treated": [True] * treated + [False] * held, "kind": "trial",
        "round": 0.6,
    })  # fmt: skip


def test_what_an_offer_added_is_the_share_of_the_contacted_less_that_of_the_held_out():
    did = [*range(30), *range(60, 70)]  # half of the contacted, a quarter of the others, within thirty days
    later = [*range(70, 80)]  # ten more of the held out, within ninety
    done = pd.DataFrame({
        "customer_id": [f"c{at}" for at in did + later],
        "day": [pd.Timestamp("2024-06-11")] * len(did) + [pd.Timestamp("2024-08-01")] * len(later),
    })  # fmt: skip
    found = bonus.added(contacts(), done, as_of=LAST, once=True).set_index(["kind", "days"])
    first = found.loc[("both", 30)]
    assert (first["rate"], first["held_rate"]) == (0.5, 0.25)
    assert first["added"] == pytest.approx(0.25)
    assert first["low"] < 0.25 < first["high"]
    assert found.loc[("trial", 90), "added"] == pytest.approx(0.0)
    soon = bonus.added(contacts(), done, as_of=date(2024, 7, 15), once=True)
    assert set(soon["days"]) == {30}, "longer horizons are not over"


def test_who_had_done_it_before_is_left_out_on_both_sides_only_where_it_is_done_once():
    done = pd.DataFrame({"customer_id": ["c0", "c60"], "day": pd.Timestamp("2024-05-01")})
    once = bonus.added(contacts(), done, as_of=LAST, once=True).iloc[0]
    often = bonus.added(contacts(), done, as_of=LAST, once=False).iloc[0]
    assert (once["contacted"], once["held_out"]) == (59, 39)
    assert (often["contacted"], often["held_out"]) == (60, 40)


def test_nothing_is_told_without_lots():
    sent = contacts().assign(
        is_holdout=lambda t: ~t["treated"], is_random=False, propensity=0.6, offer_id="1"
    ).drop(columns=["treated", "kind", "round"])  # fmt: skip
    offers = pd.DataFrame({"offer_id": ["1"], "product": ["bonus"], "cost": [20.0], "contact_cost": [0.3]})
    read, has = reader(contacts=sent, offers=offers)
    rows = bonus.by_lot(read, has, "bonus", as_of=LAST)
    assert rows["treated"].sum() == 60
    assert set(rows["kind"]) == {"campaign"}
    assert bonus.costs(read, has, "bonus") == (0.3, 20.0)
    read, has = reader(contacts=sent.assign(is_holdout=False), offers=offers)
    assert bonus.by_lot(read, has, "bonus", as_of=LAST).reason == "no_lots"
    few = bonus.added(contacts(20, 10), pd.DataFrame({"customer_id": [], "day": []}), as_of=LAST, once=True)
    assert few.reason == "few_lots"


def test_the_true_addition_is_the_mean_over_those_contacted():
    true = pd.DataFrame(
        {"contact_id": ["k0", "k1", "k60"], "chance_without": [0.1, 0.2, 0.0], "chance_with": [0.2, 0.5, 1.0]}
    )
    told = bonus.true_addition(contacts(), true).set_index("kind")["added"]
    assert told["both"] == pytest.approx(0.2)
    assert bonus.true_addition(contacts(), None) is None


def test_spend_is_added_up_by_category_and_way_beside_as_many_days_before():
    read, _has = reader(transactions=BOUGHT)
    assert spending.window(read, as_of=LAST) == 183
    found = spending.categories(read, as_of=LAST).set_index("category")
    assert found.loc["fuel", ["spend", "spend_before", "customers"]].tolist() == [600.0, 100.0, 1]
    assert found["share"].to_dict() == {"fuel": 0.75, "dining": 0.25}
    assert found["change"].to_dict() == {"fuel": 5.0, "dining": pytest.approx(-1 / 3)}
    ways = spending.ways(read, as_of=LAST).set_index("way")
    assert ways["share"].to_dict() == {"pos": 0.75, "online": 0.25, "instalments": 0.0}
    assert ways.loc["instalments", "share_before"] == 0.75


def test_use_of_limits_is_that_of_the_last_statement():
    bills = pd.DataFrame({
        "account_id": ["a00", "a00", "a01", "a02"],
        "statement_on": days("2024-12-05", "2024-12-20", "2024-12-20", "2024-12-20"),
        "balance": [8000.0, 0.0, 900.0, 8100.0], "credit_limit": 9000.0, "interest": [1.0, 0.0, 0.0, 9.0],
    })  # fmt: skip
    read, has = reader(statements=bills, accounts=accounts())
    found = spending.utilisation(read, has, as_of=LAST).set_index("band")
    assert found["accounts"].tolist() == [1, 1, 0, 0, 1, 0]
    assert found.loc[0.9, ["owed", "interest"]].tolist() == [0.9, 1.0]
    assert found.loc[0.1, "owed"] == pytest.approx(0.1)


def habits(months: int = 12, customers: int = 120) -> upcoming.Purchases:
    """Four kinds of customers, each with an own category every fifth month, and a common one always."""
    counts = np.zeros((months, customers, 5))
    counts[:, :, 4] = 1
    for at in range(customers):
        counts[(np.arange(months) + at // 4) % 5 == 0, at, at % 4] = 1
    return upcoming.Purchases(counts, pd.Index([f"c{at}" for at in range(customers)]), list("abcde"), 24_276)


def test_the_own_habit_and_the_model_tell_what_is_taken_up_again_and_popularity_does_not():
    bought = habits()
    assert not bought.new(11)[:, 4].any(), "what is bought every month is not new"
    found = upcoming.tested(bought, seed=1).set_index("ranking")
    assert found.loc["model", "map"] > 0.9
    assert found.loc["habit", "map"] > 0.9
    assert found.loc["popular", "map"] < 0.7
    assert found.loc["model", "customers"] == (bought.counts[11, :, :4].sum() > 0) * 24


def test_nothing_of_the_month_told_or_later_is_looked_at():
    bought = habits()
    changed = bought.counts.copy()
    changed[8:] = 7
    for drawn in (0.0, 2.0):
        told, again = (upcoming.chances(counts, 8, drawn=drawn) for counts in (bought.counts, changed))
        assert np.array_equal(told, again)


def test_proposals_give_each_active_customer_one_category():
    found = upcoming.proposals(habits())
    assert found["customers"].sum() == 120
    assert found.set_index("category").loc["e", "customers"] == 0


# Five months; points lapse at the end of the third, and two months of earnings are left then.
EARNED = np.array([[10, 10, 0, 10], [20, 20, 0, 0], [30, 30, 0, 0], [40, 40, 0, 0], [50, 50, 5, 0]], float)
REDEEMED = np.array([[0, 0, 0, 0], [0, 0, 15, 0], [0, 0, 0, 0], [0, 0, 0, 0], [60, 0, 0, 0]], float)
LAPSED = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [7, 10, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], float)
OPEN = np.array([[1, 1, 1, 1]] * 3 + [[1, 1, 1, 0]] * 2, bool)


def made_books() -> points.Books:
    return points.begin(
        pd.Index(list("abcd")), 24_276, earned=EARNED, redeemed=REDEEMED, lapsed=LAPSED, is_open=OPEN,
        new=np.array([False, True, False, False]), lifetime=2,
    )  # fmt: skip


def test_the_balance_at_the_beginning_is_found_from_what_lapsed():
    books = made_books()
    assert books.life == 2
    assert (books.low[1], books.high[1]) == (0, 0), "b's card is new"
    assert books.low[2] == books.high[2] == 15, "c redeemed 15 and earned nothing before: at least, and at most"
    assert (books.low[3], books.high[3]) == (0, 0), "d earned 10 in the first month, which a lapse would have taken"


def test_every_month_of_the_ledger_reconciles():
    months = points.ledger(made_books())
    came = months["earned"] - months["redeemed"] - months["lapsed"] - months["forfeited"]
    assert np.allclose(months["outstanding"].diff()[1:], came[1:])
    assert months["forfeited"].tolist() == [0, 0, 0, 10, 0], "d's points go with the card"
    assert months["outstanding"].iloc[-1] == 83 + 140 + 5


def test_how_long_points_live_is_seen_where_whole_books_are_known():
    n = 12
    earned = np.tile(np.array([[5.0], [10.0], [20.0], [40.0]]), n) * np.arange(1, n + 1)
    lapsed = np.zeros((4, n))
    lapsed[3] = earned[0]
    kinds = {"redeemed": np.zeros((4, n)), "lapsed": lapsed, "is_open": np.ones((4, n), bool)}
    books = points.begin(pd.Index(range(n)), 0, earned=earned, **kinds, new=np.ones(n, bool), lifetime=1)
    assert books.life == 3, "three months of earnings are left, whatever the rule says"
    unknown = points.begin(pd.Index(range(n)), 0, earned=earned, **kinds, new=np.zeros(n, bool), lifetime=None)
    assert unknown.reason == "no_rule"


def test_of_a_balance_is_redeemed_what_its_customer_redeems_up_to_all_of_it():
    months, n = 12, 40
    earned, redeemed = np.full((months, n), 10.0), np.zeros((months, n))
    redeemed[8, : n // 2] = 500.0  # more than a half held then
    redeemed[2, : n // 4] = 100.0
    opening = np.full(n, 100.0)
    books = points.Books(
        pd.Index(range(n)), 0, earned, redeemed, np.zeros((months, n)), np.ones((months, n), bool), opening, opening, 12
    )
    found = points.breakage(books, seed=1)
    assert found.months == 6
    assert found.told == pytest.approx(0.25)
    held = np.array([60.0] * 10 + [160.0] * 30)
    assert found.value == pytest.approx(np.minimum(redeemed[8], held).sum() / held.sum())
    assert found.low < found.value < found.high
    assert found.plain == pytest.approx(1000 / 2400)
    assert found.held == (found.told_low <= found.value <= found.told_high)


def test_books_are_read_up_to_the_month_end_and_add_up_to_what_was_delivered():
    rewards = pd.DataFrame({
        "reward_id": list("rstuv"), "customer_id": ["c00", "c00", "c00", "c01", "c01"],
        "occurred_on": days("2024-10-05", "2024-11-05", "2024-12-31", "2024-12-05", "2025-01-05"),
        "kind": ["earned", "redeemed", "expired", "earned", "earned"], "points": [100, -30, -20, 50, 999],
    })  # fmt: skip
    read, has = reader(rewards=rewards, accounts=accounts())
    rule, as_of = PointsLapse(lifetime_months=2, ends="year"), date(2024, 12, 30)
    books = points.read_books(read, has, rule, as_of=as_of)
    assert books.earned.sum(axis=1).tolist() == [100, 0, 50]
    assert books.lapsed.sum() == 20
    assert points.delivered(read, as_of=as_of) == 100
    months = points.ledger(books)
    assert (months["earned"] - months["redeemed"] - months["lapsed"]).sum() == 100
    read, has = reader(accounts=accounts())
    assert points.read_books(read, has, rule, as_of=as_of).reason == "no_points"


def test_staying_is_compared_with_others_alike():
    rng, n, months = np.random.default_rng(1), 400, 18
    earned = np.full((months, n), 10.0)
    redeemed, is_open = np.zeros((months, n)), np.ones((months, n), bool)
    redeemed[8, :200] = 5
    gone = rng.random(n) < np.where(np.arange(n) < 200, 0.1, 0.4)
    is_open[-1, gone] = False
    opening = rng.uniform(100, 200, n)
    books = points.Books(
        pd.Index(range(n)), 24_000, earned, redeemed, np.zeros((months, n)), is_open, opening, opening, 12
    )
    opened = pd.Series(rng.integers(23_900, 24_000, n), index=range(n))
    found = redeeming.staying(books, opened)
    assert (found.months, found.redeemed, found.customers) == (6, 200, n)
    assert found.gap == pytest.approx(gone[200:].mean() - gone[:200].mean())
    assert 0 < found.low < found.gap < found.high, "traits are alike on both sides, so comparing alike changes little"


def test_what_is_redeemed_next_is_told_by_who_has_a_habit_and_by_nothing_where_nobody_has():
    rng = np.random.default_rng(1)
    own = rng.integers(0, 4, 150)
    rows = [
        (f"{at}-{turn}", f"c{at}", "2024-05-01" if turn else "2024-12-01", "redeemed", -100, f"i{own[at]}")
        for at in range(150) for turn in (2, 1, 0)
    ]  # fmt: skip
    names = ["reward_id", "customer_id", "occurred_on", "kind", "points", "item"]
    habit = pd.DataFrame(rows, columns=names).assign(occurred_on=lambda t: days(*t["occurred_on"]))
    read, has = reader(rewards=habit)
    found = redeeming.next_item(read, has, as_of=LAST, seed=1).set_index("ranking")
    assert found.loc["last", "hits"] == 1
    assert found.loc["popular", "hits"] < 0.5
    assert found["chance"].eq(0.25).all()
    read, has = reader(rewards=habit.assign(item=rng.choice(list("abcd"), len(habit))))
    chance = redeeming.next_item(read, has, as_of=LAST, seed=1)
    assert (chance["hits_low"] < 0.25).all()
