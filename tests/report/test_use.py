"""What notebook 73 says of first uses, spending and points: facts in, both languages out."""

import numpy as np
import pandas as pd
import pytest

from card.test_use import cards_of_channels, habits, made_books
from insight.card.use import activation, points, redeeming, upcoming
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings.cards import activation as first_uses
from insight.report.findings.cards import points as point_books
from insight.report.findings.cards import usage
from insight.words.context import Context, using
from report.test_churn import drawn, in_both

MISSING = Unavailable("activation", "no_lots")


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank", min_cell=1)):
        yield


def said(found) -> str:
    return " ".join(in_both(words) for name in ("title", "says", "so_what") if (words := found.part(name)) is not None)


def test_the_curve_says_how_many_are_used_and_whether_channels_differ():
    cards = cards_of_channels()
    found = first_uses.curve(cards, activation.by_group(cards))
    drawn(found.figure)
    assert "do not differ clearly" in said(found)
    groups = activation.by_group(cards)
    apart = groups.assign(low_30=groups["used_30"] - 0.01, high_30=groups["used_30"] + 0.01, used_90=0.5)
    assert "channels differ clearly" in said(first_uses.curve(cards, apart))
    assert said(first_uses.curve(MISSING, groups)).startswith("Not told")


def test_drivers_say_what_is_clear_and_whether_that_tells_later_cards():
    rows = [("limit", "", "", 500, 0.01, -0.1, 0.1, 0), ("part", "late", "early", 300, 0.2, 0.1, 0.3, 1)]
    table = pd.DataFrame(rows, columns=["factor", "level", "than", "customers", "effect", "low", "high", "clear"])
    tested = {"auc": 0.6, "low": 0.55, "high": 0.65, "plain": 0.5, "cards": 200}
    found = first_uses.drivers((table, tested))
    drawn(found.figure)
    assert "1 of 2 differences" in said(found)
    assert "opened late in a month rather than opened early" in said(found)
    chance = said(first_uses.drivers((table.assign(clear=0), tested | {"low": 0.45})))
    assert chance.startswith("None of 2 differences")
    assert "not rank" in chance


