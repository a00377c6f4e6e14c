"""Uplift of amounts by a flat table: what each treatment adds in money, and how well it is told to whom."""

import re

import pandas as pd
from matplotlib.axes import Axes

from insight.predict.uplift.flat import FlatTrial
from insight.report.charts import draw_effects, note_at
from insight.report.finding import CURRENCY, Finding, Headline, extent, finding
from insight.report.plot import ACCENT, GREY, INK, figure
from insight.words.context import context
from insight.words.names import delivered_name
from insight.words.numerals import money_to_three_figures
from insight.words.stated import Stated
from insight.words.text import listing, text


@finding
def drawn(found: FlatTrial) -> Finding:
    """Lay out the treatments and the control group, and the mean amount of each."""
    table = found.counts.assign(treatment=[*map(delivered_name, found.counts["treatment"])])
    facts = {
        "rows": int(found.counts["rows"].sum()), "treatments": len(found.trials.offers), "held": found.counts.iloc[-1],
        "control": delivered_name(found.control), "columns": found.design.shape[1], "aside": found.set_aside,
    }  # fmt: skip
    return Finding(facts=facts, table=table)


@finding
def uplift(measured: pd.DataFrame) -> Finding:
    """Show what each treatment adds to the amounts, and whether an order by uplift is better than the placebo."""
    table = measured.assign(treatment=[*map(delivered_name, measured["offer_id"])])
    table = table.sort_values("effect", ascending=False, ignore_index=True)
    facts = {"top": table.iloc[0], "name": table["treatment"].iloc[0]}
    sides = {"told": table.loc[table["told"], "treatment"], "others": table.loc[~table["told"], "treatment"]}
    return Finding(
        facts=facts | {side: listing(names) for side, names in sides.items() if len(names)},
        figure=_draw_effects,
        table=table,
        main=True,
        variants={
            "title": "adds" if table["effect_low"].iloc[0] > 0 else "none",
            "so_what": extent(int(table["told"].sum()), len(table)),
        },
        headlines=[line for row in table.itertuples(index=False) for line in _headlines(row)],
    )


def _headlines(row) -> list[Headline]:
    """State the Qini of a treatment, and what it adds."""
    code = re.sub(r"\W+", "_", str(row.offer_id)).strip("_").lower()
    parts = {"qini": ("qini", "stated", "qini_amount"), "added": ("effect", "adds", "trial_amount")}
    lines = []
    for name, (column, words, measure) in parts.items():
        low, high = getattr(row, f"{column}_low"), getattr(row, f"{column}_high")
        said = text(f"trial_amounts.uplift.{words}", name=row.treatment, row=row)
        what = Stated(measure, scope=str(row.treatment))
        lines.append(Headline(f"{name}_{code}", getattr(row, column), CURRENCY, low, high, sentence=said, what=what))
    return lines


@figure(height=2.6)
def _draw_effects(ax: Axes, frame: pd.DataFrame) -> None:
    currency = context().currency
    draw_effects(ax, frame, names="treatment", write=lambda value: money_to_three_figures(value, currency))


@finding
def tenths(found: pd.DataFrame) -> Finding:
    """Show whether the amounts that are predicted are added, by tenths."""
    within = (found["predicted"] >= found["observed_low"]) & (found["predicted"] <= found["observed_high"])
    return Finding(
        facts={"first": found.iloc[0], "last": found.iloc[-1], "within": int(within.sum()), "tenths": len(found)},
        figure=_draw_tenths,
        table=found,
        overlapping=int(found["contacts"].sum()),
        variants={"title": "calibrated" if within.sum() >= 0.8 * len(found) else "off"},
    )


@figure(height=3.4)
def _draw_tenths(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.dropna(subset=["observed"])
    spread = [shown["observed"] - shown["observed_low"], shown["observed_high"] - shown["observed"]]
    ends = shown["predicted"].min(), shown["predicted"].max()
    ax.axhline(0, color=GREY, linewidth=1)
    ax.plot(ends, ends, color=GREY, linewidth=1.2, linestyle="--")
    ax.errorbar(shown["predicted"], shown["observed"], yerr=spread, fmt="o", capsize=0, color=ACCENT)
    note_at(
        ax, text("trial_amounts.tenths.line"), at=(ends[1], ends[1]), offset=(0, 3), ha="right", va="bottom", color=INK
    )


def answer(measured: pd.DataFrame) -> Finding:
    """Answer the page's question: which treatment adds most, and whether it is told to whom."""
    top = measured.loc[measured["effect"].idxmax()]
    facts = {"top": top, "name": delivered_name(top["offer_id"]), "clear": int(measured["told"].sum())}
    lead = extent(facts["clear"], len(measured))
    return Finding("trial_amounts.answer", {**facts, "treatments": len(measured)}, variants={"lead": lead})
