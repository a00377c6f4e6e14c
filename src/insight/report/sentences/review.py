"""Sentences of notebook 60: what campaigns reached and brought, and what the comparison cannot say."""

from datetime import date

import pandas as pd

from insight.report.language import Message, _, _n, count, day, interval, money, number, percent
from insight.report.sentences.known_names import in_words
from insight.report.sentences.review_added import added_finding
from insight.review.reach import name_of_round

_VERDICTS = {
    "compared": _("compared"),
    "began before the data": _("began before the data"),
    "not finished": _("not finished when the data end"),
    "too little before it": _("too few weeks of data before it"),
    "few contacted": _("too few contacted"),
    "few to compare with": _("too few to compare with"),
    "not shown": _("no effect shown"),
    "doubtful": _("doubtful"),
    "plausible": _("plausible"),
}
_TRAITS = {
    "spend_1": _("spend, last weeks before"),
    "visits": _("purchase days before"),
    "discount": _("discounts before"),
    "spend_long": _("spend, long run"),
    "visits_long": _("purchase days, long run"),
    "other_campaigns": _("other campaigns at the time"),
}


def verdict_name(verdict: str) -> Message:
    """Put a verdict into words."""
    return _VERDICTS[verdict]


def trait_name(trait: str) -> Message:
    """Put what customers are compared by into words.

    Examples
    --------
    >>> str(trait_name("spend_2")), str(trait_name("spend_long"))
    ('spend, weeks before that (2)', 'spend, long run')
    """
    if trait in _TRAITS:
        return _TRAITS[trait]
    return _("spend, weeks before that ({n})", n=count(int(trait.removeprefix("spend_"))))


def campaign_name(campaign_id: str, name: str | None) -> Message | str:
    """Name a campaign as the business does, else by its id."""
    if not isinstance(name, str) or not name:
        return _("campaign {id}", id=campaign_id)
    bare = name_of_round(name)
    month = name.removesuffix(bare).strip()
    return _("{month} {offer}", month=month, offer=in_words(bare)) if month else in_words(bare)


def reach_finding(kinds: pd.DataFrame) -> Message:
    """Say which kind of campaign is answered most.

    Examples
    --------
    >>> kinds = pd.DataFrame({"kind": ["A", "B"], "response_rate": [0.166, 0.065],
    ...                       "response_low": [0.154, 0.056], "response_high": [0.178, 0.076]})
    >>> str(reach_finding(kinds))
    'A is answered most: by 17% of those contacted, against 6% or less elsewhere'
    """
    known = kinds[kinds["response_rate"].notna()].sort_values("response_rate", ascending=False)
    best = known.iloc[0]
    if len(known) == 1:
        return _("{share} of those contacted answered", share=percent(best["response_rate"]))
    values = {"kind": in_words(best["kind"]), "share": percent(best["response_rate"])}
    if best["response_low"] > known["response_high"].iloc[1]:
        rest = percent(known["response_rate"].iloc[1])
        return _(
            "{kind} is answered most: by {share} of those contacted, against {rest} or less elsewhere",
            **values,
            rest=rest,
        )
    last = known.iloc[-1]
    if best["response_low"] > last["response_high"]:
        least = {"last": in_words(last["kind"]), "least": percent(last["response_rate"])}
        return _("{kind} is answered most, by {share} of those contacted, {last} least, by {least}", **values, **least)
    return _("The kinds are answered alike: {kind} most, by {share} of those contacted", **values)


def reach_so_what(reach: pd.DataFrame, *, people: int, customers: int, who, added=None) -> Message:
    """Say how widely and how often customers were contacted, and what that added to the answers, if measured."""
    contacts = int(reach["contacted"].sum())
    if added is not None and len(added):
        return added_finding(added)
    return _n(
        "{n} campaign contacted {people} of {customers} {who}. An answer is not yet a gain: what is redeemed might "
        "have been bought anyway, and that is the question of the next sections.",
        "{n} campaigns contacted {people} of {customers} {who}, each {times} times on average. An answer is not yet "
        "a gain: what is redeemed might have been bought anyway, and that is the question of the next sections.",
        len(reach),
        people=count(people),
        customers=count(customers),
        who=who,
        times=number(contacts / max(people, 1), digits=1),
    )


