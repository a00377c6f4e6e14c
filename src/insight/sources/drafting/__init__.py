"""A first description of a business from its files: what each column is, and how it is written."""
