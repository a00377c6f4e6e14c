"""What notebook 45 says of what card customers are worth: facts in, both languages out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.card.worth.backtest import Coverage, Origin, Score, Today, Total
from insight.card.worth.groups import Concentration
from insight.card.worth.model import Expected
from insight.card.worth.truth import Judged, Way
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.measures import Correlation, Mean
from insight.report.findings.cards import margin
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", as_of=date(2024, 12, 31), min_cell=10)):
        yield


def in_both(words) -> str:
    assert words.in_language("zh")
    return words.in_language("en")


def made(customers: int = 200) -> Expected:
    index = pd.Index([f"c{number}" for number in range(customers)])
    columns = {"spending": 50.0, "lending": 400.0, "costs": -12.0, "losses": -100.0}
    nothing = np.zeros(customers)
    worth = dict.fromkeys(columns, 0.96)
    return Expected(24_288, 6, pd.DataFrame(columns, index=index), nothing, nothing + 438, nothing, nothing, worth)


def today(value: float = 67_600.0) -> Today:
    bounds = pd.DataFrame({"low": -1.0, "high": 1.0}, index=made().parts.index)
    return Today(made(), bounds, Total(value, 40_000.0, 95_000.0, 64_900.0, 87_600.0, -20_000.0, 3, 0.04))


def account(before: float) -> pd.DataFrame:
    amounts = {"interchange": 200.0, "interest": 700.0, "fees": 100.0, "revenue": 1000.0, "points": -50.0}
    amounts |= {
        "funds": -100.0,
        "servicing": -20.0,
        "fraud": -10.0,
        "contacts": -5.0,
        "credit": -400.0,
        "margin": 415.0,
    }
    rows = pd.DataFrame({"part": list(amounts), "amount": list(amounts.values())})
    return rows.assign(of_revenue=rows["amount"] / 1000, before=before)


def test_the_account_says_what_of_revenue_is_left():
    shown = margin.account(account(before=900.0))
    assert "41.5% is left as margin; 40.0% went into credit losses" in in_both(shown.part("title"))
    assert shown.headlines[0].value == pytest.approx(0.415)
    assert "before" in shown.columns
    alone = margin.account(account(before=np.nan))
    assert "before" not in alone.columns
    assert alone.part("so_what") is None


def test_the_account_names_what_became_worse_most_in_proportion_first():
    parts = account(before=0.0)
    parts["before"] = parts["amount"]
    better = in_both(margin.account(parts).part("so_what"))
    assert "No part is clearly worse than in the twelve months before. Margin: CN¥415.00 after CN¥415.00." in better
    before = {"fraud": -5.0, "interest": 800.0, "credit": -800.0}
    parts["before"] = parts["part"].map(before).fillna(parts["amount"])
    worse = in_both(margin.account(parts).part("so_what"))
    assert "first: Fraud (−CN¥10.00 after −CN¥5.00) and Interest" in worse


def kinds(defaulters: int) -> pd.DataFrame:
    names = ["spend", "owed", "revenue", "interchange", "interest", "fees", "points", "funds", "servicing", "fraud"]
    names += ["contacts", "credit", "margin"]
    rows = [
        ("revolver", 50, 1300.0, 1100.0),
        ("transactor", 60, 200.0, 110.0),
        ("defaulter", defaulters, 700.0, -9000.0),
    ]
    found = pd.DataFrame(rows, columns=["kind", "customers", "revenue", "margin"])
    return found.assign(**{name: 1.0 for name in names if name not in found})


def test_kinds_stand_side_by_side_and_are_compared_where_none_is_hidden():
    said = in_both(margin.kinds(kinds(30)).part("so_what"))
    assert "the revolver in the middle leaves CN¥1,100" in said
    assert "leaves −CN¥9,000" in said
    assert margin.kinds(kinds(3)).part("so_what") is None


def test_forecasts_are_ranked_beside_the_simplest():
    def score(name: str, rank: float) -> Score:
        return Score(name, Correlation(rank, rank - 0.01, rank + 0.01), Mean(190.0, 160.0, 210.0), 0.04)

    names = ("expected", "likely", "before", "revenue")
    origins = [Origin(made(), pd.DataFrame())]
    shown = margin.tested([score(*one) for one in zip(names, (0.85, 0.87, 0.71, 0.73), strict=True)], origins)
    assert "ranks with 0.870 against what came in the 6 months after; margin as before with 0.710" in in_both(
        shown.part("title")
    )
    assert "Rank customers by the likely margin" in in_both(shown.part("so_what"))
    assert [one.name for one in shown.headlines] == ["value_spearman", "value_mae", "value_total_error"]
    alike = margin.tested([score(name, 0.8) for name in names], origins)
    assert "not surely better" in in_both(alike.part("so_what"))
    held = margin.coverage(Coverage(0.953, 0.949, 0.956, 12_000), origins)
    assert "95.3% held the margin" in in_both(held.in_words(held.headlines[0])["sentence"])


def test_what_is_expected_has_its_interval_and_parts():
    shown = margin.expected(today())
    assert shown.table["amount"].tolist() == [10_000, 80_000, -2400, -20_000, 67_600]
    assert "CN¥40K to CN¥95K" in in_both(shown.in_words(shown.headlines[0])["sentence"])


def test_few_losses_are_a_caution_and_a_total_of_next_to_nothing_has_no_share():
    few = replace(today(), expected=replace(made(), lost=2))
    assert "Fewer than 30 card holders were charged off" in in_both(margin.expected(few).part("caution"))
    assert "Losses decide the total" in in_both(margin.expected(today()).part("caution"))
    ways = [Way(name, 0.88, 0.87, 0.89, np.nan) for name in ("expected", "likely", "before", "revenue")]
    assert "next to nothing" in in_both(margin.truth(Judged(12_000, ways, 0.91)).part("says"))


def test_who_brings_it_and_who_costs():
    curve = pd.DataFrame({"share": np.linspace(0, 1, 101), "held": np.linspace(0, 1, 101)})
    shown = margin.concentration(Concentration(curve, 0.7, 0.2, 0.43), today())
    assert "The first 10% of card holders make up 70%" in in_both(shown.part("title"))
    assert "From 20% of card holders a loss is expected: together they take back 43%" in in_both(shown.part("so_what"))
    few = margin.concentration(Concentration(curve, 0.7, 0.01, 0.43), today())
    assert few.part("so_what") is None
    assert isinstance(
        margin.concentration(Concentration(curve, 0.7, 0.2, 0.43), today(-5.0)), (Unavailable, type(shown))
    )


def test_groups_are_named():
    rows = pd.DataFrame({"group": ["web", "kiosk"], "customers": [40, 60], "margin": [1.0, 2.0], "income": [3.0, 3.0]})
    shown = margin.by_channel(rows.assign(losses=-1.0, default_chance=0.02))
    assert [str(one) for one in shown.table["group"]] == ["kiosk", "website"]  # those first who bring most
    shown = margin.by_cohort(rows.assign(group=[2022.0, 2023.0], losses=-1.0, default_chance=0.02))
    assert shown.table["group"].tolist() == ["2022", "2023"]
    said = in_both(shown.part("so_what"))
    assert "Of those who opened in 2023, CN¥2 each is expected (CN¥3 before losses of CN¥1)" in said
    worse = margin.by_cohort(shown.table.assign(group=[2022.0, 2023.0], margin=[2.0, -1.0]))
    assert "The least is expected of those who opened in 2023: −CN¥1 each" in in_both(worse.part("so_what"))
    apart = margin.by_cohort(shown.table.assign(group=[2020.0, 2023.0]))
    assert apart.part("so_what") is None


def test_the_truth_stands_beside_the_ceiling():
    ways = [Way(name, 0.88, 0.87, 0.89, -0.13) for name in ("expected", "likely", "before", "revenue")]
    shown = margin.truth(Judged(12_000, ways, 0.91))
    assert "0.910, the likely margin reaches 0.880" in in_both(shown.part("title"))
    assert "reaches 96.7% of the ceiling. The total that is expected lies −13.0%" in in_both(shown.part("says"))
