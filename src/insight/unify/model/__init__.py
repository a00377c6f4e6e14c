"""How likely two records are one person."""
