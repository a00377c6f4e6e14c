"""Names that notebook 30 shows: value tiers, stages, and groups by what sets them apart."""

from insight.report.language import Message, _, count
from insight.report.sentences.known_names import in_words

_TIERS = {"top": _("top"), "middle": _("middle"), "base": _("base")}
_STAGES = {
    "new": _("new"),
    "growing": _("growing"),
    "active": _("active"),
    "won_back": _("won back"),
    "drifting": _("drifting"),
    "lapsed": _("lapsed"),
    "none": _("not yet a customer"),
}
_TRAITS = {
    "often": (_("come often"), _("come seldom")),
    "basket": (_("large purchases"), _("small purchases")),
    "range": (_("wide range"), _("few categories")),
    "promoted": (_("buy on promotion"), _("seldom buy on promotion")),
    "discount": (_("look for discounts"), _("seldom take discounts")),
    "weekend": (_("shop on weekends"), _("shop on weekdays")),
    "morning": (_("shop in the morning"), _("seldom shop in the morning")),
    "evening": (_("shop in the evening"), _("seldom shop in the evening")),
}
_AXES = {
    "often": _("purchase days per month"),
    "basket": _("mean purchase"),
    "range": _("number of categories"),
    "promoted": _("bought on promotion"),
    "discount": _("discount granted"),
    "weekend": _("on weekends"),
    "morning": _("in the morning"),
    "evening": _("in the evening"),
}
CATEGORY = "category:"


def tier_name(tier: str) -> Message:
    """Name a value tier.

    Examples
    --------
    >>> str(tier_name("base"))
    'base'
    """
    return _TIERS[tier]


def stage_name(stage: str) -> Message:
    """Name a lifecycle stage.

    Examples
    --------
    >>> str(stage_name("won_back"))
    'won back'
    """
    return _STAGES[stage]


def trait_axis(trait: str) -> Message:
    """Name what a trait measures.

    Examples
    --------
    >>> str(trait_axis("often")), str(trait_axis("category:BEEF"))
    ('purchase days per month', 'share of BEEF')
    """
    if trait.startswith(CATEGORY):
        return _("share of {category}", category=in_words(trait.removeprefix(CATEGORY)))
    return _AXES[trait]


def _trait(trait: str, is_high: bool) -> Message:
    if trait.startswith(CATEGORY):
        text = _("much {category}") if is_high else _("little {category}")
        return Message(text.text, {"category": in_words(trait.removeprefix(CATEGORY))})
    return _TRAITS[trait][0 if is_high else 1]


def group_name(traits: list[tuple[str, bool]]) -> Message:
    """Name a group by what sets it apart, most telling first.

    Examples
    --------
    >>> str(group_name([("range", False), ("often", False)])), str(group_name([]))
    ('few categories and come seldom', 'like everyone')
    """
    if not traits:
        return _("like everyone")
    name = _trait(*traits[0])
    for trait in traits[1:]:
        name = _("{traits} and {trait}", traits=name, trait=_trait(*trait))
    return name


def group_label(letter: str, name) -> Message:
    """Put a group's letter before its name.

    Examples
    --------
    >>> str(group_label("A", "come often"))
    'A · come often'
    """
    return _("{letter} · {name}", letter=letter, name=name)


def score_name(score: int, tiers: int) -> Message:
    """Name a score of the recency, frequency and money grid.

    Examples
    --------
    >>> str(score_name(1, 5)), str(score_name(3, 5)), str(score_name(5, 5))
    ('1 lowest', '3', '5 highest')
    """
    if score == 1:
        return _("{score} lowest", score=count(score))
    return _("{score} highest", score=count(score)) if score == tiers else _("{score}", score=count(score))
