"""Figures about what arrived: lines per day, and how full the columns are."""

import pandas as pd
from babel.dates import format_date, format_skeleton
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.ticker import FuncFormatter, PercentFormatter

from insight.report.language import _, current, percent, render
from insight.report.numerals import LOCALES
from insight.report.plot import ACCENT, CAUTION, PALE, Figure, figure
from insight.report.sentences.data_names import column_name, table_name

_WEEK = 7


@figure
def lines_per_day(ax: Axes, days: pd.DataFrame) -> None:
    """Draw transaction lines per day, pale, and their mean over the seven days around, strong.

    Parameters
    ----------
    days
        ``day, lines``: every day from the first to the last.
    """
    smooth = days.lines.rolling(_WEEK, center=True, min_periods=_WEEK).mean()
    ax.plot(days.day, days.lines, color=PALE, linewidth=1)
    ax.plot(days.day, smooth, color=ACCENT)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(str(_("lines per day")))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.0f}"))
    _name_months(ax)


def filled_columns(filled: pd.DataFrame) -> Figure:
    """Draw the share of rows that have a value, a bar per column; those of part of the rows stand out.

    Parameters
    ----------
    filled
        ``table_name, column, rows, filled, share``; columns that hold nothing are left out.
    """
    some = filled[filled.filled > 0].iloc[::-1]
    return figure(_draw_filled, height=1.0 + 0.3 * len(some))(some)


def _draw_filled(ax: Axes, some: pd.DataFrame) -> None:
    places = range(len(some))
    colours = [ACCENT if full else CAUTION for full in some.filled == some.rows]
    ax.barh(places, some.share, color=colours, height=0.62)
    for place, share in zip(places, some.share, strict=True):
        ax.text(share + 0.012, place, str(percent(share)), va="center", fontsize=10.5)
    names = zip(some.column, some.table_name, strict=True)
    ax.set_yticks(places, [_label(column, table) for column, table in names])
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xlabel(str(_("share of rows with a value")))
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def _label(column: str, table: str) -> str:
    return render(_("{table}: {column}", table=table_name(table), column=column_name(column)))


def _name_months(ax: Axes) -> None:
    """Write dates under the axis as the language of the moment does, about five of them."""
    lang = current()
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
    first, last = ax.get_xlim()
    in_months = last - first > 62

    def write(value: float, _place: int) -> str:
        moment = num2date(value).date()
        if in_months:
            return format_skeleton("yMMM", moment, locale=LOCALES[lang])
        return format_date(moment, format="d MMM" if lang == "en" else "M月d日", locale=LOCALES[lang])

    ax.xaxis.set_major_formatter(FuncFormatter(write))
