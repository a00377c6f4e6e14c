"""Findings of 74 fraud: how well thieves' purchases are told, what alerts are worth at the capacity, month by month."""

import pandas as pd
from matplotlib.axes import Axes

from insight.card.alerts import Alerts
from insight.card.fraud import Ceiling, Lesson, Ranked, Screened
from insight.errors import Unavailable
from insight.intervals import compare_intervals
from insight.predict.uplift.months import day_of
from insight.report.charts import draw_intervals, name_rows
from insight.report.finding import CURRENCY, Finding, Headline, finding, is_few
from insight.report.plot import ACCENT, figure
from insight.words.names import named
from insight.words.numerals import three_figures
from insight.words.text import text

_TOO_FEW = Unavailable("common", "too_few")
_AT_ONCE = 0.05  # hours


@finding(headlines={"fraud_average_precision": ""})
def compared(tested: Ranked, lesson: Lesson, found: Screened, *, truth: bool = False) -> Finding:
    """Compare models on the last months' purchases; state the average precision, unless who knows the truth does."""
    models = tested.compared.set_index("model")
    best, other = models.loc["boosting"], models.drop(index="boosting")["precision"].idxmax()
    at = models.loc[other]
    better = compare_intervals(best["low"], best["high"], at["low"], at["high"]) == "more"
    test = lesson.months[lesson.months["month"] >= lesson.test[0]]
    facts = {"best": best, "other": at, "other_name": text(f"fraud.model.{other}"), "months": len(test)}
    facts |= {"purchases": int(test["purchases"].sum()), "disputed": int(test["disputed"].sum())}
    facts |= {"screened": found.screened, "first": day_of(lesson.learn[0]), "last": day_of(lesson.learn[1])}
    facts |= {"chance": facts["disputed"] / facts["purchases"]}
    stated = Headline("fraud_average_precision", best["precision"], low=best["low"], high=best["high"])
    return Finding(
        facts=facts,
        table=named(tested.compared, model="fraud.model"),
        variants={"title": "better" if better else "alike"},
        headlines=[] if truth else [stated],
    )


@finding(headlines={"fraud_average_precision": "", "fraud_average_precision_ceiling": ""})
def near_truth(found: Ceiling) -> Finding:
    """State how well the last months' purchases are ranked, and how well they could be."""
    return Finding(
        facts={"share": found.value / found.ceiling},
        headlines=[
            Headline("fraud_average_precision", found.value, low=found.own_low, high=found.own_high),
            Headline("fraud_average_precision_ceiling", found.ceiling, low=found.low, high=found.high),
        ],
    )


@finding(headlines={"fraud_alert_precision": "share", "fraud_saved": CURRENCY})
def worth(found: Alerts) -> Finding | Unavailable:
    """Say what the alerts of the last months would have found and saved, and whom they would have bothered."""
    if is_few(found.found) or is_few(found.bothered):
        return _TOO_FEW
    amounts = {name: three_figures(getattr(found, name)) for name in ("stolen", "saved", "saved_low", "saved_high")}
    facts = {**amounts, "bothered_each": found.bothered / found.hits, "share": found.saved / found.stolen}
    return Finding(
        facts=facts,
        variants={"so_what": "at_once" if found.hours < _AT_ONCE else _sooner(found)},
        headlines=[
            Headline("fraud_alert_precision", found.precision, "share", found.low, found.high),
            Headline("fraud_saved", round(found.saved), CURRENCY, round(found.saved_low), round(found.saved_high)),
        ],
    )


def _sooner(found: Alerts) -> str:
    return "sooner" if found.hours / 24 < found.days_now else "no_sooner"


@finding
def by_month(told: pd.DataFrame) -> Finding | Unavailable:
    """Show month by month how well thieves are told, as they change their ways."""
    halves, shown = told.set_index("part"), told[told["part"] == "month"]
    if len(shown) < 2 or not {"first", "last"} <= set(told["part"]):
        return _TOO_FEW
    first, last = halves.loc["first"], halves.loc["last"]
    moved = compare_intervals(last["low"], last["high"], first["low"], first["high"])
    table = shown.assign(day=[text("fraud.by_month.at", day=day_of(int(month))) for month in shown["month"]])
    return Finding(
        facts={"first": first, "last": last, "since": day_of(int(last["month"]))},
        figure=_draw_months(table),
        table=table,
        variants={"title": moved, "so_what": {"less": "less", "more": "rises"}.get(moved, "holds")},
        main=True,
    )


@figure(height=3.0)
def _draw_months(ax: Axes, table: pd.DataFrame) -> None:
    rows = table.iloc[::-1].reset_index(drop=True).rename(columns={"low": "precision_low", "high": "precision_high"})
    draw_intervals(ax, rows, rows.index, value="precision", color=ACCENT)
    name_rows(ax, rows.index, list(rows["day"]))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlim(0, 1)


@finding
def today(raised: pd.DataFrame) -> Finding:
    """Say how many cards of the last day are to be looked at."""
    return Finding(facts={"cards": len(raised), "probability": float(raised["probability"].sum())})
