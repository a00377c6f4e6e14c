"""The contracts of the canonical tables, one module a subject."""
