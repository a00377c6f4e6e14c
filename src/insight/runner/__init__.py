"""Notebooks in order, each only when something it depends on has changed."""
