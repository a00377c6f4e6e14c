"""Findings of a card's life: its steps, and what it risks."""
