"""Figures, tables and sentences in the languages of a run, and the pages made of them."""

from insight.report import figures, sentences
from insight.report.display import say, setup, show, table
from insight.report.tables import Col

__all__ = ["Col", "figures", "say", "sentences", "setup", "show", "table"]
