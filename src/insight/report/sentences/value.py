"""Sentences about what customers will buy and spend: each a function of the numbers in it."""

import math
from datetime import date
from typing import Any

import pandas as pd

from insight.config.parameters import Bilingual
from insight.predict.value.purchases import FEWEST_REPEATERS
from insight.predict.value.totals import Total
from insight.predict.value.value import FEWEST_CUSTOMERS, HoldOut, ValueModel
from insight.report.language import Message, _, count, day, money, number, percent

_NOBODY_LEAVES = 0.001


def no_model(*, who: Bilingual) -> Message:
    """Say why nothing is predicted about purchases and spend."""
    return _(
        "Not predicted: it takes {customers} {who} who have bought, and {repeaters} who have come back.",
        customers=count(FEWEST_CUSTOMERS),
        repeaters=count(FEWEST_REPEATERS),
        who=who,
    )


def no_hold_out() -> Message:
    """Say why the prediction could not be tested."""
    return _("Not tested: too little was bought before the days kept back, or nothing on them.")


def weekly(result: HoldOut, *, cut: date, days: int, who: Bilingual) -> dict[str, Any]:
    """Caption the figure of purchases per week: finding, what, alt, source."""
    given = {
        "expected": count(result.purchases),
        "came": count(result.actual_purchases),
        "days": count(days),
        "off": _off(result.purchases / result.actual_purchases - 1),
    }
    return {
        "finding": _("In the {days} days kept back {expected} purchases were expected and {came} came: {off}", **given),
        "what": _("Repeat purchases per week by {who} known on the day of the prediction", who=who),
        "alt": _(
            "Purchases per week before and after the day of the prediction: as they came, as expected, and the mean "
            "of before. Over the {days} days {expected} were expected and {came} came.",
            **given,
        ),
        "source": _(
            "{customers} {who} who had bought by {cut}; a purchase is a day with one.",
            customers=count(result.customers),
            who=who,
            cut=day(cut),
        ),
    }


def _off(error: float) -> Message:
    if abs(error) < 0.0005:
        return _("exactly as many")
    share = percent(abs(error), digits=1)
    return _("{share} too many", share=share) if error > 0 else _("{share} too few", share=share)


def hold_out(result: HoldOut, *, days: int) -> Message:
    """Say how far the total was off, against carrying the last days forward."""
    given = {
        "model": _error(result.error),
        "carried": _error(result.carried_error),
        "days": count(days),
        "rank": number(result.rank, digits=2),
        "carried_rank": number(result.carried_rank, digits=2),
    }
    if result.error[1] <= result.carried_error[0] <= result.error[2]:
        first = _(
            "The model and carrying the last {days} days forward come about as near to the total: {model}, {carried}.",
            **given,
        )
    elif abs(result.error[0]) < abs(result.carried_error[0]):
        first = _(
            "The model comes nearer to the total than carrying the last {days} days forward: "
            "{model} against {carried}.",
            **given,
        )
    else:
        first = _(
            "Carrying the last {days} days forward comes nearer to the total than the model: "
            "{carried} against {model}.",
            **given,
        )
    return _(
        "{first} In the order of who spends most they reach a rank correlation of {rank} and {carried_rank}.",
        first=first,
        **given,
    )


def _error(error: tuple[float, float, float]) -> Message:
    value, low, high = (percent(part, digits=1) for part in error)
    return _("{value} off ({low} to {high})", value=value, low=low, high=high)


def limits(model: ValueModel, *, days: int) -> Message:
    """Say what the models cannot see."""
    if model.purchasing.leaving < _NOBODY_LEAVES:
        return _(
            "The purchase model sees practically nobody leave in this data, so it expects {days} days like the mean "
            "of the past. It knows no seasons: before a holiday it expects too little.",
            days=count(days),
        )
    return _(
        "The models know no seasons, no prices and no campaigns: they carry each one's own rhythm forward. "
        "A customer's figure is the mean of many like them, not a promise."
    )


def spend_model(model: ValueModel) -> Message:
    """Say how the spend per purchase is had, and what is taken off for returns."""
    first = (
        _("Spend per purchase: each one's own mean, as the Gamma-Gamma model could not be fitted.")
        if model.spending is None
        else _("Spend per purchase: between each one's own mean and everyone's (Gamma-Gamma).")
    )
    if model.refunds == 0:
        return first
    return _(
        "{first} {share} is taken off for what is returned on later days.",
        first=first,
        share=percent(model.refunds, digits=1),
    )


def total(found: Total, *, days: int, currency: str, who: Bilingual) -> Message:
    """Say what all customers together are expected to spend."""
    return _(
        "Over the {days} days after the data ends, {who} are expected to spend {value} in total; the 95% interval goes "
        "from {low} to {high}.",
        days=count(days),
        who=who,
        value=_rounded(found.value, currency),
        low=_rounded(found.low, currency),
        high=_rounded(found.high, currency),
    )


def _rounded(value: float, currency: str) -> Any:
    """Write an amount to three significant figures."""
    places = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return money(round(value, places), currency, digits=max(0, min(places, 2)))


def concentration(values: pd.Series, share: float, *, until: date, days: int, who: Bilingual) -> dict[str, Any]:
    """Caption the figure of the expected spend by customer: finding, what, alt, source."""
    return {
        "finding": _(
            "The most valuable fifth of {who} are expected to bring {share} of the spend", who=who, share=percent(share)
        ),
        "what": _(
            "Share of the spend expected over {days} days, by share of {who}, most valuable first",
            days=count(days),
            who=who,
        ),
        "alt": _(
            "A curve above the diagonal: the first fifth of {who} holds {share} of the expected spend.",
            who=who,
            share=percent(share),
        ),
        "source": _("{n} {who} who had bought by {until}.", n=count(len(values)), who=who, until=day(until)),
    }


def at_stake(risk: pd.DataFrame, *, currency: str, days: int) -> Message:
    """Say how much of the spend is at stake among active customers, and where it lies."""
    active = risk[risk["band"] != "silent"]
    whole = active["at_stake"].sum()
    return _(
        "Weigh the chance by the spend: of {spent} that the active ones spent in the last {days} days, {at_stake} is "
        "at stake. The tenth with the highest chance holds {first} of that, the next two tenths {second}.",
        spent=_rounded(active["spent"].sum(), currency),
        days=count(days),
        at_stake=_rounded(whole, currency),
        first=percent(active["at_stake"].iloc[0] / whole),
        second=percent(active["at_stake"].iloc[1] / whole),
    )
