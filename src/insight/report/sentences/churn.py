"""Sentences about who may leave: each a function of the numbers in it."""

from datetime import date
from typing import Any

import pandas as pd

from insight.config.parameters import Bilingual
from insight.predict.churn.backtest import FEWEST_CUSTOMERS, FEWEST_OF_A_CLASS, SHUFFLES
from insight.predict.churn.design import Cuts
from insight.predict.churn.silence import FEWEST_SILENCES, Window
from insight.predict.measures import wilson
from insight.report.language import Message, _, count, day, interval, number, percent
from insight.report.sentences.churn_names import feature_name, score_name


def silence(curve: pd.DataFrame, *, window: Window, return_days: int, who: Bilingual, until: date) -> dict[str, Any]:
    """Caption the figure of silences: finding, what, alt, source."""
    last = curve.iloc[-1]
    if window.returning is None:
        finding = _("The window of {days} days is longer than the data can test", days=count(window.days))
    else:
        finding = _(
            "After {days} days without a purchase, {share} come back within the next {return_days}",
            days=count(window.days),
            share=percent(window.returning),
            return_days=count(return_days),
        )
    return {
        "finding": finding,
        "what": _("How silences go on that have lasted so many days, % (band: 95% interval)"),
        "alt": _(
            "Two curves over days without a purchase. The share that comes back within {return_days} days "
            "falls from {first} to {last} at day {day}; the share of returns that have come by then rises to {sooner}.",
            return_days=count(return_days),
            first=percent(curve["returning"].iloc[0]),
            last=percent(last["returning"]),
            day=count(last["silent_days"]),
            sooner=percent(last["sooner"]),
        ),
        "source": _(
            "Purchase days of {who} to {until}; {silences} silences. The band takes silences as independent.",
            who=who,
            until=day(until),
            silences=count(curve["silences"].iloc[0]),
        ),
    }


def window(found: Window | None, *, return_days: int, who: Bilingual, least: int = 10) -> Message:
    """Say which silence counts as having left, and why.

    Examples
    --------
    >>> shops = Bilingual(en="shops", zh="商店")
    >>> print(window(Window(56, "argued", 0.47, 0.99), return_days=28, who=shops))
    We take shops to have left after 56 days without a purchase: from then on fewer than half come back within
    28 days (47%), and 99% of all returns came sooner.
    """
    if found is None:
        return _(
            "No window can be argued from this data: it takes {n} silences that could be watched long enough, of at "
            "least {least} {who}, and some that ended.",
            n=count(FEWEST_SILENCES),
            least=count(least),
            who=who,
        )
    given = {"who": who, "days": count(found.days), "return_days": count(return_days)}
    if found.ground == "given" and found.returning is None:
        return _(
            "The parameters take {who} to have left after {days} days without a purchase. "
            "The data is too short to say how many come back after that.",
            **given,
        )
    given |= {"share": percent(found.returning), "sooner": percent(found.sooner)}
    if found.ground == "given":
        return _(
            "The parameters take {who} to have left after {days} days without a purchase: from then on {share} "
            "come back within {return_days} days, and {sooner} of all returns came sooner.",
            **given,
        )
    if found.ground == "limited":
        return _(
            "The data is too short to argue a window. {days} days is the longest that it can test: after that "
            "{share} of {who} come back within {return_days} days, and {sooner} of all returns came sooner.",
            **given,
        )
    return _(
        "We take {who} to have left after {days} days without a purchase: from then on fewer than half come back "
        "within {return_days} days ({share}), and {sooner} of all returns came sooner.",
        **given,
    )


def no_test(obstacle: str, *, who: Bilingual) -> Message:
    """Say why nothing is predicted about leaving.

    Examples
    --------
    >>> print(no_test("history", who=Bilingual(en="patients", zh="患者")))
    Not predicted: the data is shorter than three windows, so no test on the past is possible.
    """
    if obstacle == "window":
        return _("Not predicted: without a window, nobody can be said to have left.")
    if obstacle == "history":
        return _("Not predicted: the data is shorter than three windows, so no test on the past is possible.")
    if obstacle == "customers":
        return _(
            "Not predicted: fewer than {n} active {who} to learn from or to judge by.",
            n=count(FEWEST_CUSTOMERS),
            who=who,
        )
    return _(
        "Not predicted: fewer than {n} {who} left, or fewer than {n} stayed, in the test on the past.",
        n=count(FEWEST_OF_A_CLASS),
        who=who,
    )


