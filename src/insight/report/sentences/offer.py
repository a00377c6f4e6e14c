"""Sentences of notebook 50: what to offer to whom, how sure we are, and what the list cannot say."""

from datetime import date

import pandas as pd

from insight.report.language import Message, _, count, day, interval, money, number, percent
from insight.report.sentences.known_names import in_words

_NAMES = {
    "model": _("the model"),
    "own habit": _("own habit"),
    "most popular": _("most popular"),
    "other groups": _("other groups"),
    "offered": _("considered"),
    "beyond the limit": _("bought by fewer, beyond the limit"),
    "few buyers": _("too few buyers"),
    "excluded": _("never offered, by parameter"),
}


def ranking_name(name: str) -> Message | str:
    """Name a ranking, a verdict or the rest of the groups; names from the data stay as they are."""
    return _NAMES.get(name) or in_words(name)


def too_little() -> Message:
    """Say why there is no model.

    Examples
    --------
    >>> str(too_little())[:38]
    'There is too little to learn from here'
    """
    return _(
        "There is too little to learn from here: it takes two product groups, fifty customers, and three times the "
        "weeks ahead of history. So nothing is ranked and the list is empty."
    )


def groups_finding(groups: pd.DataFrame, *, customers: int, who) -> Message:
    """Say which groups are considered, and how widely the first is bought.

    Examples
    --------
    >>> groups = pd.DataFrame({"product_group": ["milk", "rye"], "customers": [90, 2],
    ...                        "verdict": ["offered", "few buyers"]})
    >>> str(groups_finding(groups, customers=100, who="households"))
    '1 of 2 product groups considered; most widely bought is milk, by 90% of households'
    """
    offered = groups[groups["verdict"] == "offered"]
    return _(
        "{n} of {all} product groups considered; most widely bought is {group}, by {share} of {who}",
        n=count(len(offered)),
        all=count(len(groups)),
        group=in_words(offered.iloc[0]["product_group"]),
        share=percent(offered.iloc[0]["customers"] / customers),
        who=who,
    )


def groups_so_what(groups: pd.DataFrame, *, from_coupons: bool) -> Message:
    """Say where the groups come from and how much of the sales they stand for.

    Examples
    --------
    >>> groups = pd.DataFrame({"sales": [80.0, 20.0], "verdict": ["offered", "few buyers"]})
    >>> str(groups_so_what(groups, from_coupons=True)).partition(";")[0]
    'A list can be aimed with the groups that make up 80% of the sales of everything that coupons have covered'
    """
    share = percent(groups.loc[groups["verdict"] == "offered", "sales"].sum() / groups["sales"].sum())
    if from_coupons:
        return _(
            "A list can be aimed with the groups that make up {share} of the sales of everything that coupons have "
            "covered; the rest is bought too rarely, or by too few, to be foreseen one by one.",
            share=share,
        )
    return _(
        "No past offer names a category, so all of them count; those considered make up {share} of their sales.",
        share=share,
    )


def ranking_finding(quality: pd.DataFrame, *, k: int) -> Message:
    """Say whether the model ranks better than popularity.

    Examples
    --------
    >>> quality = pd.DataFrame({"ranking": ["model", "own habit", "most popular"], "map": [0.65, 0.64, 0.56],
    ...                         "lead_low": [0, -0.01, 0.08], "lead_high": [0, 0.02, 0.1]})
    >>> str(ranking_finding(quality, k=5))
    'The model ranks what is bought next better than popularity does: MAP@5 of 0.65 against 0.56'
    """
    model, popular = _row(quality, "model"), _row(quality, "most popular")
    values = {"k": count(k), "model": number(model["map"], digits=2), "popular": number(popular["map"], digits=2)}
    if popular["lead_low"] > 0:
        return _(
            "The model ranks what is bought next better than popularity does: MAP@{k} of {model} against {popular}",
            **values,
        )
    return _(
        "The model does not rank what is bought next better than popularity: MAP@{k} of {model} against {popular}",
        **values,
    )


def ranking_so_what(quality: pd.DataFrame) -> Message:
    """Say whether the model is worth its trouble over the plain rule of own habit.

    Examples
    --------
    >>> quality = pd.DataFrame({"ranking": ["model", "own habit"], "map": [0.65, 0.64],
    ...                         "lead": [0, 0.012], "lead_low": [0, 0.005], "lead_high": [0, 0.02]})
    >>> str(ranking_so_what(quality))[:62]
    'A plain rule, to offer what the customer has bought most often'
    """
    habit = _row(quality, "own habit")
    values = {
        "habit": number(habit["map"], digits=2),
        "lead": number(habit["lead"], digits=3),
        "range": interval(number(habit["lead_low"], digits=3), number(habit["lead_high"], digits=3), level=0.95),
    }
    if habit["lead_low"] > 0:
        return _(
            "A plain rule, to offer what the customer has bought most often, gets {habit}. The model adds {lead} to "
            "it, {range}: real, but where a model is hard to run, the rule gives most of the gain.",
            **values,
        )
    if habit["lead_high"] < 0:
        return _(
            "A plain rule, to offer what the customer has bought most often, gets {habit} and ranks better than the "
            "model ({lead}, {range}). Rank by the rule; the model’s chances are still needed for the list.",
            **values,
        )
    return _(
        "A plain rule, to offer what the customer has bought most often, gets {habit}; the model adds {lead}, "
        "{range}, which may be nothing. The rule does as well for ranking; the model’s chances are still needed for "
        "the list.",
        **values,
    )


