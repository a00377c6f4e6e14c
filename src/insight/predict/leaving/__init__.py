"""Leaving in more than one sense: who closes, who falls silent, each within so many months."""
