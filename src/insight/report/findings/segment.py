"""Findings of notebook 30: value tiers, behaviour groups and their stability, lifecycle stages, migration.

The page divides the same customers four times, so one rule holds for all it says of them, tables, sentences and
headlines: how many are in a group is rounded to fives (`_shown`), and shares are made of that.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.config.definitions import share
from insight.errors import Unavailable
from insight.intervals import wilson
from insight.report import charts, plot
from insight.report.disclosure import in_fives
from insight.report.finding import (
    EVERY_CELL,
    Finding,
    Headline,
    as_shown,
    as_told,
    finding,
    is_few,
    share_as_told,
    with_rounding,
)
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, LINE, Figure, figure, is_narrow, size_of
from insight.report.tables import Col
from insight.segment.migration.moves import Migration, as_matrix, count_moves, shares_of_rows
from insight.segment.migration.order import judge_order
from insight.segment.stability import STABLE, Stability, is_stable
from insight.segment.stages import Ruler
from insight.segment.tiers import is_varied
from insight.segment.traits import CATEGORY, COLUMN
from insight.words.context import context
from insight.words.names import delivered_name, named
from insight.words.numerals import Rounded, number
from insight.words.text import LANGUAGES, Text, chain, text, word

_PARTS = {"drifting": ("drifting",), "lapsed": ("dormant", "lost")}  # stages that headlines count
_FAR = 2.5  # standard deviations that take the strongest colour
_OF_COLUMNS = 0.6  # of a figure's width, about, that a grid has left when its rows are named
_NAMED = 3  # groups that the answer names
_SHOWN_OF_GRID = 0.5  # share of customers that must stand in cells large enough to show

# --- 1 · value tiers


def tiers(by_tier: pd.DataFrame, half: tuple[float, ...], *, lasts: bool, days: int) -> Finding:
    """Show how few customers account for half of the spend; advise where the top tier of ``days`` ago lasted."""
    n, shown = by_tier["customers"].sum(), _shown(by_tier)
    in_tier, (share_to_half, low, high) = shown.set_index("tier"), (_told_share(bound, n) for bound in half)
    facts = {"n": n, "top": in_tier.loc["top"], "base": in_tier.loc["base"], "days": days}
    facts |= {"half": share_to_half, "low": low, "high": high}
    headline = Headline("half_of_sales_share", share_to_half, "share", low, high, "shown")
    is_shown = shown["share_customers"].notna().all() and by_tier["customers"].min() > 0
    reason = _not_shown(n, alike=not is_shown)
    return Finding(
        "segment.tiers",
        facts,
        figure=functools.partial(_draw_bars, "tier", "share_customers", height=2.6),
        table=named(by_tier, tier="segment.tier"),
        rounded=True,
        variants={} if reason is None and lasts else {"so_what": None},
        headlines=[headline.unless(None if half[0] * n >= context().min_cell else "too_few")],
    ).unless(reason)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table of groups as the page shows it; what is counted, and the shares of it, are known to be rounded."""
    shown = as_shown(table, "customers", rounded=True)
    counted = [name for name in ("customers", "share", "share_customers") if name in shown]
    told = {name: pd.Series(map(_as_rounded, shown[name]), shown.index, dtype=object) for name in counted}
    return shown.assign(**told)


def _as_rounded(value: Any) -> Any:
    return value if isinstance(value, Text) else Rounded(value)


def _told_share(part: float, everyone: int) -> Rounded:
    """Give an exact share of customers as it is of a count that was rounded."""
    return Rounded(part if part != part or not everyone else float(in_fives(part * everyone, of=everyone)) / everyone)


def _draw_bars(label: str, share: str, shown: pd.DataFrame, *, height: float) -> Figure:
    """Draw the share of customers beside the share of spend."""
    names = (word("segment.legend", "share_customers"), word("segment.legend", "share_spend"))
    return figure(charts.draw_pairs, height=height)(shown[label], shown[share], shown["share_sales"], names=names)


