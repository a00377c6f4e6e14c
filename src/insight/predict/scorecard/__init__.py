"""A scorecard: what each band of a column is worth, points that add up on paper, and how well they rank."""