def layout(cuts: Cuts, *, customers: int, left: int, who: Bilingual) -> Message:
    """Say how the test on the past is laid out, and how many left."""
    return _(
        "We went back to {test}: {customers} {who} had bought in the {window} days before, and {left} of them "
        "({share}) bought nothing in the {window} days after. Models learned from {earlier}, on the {history} "
        "days before each, and from other {who} than those that they scored.",
        test=day(cuts.test),
        customers=count(customers),
        who=who,
        window=count(cuts.window),
        left=count(left),
        share=percent(left / customers),
        earlier=_learned_from(cuts),
        history=count(cuts.history),
    )


def _learned_from(cuts: Cuts) -> Message:
    if len(cuts.training) == 1:
        return _("one earlier day ({day})", day=day(cuts.training[0]))
    return _(
        "{n} earlier days ({first} to {last})",
        n=count(len(cuts.training)),
        first=day(cuts.training[0]),
        last=day(cuts.training[-1]),
    )


def gains(compared: pd.DataFrame, *, chosen: str, customers: int, who: Bilingual, cuts: Cuts) -> dict[str, Any]:
    """Caption the figure of who is found: finding, what, alt, source."""
    best = compared.loc[chosen]
    given = {"caught": percent(best["caught"]), "lift": number(best["lift"], digits=1), "who": who}
    return {
        "finding": _("The tenth of {who} with the highest scores holds {caught} of those who left", **given),
        "what": _("Share of those who left that is found, by share of {who} looked at, highest scores first", who=who),
        "alt": _(
            "Curves of those found by each score. Looking at the first tenth by {score} finds {caught}, {lift} times "
            "as many as by chance.",
            score=score_name(chosen),
            **given,
        ),
        "source": _(
            "{customers} active {who} as of {test}, and the {window} days after it.",
            customers=count(customers),
            who=who,
            test=day(cuts.test),
            window=count(cuts.window),
        ),
    }


def comparison_note(rounds: int) -> Message:
    """Explain the table of scores."""
    return _(
        "AUC: the chance that one who left has a higher score than one who stayed; 0.5 is a coin toss. "
        "Behind: how far below the boosted trees, on the same customers. 95% intervals from {rounds} resamplings.",
        rounds=count(rounds),
    )


def chosen_model(compared: pd.DataFrame, *, chosen: str) -> Message:
    """Say which model scores, on what ground, and what the purchase model does against it."""
    trees, line = compared.loc["boosting"], compared.loc["logistic"]
    given = {
        "trees": number(trees["auc"], digits=3),
        "line": number(line["auc"], digits=3),
        "distance": interval(number(line["behind_low"], digits=3), number(line["behind_high"], digits=3)),
    }
    if chosen == "boosting":
        first = _(
            "Boosted trees rank better than logistic regression: AUC {trees} against {line}, the difference "
            "{distance}. So they give the scores.",
            **given,
        )
    else:
        first = _(
            "Boosted trees do not rank surely better than logistic regression: AUC {trees} against {line}, the "
            "difference {distance}. So the plainer model gives the scores.",
            **given,
        )
    return _against_purchase_model(first, compared) if "chance_silent" in compared.index else first


def _against_purchase_model(first: Message, compared: pd.DataFrame) -> Message:
    silent, alive = compared.loc["chance_silent"], compared.loc["p_alive"]
    given = {"auc": number(silent["auc"], digits=3), "alive": number(alive["auc"], digits=3), "first": first}
    if silent["behind_low"] > 0:
        return _(
            "{first} The trees know more than a purchase model of four numbers: its chance of silence has AUC {auc}, "
            "its P(alive) {alive}.",
            **given,
        )
    if silent["behind_high"] < 0:
        return _(
            "{first} A purchase model of four numbers ranks better than the trees: its chance of silence has AUC "
            "{auc}. P(alive), which asks who may still come rather than who will come soon, has {alive}.",
            **given,
        )
    return _(
        "{first} A purchase model of four numbers ranks about as well: its chance of silence has AUC {auc}. "
        "P(alive), which asks who may still come rather than who will come soon, has {alive}.",
        **given,
    )