def grid(counts: pd.DataFrame) -> Finding:
    """Show how many customers score high or low in recency and frequency."""
    n, top = counts.sum(axis=None), len(counts)
    shown = as_shown(counts, EVERY_CELL, rounded=True)
    if is_few(n) or not is_varied(counts) or not shown.sum(axis=None) > _SHOWN_OF_GRID * n:
        return Finding("segment.no_grid")
    ends, shares = {1: "lowest", top: "highest"}, shown.apply(lambda cells: share("group_share", cells, n))
    best, worst = (Rounded(shares.loc[end, end]) for end in (top, 1))
    return _grid(
        "segment.grid",
        {"n": n, "best": best, "worst": worst},
        shares.rename_axis("recency_score"),
        lambda score: text(f"segment.score.{ends.get(score, 'between')}", score=score),
        row="segment.grid.row",
        head="segment.grid.head",
        title="hidden" if np.isnan([best, worst]).any() else "corners",
    )


def _grid(
    key: str,
    facts: Mapping[str, Any],
    shares: pd.DataFrame,
    name: Callable[[Any], Text],
    *,
    row: str,
    head: str,
    **variants: str,
) -> Finding:
    """Draw a grid of shares of rounded counts, and lay it out; ``row`` and ``head`` say what axes of the figure say."""
    rows, columns = ([name(code) for code in codes] for codes in (shares.index, shares.columns))
    table = pd.DataFrame({name: pd.Series(list(map(Rounded, shares[name])), dtype=object) for name in shares})
    table.insert(0, str(shares.index.name), [text(row, name=label) for label in rows])
    heads = {
        code: Col(text(head, name=column), "percent") for code, column in zip(shares.columns, columns, strict=True)
    }
    return Finding(
        key,
        facts,
        figure=figure(charts.draw_grid, height=4.0)(shares, rows=rows, columns=columns),
        table=table,
        columns={str(shares.index.name): "text", **heads},
        variants=variants,
        words={"source": with_rounding(text(f"{key}.source", **facts))},
    )


# --- 2 · behaviour groups


@finding
def choice(tried: pd.DataFrame, learned: int, customers: int, *, source: str = "segment.choice.source") -> Finding:
    """Show how many groups were chosen, by the agreement over resamples; ``source`` says in words what it rests on."""
    taken = tried[tried["chosen"]].iloc[0]
    few = text("common.fewer_than", n=context().min_cell)
    facts = {"groups": taken.groups, "agreement": taken.agreement, "rounds": taken.rounds, "n": customers}
    variant = "all" if learned == customers else "drawn"

    def told(size: int) -> Any:
        return few if is_few(size) else as_told(size, learned, rounded=True)

    rests_on = text(f"{source}.{variant}", n=customers, learned=learned)
    return Finding(
        facts=facts,
        figure=_draw_choice(tried),
        table=tried.assign(smallest=pd.Series(map(told, tried["smallest"]), tried.index, dtype=object)),
        variants={"title": "stable" if is_stable(taken.agreement, taken.low) else "unstable"},
        words={"source": with_rounding(rests_on)},
    )


@figure(height=3.2)
def _draw_choice(ax: Axes, tried: pd.DataFrame) -> None:
    ax.axhline(STABLE, color=GREY, linestyle="--", linewidth=1.2)
    for row in tried.itertuples():
        colour = ACCENT if row.chosen else GREY
        ax.plot([row.groups, row.groups], [row.low, row.high], color=colour, linewidth=2.5, solid_capstyle="round")
        ax.plot([row.groups], [row.agreement], "o", color=colour, markersize=9)
        told = number(row.agreement, digits=2)
        label = text("segment.choice.mark.chosen", agreement=told) if row.chosen else told
        if is_narrow(ax) and not row.chosen:
            continue  # on a phone the others stand in the table alone
        charts.note_at(ax, label, at=(row.groups, row.high), offset=(0, 3), ha="center", va="bottom", color=INK)
    ax.plot(tried["groups"], tried["silhouette"], "o", color=CAUTION, markerfacecolor="none", markersize=7)
    low, at = min(0, tried["silhouette"].min(), tried["low"].min()), tried["groups"].max() + 0.6
    ax.set(xlim=(tried["groups"].min() - 0.6, at), ylim=(low - 0.02, 1.04))
    silhouette = text("segment.choice.mark.silhouette")
    ends = {text("segment.choice.mark.stable"): (STABLE, INK), silhouette: (tried["silhouette"].iloc[-1], CAUTION_INK)}
    charts.name_ends(ax, ends, at=at)
    ax.set_xticks(tried["groups"])


