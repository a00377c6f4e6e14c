"""Offers and campaigns of the bank."""
