import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from insight.report import plot
from insight.report.charts import (
    MARKS,
    draw_concentration,
    draw_pairs,
    legend_above,
    limit_near,
    mark_columns,
    name_ends,
    name_rows,
    note_at,
    spread_apart,
    spread_low,
)
from insight.report.plot import PALETTE, GlyphError, colour_of, figure, wrapped
from insight.words.numerals import current
from insight.words.text import text

FORMS = ("wide", "narrow")


@figure
def line(ax, values, *, label="days − 天"):
    ax.plot(range(len(values)), values)
    ax.set(xlabel=f"{label} {current()}", ylabel="$ and $ again, %")


@figure(height=2.0)
def points(ax, values):
    ax.scatter(values, values)


@figure
def cells(ax, values):
    ax.imshow([values])


@figure(height=1.0)
def rows(ax, names):
    name_rows(ax, range(len(names)), names)
    ax.barh(range(len(names)), 1, label="a legend of its own")
    ax.plot([], label="and another one that is long")
    legend_above(ax)


def words_of(drawing: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawing)


def test_a_figure_is_drawn_once_per_language_from_the_same_data():
    waiting = line([3, 1, 2])
    english, chinese = waiting.draw("en"), waiting.draw("zh")
    assert english.digest == chinese.digest
    assert english.wide != chinese.wide
    assert {"days − 天 en", "days − 天 zh"} <= set(words_of(english.narrow) + words_of(chinese.narrow))


def test_labels_of_the_axes_are_words_that_leave_the_data_alone():
    label = text("common.fewer_than", n=10)
    plain, labelled, chinese = (
        line([3, 1]).draw("en"),
        line([3, 1]).draw("en", x=label),
        line([3, 1]).draw("zh", x=label),
    )
    assert plain.digest == labelled.digest == chinese.digest
    assert len({plain.wide, labelled.wide, chinese.wide}) == 3


def test_the_digest_moves_with_one_point_and_not_with_noise():
    drawn = [line(values).draw("en").digest for values in ([1.0, 2.0], [1.0, 2.0 + 1e-9], [1.0, 2.001])]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_digest_sees_points_bars_and_heat_maps():
    for draw in (points, cells):
        assert draw([1.0, 2.0]).draw("en").digest != draw([1.0, 2.5]).draw("en").digest


def test_two_drawings_have_the_same_bytes_and_say_nothing_of_when_and_by_what():
    first, second = line([3, 1]).draw("en"), line([3, 1]).draw("en")
    assert first == second
    assert "Matplotlib" not in first.wide
    assert "<metadata" not in first.wide
    assert line([3, 1]).picture("en") == line([3, 1]).picture("en")


def test_two_forms_are_set_in_letters_of_one_size():
    sizes = [set(re.findall(r"font-size: ([0-9.]+)px", form)) for form in vars(line([3, 1]).draw("en")).values()]
    assert sizes[0] == sizes[1] == {"10.5"}


def test_names_of_rows_and_a_legend_get_the_room_that_they_need():
    names = [f"a name of a row that takes several lines, number {n}" for n in range(6)]
    drawing = rows(names).draw("en")
    height = {form: float(re.search(r'viewBox="0 0 [0-9.]+ ([0-9.]+)"', getattr(drawing, form))[1]) for form in FORMS}
    assert height["narrow"] > 1.2 * height["wide"] > 1.2 * 72
    assert " ".join(words_of(drawing.narrow)).count("several") == 6


@pytest.mark.parametrize("form", FORMS)
def test_percentages_of_pairs_of_bars_stand_on_lines_of_their_own(form):
    many = [f"category {n}" for n in range(12)]
    drawing = getattr(figure(draw_pairs, height=2.0)(many, [0.5] * 12, [0.25] * 12, names=("then", "now")).draw(), form)
    heights = sorted(
        float(y) for y, told in re.findall(r'<text[^>]* y="([0-9.]+)"[^>]*>([^<]*)', drawing) if "%" in told
    )
    told = np.diff(heights)[:-1]
    assert len([gap for gap in told if gap > 0]) >= 23
    assert min(gap for gap in told if gap > 0) > 10


def test_ticks_that_would_run_into_each_other_are_left_out():
    @figure
    def money(ax):
        ax.plot([0, 1e6], [0, 1])
        ax.set_xticks(range(0, 1_000_001, 100_000), [f"¥{n:,}" for n in range(0, 1_000_001, 100_000)])

    wide, narrow = (words_of(getattr(money().draw("en"), form)) for form in FORMS)
    assert {"¥0", "¥1,000,000"} <= set(wide)
    assert len(wide) >= len(narrow) > 2


@figure
def noted(ax, height):
    note_at(ax, "a long note", at=(0, height), offset=(0, 0), ha="center")
    ax.set(xlim=(0, 1), ylim=(0, 1), yticks=[0, 0.5, 1])


@pytest.mark.parametrize("form", FORMS)
def test_a_note_keeps_off_the_numbers_of_the_axis(form):
    def across(height: float) -> float:
        drawn = getattr(noted(height).draw(), form)
        return float(re.search(r' x="([\d.-]+)"[^>]*>a long note', drawn)[1])

    assert across(0.5) > across(0.25) + 10