def reach_mind(reach: pd.DataFrame) -> Message:
    """Say which campaigns are only seen in part."""
    cut = int(reach["verdict"].isin(["not finished", "began before the data"]).sum())
    if not cut:
        return _("All campaigns lie within the data, so no answer is missing for being too early or too late.")
    return _n(
        "{n} campaign began before the data or had not ended with them: some of its answers are not seen.",
        "{n} campaigns began before the data or had not ended with them: some of their answers are not seen.",
        cut,
    )


def nothing_recorded() -> Message:
    """Say that no kind of campaign has enough answers on record."""
    return _("Not shown: too few answers are on record.")


def nothing_compared() -> Message:
    """Say that no campaign can be compared."""
    return _(
        "No campaign can be compared: it takes thirty contacted, thirty others, a finished campaign, and enough "
        "weeks before it. The table says what is missing for each."
    )


def balance_finding(balance: pd.DataFrame) -> Message:
    """Say how different the two sides were, and are after weighting.

    Examples
    --------
    >>> balance = pd.DataFrame({"trait": ["spend_long"], "before": [1.1], "after": [0.0]})
    >>> str(balance_finding(balance))
    'Contacted customers were very different; after weighting they are comparable in what we know of them'
    """
    if max(balance["before"].max(), balance["after"].max()) <= 0.1:
        return _("Contacted and others were alike before the campaigns in what we know of them, weighted or not")
    if balance["after"].max() > 0.1:
        return _("Contacted customers were different, and weighting does not make them quite comparable")
    if balance["before"].max() > 0.5:
        return _("Contacted customers were very different; after weighting they are comparable in what we know of them")
    return _("Contacted customers were not very different; after weighting they are comparable in what we know of them")


def balance_so_what(spend: tuple[float, float, float], *, currency: str, drawn: bool = False) -> Message:
    """Say why a plain comparison would mislead, or would not: mean spend of contacted, others, comparable."""
    contacted, others, comparable = spend
    if drawn:
        return _(
            "Before the campaigns, contacted customers spent {contacted} a week and those held out {others}. After "
            "weighting both spent {comparable}: what differs from then on has begun with the campaign.",
            contacted=money(contacted, currency),
            others=money(others, currency),
            comparable=money(comparable, currency),
        )
    return _(
        "Before the campaigns, contacted customers spent {contacted} a week and the others {others}: to compare the "
        "two as they are would credit campaigns with what was there before. Among those who are comparable, both "
        "spent {comparable}.",
        contacted=money(contacted, currency),
        others=money(others, currency),
        comparable=money(comparable, currency),
    )


def balance_mind(*, drawn: bool) -> Message:
    """Say what balance cannot promise; ``drawn`` when all campaigns held customers out by lot."""
    if drawn:
        return _(
            "The comparison is with customers held out on purpose. If they were drawn by lot, the two sides are "
            "alike in what is not known as well, and the weighting only sharpens the comparison."
        )
    return _(
        "They are alike in what we measured. What whoever chose them knew beyond that, such as who was about to buy "
        "more, cannot be balanced, and nothing here can rule it out."
    )


def path_finding(path: pd.DataFrame, *, currency: str) -> Message:
    """State the gap in the first weeks of a campaign beside that of as many weeks before it.

    Examples
    --------
    >>> path = pd.DataFrame({"contacted": [10.0, 12.0], "comparable": [10.5, 11.0]}, index=[-1, 0])
    >>> str(path_finding(path, currency="USD"))
    'In the first week of a campaign the contacted spend $1.00 more than comparable ones; in the week before, −$0.50'
    """
    gap = path["contacted"] - path["comparable"]
    weeks = int((gap.index >= 0).sum())
    after, before = float(gap[gap.index >= 0].mean()), float(gap[(gap.index < 0) & (gap.index >= -weeks)].mean())
    values = {"size": money(abs(after), currency), "before": money(round(before, 2) + 0.0, currency)}
    if after >= 0:
        return _n(
            "In the first week of a campaign the contacted spend {size} more than comparable ones; in the week "
            "before, {before}",
            "In the first {n} weeks of a campaign the contacted spend {size} a week more than comparable ones; in "
            "the {n} before, {before}",
            weeks,
            **values,
        )
    return _n(
        "In the first week of a campaign the contacted spend {size} less than comparable ones; in the week before, "
        "{before}",
        "In the first {n} weeks of a campaign the contacted spend {size} a week less than comparable ones; in the "
        "{n} before, {before}",
        weeks,
        **values,
    )