@finding
def traits(described: pd.DataFrame, distances: pd.DataFrame, *, source: str = "segment.traits.source") -> Finding:
    """Show what sets the groups apart; ``source`` is where the catalogue says what that rests on."""
    strongest = _shown(described).loc[(described["share_sales"] / described["share"]).fillna(0.0).idxmax()]
    facts = {"strongest": strongest, "name": group_name(strongest["traits"]), "n": described["customers"].sum()}
    table = distances.T.rename_axis("trait").reset_index()
    named = {row.group: " ".join(trait for trait, _ in row.traits) for row in described.itertuples()}
    return Finding(
        facts=facts,
        figure=_draw_traits(distances, charts.marks_of(named)),
        table=table.assign(trait=[trait_name(trait, "axis") for trait in table["trait"]]),
        words={"source": with_rounding(text(source, n=facts["n"]))},
        columns={"trait": "text", **{letter: Col(letter, "number", 2) for letter in distances.index}},
        variants={"title": "of_customers" if pd.isna(strongest["share_sales"]) else "of_spend"},
    )


@figure
def _draw_traits(ax: Axes, distances: pd.DataFrame, marks: Mapping[str, tuple[str, str]]) -> None:
    """Colour each trait of each group by how far it lies from everybody's; a phone has room for the colours alone."""
    groups, traits = distances.shape
    plot.give_height(ax, traits * 1.4 * LINE)
    ax.imshow(distances.T, aspect="auto", cmap=charts.APART, vmin=-_FAR, vmax=_FAR, interpolation="none")
    if size_of(ax)[0] * _OF_COLUMNS / groups > 2 * LINE:
        for (group, trait), value in np.ndenumerate(distances.to_numpy()):
            colour = "white" if abs(value) > 0.7 * _FAR else INK
            told = str(number(value, digits=1))
            ax.annotate(told, (group, trait), ha="center", va="center", color=colour, fontsize=10)
    charts.name_rows(ax, range(traits), [trait_name(trait, "axis") for trait in distances.columns])
    ax.set_xticks([])
    charts.mark_columns(ax, {letter: marks[letter] for letter in distances.index}, width=size_of(ax)[0] * _OF_COLUMNS)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


@finding(headlines={"groups": "", "group_bootstrap_ari": ""})
def groups(described: pd.DataFrame, stability: Stability) -> Finding:
    """Lay out the groups, and say what they may be used for."""
    return lay_out_groups("segment.groups", described, stability)


def lay_out_groups(key: str, described: pd.DataFrame, stability: Stability) -> Finding:
    """Lay out groups by their names, in the words that the catalogue has under a key."""
    labels = [group_label(row.group, row.traits) for row in described.itertuples()]
    return Finding(
        key,
        {"groups": len(described)},
        table=described.assign(group=labels),
        rounded=True,
        variants={"so_what": "stable" if stability.is_stable else "unstable"},
        headlines=[
            Headline("groups", len(described), "groups"),
            Headline("group_bootstrap_ari", stability.mean, low=stability.low, high=stability.high),
        ],
    )


def group_name(traits: Iterable[tuple[str, bool]]) -> Text:
    """Name a group by what sets it apart, most telling first."""
    named = [trait_name(trait, "high" if is_high else "low") for trait, is_high in traits]
    return chain("segment.group.and", named or [word("segment.group", "alike")])


