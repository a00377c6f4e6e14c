"""Findings of flat tables, one row per customer."""
