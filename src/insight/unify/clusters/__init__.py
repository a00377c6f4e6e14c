"""Pairs become customers."""
