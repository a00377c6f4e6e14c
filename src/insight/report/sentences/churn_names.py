"""What the scores, features and groups of the churn report are called."""

from insight.report.language import Message, _

_SCORES = {
    "boosting": _("boosted trees"),
    "logistic": _("logistic regression"),
    "chance_silent": _("purchase model: chance of silence"),
    "p_alive": _("purchase model: P(alive)"),
    "recency_days": _("days since last purchase"),
}
_FEATURES = {
    "recency_days": _("days since last purchase"),
    "tenure_days": _("days since first purchase"),
    "frequency": _("number of purchases"),
    "purchase_days": _("days with a purchase"),
    "monetary": _("amount spent"),
    "refunds": _("amount returned"),
    "gap_days_mean": _("mean days between purchases"),
    "gap_days_median": _("median days between purchases"),
    "basket_mean": _("spend per purchase"),
    "discount_share": _("discount share"),
    "promoted_share": _("share bought on promotion"),
    "weekend_share": _("share at weekends"),
    "morning_share": _("share in the morning"),
    "evening_share": _("share in the evening"),
    "spend_recent": _("recent spend"),
    "spend_before": _("spend before that"),
    "trend": _("trend of spend"),
    "categories": _("number of categories"),
    "silence_in_gaps": _("silence against own rhythm"),
    "chance_silent": _("purchase model: chance of silence"),
}
_BANDS = {
    "highest tenth": _("the tenth with the highest chance to leave"),
    "next two tenths": _("the next two tenths"),
    "other active": _("other active ones"),
    "silent": _("silent already"),
}


def score_name(name: str) -> Message:
    """Name a score as readers know it.

    Examples
    --------
    >>> str(score_name("p_alive"))
    'purchase model: P(alive)'
    """
    return _SCORES[name]


def feature_name(name: str) -> Message:
    """Name a feature as readers know it."""
    return _FEATURES[name]


def band_name(name: str) -> Message:
    """Name a band of :data:`insight.predict.churn.scoring.RISK_BANDS`."""
    return _BANDS[name]
