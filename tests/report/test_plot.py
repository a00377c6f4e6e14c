import struct

import matplotlib.pyplot as plt
import numpy as np
import pytest

from insight.report.numerals import current
from insight.report.plot import PALETTE, GlyphError, colour_of, figure
from insight.report.text import text


@figure
def line(ax, values, *, label="days − 天"):
    ax.plot(range(len(values)), values)
    ax.set(xlabel=f"{label} {current()}", ylabel="$ and $ again, %")


@figure(layout=(1, 2), height=2.0)
def pair(axes, values):
    axes[0].scatter(values, values)
    axes[1].imshow([values])


def chunks(png: bytes) -> list[str]:
    found, place = [], 8
    while place < len(png):
        size = struct.unpack(">I", png[place : place + 4])[0]
        found.append(png[place + 4 : place + 8].decode())
        place += 12 + size
    return found


def test_a_figure_is_drawn_once_per_language_from_the_same_data():
    waiting = line([3, 1, 2])
    english, chinese = waiting.draw("en"), waiting.draw("zh")
    assert english.digest == chinese.digest
    assert english.png != chinese.png


def test_labels_of_the_axes_are_words_that_leave_the_data_alone():
    label = text("common.fewer_than", n=10)
    plain, labelled, chinese = (
        line([3, 1]).draw("en"),
        line([3, 1]).draw("en", x=label),
        line([3, 1]).draw("zh", x=label),
    )
    assert plain.digest == labelled.digest == chinese.digest
    assert len({plain.png, labelled.png, chinese.png}) == 3


def test_the_digest_moves_with_one_point_and_not_with_noise():
    drawn = [line(values).draw("en").digest for values in ([1.0, 2.0], [1.0, 2.0 + 1e-9], [1.0, 2.001])]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_digest_sees_points_bars_and_heat_maps():
    assert pair([1.0, 2.0]).draw("en").digest != pair([1.0, 2.5]).draw("en").digest


def test_two_drawings_have_the_same_bytes_and_say_nothing_of_when_and_by_what():
    first, second = line([3, 1]).draw("en").png, line([3, 1]).draw("en").png
    assert first == second
    assert set(chunks(first)) <= {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"}


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
    assert waiting.draw("en").png
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_the_data_are_left_as_they_were():
    values = np.array([1.0, np.nan, 3.0])
    line(values).draw("en")
    assert np.isnan(values[1])


def test_an_empty_figure_has_a_digest():
    assert len(line([]).draw("en").digest) == 12


def test_a_group_keeps_its_colour():
    assert colour_of(2) == colour_of("2") == PALETTE[1]
    assert colour_of("Lost") == colour_of("lost")
