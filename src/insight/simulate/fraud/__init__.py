"""Fraud: what thieves do with cards, what the bank sees of it, and how sure somebody who knew all else could be."""