def group_label(letter: str, traits: Iterable[tuple[str, bool]]) -> Text:
    """Give a group's letter with its name."""
    return text("segment.group.label", letter=letter, name=group_name(traits))


def trait_name(trait: str, part: str) -> Text:
    """Name a trait as an ``axis``, or as that of a group in which it is ``high`` or ``low``."""
    if trait.startswith(CATEGORY):
        return text(f"segment.trait.category.{part}", category=delivered_name(trait.removeprefix(CATEGORY)))
    if trait.startswith(COLUMN):
        return text(f"segment.trait.column.{part}", column=delivered_name(trait.removeprefix(COLUMN)))
    return text(f"segment.trait.{trait}.{part}")


def with_names(described: pd.DataFrame) -> pd.DataFrame:
    """Add each group's name in every language, for its table: ``name_en``, ``name_zh``."""
    names = [group_name(traits) for traits in described["traits"]]
    return described.assign(**{f"name_{lang}": [name.in_language(lang) for name in names] for lang in LANGUAGES})


# --- 3 · lifecycle stages


def stages(by_stage: pd.DataFrame, ruler: Ruler) -> Finding:
    """Show how many customers are in each stage of their lifecycle."""
    n, counted = by_stage["customers"].sum(), _told_stages(by_stage)
    headlines = [_stage_headline(by_stage, stage) for stage in reversed(_PARTS)]
    facts = {"n": n, "counted": SimpleNamespace(**counted), "ruler": ruler} | {line.name: line for line in headlines}
    shares = {stage: share_as_told("group_share", some, n)[0] for stage, some in counted.items() if some}
    reason = _not_shown(n, alike=len(shares) < 2)
    if reason is not None:
        return Finding("segment.stages", facts, headlines=headlines).unless(reason)
    largest, both = max(set(by_stage["stage"]) & set(shares), key=shares.__getitem__), {*_PARTS} <= set(shares)
    facts |= {"largest": word("segment.stage", largest), "share": shares[largest], **shares}
    return Finding(
        "segment.stages",
        facts,
        figure=functools.partial(_draw_bars, "stage", "share", height=3.9),
        main=True,
        table=named(by_stage, stage="segment.stage"),
        rounded=True,
        headlines=headlines,
        variants={"title": "silent" if both else "largest", "says": ruler.basis},
    )


def _told_stages(by_stage: pd.DataFrame) -> dict[str, Any]:
    """Give the customers of each stage as its table shows them, and of the lapsed; none where it hides them."""
    shown = _shown(by_stage)
    rows = zip(shown["stage"], shown["customers"], strict=True)
    told = {stage: n if isinstance(n, Rounded) else None for stage, n in rows}
    parts = [told[stage] for stage in _PARTS["lapsed"] if stage in told]
    seen = [part for part in parts if part is not None]
    return told | ({"lapsed": Rounded(sum(seen)) if len(seen) == len(parts) else None} if parts else {})


def _stage_headline(by_stage: pd.DataFrame, stage: str) -> Headline:
    n, some = by_stage["customers"].sum(), _told_stages(by_stage).get(stage)
    if some is None or is_few(min(some, n - some)):
        return Headline(f"{stage}_share", None, variant="too_few")
    part, low, high = share_as_told(f"{stage}_share", some, n)
    return Headline(f"{stage}_share", part, "share", low, high, "shown")


# --- 4 · migration between stages


def moves(migration: Migration) -> Finding:
    """Show where the customers of each earlier stage are now."""
    counts = as_matrix(count_moves(migration))
    shares = shares_of_rows(as_shown(counts, EVERY_CELL, rounded=True), counts, minimum=context().min_cell)
    facts, n = {"migration": migration}, migration.customers
    if is_few(n) or shares.isna().all(axis=None):
        return Finding("segment.no_moves", facts)
    stayed = as_told(migration.stayed, n, rounded=True)
    facts["stayed"] = share_as_told("stayed_share", stayed, n)[0]
    named_by, shares = functools.partial(word, "segment.stage"), shares.rename_axis("stage_before")
    title = "few" if is_few(min(stayed, n - stayed)) else "stayed"
    told = {"row": "segment.moves.row", "head": "segment.moves.head"}
    return _grid("segment.moves", facts, shares, named_by, title=title, **told)


