"""Which records are of the same person: standardised, linked without labels, clustered, scored."""

from insight.unify.link import Linked, LinkSettings, link_records
from insight.unify.score import curve, score

__all__ = ["LinkSettings", "Linked", "curve", "link_records", "score"]
