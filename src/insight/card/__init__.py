"""A credit card's life, from the first question to the farewell."""
