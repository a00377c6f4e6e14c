"""Which records are of the same person: standardised, linked without labels, clustered, scored."""

from insight.unify.evaluate.score import curve, score
from insight.unify.link import Linked, LinkSettings, link_records

__all__ = ["LinkSettings", "Linked", "curve", "link_records", "score"]