def addition(added: float, low: float) -> pd.DataFrame:
    rows = [("both", 30, 600, 200, 0.3, 0.3 - added, added, low, 2 * added - low),
            ("trial", 30, 300, 100, 0.3, 0.3 - added, added, low, 2 * added - low),
            ("both", 90, 500, 150, 0.4, 0.4 - added, added, low, 2 * added - low)]  # fmt: skip
    names = ["kind", "days", "contacted", "held_out", "rate", "held_rate", "added", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def truth(added: float) -> pd.DataFrame:
    return pd.DataFrame({"kind": ["both", "trial"], "added": added})


def test_what_the_bonus_added_stands_beside_the_truth_and_its_price():
    found = first_uses.added(addition(0.1, 0.04), truth(0.06), (0.3, 20.0))
    drawn(found.figure)
    assert "within the interval" in said(found)
    assert "CN¥63" in said(found), "0.30 and 20 times 0.3, over 0.1"
    (headline,) = found.headlines
    assert (headline.name, headline.value, headline.low) == ("activation_uplift", 0.1, 0.04)
    unsure = said(first_uses.added(addition(0.1, -0.02), truth(0.5), (0.3, 20.0)))
    assert unsure.startswith("Whether the activation bonus adds first uses is not yet clear")
    assert "outside the interval" in unsure
    for low, label in ((0.04, "bonus"), (-0.02, "bonus, if any: not yet clear")):
        found = first_uses.added(addition(0.1, low), None, (0.3, 20.0))
        assert str(found.in_words(found.headlines[0])["label"]).endswith(f"the activation {label}")
    assert "no truth is known" in said(first_uses.added(addition(0.1, 0.04), None, (0.3, 20.0)))
    nothing = first_uses.added(MISSING, None, (0.3, 20.0))
    assert nothing.headlines[0].value is None


def test_what_the_redemption_offer_added_may_last_or_fade():
    assert "It lasts" in said(first_uses.redemption_added(addition(0.1, 0.04), truth(0.1)))
    assert "is not clear" in said(first_uses.redemption_added(addition(0.1, -0.04), None))


def test_spend_ways_and_limits_are_laid_out():
    rows = [("fuel", 10, 8, 600.0, 500.0, 40, 0.6, 0.2), ("dining", 10, 8, 400.0, 500.0, 30, 0.4, -0.2)]
    names = ["category", "purchases", "purchases_before", "spend", "spend_before", "customers", "share", "change"]
    found = usage.categories(pd.DataFrame(rows, columns=names), days=365, customers=60)
    drawn(found.figure)
    assert said(found).startswith("Largest categories of spend: fuel (60%) and dining (40%)")
    assert "Grown most: fuel (20.0%); fallen most: dining (−20.0%)" in said(found)
    grown = found.facts["found"].assign(change=[0.2, 0.1])
    assert "grown least: dining (10.0%)" in said(usage.categories(grown, days=365, customers=60))
    assert "Fallen least: fuel" in said(usage.categories(grown.assign(change=[-0.1, -0.2]), days=365, customers=60))
    ways = pd.DataFrame({"way": ["online", "instalments"], "customers": [50, 20], "purchases": [90, 20],
                         "share": [1.0, 0.1], "share_before": [1.0, 0.2]})  # fmt: skip
    assert "on instalments: 10.0%" in said(usage.ways(ways, tied=20, customers=60))
    assert "on instalments:" not in said(usage.ways(ways.head(1), tied=None, customers=60))
    bands = pd.DataFrame({"band": [0.0, 0.1, 0.3, 0.6, 0.9, np.inf], "customers": 10, "accounts": 10, "share": 1 / 6,
                          "owed": [0, 0, 0, 0.2, 0.4, 0.4], "interest": 0.5})  # fmt: skip
    found = usage.utilisation(bands)
    drawn(found.figure(found.shown_table()))
    assert said(found).startswith("33% of accounts owe more than six tenths of their limit, and 80%")


def test_the_next_category_stands_beside_habit_and_popularity():
    bought = habits()
    measured = upcoming.tested(bought, seed=1)
    found = usage.following(measured, bought)
    drawn(found.figure)
    assert said(found).startswith("Among 3 categories proposed")
    for lead, words in ((0.05, "The model beats"), (-0.05, "The plain own habit beats")):
        bounds = {"lead": lead, "lead_low": lead - 0.01, "lead_high": lead + 0.01}
        assert words in said(usage.following(measured.assign(**bounds), bought))
    proposed = said(usage.proposed(upcoming.proposals(bought)))
    assert "Proposed first to the most customers for the month to come: a (66 of 120)" in proposed


def test_the_books_of_points_say_what_is_owed():
    books = made_books()
    months = points.ledger(books)
    found = point_books.ledger(months, books, 0.5)
    drawn(found.figure)
    assert found.headlines[0].value == pytest.approx(months["outstanding"].iloc[-1] * 0.5)
    assert "would cost CN¥114 if all were redeemed" in said(found)
    assert said(point_books.ledger(months, books, Unavailable("points", "no_price"))).startswith("Not told")


def test_a_forecast_of_redemptions_says_whether_the_one_before_held():
    months = points.ledger(made_books())
    held = points.Breakage(12, 0.44, 0.40, 0.47, 0.45, 0.42, 0.48, 0.53, 0.47)
    assert "held what came" in said(point_books.breakage(held, months, 0.5))
    missed = points.Breakage(12, 0.30, 0.28, 0.32, 0.45, 0.42, 0.48, 0.53, 0.47)
    assert "did not hold what came" in said(point_books.breakage(missed, months, 0.5))


@pytest.mark.parametrize(("effect", "words"), [(0.05, "more often"), (-0.05, "less often"), (0.0, "about as often")])
def test_whether_redeemers_stay_is_no_effect(effect, words):
    found = redeeming.Staying(6, 900, 300, 0.9, 0.87, 0.92, 0.9, 0.0, effect, effect - 0.01, effect + 0.01)
    told = said(point_books.staying(found))
    assert words in told
    assert "Nobody drew lots" in told


def test_what_is_redeemed_next_is_told_or_is_chance():
    names = ["ranking", "customers", "hits", "hits_low", "hits_high", "chance"]
    rows = [
        ("own", 300, 0.5, 0.4, 0.6, 0.25),
        ("last", 300, 0.3, 0.2, 0.4, 0.25),
        ("popular", 300, 0.2, 0.1, 0.3, 0.25),
    ]
    measured = pd.DataFrame(rows, columns=names)
    found = point_books.items(measured)
    drawn(found.figure)
    assert "is told for 50.0%" in said(found)
    assert "not told better than by chance" in said(point_books.items(measured.assign(hits_low=0.1)))
