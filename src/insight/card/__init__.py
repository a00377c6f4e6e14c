"""A credit card's life, from application to closure."""
