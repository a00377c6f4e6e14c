"""Who leaves, by a flat table with one row per customer and a column that says who left."""
