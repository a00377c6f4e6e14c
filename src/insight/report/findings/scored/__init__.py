"""Findings of what is scored against a known truth."""
