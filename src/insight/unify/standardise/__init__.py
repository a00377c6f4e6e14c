"""Values of people in one form."""
