import datetime as dt
import json
from dataclasses import asdict
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from insight.report.tables import Col, Grid, grid, to_html, to_text
from insight.words.context import Context, using
from insight.words.numerals import language
from insight.words.text import text


def cells(values, col: Col) -> list[str]:
    shown = grid(pd.DataFrame({"x": values}), title="t", columns={"x": col})
    return [row[0] for row in shown.rows]


def test_a_column_has_one_number_of_decimals():
    assert cells([97.6, 3.4123], Col("x", "number")) == ["97.6", "3.4"]
    assert cells([1234.5, 3.0], Col("x", "number")) == ["1,234", "3"]
    assert cells([0.5, 0.25], Col("x", "number", digits=2)) == ["0.50", "0.25"]


def test_what_is_missing_is_a_dash():
    assert cells([1, None], Col("x", "count")) == ["1", "–"]
    assert cells([np.nan, np.inf], Col("x", "percent")) == ["–", "–"]
    assert cells([pd.NaT, pd.Timestamp("2018-01-05")], Col("x", "day")) == ["–", "5 January 2018"]
    assert cells([None, "tea"], Col("x")) == ["–", "tea"]


def test_money_days_and_decimals():
    assert cells([Decimal("12.50"), Decimal("3.10")], Col("x", "money", digits=2)) == ["12.50", "3.10"]
    with language("zh"):
        assert cells([dt.date(2018, 1, 5)], Col("x", "day")) == ["2018 年 1 月 5 日"]


def test_a_suppressed_cell_keeps_its_words():
    assert cells([400, text("common.fewer_than", n=10)], Col("x", "count")) == ["400", "fewer than 10"]


def test_bounds_stand_in_one_cell_and_the_currency_in_the_head():
    frame = pd.DataFrame({"low": [1.5, None], "high": [2.25, None]})
    with using(Context(currency="USD")):
        shown = grid(frame, title="t", columns={"low": Col("95% interval", "money", to="high", digits=1)})
    assert shown.head == ["95% interval, $"]
    assert [row[0] for row in shown.rows] == ["1.5–2.2", "–"]


def test_an_index_level_can_be_a_column():
    frame = pd.Series({"a": 1, "b": 2}, name="n").rename_axis("tier").to_frame()
    assert grid(frame, title="t", columns={"tier": Col("Tier"), "n": Col("n", "count")}).rows == [
        ["a", "1"],
        ["b", "2"],
    ]


def test_everything_is_escaped_and_long_names_are_cut():
    frame = pd.DataFrame({"<b>": ["<script>" + "x" * 10_000]})
    html = to_html(grid(frame, title='"><svg>'))
    assert "<script>" not in html
    assert "<svg>" not in html
    assert "<b>" not in html
    assert len(html) < 700


def test_a_table_can_be_read_aloud():
    html = to_html(grid(pd.DataFrame({"tier": ["a"], "n": [1]}), title="Tiers", note="note"))
    assert '<table class="fit-small">' in html
    assert "<caption>Tiers</caption>" in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 1


def test_a_table_that_is_stacked_where_it_does_not_fit_is_still_a_table_and_names_every_cell():
    frame = pd.DataFrame({"tier": ["a"]} | {f"amount {n}": [1_000_000 + n] for n in range(7)})
    html = to_html(grid(frame, title="Tiers"))
    assert '<table class="fit-wide" role="table">' in html
    assert html.count('role="cell"') == html.count("data-label=") == 7
    assert 'data-label="amount 0">1,000,000</td>' in html


@pytest.mark.parametrize(("columns", "fit"), [(1, "small"), (4, "medium"), (9, "large"), (20, "none")])
def test_the_width_that_a_table_needs_grows_with_its_columns(columns, fit):
    frame = pd.DataFrame({f"n {n}": [1_000_000 + n] for n in range(columns)})
    assert f'class="fit-{fit}"' in to_html(grid(frame, title="Tiers"))


def test_no_rows_is_still_a_table():
    shown = grid(pd.DataFrame({"n": []}), title="Empty", columns={"n": Col("n", "count")})
    assert to_text(shown) == "Empty\nn"
    assert "<tbody></tbody>" in to_html(shown)


def test_a_grid_survives_the_way_through_metadata():
    shown = grid(pd.DataFrame({"tier": ["a"], "n": [1]}), title="Tiers", note="note")
    assert Grid(**json.loads(json.dumps(asdict(shown)))) == shown


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame({"n": [1.0, None]})
    before = frame.copy()
    grid(frame, title="t")
    pd.testing.assert_frame_equal(frame, before)


def test_a_sentence_in_a_cell_wraps_and_a_word_does_not():
    told = "the last day that counts, and after which nothing is used at all"
    shown = to_html(grid(pd.DataFrame({"term": ["as-of day"], "meaning": [told], "n": ["ten"]}), title="Words"))
    assert f'class="w" data-label="meaning">{told}</td>' in shown
    assert 'class="s" data-label="n">ten</td>' in shown
    assert 'class="s">as-of day</th>' in shown


def test_a_row_that_a_number_names_says_what_the_number_is():
    said = ["a sentence of the report " * 3]
    shown = to_html(grid(pd.DataFrame({"month": [3], "meaning": said, "source": said}), title="Months"))
    assert 'class="r" data-label="month">3</th>' in shown


def test_cells_of_two_tables_of_which_other_things_are_told_state_other_things():
    frame = pd.DataFrame({"month": [1, 2], "came": [7, 9]})
    columns = {"month": Col("Month", "count"), "came": Col("Who left", "count")}
    told = [grid(frame, title="t", columns=columns, key=f"survival.{key}").numbers for key in ("hazards", "retention")]
    scopes = [[one["scope"] for one in numbers if one["measure"] == "leavers_came"] for numbers in told]
    assert scopes == [["1 / the test", "2 / the test"], ["1 / the months held back", "2 / the months held back"]]
