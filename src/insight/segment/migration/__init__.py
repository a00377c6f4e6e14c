"""How customers move between stages, whether stages predicted what followed, and the sizes to come."""
