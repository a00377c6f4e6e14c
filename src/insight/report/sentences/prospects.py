"""The lead and the headlines of the report on churn and value."""

from typing import Any

import pandas as pd

from insight.config.parameters import Bilingual
from insight.predict.churn.backtest import Backtest
from insight.predict.churn.design import LABEL, Cuts
from insight.predict.churn.silence import Window
from insight.predict.measures import wilson
from insight.predict.value.totals import Total
from insight.predict.value.value import HoldOut
from insight.report.language import Message, _, count, day, interval, money, number, percent
from insight.report.sentences import churn as about_churn
from insight.report.sentences import churn_names
from insight.report.sentences import value as about_value


def lead(
    compared: pd.DataFrame | None,
    rate: float | None,
    found: Total | None,
    *,
    chosen: str | None,
    window: Window | None,
    days: int,
    currency: str,
    who: Bilingual,
) -> Message:
    """Give the page's answer in a few sentences."""
    if compared is None:
        leaving = _("Who is about to leave cannot be told from this data.")
    else:
        leaving = _(
            "Of the active {who} {share} buy nothing for {window} days; the tenth with the highest scores holds "
            "{caught} of them.",
            who=who,
            share=percent(rate),
            window=count(window.days),
            caught=percent(compared.loc[chosen, "caught"]),
        )
    if found is None:
        return _("{first} What they will spend cannot be told either.", first=leaving)
    return _(
        "{first} Over the next {days} days all {who} together are expected to spend {value}.",
        first=leaving,
        days=count(days),
        who=who,
        value=money(found.value, currency, compact=True),
    )


def churn_rate(test: Backtest | None, cuts: Cuts | None, obstacle: str | None, *, who: Bilingual) -> dict[str, Any]:
    """State the share that left after the test cut: what `ws.headline` takes."""
    if test is None:
        return {"value": None, "unit": "share", "sentence": about_churn.no_test(obstacle, who=who)}
    labels = test.scores[LABEL]
    left, customers = int(labels.sum()), len(labels)
    low, high = wilson(left, customers)
    given = {"who": who, "window": count(cuts.window), "test": day(cuts.test), "customers": count(customers)}
    return {
        "value": left / customers,
        "unit": "share",
        "low": low,
        "high": high,
        "label": _("of active {who} left within {window} days", **given),
        "note": _("after {test}", **given),
        "sentence": _(
            "{share} of {customers} active {who} bought nothing in the {window} days after {test}.",
            share=percent(left / customers, digits=1),
            **given,
        ),
    }


def ranking(name: str, compared: pd.DataFrame | None, obstacle: str | None, *, who: Bilingual) -> dict[str, Any]:
    """State the AUC of one score: what `ws.headline` takes."""
    if compared is None:
        return {"value": None, "sentence": about_churn.no_test(obstacle, who=who)}
    if name not in compared.index:
        return {"value": None, "sentence": about_value.no_model(who=who)}
    row = compared.loc[name]
    score = churn_names.score_name(name)
    bounds = interval(number(row["low"], digits=3), number(row["high"], digits=3), level=0.95)
    return {
        "value": float(row["auc"]),
        "low": float(row["low"]),
        "high": float(row["high"]),
        "label": _("AUC: {score}", score=score),
        "note": _("on later, unseen {who}", who=who),
        "sentence": _(
            "On later days and unseen {who}, the AUC of “{score}” is {auc}, {bounds}.",
            who=who,
            score=score,
            auc=number(row["auc"], digits=3),
            bounds=bounds,
        ),
    }


def churn_window(found: Window | None, *, return_days: int, who: Bilingual, least: int = 10) -> dict[str, Any]:
    """State the window: what `ws.headline` takes."""
    return {
        "value": None if found is None else found.days,
        "unit": "days",
        "label": _("days of silence that count as having left"),
        "sentence": about_churn.window(found, return_days=return_days, who=who, least=least),
    }


def total_error(result: HoldOut | None, *, days: int, carried: bool = False) -> dict[str, Any]:
    """State how far a total was off on the days kept back: what `ws.headline` takes."""
    if result is None:
        return {"value": None, "unit": "share", "sentence": about_value.no_hold_out()}
    value, low, high = result.carried_error if carried else result.error
    given = {
        "days": count(days),
        "error": percent(value, digits=1),
        "bounds": interval(percent(low, digits=1), percent(high, digits=1), level=0.95),
    }
    sentence = (
        _(
            "Carrying the last {days} days forward, the total of the days kept back is off by {error}, {bounds}.",
            **given,
        )
        if carried
        else _("On the {days} days kept back, the expected total spend is off by {error}, {bounds}.", **given)
    )
    label = (
        _("off when the last days are carried forward")
        if carried
        else _("off in total on {days} days kept back", **given)
    )
    return {"value": value, "unit": "share", "low": low, "high": high, "label": label, "sentence": sentence}


def value_expected(found: Total | None, *, days: int, currency: str, who: Bilingual) -> dict[str, Any]:
    """State the expected total spend: what `ws.headline` takes."""
    if found is None:
        return {"value": None, "unit": currency, "sentence": about_value.no_model(who=who)}
    return {
        "value": round(found.value),
        "unit": currency,
        "low": round(found.low),
        "high": round(found.high),
        "label": _("expected spend over the next {days} days", days=count(days)),
        "sentence": about_value.total(found, days=days, currency=currency, who=who),
    }
