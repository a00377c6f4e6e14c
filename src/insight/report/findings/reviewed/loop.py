"""Findings of the loop played on: what months of contacts earn, beside other policies and the truth's own."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from insight.decide.trial.policies import EVERYBODY, NOBODY, OURS, PROPENSITY, RANDOM
from insight.report.charts import name_ends
from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.plot import ACCENT, GREY, INK, figure
from insight.review.loop import MONTHS, ORACLE, Played
from insight.words.names import named
from insight.words.text import word

#: Of the grey lines, which colour alone could not tell apart.
_DASHES = {RANDOM: ":", EVERYBODY: "--"}


@finding(headlines={f"loop_profit_{name}": CURRENCY for name in (OURS, PROPENSITY, ORACLE)})
def played(found: Played) -> Finding:
    """Show what each policy earned so far at the end of each month, more than contacting nobody."""
    amounts = ["profit", "profit_low", "profit_high"]
    table = found.policies.assign(**found.policies[amounts].round())
    by_name = table.set_index("policy")
    ours, best = by_name.loc[OURS], by_name.loc[ORACLE]
    others = by_name.drop([OURS, ORACLE, NOBODY])
    name = str(others["profit"].idxmax())
    is_better = ours["profit_low"] > max(others["profit_high"].max(), 0)
    facts: dict[str, Any] = {"ours": ours, "best": best, "other": others.loc[name], "name": word("loop.policy", name)}
    facts["likeliest"] = by_name.loc[PROPENSITY]
    return Finding(
        facts=facts | {"months": MONTHS, "futures": found.futures},
        figure=_draw_played(found.months),
        table=named(table[table["policy"] != NOBODY], policy="loop.policy"),
        variants={"title": "better" if is_better else "not_better"},
        headlines=[_profit(by_name, policy) for policy in (OURS, PROPENSITY, ORACLE)],
    )


def _profit(by_name: pd.DataFrame, policy: str) -> Headline:
    row = by_name.loc[policy]
    return Headline(f"loop_profit_{policy}", row["profit"], CURRENCY, row["profit_low"], row["profit_high"])


@figure(height=3.2)
def _draw_played(ax: Axes, frame: pd.DataFrame) -> None:
    ends = {}
    ax.axhline(0, color=INK, linewidth=0.8)
    for policy, of in frame[frame["policy"] != NOBODY].groupby("policy", sort=False):
        color = ACCENT if policy == OURS else INK if policy == ORACLE else GREY
        ax.plot(of["month"], of["profit"], _DASHES.get(str(policy), "-"), color=color, marker="o", markersize=3)
        if policy in (OURS, ORACLE):
            ax.fill_between(of["month"], of["profit_low"], of["profit_high"], color=color, alpha=0.12, linewidth=0)
        ends[word("loop.policy", str(policy))] = (float(of["profit"].iloc[-1]), color)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(ax.get_ylim())
    name_ends(ax, ends, at=frame["month"].max())
