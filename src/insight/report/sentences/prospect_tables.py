"""The tables of the report on churn and value, and the numbers behind its figures."""

from typing import Any

import numpy as np
import pandas as pd

from insight.predict.churn.scoring import SilentTest
from insight.predict.histories import WEEK
from insight.predict.measures import ROUNDS, gains
from insight.predict.value.value import HoldOut, ValueModel
from insight.report.disclosure import suppress
from insight.report.language import Message, _, count, money, number, percent
from insight.report.sentences import churn_names
from insight.report.sentences.churn import comparison_note
from insight.report.tables import Col


def score_table(compared: pd.DataFrame) -> dict[str, Any]:
    """Lay out how well each score tells who left: what `table` takes."""
    frame = compared.reset_index()
    itself = frame["score"] == "boosting"
    behind = ["behind", "behind_low", "behind_high"]
    frame[behind] = frame[behind].round(3) + 0.0  # no minus before a zero
    frame.loc[itself, behind] = None
    frame["score"] = frame["score"].map(churn_names.score_name)
    return {
        "frame": frame,
        "title": _("How well each score tells who left"),
        "columns": {
            "score": Col(_("Score")),
            "auc": Col(_("AUC"), "number", digits=3),
            "low": Col(_("95% interval"), "number", digits=3, to="high"),
            "behind": Col(_("Behind"), "number", digits=3),
            "behind_low": Col(_("95% interval"), "number", digits=3, to="behind_high"),
            "caught": Col(_("Found in the first tenth"), "percent", digits=0),
        },
        "note": comparison_note(ROUNDS),
    }


def hold_out_table(result: HoldOut, *, currency: str, days: int) -> dict[str, Any]:
    """Lay out predicted and actual totals: what `table` takes."""
    rows = [
        (_("model"), result.predicted, *result.error, result.rank),
        (
            _("as in the {days} days before", days=count(days)),
            result.carried,
            *result.carried_error,
            result.carried_rank,
        ),
        (_("what came"), result.actual, None, None, None, None),
    ]
    return {
        "frame": pd.DataFrame(rows, columns=["what", "total", "error", "low", "high", "rank"]),
        "title": _("Total net spend over the {days} days kept back", days=count(days)),
        "columns": {
            "what": Col(_("Total")),
            "total": Col(_("Net spend"), "money", digits=0, currency=currency),
            "error": Col(_("Off by"), "percent", digits=1),
            "low": Col(_("95% interval"), "percent", digits=1, to="high"),
            "rank": Col(_("Rank correlation"), "number", digits=2),
        },
        "note": _(
            "Rank correlation: whether those expected to spend more did spend more (Spearman). "
            "Intervals: customers resampled."
        ),
    }


def risk_table(
    risk: pd.DataFrame, silent: SilentTest | None, *, currency: str, days: int, min_cell: int
) -> dict[str, Any]:
    """Lay out what is at stake by chance to leave: what `table` takes."""
    named = risk.assign(band=risk["band"].map(churn_names.band_name))
    whole = {"kind": "money", "digits": 0, "currency": currency}
    return {
        "frame": suppress(named, "customers", min_cell),
        "title": _("What is at stake, by chance to leave"),
        "columns": {
            "band": Col(_("Group")),
            "customers": Col(_("How many"), "count"),
            "leaving": Col(_("Mean chance"), "percent", digits=0),
            "spent": Col(_("Spent in the last {days} days", days=count(days)), **whole),
            "at_stake": Col(_("At stake"), **whole),
            "expected": Col(_("Expected in the next {days} days", days=count(days)), **whole),
        },
        "note": _risk_note(silent),
    }


def _risk_note(silent: SilentTest | None) -> Message:
    if silent is None:
        return _(
            "At stake: each one's chance to leave times what they spent. For those silent already the chance is that "
            "of staying away for one more window, by the purchase model."
        )
    return _(
        "At stake: each one's chance to leave times what they spent. For those silent already the chance is that of "
        "staying away for one more window, by the purchase model: in the test it said {predicted} of {n}, and "
        "{observed} did.",
        predicted=percent(silent.predicted),
        n=count(silent.customers),
        observed=percent(silent.observed),
    )


