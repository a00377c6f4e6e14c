"""Ids that stay, and the golden record."""