def effect_finding(pooled, *, currency: str) -> Message:
    """State the pooled effect with its interval."""
    values = _in_money(pooled.effect, currency)
    if pooled.effect.sign > 0:
        return _(
            "During the campaigns, contacted customers spent {value} a week more than comparable ones: {range}",
            **values,
        )
    if pooled.effect.sign < 0:
        return _(
            "During the campaigns, contacted customers spent {value} a week less than comparable ones: {range}",
            **values,
        )
    return _(
        "During the campaigns, contacted customers spent no clearly different amount: {signed} a week, {range}",
        **values,
    )


def effect_so_what(pooled, *, currency: str) -> Message:
    """Put the effect beside what the contacted spend, and point to its test."""
    return _(
        "That is {share} of the {spend} a week that the contacted spent. Whether the campaigns did it is for the "
        "next section: it runs the same comparison where they cannot have.",
        share=percent(pooled.effect.value / max(pooled.spend_per_week, 0.01), digits=1),
        spend=money(pooled.spend_per_week, currency),
    )


def placebo_finding(pooled, *, currency: str) -> Message:
    """Say whether the method finds an effect where there was none."""
    values = _in_money(pooled.placebo, currency)
    if pooled.placebo.sign:
        return _(
            "The same method finds a difference of {signed} a week before the campaigns began, when there was none "
            "to find",
            **values,
        )
    return _(
        "Before the campaigns began, the same method finds nothing clear, as it should: {signed} a week, {range}",
        **values,
    )


def verdict_so_what(pooled, *, currency: str, drawn: bool = False) -> Message:
    """Say what may be concluded, as the effect and its test on the past allow."""
    effect, left = _in_money(pooled.effect, currency), _in_money(pooled.net, currency)
    values = {"effect": effect["signed"], "range": effect["range"], "left": left["signed"], "left_range": left["range"]}
    if drawn and pooled.verdict != "not shown":
        return _(
            "Those held out were drawn by lot, so the {effect} a week per contacted customer ({range}) are the "
            "campaigns’ own, up to chance. When what is found before is deducted, {left} is left, {left_range}.",
            **values,
        )
    if pooled.verdict == "plausible":
        return _(
            "An effect of {effect} a week per contacted customer ({range}) is plausible: nothing was there before, "
            "and {left} is left when it is deducted. Confirm it with a hold-out before it is planned with.",
            **values,
        )
    if pooled.verdict == "doubtful":
        return _(
            "Do not book the {effect} a week as a gain. Deduct what the method finds without any campaign, and "
            "{left} is left, {left_range}: the effect cannot be told from the way customers were chosen.",
            **values,
        )
    return _(
        "No effect on spending is shown: {effect} a week per contacted customer, {range}. That is not proof that "
        "there was none; an effect within the interval may be there.",
        **values,
    )


def verdict_mind(*, drawn: bool) -> Message:
    """Say what the comparison cannot say; ``drawn`` when all campaigns held customers out by lot."""
    if drawn:
        return _(
            "The comparison is with customers held out on purpose: it holds as far as they were drawn by lot. It "
            "cannot say whether contacted and others influenced each other, and costs and margins are not known, so "
            "neither is profit."
        )
    return _(
        "Nobody drew by lot who was contacted. So this cannot say what the same customers would have done without "
        "the campaign; whether contacted and others influenced each other; or which of several campaigns at a time "
        "did it. Costs and margins are not known, so neither is profit."
    )