def ranking_mind(quality: pd.DataFrame, *, weeks: int, who) -> Message:
    """Say who is not counted, and what a good ranking does not mean."""
    return _(
        "Counted are the {n} {who} who bought from any of the groups in the last {weeks} weeks. To foresee what "
        "somebody buys is not to bring it about: most of it would be bought without an offer.",
        n=count(quality["customers"].max()),
        who=who,
        weeks=count(weeks),
    )


def chances_finding(frame: pd.DataFrame) -> Message:
    """Say how far what was said is from what was seen, on average over customers and groups.

    Examples
    --------
    >>> str(chances_finding(pd.DataFrame({"said": [0.1, 0.9], "seen": [0.11, 0.85], "pairs": [300, 100]})))
    'The chances can be taken at their word: they are off by 2.0 percentage points on average'
    """
    gap = float(((frame["said"] - frame["seen"]).abs() * frame["pairs"]).sum() / frame["pairs"].sum()) * 100
    if gap <= 3:
        return _(
            "The chances can be taken at their word: they are off by {gap} percentage points on average",
            gap=number(gap, digits=1),
        )
    return _(
        "The chances order customers, but they are off by {gap} percentage points on average", gap=number(gap, digits=1)
    )


def chances_so_what(frame: pd.DataFrame) -> Message:
    """Say on which side the model errs, weighted by how often it said so."""
    bias = ((frame["said"] - frame["seen"]) * frame["pairs"]).sum() / frame["pairs"].sum()
    if abs(bias) < 0.01:
        return _(
            "Taken together, what was said and what was seen differ by less than one percentage point, so a chance "
            "times a basket is a fair forecast of sales."
        )
    if bias > 0:
        return _(
            "Taken together, the model says {gap} percentage points too much: expect a little less than the list "
            "promises.",
            gap=number(bias * 100, digits=1),
        )
    return _(
        "Taken together, the model says {gap} percentage points too little: expect a little more than the list "
        "promises.",
        gap=number(-bias * 100, digits=1),
    )


def rehearsal_finding(frame: pd.DataFrame, *, weeks: int) -> Message:
    """Say how often the earlier list would have been right.

    Examples
    --------
    >>> frame = pd.DataFrame({"way": ["model", "most popular"], "bought": [0.36, 0.12],
    ...                       "bought_low": [0.32, 0.1], "bought_high": [0.4, 0.15]})
    >>> str(rehearsal_finding(frame, weeks=4))
    'Written 4 weeks earlier, the list would have named the right group for 36% of those on it'
    """
    return _(
        "Written {weeks} weeks earlier, the list would have named the right group for {share} of those on it",
        weeks=count(weeks),
        share=percent(_row(frame, "model", "way")["bought"]),
    )


def rehearsal_so_what(frame: pd.DataFrame, *, currency: str) -> Message:
    """Compare the model's list with those of the plain ways of choosing."""
    model, habit, popular = (_row(frame, way, "way") for way in ("model", "own habit", "most popular"))
    values = {
        "model": money(model["sales"], currency),
        "popular": money(popular["sales"], currency),
        "habit": money(habit["sales"], currency),
        "habit_range": interval(money(habit["sales_low"], currency), money(habit["sales_high"], currency)),
    }
    first = _(
        "Those on it then spent {model} each on their group, against {popular} had everyone been offered what is "
        "most popular.",
        **values,
    )
    if model["sales_low"] <= habit["sales_high"] and habit["sales_low"] <= model["sales_high"]:
        second = _(
            "Choosing by own habit comes to {habit} ({habit_range}), no clear difference to the model.", **values
        )
    elif model["sales"] > habit["sales"]:
        second = _("Choosing by own habit comes to {habit} ({habit_range}), clearly less than the model.", **values)
    else:
        second = _(
            "Choosing by own habit comes to {habit} ({habit_range}), clearly more than the model: prefer it.", **values
        )
    return _("{first} {second}", first=first, second=second)


def rehearsal_mind() -> Message:
    """Say that nobody was contacted in the rehearsal."""
    return _(
        "Nobody was contacted for this rehearsal: these are purchases that came by themselves. What an offer adds "
        "to them is known only after a campaign with a hold-out."
    )