def model_table(model: ValueModel, *, currency: str) -> dict[str, Any]:
    """Lay out what the purchase and spend models found: what `table` takes."""
    bought, spent = model.purchasing, model.spending
    rows = [
        (_("purchases a week while they stay, mean"), number(bought.r / bought.alpha, digits=3)),
        (_("chance to leave after a purchase, mean"), percent(bought.leaving, digits=2)),
    ]
    parameters = {"r": bought.r, "alpha": bought.alpha, "a": bought.a, "b": bought.b}
    note = _("BG/NBD, in weeks: r {r}, alpha {alpha}, a {a}, b {b}.", **_three(parameters))
    if spent is not None:
        rows.append((_("spend per purchase, mean"), money(spent.mean, currency)))
        parameters |= {"p": spent.p, "q": spent.q, "gamma": spent.gamma}
        note = _(
            "BG/NBD, in weeks: r {r}, alpha {alpha}, a {a}, b {b}. Gamma-Gamma: p {p}, q {q}, gamma {gamma}.",
            **_three(parameters),
        )
    return {
        "frame": pd.DataFrame(rows, columns=["what", "value"]),
        "title": _("What the models found before the days kept back"),
        "columns": {"what": Col(_("Quantity")), "value": Col(_("Value"))},
        "note": note,
    }


def _three(parameters: dict[str, float]) -> dict[str, Any]:
    return {name: number(value, digits=3) for name, value in parameters.items()}


def silence_numbers(curve: pd.DataFrame) -> dict[str, Any]:
    """Give the numbers of the figure of silences, by week."""
    return {
        "numbers": curve[curve["silent_days"] % WEEK == 0],
        "columns": {
            "silent_days": Col(_("Days without a purchase"), "count"),
            "silences": Col(_("Silences counted"), "count"),
            "returning": Col(_("Come back soon"), "percent", digits=1),
            "low": Col(_("95% interval"), "percent", digits=1, to="high"),
            "sooner": Col(_("Returns that have come"), "percent", digits=1),
        },
    }


def gains_numbers(scores: pd.DataFrame, *, labels: pd.Series, names: list[str]) -> dict[str, Any]:
    """Give the numbers of the figure of who is found, by tenth."""
    shares = np.arange(1, 6) / 10
    found = {name: np.interp(shares, *gains(labels.to_numpy(), scores[name].to_numpy())) for name in names}
    columns = {name: Col(churn_names.score_name(name), "percent", digits=0) for name in names}
    return {
        "numbers": pd.DataFrame({"share": shares, **found}),
        "columns": {"share": Col(_("Looked at"), "percent", digits=0), **columns},
    }


def reliability_numbers(groups: pd.DataFrame) -> dict[str, Any]:
    """Give the numbers of the figure of predicted against observed."""
    return {
        "numbers": groups.assign(group=range(1, len(groups) + 1)),
        "columns": {
            "group": Col(_("Group"), "count"),
            "customers": Col(_("How many"), "count"),
            "predicted": Col(_("Predicted"), "percent", digits=1),
            "observed": Col(_("Left"), "percent", digits=1),
            "low": Col(_("95% interval"), "percent", digits=1, to="high"),
        },
    }


def importance_numbers(drops: pd.DataFrame) -> dict[str, Any]:
    """Give the numbers of the figure of what the trees look at."""
    lost = ["drop", "low", "high"]
    rounded = drops.assign(feature=drops["feature"].map(churn_names.feature_name), **(drops[lost].round(3) + 0.0))
    return {
        "numbers": rounded,
        "columns": {
            "feature": Col(_("Feature")),
            "drop": Col(_("AUC lost"), "number", digits=3),
            "low": Col(_("Range"), "number", digits=3, to="high"),
        },
    }


def weekly_numbers(weeks: pd.DataFrame) -> dict[str, Any]:
    """Give the numbers of the figure of purchases per week, after the day of the prediction."""
    return {
        "numbers": weeks[weeks["week"] >= 1],
        "columns": {
            "week": Col(_("Week"), "count"),
            "actual": Col(_("Came"), "count"),
            "expected": Col(_("Expected"), "count"),
            "carried": Col(_("As before"), "count"),
        },
    }


def concentration_numbers(values: pd.Series) -> dict[str, Any]:
    """Give the numbers of the figure of the expected spend by customer, by tenth."""
    held = np.append(0.0, values.sort_values(ascending=False).cumsum() / values.sum())
    shares = np.arange(1, 11) / 10
    frame = pd.DataFrame({"share": shares, "held": np.interp(shares, np.linspace(0, 1, len(held)), held)})
    return {
        "numbers": frame,
        "columns": {
            "share": Col(_("Most valuable"), "percent", digits=0),
            "held": Col(_("Share of expected spend"), "percent", digits=1),
        },
    }
