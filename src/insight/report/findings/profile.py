"""Findings of notebook 20 on how many customers there are, who has gone quiet, and how much depends on the top ones."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from insight.errors import Unavailable
from insight.profile.concentration import Quiet
from insight.profile.features import Buyers
from insight.profile.silence import Threshold
from insight.report.charts import draw_dots, draw_pairs, in_percent, note_at
from insight.report.context import context
from insight.report.finding import CURRENCY, NO_CUSTOMERS, Finding, Headline, finding, reason_of
from insight.report.names import named
from insight.report.numerals import count, money, number
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, figure
from insight.report.text import interval, text, word

#: Days of silence that the table beneath the curve shows.
_DAYS_SHOWN = {0, 7, 14, 28, 42, 56, 84, 112, 168, 224, 336}


def answer(buyers: Buyers | Unavailable, quiet: Quiet | Unavailable, fifths: pd.DataFrame | Unavailable) -> Finding:
    """Answer the page's question: how many are quiet, and how much depends on the top fifth."""
    if isinstance(buyers, Unavailable):
        return Finding("profile.answer", variants={"lead": buyers.reason})
    if isinstance(fifths, Unavailable) or isinstance(quiet, Unavailable) or _few(quiet):
        return Finding("profile.answer", {"buyers": buyers}, variants={"lead": "little"})
    return Finding("profile.answer", {"quiet": quiet, "best": row_of(fifths, -1)}, variants={"lead": "found"})


def account(rows: pd.DataFrame, buyers: Buyers | Unavailable, *, free_baskets: int, paid_baskets: int) -> Finding:
    """Say whose every amount is; states how many have bought, and all sales, with and without a known customer."""
    by_owner = rows.set_index("who").reindex(["buyers", "others", "unassigned"], fill_value=0)
    sales, (n, others, _nobody) = by_owner["sales"], by_owner["customers"]
    unknown, too_few = isinstance(buyers, Unavailable), text("common.unavailable.says.too_few")
    facts = {
        "buyers": buyers,
        "n": n,
        "sales": rows["sales"].sum(),
        "share": float(sales["buyers"] / sales.sum()) if sales.sum() else None,
        "free_baskets": free_baskets,
        "all_baskets": free_baskets + paid_baskets,
    }
    headlines = [Headline("customers", None, sentence=too_few), Headline("sales", None, sentence=too_few)]
    if n == 0 or not unknown:
        headlines[0] = Headline("customers", n, "customers")
    if n + others == 0 or n + others >= context().min_cell:
        headlines[1] = Headline("sales", facts["sales"], CURRENCY, variant="until" if unknown else None)
    if isinstance(buyers, Unavailable):
        return Finding(
            "profile.account", facts, words={"says": reason_of(buyers)}, variants={"so_what": None}, headlines=headlines
        )
    money_columns = ["purchases", "refunds", "sales"]
    complete = sales.drop("buyers").abs().sum() == 0 or sales.sum() <= 0
    return Finding(
        "profile.account",
        facts,
        table=named(rows.astype(dict.fromkeys(money_columns, float)), who="profile.account.who"),
        counts="customers",
        variants={"note": "free" if free_baskets else None, "so_what": "all" if complete else "part"},
        headlines=headlines,
    )


# --- silence


@finding(headlines={"quiet_days": "days"})
def curve(
    buyers: Buyers, points: pd.DataFrame, threshold: Threshold, *, return_days: int, given: int | None = None
) -> Finding:
    """Say how likely a return is after each length of silence, and when its probability has halved.

    Parameters
    ----------
    buyers
        From `profile.features.count_buyers`.
    points
        From `profile.silence.near`.
    threshold
        From `profile.silence.quiet_after`.
    return_days
        Days within which a return is looked for.
    given
        The quiet limit that the parameters set, where they do.
    """
    chance, halved = points["chance"], threshold.days is not None
    variant = "halved" if halved else "never"
    limit = "never" if not halved else "rough" if None in (threshold.low, threshold.high) else "sure"
    facts = {
        "buyers": buyers,
        "threshold": threshold,
        "return_days": return_days,
        "given": given,
        "silences": points["silences"].iloc[0],
        "start": chance.iloc[0],
        "chance": chance.iloc[threshold.days] if halved else None,
        "end": chance.iloc[-1],
        "last": points["silence_days"].iloc[-1],
    }
    return Finding(
        "profile.curve",
        facts,
        figure=_draw_curve(points, threshold.days),
        table=points[points["silence_days"].isin(_DAYS_SHOWN | {threshold.days})].tail(12),
        counts=NO_CUSTOMERS,
        variants={"title": variant, "alt": variant, "so_what": limit if given is None else "given"},
        headlines=[
            Headline("quiet_days", threshold.days, "days", threshold.low, threshold.high)
            if halved
            else Headline("quiet_days", None, variant="never")
        ],
    )