def list_sentence(chosen: pd.DataFrame, *, budget: float, currency: str, who) -> Message:
    """Say whom the budget reaches and how many of them are held out.

    Examples
    --------
    >>> chosen = pd.DataFrame({"is_holdout": [False, False, True], "cost": [1.0, 1.0, 0.0]})
    >>> str(list_sentence(chosen, budget=2.0, currency="USD", who="households"))
    'The list names 3 households, one offer each: 2 to be contacted for $2.00 of a budget of $2.00, 1 drawn at random \
not to be.'
    """
    held = int(chosen["is_holdout"].sum())
    return _(
        "The list names {n} {who}, one offer each: {contacted} to be contacted for {cost} of a budget of {budget}, "
        "{held} drawn at random not to be.",
        n=count(len(chosen)),
        who=who,
        contacted=count(len(chosen) - held),
        cost=money(float(chosen["cost"].sum()), currency),
        budget=money(budget, currency),
        held=count(held),
    )


def empty_list(*, contact_cost: float, currency: str) -> Message:
    """Say that nobody is worth a contact, or none is paid for."""
    return _(
        "The list is empty: no offer that may be made promises more sales than the {cost} of a contact, or the "
        "budget pays for none.",
        cost=money(contact_cost, currency),
    )


def nothing_to_send() -> Message:
    """Say in the lead that the list is empty."""
    return _("Nobody is to be contacted: the list is empty.")


def list_so_what(chosen: pd.DataFrame, consent: pd.DataFrame, *, weeks: int, currency: str) -> Message:
    """Say what the list is expected to buy, and what to do with the hold-out."""
    contacted = chosen[~chosen["is_holdout"]]
    act = _("Send it as it is, and leave the hold-out alone.")
    if not consent["asked"].all():
        act = _("Check consent, then send it as it is, and leave the hold-out alone.")
    expected = _(
        "We expect {buyers} of the contacted to buy from their group within {weeks} weeks, for about {sales}; only "
        "what they spend beyond the hold-out is due to the contact.",
        buyers=count(contacted["score"].sum()),
        weeks=count(weeks),
        sales=money(float(contacted["expected_sales"].sum()), currency, digits=0),
    )
    return _("{first} {second}", first=act, second=expected)


def holdout_mind(chosen: pd.DataFrame, smallest: float, *, currency: str) -> Message:
    """Say which effect this hold-out can show at all.

    Examples
    --------
    >>> chosen = pd.DataFrame({"is_holdout": [False, True], "expected_sales": [4.0, 4.0]})
    >>> str(holdout_mind(chosen, 3.1, currency="USD"))
    'A hold-out of 1 shows an effect only if it is $3.10 per customer or more, beside expected sales of $4.00. To see \
less, hold out more, or add up several campaigns.'
    """
    held = int(chosen["is_holdout"].sum())
    if not held:
        return _("Nobody is held out: what this campaign brings can then not be measured.")
    return _(
        "A hold-out of {held} shows an effect only if it is {smallest} per customer or more, beside expected sales "
        "of {sales}. To see less, hold out more, or add up several campaigns.",
        held=count(held),
        smallest=money(smallest, currency),
        sales=money(float(chosen["expected_sales"].mean()), currency),
    )


def list_mind(consent: pd.DataFrame, *, margin_known: bool, who) -> Message:
    """Say what the list does not know: consent, margin."""
    refused, unasked = int((~consent["allowed"]).sum()), int((~consent["asked"]).sum())
    if unasked == len(consent):
        permission = _("Nothing is known about consent.")
    elif unasked:
        permission = _(
            "{refused} {who} have refused contact and are not on the list; of {unasked} it is not known whether "
            "they agree.",
            refused=count(refused),
            unasked=count(unasked),
            who=who,
        )
    else:
        permission = _(
            "{refused} {who} have refused contact; none of them is on the list.", refused=count(refused), who=who
        )
    margin = _("Ranked by expected sales; what it costs when an offer is taken up is not yet deducted.")
    if not margin_known:
        margin = _("Ranked by expected sales, as margins are not known: what sells most need not earn most.")
    return _("{first} {second}", first=permission, second=margin)


def lead(chosen: pd.DataFrame, rehearsed: pd.DataFrame, *, currency: str, who) -> Message:
    """Answer the page's question in two sentences."""
    contacted = chosen[~chosen["is_holdout"]]
    model, popular = _row(rehearsed, "model", "way"), _row(rehearsed, "most popular", "way")
    first = _(
        "The budget reaches {n} {who}: one offer each, of the product group that promises most sales.",
        n=count(len(contacted)),
        who=who,
    )
    return _(
        "{first} In a rehearsal on the past, {model} of such a list bought from its group within weeks by "
        "themselves, against {popular} when everyone is offered what is popular; whether an offer adds to that, "
        "only the hold-out will show.",
        first=first,
        model=percent(model["bought"]),
        popular=percent(popular["bought"]),
    )


def source(as_of: date, *, customers: int, who) -> Message:
    """Name the data under a figure."""
    return _("Purchases up to {day}; n = {n} {who}.", day=day(as_of), n=count(customers), who=who)


def _row(frame: pd.DataFrame, name: str, column: str = "ranking") -> pd.Series:
    return frame.loc[frame[column] == name].iloc[0]
