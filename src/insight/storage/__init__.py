"""Where tables are: whole, hashed, published together."""