@figure
def _draw_curve(ax: Axes, points: pd.DataFrame, quiet_days: int | None) -> None:
    days, chance = points["silence_days"], points["chance"]
    ax.plot(days, chance, color=ACCENT)
    ax.fill_between(days, points["low"], points["high"], color=ACCENT, alpha=0.18, linewidth=0)
    if quiet_days is not None and quiet_days < len(points):
        spot = (quiet_days, chance.iloc[quiet_days])
        ax.axhline(chance.iloc[0] / 2, color=GREY, linestyle="--", linewidth=1.2)
        ax.plot([spot[0]], [spot[1]], "o", color=CAUTION, markersize=8, zorder=5)
        mark = text("profile.curve.mark", day=quiet_days)
        note_at(ax, mark, at=spot, offset=(8, 10), va="baseline", color=CAUTION_INK)
    ax.set_ylim(0, min(1, points["high"].max() * 1.08))
    ax.set_xlim(left=0, right=max(len(points) - 1, 1))
    in_percent(ax.yaxis)


@finding(headlines={"quiet_share": "share"})
def bands(buyers: Buyers, by_silence: pd.DataFrame, quiet: Quiet) -> Finding:
    """Say how many have gone quiet, and what they have brought."""
    few = _few(quiet)
    names = [_band_name(row.from_days, row.to_days) for row in by_silence.itertuples()]
    table = by_silence.assign(band=names, ink=np.where(by_silence["is_quiet"], CAUTION_INK, INK))
    return Finding(
        "profile.bands",
        {"buyers": buyers, "quiet": quiet, "n": len(table), "largest": names[by_silence["customers"].argmax()]},
        figure=_draw_bands,
        table=table,
        counts="customers",
        variants={
            "title": few or "quiet",
            "so_what": None if few else "less" if quiet.share_sales < quiet.share else "more",
        },
        headlines=[
            Headline("quiet_share", None, variant="few")
            if few
            else Headline("quiet_share", quiet.share, "share", quiet.low, quiet.high)
        ],
    )


def _few(quiet: Quiet) -> str | None:
    """Say which of those who are quiet and those who are not are too few to be counted."""
    if quiet.customers < context().min_cell:
        return "few_quiet"
    return "few_active" if quiet.active < context().min_cell else None


def _band_name(from_days: int, to_days: float) -> Any:
    if to_days != to_days:
        return text("profile.bands.over", days=from_days - 1)
    return interval(count(from_days), count(to_days))


@figure(height=3.6)
def _draw_bands(ax: Axes, shown: pd.DataFrame) -> None:
    names = (text("profile.bands.legend.share"), text("profile.bands.legend.share_sales"))
    draw_pairs(ax, list(shown["band"]), shown["share"], shown["share_sales"], names=names)
    for tick, ink in zip(ax.get_yticklabels(), shown["ink"], strict=True):
        tick.set_color(ink)
    ax.yaxis.labelpad = 8


# --- concentration


@finding(headlines={"best_fifth_share": "share"})
def fifths(buyers: Buyers, parts: pd.DataFrame) -> Finding:
    """Say how much more the top fifth spends than the lowest, and how much depends on it."""
    lowest, best = row_of(parts, 0), row_of(parts, -1)
    times = best.mean / lowest.mean if lowest.mean > 0 else None
    facts = {
        "buyers": buyers,
        "n": len(parts),
        "lowest": lowest,
        "best": best,
        "loss": best.share / 10,
        "times": number(times, digits=0 if times is not None and times >= 10 else 1),
    }
    return Finding(
        "profile.fifths",
        facts,
        figure=_draw_fifths(parts),
        table=named_fifths(parts),
        counts="customers",
        variants={"title": "share" if times is None else "times"},
        headlines=[Headline("best_fifth_share", best.share, "share", best.share_low, best.share_high)],
    )


@figure(height=3.0)
def _draw_fifths(ax: Axes, parts: pd.DataFrame) -> None:
    currency = context().currency
    digits = 0 if parts["mean"].max() >= 100 else None
    colours = [ACCENT if part == parts["part"].max() else GREY for part in parts["part"]]
    labels = list(named_fifths(parts)["name"])
    draw_dots(ax, labels, parts, value="mean", write=lambda mean: money(mean, currency, digits=digits), colours=colours)
    ax.set_xlim(left=min(-0.03 * parts["high"].max(), parts["low"].min() * 1.05))
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: str(money(value, currency, digits=0))))


def named_fifths(parts: pd.DataFrame) -> pd.DataFrame:
    """Add what each fifth is called."""
    return parts.assign(name=[word("profile.fifth", part) for part in parts["part"]])


def row_of(frame: pd.DataFrame, place: int) -> Any:
    """Give one row as an object, so that texts can name its columns."""
    return list(frame.itertuples())[place]
