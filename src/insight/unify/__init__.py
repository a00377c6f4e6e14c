"""Which records are of the same person: standardised, linked without labels, clustered, scored."""
