"""Findings of 73 activation and use: how soon new cards are used, what goes with it, what a bonus added."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from insight.card.use import activation as calculated
from insight.card.use.bonus import BOTH
from insight.errors import Unavailable
from insight.report.charts import draw_drivers, draw_effects, in_percent, name_ends
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.findings.cards.applied import level
from insight.report.plot import ACCENT, PALETTE, figure
from insight.report.tiles import PER_HUNDRED
from insight.words.text import Text, has_text, text, word

_TOO_FEW = Unavailable("common", "too_few")
_DRAWN, _MOST_DRAWN = 270, 8  # days of a curve; differences, those largest beside the width of their intervals
_draw_drivers = figure(draw_drivers, height=3.6)


@finding
def curve(cards: pd.DataFrame, groups: pd.DataFrame) -> Finding | Unavailable:
    """Show how many new cards are used by days since opening, and lay that out by cohort and channel."""
    customers = cards["customer_id"].nunique()
    if is_few(customers):
        return _TOO_FEW
    every = groups.iloc[0]
    lines = {
        text("activation.cohort", year=group): calculated.used_by(cards[cards["cohort"] == group])
        for group in groups.loc[groups["attribute"] == "cohort", "group"]
    }
    channels = groups[(groups["attribute"] == "channel") & groups["used_30"].notna() & ~is_few(groups["customers"])]
    facts: dict[str, Any] = {"every": every, "cards": len(cards), "customers": customers}
    apart = len(channels) > 1 and channels["low_30"].max() > channels["high_30"].min()
    if len(channels):
        ends = channels.sort_values("used_30").iloc[[0, -1]]
        facts |= {"least": ends.iloc[0], "most": ends.iloc[1]}
        facts |= {name: level("channel", ends.iloc[at]["group"]) for at, name in ((0, "least_name"), (1, "most_name"))}
    return Finding(
        facts=facts,
        figure=_draw_curve(calculated.used_by(cards), lines),
        table=groups.assign(
            group=[_group_name(*row) for row in groups[["attribute", "group"]].itertuples(index=False)]
        ),
        overlapping=customers,
        main=True,
        variants={
            "title": "told" if pd.notna(every["used_90"]) else "short",
            "lead": "told" if pd.notna(every["used_90"]) else None,
            "so_what": ("apart" if apart else "alike") if len(channels) > 1 else None,
        },
    )


def _group_name(attribute: str, group: str) -> Text | str:
    if attribute == "cohort":
        return text("activation.cohort", year=group)
    return text("activation.every") if attribute == "all" else level("channel", group)


@figure(height=3.6)
def _draw_curve(ax: Axes, whole: pd.DataFrame, cohorts: dict[Text, pd.DataFrame]) -> None:
    whole = whole[whole["day"] <= _DRAWN]
    ax.fill_between(whole["day"], whole["low"], whole["high"], step="post", color=ACCENT, alpha=0.2, lw=0)
    ax.step(whole["day"], whole["used"], where="post", color=ACCENT, lw=2.4)
    ends = {text("activation.every"): (float(whole["used"].iloc[-1]), ACCENT)}
    for colour, (name, part) in zip(PALETTE[1:], cohorts.items(), strict=False):
        part = part[part["day"] <= _DRAWN]
        ax.step(part["day"], part["used"], where="post", color=colour, lw=1.4)
        ends[name] = (float(part["used"].iloc[-1]), colour)
    ax.set(ylim=(0, min(1.0, 1.15 * float(whole["high"].max()))), xlim=(0, float(whole["day"].max())))
    in_percent(ax.yaxis)
    name_ends(ax, ends, at=float(whole["day"].max()))


@finding
def drivers(found: tuple[pd.DataFrame, dict[str, float]]) -> Finding | Unavailable:
    """Show what use within thirty days goes with, and how well it tells later cards."""
    table, tested = found
    shown = table[~is_few(table["customers"])].reset_index(drop=True)
    if shown.empty:
        return _TOO_FEW
    shown = shown.assign(what=[_driver_name(row) for row in shown.itertuples()])
    clear, strength = shown[shown["clear"] != 0], shown["effect"].abs() / (shown["high"] - shown["low"])
    facts: dict[str, Any] = {"tested": pd.Series(tested), "looked": len(shown), "clear": len(clear)}
    drawn = shown.loc[strength.nlargest(_MOST_DRAWN).index]
    if len(clear):
        most = clear.loc[clear["effect"].abs().idxmax()]
        facts |= {"most": most, "name": most["what"]}
    return Finding(
        facts=facts,
        figure=_draw_drivers(drawn.sort_values("effect", ascending=False, kind="stable"), shares=True),
        table=shown,
        variants={
            "title": "some" if len(clear) else "none",
            "so_what": "tells" if tested["low"] > 0.5 else "chance",
        },
    )


def _driver_name(row: Any) -> Text:
    if row.factor == "limit":
        return text("activation.driver.limit")
    names = {end: _level_name(row.factor, getattr(row, end)) for end in ("level", "than")}
    return text("activation.driver.level", **names)


def _level_name(factor: str, code: str) -> Text | str:
    own = f"activation.level.{factor}.{code}"
    return text(own) if has_text(own) else level(factor, code)


@finding(headlines={"activation_uplift": PER_HUNDRED})
def added(found: pd.DataFrame, true: pd.DataFrame | None, costs: tuple[float, float]) -> Finding:
    """State what the activation bonus added to first uses, as lots tell it, beside the truth where it is known."""
    first = found.iloc[0]
    facts = _facts(found, true)
    cost = costs[0] + costs[1] * first["rate"]
    sure = "sure" if first["low"] > 0 else "unsure"
    said, bounds = text(f"activation.added.uplift.{sure}", first=first), (first["low"], first["high"])
    if sure == "sure":
        facts |= {"price": cost / first["added"], "price_high": cost / first["low"]}
    return Finding(
        facts=facts | {"cost": cost},
        figure=_draw_added(found),
        table=_rows(found, text("activation.did.use")),
        overlapping=_in_all(found),
        variants={
            "title": sure,
            "says": _truth(first, true),
            "so_what": "price" if sure == "sure" else "unsure",
        },
        headlines=[Headline("activation_uplift", first["added"], PER_HUNDRED, *bounds, variant=sure, sentence=said)],
    )


def _facts(found: pd.DataFrame, true: pd.DataFrame | None) -> dict[str, Any]:
    last = found[found["kind"] == BOTH].iloc[-1]
    truth = {} if true is None else {"true": true.set_index("kind").loc[BOTH]}
    return {"first": found.iloc[0], "last": last, **truth}


def _truth(first: pd.Series, true: pd.DataFrame | None) -> str:
    if true is None or true.empty or pd.isna(true["added"]).any():
        return "unknown"
    value = float(true.set_index("kind").loc[BOTH, "added"])
    return "inside" if first["low"] <= value <= first["high"] else "outside"


def _rows(found: pd.DataFrame, did: Text) -> pd.DataFrame:
    rows = [
        text("activation.row", did=did, within=word("activation.within", days), kind=word("activation.kind", kind))
        for kind, days in zip(found["kind"], found["days"], strict=True)
    ]
    return found.assign(row=rows).astype({"contacted": int, "held_out": int})


def _in_all(found: pd.DataFrame) -> int:
    """Give more than all rows hold together: horizons and kinds overlap, so none can be had from the others."""
    return int(found[["contacted", "held_out"]].sum().sum()) + 1


@figure(height=2.6)
def _draw_added(ax: Axes, found: pd.DataFrame) -> None:
    rows = found[found["kind"] == BOTH].rename(columns={"added": "effect", "low": "effect_low", "high": "effect_high"})
    names = [word("activation.within", days) for days in rows["days"]]
    draw_effects(ax, rows.assign(name=names), names="name")


@finding
def redemption_added(found: pd.DataFrame, true: pd.DataFrame | None) -> Finding:
    """Say what the offer to redeem points added to redemptions, as lots tell it, and whether that lasts."""
    first, last = found.iloc[0], found[found["kind"] == BOTH].iloc[-1]
    return Finding(
        facts=_facts(found, true),
        figure=_draw_added(found),
        table=_rows(found, text("activation.did.redeem")),
        overlapping=_in_all(found),
        variants={
            "title": "sure" if first["low"] > 0 else "unsure",
            "says": _truth(first, true),
            "so_what": "lasts" if last["low"] > 0 else "fades",
        },
    )