def detect_so_what(frame: pd.DataFrame, *, currency: str, drawn: bool = False) -> Message:
    """Say what a hold-out would show.

    Examples
    --------
    >>> frame = pd.DataFrame({"share": [0.1, 0.5], "contacted": [900, 500], "held_out": [100, 500],
    ...                       "smallest": [6.0, 3.6], "relative": [0.1, 0.06]})
    >>> str(detect_so_what(frame, currency="USD"))[:90]
    'Hold out customers at random in the next campaign. A tenth or so of one like the largest ('
    """
    few, many = frame.iloc[0], frame.iloc[-1]
    if drawn:
        return _(
            "Keep holding customers out at random, and more of them where spending is the question: a tenth of a "
            "campaign like the largest ({few}) shows an effect of {large} a week or more ({large_share} of spend), "
            "half of it ({many}) {small} ({small_share}). Smaller effects take several campaigns added up.",
            few=count(few["held_out"]),
            large=money(few["smallest"], currency),
            large_share=percent(few["relative"]),
            many=count(many["held_out"]),
            small=money(many["smallest"], currency),
            small_share=percent(many["relative"]),
        )
    return _(
        "Hold out customers at random in the next campaign. A tenth or so of one like the largest ({few}) would "
        "show an effect of {large} a week or more ({large_share} of spend), half of it ({many}) {small} "
        "({small_share}). Smaller effects take several campaigns added up.",
        few=count(few["held_out"]),
        large=money(few["smallest"], currency),
        large_share=percent(few["relative"]),
        many=count(many["held_out"]),
        small=money(many["smallest"], currency),
        small_share=percent(many["relative"]),
    )


def lead(reach: pd.DataFrame, pooled, *, people: int, currency: str, who, added=None, drawn: bool = False) -> Message:
    """Answer the page's question in two or three sentences; ``added`` are the answers beside hold-outs, if any."""
    first = _n(
        "{n} campaign reached {people} {who}.",
        "{n} campaigns reached {people} {who}.",
        len(reach),
        people=count(people),
        who=who,
    )
    if pooled is None:
        return _("{first} {second}", first=first, second=nothing_compared())
    if added is not None and len(added):
        first = _("{first} {second}", first=first, second=added_finding(added))
    return _("{first} {second}", first=first, second=answer(pooled, currency=currency, drawn=drawn))


def answer(pooled, *, currency: str, drawn: bool = False) -> Message:
    """Say what the campaigns brought, no surer than the interval and the test on the past allow."""
    values = _in_money(pooled.effect, currency)
    if pooled.verdict == "not shown":
        return _("That they changed what customers spend cannot be shown: {signed} a week, {range}.", **values)
    more = _("Contacted customers spent {value} a week more than comparable ones, {range}.", **values)
    less = _("Contacted customers spent {value} a week less than comparable ones, {range}.", **values)
    first = more if pooled.effect.sign > 0 else less
    if drawn:
        second = _("They were compared with customers held out by lot.")
    elif pooled.verdict == "plausible":
        second = _("Nothing of the kind was there before: an effect is plausible, though nobody drew lots.")
    else:
        second = _(
            "But the same method finds {placebo} in the weeks before, when there was nothing to find: what the "
            "campaigns themselves brought cannot be told.",
            placebo=_in_money(pooled.placebo, currency)["signed"],
        )
    return _("{first} {second}", first=first, second=second)


def source(first: date, last: date, *, campaigns: int, contacts: int) -> Message:
    """Name the data under a figure."""
    return _(
        "Purchases from {first} to {last}; {campaigns} campaigns, {contacts} contacts.",
        first=day(first),
        last=day(last),
        campaigns=count(campaigns),
        contacts=count(contacts),
    )


def _in_money(effect, currency: str) -> dict:
    bounds = interval(money(effect.low, currency), money(effect.high, currency), level=0.95)
    return {"value": money(abs(effect.value), currency), "signed": money(effect.value, currency), "range": bounds}