def followed(seen: pd.DataFrame, migration: Migration, by_stage: pd.DataFrame) -> Finding:
    """Show how many of each earlier stage have bought since, and what follows for those who are drifting now."""
    if len(seen) < 2:
        return Finding("segment.no_follow_up")
    order, told = judge_order(seen), _rounded_follow_up(seen)
    bought = pd.Series(map(Rounded, told["share"]), told["stage"], dtype=object)
    first, last = bought.astype(float).idxmax(), bought.astype(float).idxmin()
    draw, are_three = figure(charts.draw_dots, height=3.0), {"mature", "drifting", "dormant"} <= set(bought.index)
    drifting = _shown(by_stage).set_index("stage").reindex(["drifting"])
    says = (
        "act"
        if order.verdict == "held" and order.is_late and drifting[["share", "share_sales"]].notna().all(axis=None)
        else order.verdict
    )
    more, less = ("drifting", "dormant") if says == "act" else (order.more, order.less)
    named_stages = {"best": first, "worst": last, "more": more, "less": less}
    facts: dict[str, Any] = {name: word("segment.stage", stage) for name, stage in named_stages.items() if stage}
    facts |= {"migration": migration, "drifters": drifting.iloc[0], **bought}
    facts |= {"best_share": bought[first], "worst_share": bought[last]}
    facts |= {"more_share": bought.get(more), "less_share": bought.get(less)}
    return Finding(
        "segment.followed",
        facts,
        figure=lambda shown: draw(shown["stage"], shown, value="share", limits=(0, 1.03)),
        table=named(told, stage="segment.stage"),
        rounded=True,
        variants={
            "title": "same" if bought.max() == bought.min() else "three" if are_three else "extremes",
            "so_what": says,
        },
    )


def _rounded_follow_up(seen: pd.DataFrame) -> pd.DataFrame:
    """Give who bought since as the page tells it: of counts that are rounded."""
    n, some = (in_fives(seen[name]) for name in ("customers", "bought"))
    low, high = wilson(some, n)
    return seen.assign(customers=n, share=share("bought_since", some, n), low=low, high=high)


# --- the page's answer, and what several findings need


def answer(by_stage: pd.DataFrame, described: pd.DataFrame, stability: Stability | Unavailable) -> Finding:
    """Answer the page's question: how many groups, how stable, and how many customers have lapsed."""
    how = "none" if isinstance(stability, Unavailable) else "stable" if stability.is_stable else "unstable"
    shown = _shown(described)  # its sizes are those of the table
    largest = described["customers"].sort_values(ascending=False, kind="stable").index[:_NAMED]
    sizes = zip(described.loc[largest, "traits"], shown.loc[largest, "customers"], strict=True)
    names = [text("segment.answer.group", name=group_name(traits), customers=size) for traits, size in sizes]
    which = text("segment.answer.which.largest" if len(described) > _NAMED else "segment.answer.which.all")
    told = text(f"segment.answer.groups.{how}", groups=len(described), names=names, which=which)
    lapsed = _stage_headline(by_stage, "lapsed")
    variant = "groups" if lapsed.value is None else "groups_and_lapsed"
    return Finding("segment.answer", {"told": told, "lapsed": lapsed}, variants={"lead": variant})


def _not_shown(customers: int, *, alike: bool) -> Text | None:
    """Say why nothing is shown: nobody, too few customers, or all ``alike``."""
    if customers and is_few(customers):
        return text("common.too_few")
    if not customers:
        return text("common.nothing_to_count")
    return text("segment.all_alike") if alike else None
