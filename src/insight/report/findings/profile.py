"""Findings of notebook 20: how many customers there are, who is quiet, what depends on whom, what a group is like."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from insight.errors import Unavailable
from insight.intervals import LEVEL, compare_intervals
from insight.profile.concentration import Quiet, times_as_much
from insight.profile.features import Buyers, ownership
from insight.profile.habits import busiest_hours, parts_of_day
from insight.profile.portrait import most_telling, sides
from insight.profile.silence import Threshold
from insight.profile.tagging.quality import ALIKE, LASTS
from insight.report.charts import draw_dots, draw_grid, draw_pairs, in_percent, note_at
from insight.report.disclosure import parts_are_safe
from insight.report.finding import (
    CURRENCY,
    Finding,
    Headline,
    as_told,
    finding,
    hides,
    is_few,
    reason_of,
    share_as_told,
)
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, PALE, figure
from insight.words.context import context
from insight.words.names import delivered_name, named
from insight.words.numerals import count, money, number, percent
from insight.words.text import has_text, interval, text, word

_MOST_ROWS = 10
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
    owned, unknown = ownership(rows), isinstance(buyers, Unavailable)
    facts = {"buyers": buyers, "owned": owned, "free_baskets": free_baskets, "all_baskets": free_baskets + paid_baskets}
    few = text("common.unavailable.says.too_few")
    sales = Headline("sales", owned.sales, CURRENCY, variant="until" if unknown else None)
    as_floats = rows.astype(dict.fromkeys(("purchases", "refunds", "sales"), float))  # so that they can be suppressed
    return Finding(
        "profile.account",
        facts,
        table=named(as_floats, who="profile.account.who"),
        variants={"note": "free" if free_baskets else None, "says": None if unknown else owned.extent},
        headlines=[
            Headline("customers", owned.buyers, "customers").unless(few if owned.buyers and unknown else None),
            sales.unless(few if owned.customers and is_few(owned.customers) else None),
        ],
    ).unless(reason_of(buyers) if isinstance(buyers, Unavailable) else None)


# --- silence


@finding(headlines={"quiet_days": "days"})
def curve(
    buyers: Buyers, points: pd.DataFrame, threshold: Threshold, *, return_days: int, given: int | None = None
) -> Finding:
    """Say how likely a return is after each length of silence, and when that has halved, unless a limit is given."""
    variant, never = ("never", "never") if threshold.days is None else ("halved", None)
    limit = threshold.precision if given is None else "given"
    advice = {"so_what": limit, "says": None} if limit == "sure" else {"so_what": None, "says": limit}
    headline = Headline("quiet_days", threshold.days, "days", threshold.low, threshold.high)
    facts = {"first": row_of(points, 0), "last": row_of(points, -1)}
    facts["at"] = row_of(points, threshold.days) if threshold.days is not None else None
    return Finding(
        facts=facts,
        figure=_draw_curve(points, threshold.days),
        table=points[points["silence_days"].isin(_DAYS_SHOWN | {threshold.days})].tail(12),
        variants={"title": variant, "alt": variant, **advice},
        headlines=[headline.unless(never)],
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


def silences_as_told(by_silence: pd.DataFrame) -> pd.DataFrame:
    """Give lengths of silence of which those too small to be shown stay so beside the number of the quiet.

    Where that number would give one away, the lengths beyond the limit are one; if need be those up to it, too.
    """
    told, minimum = by_silence, context().min_cell
    for is_quiet in (True, False):
        if not parts_are_safe(told["customers"].to_numpy(), told["is_quiet"].to_numpy(dtype=bool), minimum):
            here, others = told[told["is_quiet"] == is_quiet], told[told["is_quiet"] != is_quiet]
            one = here.head(1).assign(to_days=here["to_days"].iloc[-1])
            for name in ("customers", "share", "monetary", "share_sales"):
                one[name] = here[name].sum(skipna=False)
            told = pd.concat([one, others]).sort_values("from_days", ignore_index=True)
    return told


def quiet_as_told(quiet: Quiet | Unavailable, by_silence: pd.DataFrame) -> Quiet | Unavailable:
    """Give who is quiet as the page may count them: rounded where it hides some of the silences that they add up."""
    if isinstance(quiet, Unavailable):
        return quiet
    everyone = quiet.customers + quiet.active
    some = as_told(quiet.customers, everyone, rounded=hides(by_silence, "customers"))
    share, low, high = share_as_told("quiet_share", some, everyone)
    return replace(quiet, customers=some, active=everyone - some, share=share, low=low, high=high)


@finding(headlines={"quiet_share": "share"})
def bands(
    buyers: Buyers, by_silence: pd.DataFrame, quiet: Quiet, *, differ: bool, are_planned: bool = False
) -> Finding:
    """Say how many have gone quiet, and what they have brought; whoever has something planned ahead has not."""
    few, headline = _few(quiet), Headline("quiet_share", quiet.share, "share", quiet.low, quiet.high)
    names = [
        text("profile.bands.over", days=row.from_days - 1)
        if pd.isna(row.to_days)
        else interval(count(row.from_days), count(row.to_days))
        for row in by_silence.itertuples()
    ]
    table = by_silence.assign(band=names, ink=np.where(by_silence["is_quiet"], CAUTION_INK, INK))
    return Finding(
        facts={"n": len(table), "largest": names[by_silence["customers"].argmax()]},
        figure=_draw_bands,
        table=table,
        variants={
            "title": few or ("quiet" if quiet.weight else "quiet_alone"),
            "so_what": None if few or not differ else quiet.weight,
            "caption": "planned" if are_planned else "plain",
        },
        headlines=[headline.unless(few and "few")],
    )


def _few(quiet: Quiet) -> str | None:
    """Say which of those who are quiet and those who are not are too few to be counted."""
    if is_few(quiet.customers):
        return "few_quiet"
    return "few_active" if is_few(quiet.active) else None


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
    best, times = row_of(parts, -1), times_as_much(parts)
    facts = {"n": len(parts), "lowest": row_of(parts, 0), "best": best, "loss": best.share / 10}
    return Finding(
        facts=facts | {"times": number(times, digits=0 if times is not None and times >= 10 else 1)},
        figure=_draw_fifths(parts),
        main=True,
        table=named(parts, part="profile.fifth"),
        variants={"title": "share" if times is None else "times"},
        headlines=[Headline("best_fifth_share", best.share, "share", best.share_low, best.share_high)],
    )


@figure(height=3.0)
def _draw_fifths(ax: Axes, parts: pd.DataFrame) -> None:
    write = functools.partial(money, currency=context().currency, digits=0 if parts["mean"].max() >= 100 else None)
    colours = [ACCENT if part == parts["part"].max() else GREY for part in parts["part"]]
    labels = list(named(parts, part="profile.fifth")["part"])
    draw_dots(ax, labels, parts, value="mean", write=write, colours=colours)
    ax.set_xlim(left=min(-0.03 * parts["high"].max(), parts["low"].min() * 1.05))
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(lambda value, _place: str(write(value, digits=0)))


def row_of(frame: pd.DataFrame, place: int) -> Any:
    """Give one row as an object, so that texts can name its columns."""
    return list(frame.itertuples())[place]


# --- when, what and on promotion


@finding
def week(buyers: Buyers, shares: pd.DataFrame | pd.Series, chance: float) -> Finding:
    """Say when in the week most is bought: by hour where hours are known, else by weekday; advise on sure peaks."""
    said = _hours(shares) if isinstance(shares, pd.DataFrame) else _weekdays(shares)
    return said if chance < 1 - LEVEL else replace(said, variants={"so_what": None, "title": "alike"})


def _hours(shares: pd.DataFrame) -> Finding:
    peak, top = shares.max(axis=1).idxmax(), shares.max(axis=None)
    days = [word("profile.weekday", day) for day in shares.index]
    hours = [f"{int(hour)}:00" if hour % 3 == 0 else "" for hour in shares.columns]
    draw = figure(draw_grid, height=3.2)
    facts = {"busy": busiest_hours(shares), "weekday": word("profile.weekday", peak), "hour": shares.loc[peak].idxmax()}
    return Finding(
        "profile.hours",
        facts | {"top": top},
        variants={"so_what": "peak", "title": "peak"},
        figure=draw(
            shares, rows=days, columns=hours, write=lambda share: percent(share, digits=1) if share == top else ""
        ),
        table=named(parts_of_day(shares).assign(weekday=shares.index), weekday="profile.weekday"),
    )


def _weekdays(shares: pd.Series) -> Finding:
    most, least = (word("profile.weekday", day) for day in (shares.idxmax(), shares.idxmin()))
    return Finding(
        "profile.weekdays",
        {"most": most, "least": least, "top": shares.max(), "bottom": shares.min()},
        variants={"so_what": "peak", "title": "peak"},
        figure=_draw_weekdays(shares),
        table=named(pd.DataFrame({"weekday": shares.index, "share": shares.to_numpy()}), weekday="profile.weekday"),
    )


@figure(height=2.8)
def _draw_weekdays(ax: Axes, shares: pd.Series) -> None:
    top = shares.max()
    ax.bar(range(len(shares)), shares, color=[ACCENT if value == top else GREY for value in shares], width=0.62)
    for place, value in enumerate(shares):
        note_at(ax, percent(value), at=(place, value), offset=(0, 3), ha="center", va="baseline")
    ax.set_xticks(range(len(shares)), [str(word("profile.weekday", day)) for day in shares.index])
    in_percent(ax.yaxis)
    ax.set_ylim(0, top * 1.15)


@finding
def categories(buyers: Buyers, totals: pd.DataFrame) -> Finding:
    """Say which categories bring most, and how many customers buy in them."""
    names, share = [delivered_name(name) for name in totals["category"]], totals["share"]
    legend = (word("profile.categories.legend", "reach"), word("profile.categories.legend", "share"))
    facts = {"largest": names[0], "names": names[:3], "share": share.iloc[0], "together": share.sum()}
    return Finding(
        facts=facts | {"n": len(totals)},
        figure=figure(draw_pairs, height=4.2)(names, totals["reach"], share, names=legend, colours=(PALE, ACCENT)),
        table=totals.assign(name=names),
    )


@finding
def promotion(buyers: Buyers, parts: pd.DataFrame) -> Finding:
    """Say whether the top fifth buys more or less on promotion than the lowest."""
    lowest, best, table = row_of(parts, 0), row_of(parts, -1), named(parts, part="profile.fifth")
    low, high = parts["low"].min(), parts["high"].max()
    spread = max(high - low, 0.02)
    limits = (max(0, low - spread), min(1, high + spread))
    return Finding(
        facts={"lowest": lowest, "best": best, "n": len(parts)},
        figure=figure(draw_dots, height=3.0)(table["part"], parts, value="mean", limits=limits),
        table=table,
        variants={"title": compare_intervals(best.low, best.high, lowest.low, lowest.high)},
    )


# --- tags and a portrait


@finding(headlines={"tags": ""})
def tags(
    buyers: Buyers, reach: pd.DataFrame, themes: pd.DataFrame, names: dict[str, Any], by_silence: pd.DataFrame
) -> Finding:
    """Say how many tags the library has by theme, which of them say nothing here, and how many customers have any.

    A theme may be of those whose silences are told apart elsewhere on the page.
    """
    states = reach.groupby("state")["label"].agg(list).to_dict()
    facts = {"n": len(reach), "themes": len(themes), "used": len(states.get("assigned", []))}
    facts |= {f"{state}_n": len(states.get(state, [])) for state in ("lacks", "nobody", "everybody", "later")}
    empty = [state for state in ("nobody", "everybody") if states.get(state)]
    return Finding(
        facts=facts | {"nobody": states.get("nobody", []), "everybody": states.get("everybody", [])},
        table=themes.assign(name=themes["theme"].map(names)),
        variants={"note": "lacks" if facts["lacks_n"] else "all", "says": "_".join(empty) or None},
        overlapping=buyers.customers,
        beside=hides(by_silence, "customers"),
        headlines=[Headline("tags", facts["used"])],
    )


@finding
def quality(buyers: Buyers, judged: pd.DataFrame, by_silence: pd.DataFrame, *, days: int) -> Finding:
    """Say how many tags last, repeat no other and tell what comes next, and lay out those that do not, with the reason.

    A tag may be of those whose silences are told apart elsewhere on the page.
    """
    failing = judged[judged["fails"] != ""].head(_MOST_ROWS)
    labels = judged.set_index("tag")["label"]
    told = failing.assign(name=failing["label"], twin=failing["twin"].map(labels), days=days)
    why = [text(f"profile.why.{row['fails']}", **row) for _, row in told.iterrows()]
    facts = {"n": len(judged), "failing": (judged["fails"] != "").sum(), "alike": ALIKE, "lasts": LASTS}
    return Finding(
        facts=facts | {"passing": facts["n"] - facts["failing"], "shown": len(failing)},
        table=told.assign(why=why) if len(failing) else None,
        variants={"title": "some" if len(failing) else None, "says": None if len(failing) else "all"},
        overlapping=buyers.customers,
        beside=hides(by_silence, "customers"),
    )


@finding
def opportunities(buyers: Buyers, found: pd.DataFrame, *, days: int) -> Finding:
    """Say which categories a group of customers prefers clearly and lastingly, most additional purchases first."""
    shown = found.head(_MOST_ROWS).assign(
        name=[
            text("profile.family", names=[delivered_name(one) for one in names])
            for names in found["categories"].head(_MOST_ROWS)
        ]
    )
    first = next(shown.itertuples())
    return Finding(
        facts={
            "n": len(found),
            "shown": len(shown),
            "first": first,
            "name": first.name,
            "last": list(shown["name"])[-1],
        },
        figure=_draw_opportunities,
        table=shown,
        overlapping=buyers.customers,
    )


@figure(height=4.6)
def _draw_opportunities(ax: Axes, shown: pd.DataFrame) -> None:
    look: dict[str, Any] = {"low": "extra_low", "high": "extra_high", "limits": (0, shown["extra_high"].max() * 1.05)}
    draw_dots(ax, list(shown["name"]), shown, value="extra", write=count, **look)


@finding
def portrait(buyers: Buyers, compared: pd.DataFrame, group: Any) -> Finding:
    """Say in what a group differs for certain from all customers, from `profile.portrait.portray_tag`."""
    clear = sides(compared)
    telling = most_telling(compared).assign(side=clear)
    names = [_trait_name(row.trait, row.level) for row in telling.itertuples()]
    clearly_more = telling["side"] > 0
    leading = int(clearly_more.argmax())
    facts = {"n": len(compared), "shown": len(telling), "clear": clear.abs().sum()}
    facts |= {"trait": names[leading], "first": row_of(telling, leading), "last": row_of(telling, -1)}
    return Finding(
        facts=facts | {"more": (clear > 0).sum(), "less": (clear < 0).sum()},
        figure=_draw_portrait(telling, names),
        table=telling.assign(name=names),
        variants={
            "title": "found" if clearly_more.any() else "none",
            "caption": "some" if (telling["side"] == 0).any() else "clear",
        },
    )


def _trait_name(trait: Any, level: str) -> Any:
    """Name a trait with its level; a tag brings its own label."""
    if hasattr(trait, "in_language"):
        return trait
    key = f"profile.trait.{trait}"
    return text("profile.trait_level", trait=text(key) if has_text(key) else trait, level=delivered_name(level))


@figure(height=5.0)
def _draw_portrait(ax: Axes, telling: pd.DataFrame, names: list[Any]) -> None:
    ax.axvline(100, color=INK, linewidth=1)
    colours = telling["side"].map({1: ACCENT, 0: GREY, -1: CAUTION}).tolist()
    look: dict[str, Any] = {"colours": colours, "limits": (0, max(200, telling["high"].max() * 1.05))}
    draw_dots(ax, names, telling, value="tgi", write=functools.partial(number, digits=0), **look)