def test_no_figure_stays_open_and_no_setting_changes():
    before = plt.rcParams["font.family"]
    line([1]).draw("en")
    assert plt.get_fignums() == []
    assert plt.rcParams["font.family"] == before


def test_a_missing_glyph_is_an_error_here_and_a_box_in_a_run(monkeypatch, recwarn):
    waiting = line([1], label="\u0e01")
    with pytest.raises(GlyphError, match=r"Glyph 3585 .* missing"):
        waiting.draw("en")
    monkeypatch.delenv("INSIGHT_STRICT")
    assert waiting.draw("en").wide
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_a_picture_borrows_the_glyphs_that_packaged_fonts_lack_from_the_machine(monkeypatch):
    borrowed = line([1], label="\u1d81")  # of phonetics: a font that comes with matplotlib has it
    assert borrowed.picture("en").startswith(b"\x89PNG")
    monkeypatch.setattr(plot, "_font_with", lambda mark: None)
    with pytest.raises(GlyphError, match="figure — "):
        borrowed.picture("en")


def test_the_data_are_left_as_they_were():
    values = np.array([1.0, np.nan, 3.0])
    line(values).draw("en")
    assert np.isnan(values[1])


def test_an_empty_figure_has_a_digest():
    assert len(line([]).draw("en").digest) == 12


def test_lines_are_named_apart_at_their_ends():
    @figure
    def ends(ax):
        ax.plot([0, 1], [0, 10])
        ax.set_ylim(0, 10)
        name_ends(ax, {"first line": (10, "black"), "second line": (9.9, "grey")}, at=1)

    for form in FORMS:
        heights = re.findall(r'y="([0-9.]+)"[^>]*>(?:first|second) line<', getattr(ends().draw("en"), form))
        assert abs(float(heights[0]) - float(heights[1])) > 10.5


def test_a_name_takes_the_room_of_its_own_lines():
    room = {"of three lines": 48.0, "of one": 18.0, "of one, too": 18.0}
    places = spread_apart(dict.fromkeys(room, 50.0), room=room, within=(0.0, 100.0))
    tops = sorted((place - room[name] / 2, place + room[name] / 2) for name, place in places.items())
    assert all(upper[0] >= lower[1] - 1e-9 for lower, upper in itertools.pairwise(tops))
    assert (tops[0][0], tops[-1][1]) == pytest.approx((0, 84))


@pytest.mark.parametrize(("held", "line"), [([0.0, 0.7, 1.0], [0, 100]), ([0.0, 1.2, 1.0], [100, 100])])
def test_what_is_held_stands_beside_equal_shares_or_the_whole(held, line):
    _fig, ax = plt.subplots()
    draw_concentration(ax, pd.DataFrame({"share": [0.0, 0.5, 1.0], "held": held}), top=0.5, mark="half")
    assert list(ax.lines[1].get_ydata()) == line
    assert ax.lines[2].get_ydata()[0] == 100 * held[1]


def test_marks_above_columns_are_of_one_size():
    _fig, ax = plt.subplots()
    mark_columns(ax, dict(zip("IWM", MARKS, strict=False)), width=30)
    assert {line.get_markersize() for line in ax.lines} == {9.0, 8.1}  # circles and squares
    assert [note.get_text() for note in ax.texts] == ["I", "W", "M"]


def test_an_axis_begins_near_values_that_lie_far_from_nothing():
    assert limit_near([700.0, 720.0], [710.0])[0] > 600
    assert limit_near([1.0, 20.0])[0] == 0
    assert limit_near([-5.0, 20.0])[0] < -5


@pytest.mark.parametrize(("values", "scales"), [([1, 1, 2, 2, 100], ["function"]), ([1, 50, 60, 90, 100], [])])
def test_small_values_on_the_floor_are_spread(values, scales):
    asked = []
    spread_low(lambda name, **_options: asked.append(name), pd.Series(values))
    assert asked == scales


def test_a_group_keeps_its_colour():
    assert colour_of(2) == colour_of("2") == PALETTE[1]
    assert colour_of("Lost") == colour_of("lost")


def test_a_list_of_names_in_capitals_breaks_after_its_commas():
    assert wrapped("ONIONS、TOMATOES、SALAD", 60).split("\n") == ["ONIONS、", "TOMATOES、", "SALAD"]


def as_seen(colours: list[str], sight: list[list[float]] | None) -> np.ndarray:
    """Put colours into CIELAB, as who sees no red or no green sees them (Machado, Oliveira and Fernandes 2009)."""
    rgb = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours])
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    light = light if sight is None else np.clip(light @ np.array(sight).T, 0, 1)
    to_xyz = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    xyz = light @ np.array(to_xyz).T / np.array([0.9505, 1, 1.0888])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize(
    ("sight", "least"),
    [
        (None, 23),
        ([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]], 14),
        ([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]], 14),
    ],
    ids=["all colours", "no green", "no red"],
)
def test_twelve_marks_of_groups_can_be_told_apart(sight, least):
    assert len(set(MARKS)) == 12
    for shapes in (["o", "s"],) if sight is None else (["o"], ["s"]):
        lab = as_seen([colour for colour, shape in MARKS if shape in shapes], sight)
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
        assert apart[~np.eye(len(lab), dtype=bool)].min() > least