def late_returns(left: int, back: int, *, cut: date, until: date, who: Bilingual) -> Message:
    """Remind that a label is a definition: some of those who left came back later."""
    if left == 0:
        return _("Nobody was taken to have left after {cut}.", cut=day(cut))
    return _(
        "“Left” is a definition. Of {left} {who} taken to have left after {cut}, {share} had bought again by {until}.",
        left=count(left),
        who=who,
        cut=day(cut),
        share=percent(back / left),
        until=day(until),
    )


def reliability(labels: pd.Series, chances: pd.Series, *, who: Bilingual, cuts: Cuts) -> dict[str, Any]:
    """Caption the figure of predicted against observed: finding, what, alt, source."""
    predicted, observed = float(chances.mean()), float(labels.mean())
    low, high = wilson(int(labels.sum()), len(labels))
    given = {"predicted": percent(predicted, digits=1), "observed": percent(observed, digits=1)}
    if predicted > high:
        finding = _("The chances were too high: {predicted} on average, and {observed} left", **given)
    elif predicted < low:
        finding = _("The chances were too low: {predicted} on average, and {observed} left", **given)
    else:
        finding = _("The chances hold on average: {predicted} predicted, {observed} left", **given)
    return {
        "finding": finding,
        "what": _("Share that left (dots, with 95% intervals) beside the mean chance predicted (dashes)"),
        "alt": _(
            "Groups of equal size by rising chance, each with the share that left and the chance predicted. {finding}.",
            finding=finding,
        ),
        "source": _(
            "{customers} active {who} as of {test}, and the {window} days after it.",
            customers=count(len(labels)),
            who=who,
            test=day(cuts.test),
            window=count(cuts.window),
        ),
    }


def brier(score: float, without: float) -> Message:
    """Say how close the chances came, against saying the same of everyone."""
    gain = 1 - score / without
    given = {"score": number(score, digits=4), "without": number(without, digits=4), "gain": percent(abs(gain))}
    if gain > 0:
        return _(
            "The mean squared error of the chances (Brier score) is {score}; saying the earlier share of everyone "
            "gives {without}. The model takes {gain} of that error away.",
            **given,
        )
    return _(
        "The mean squared error of the chances (Brier score) is {score}, no better than saying the earlier share of "
        "everyone ({without}): use the ranking, not the chances.",
        **given,
    )


def importance(drops: pd.DataFrame, *, customers: int, who: Bilingual) -> dict[str, Any]:
    """Caption the figure of what the trees look at: finding, what, alt, source."""
    first = drops.iloc[0]
    return {
        "finding": _(
            "Most is lost without “{feature}”: {drop} of AUC",
            feature=feature_name(first["feature"]),
            drop=number(first["drop"], digits=3),
        ),
        "what": _("AUC of the boosted trees lost when one feature is shuffled among {who}", who=who),
        "alt": _(
            "Features by AUC lost, from {first} ({drop}) to {last} ({least}).",
            first=feature_name(first["feature"]),
            drop=number(first["drop"], digits=3),
            last=feature_name(drops["feature"].iloc[-1]),
            least=number(drops["drop"].iloc[-1], digits=3),
        ),
        "source": _(
            "{customers} active {who} of the test; mean and range of {rounds} shuffles.",
            customers=count(customers),
            who=who,
            rounds=count(SHUFFLES),
        ),
    }


def suspects(names: list[str]) -> Message:
    """Say whether one feature alone gives the answer away."""
    if not names:
        return _("No single feature tells almost alone who left, as one counted after the day would.")
    return _(
        "“{feature}” tells almost alone who left. Make sure that it was known on the day before you believe "
        "the models.",
        feature=feature_name(names[0]),
    )
