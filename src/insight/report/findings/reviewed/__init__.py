"""Findings of the read-out of offers in the campaign review."""
