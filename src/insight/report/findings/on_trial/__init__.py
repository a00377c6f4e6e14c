"""Findings of offers that were drawn by lot."""
