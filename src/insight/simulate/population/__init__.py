"""Who lives in the town of the bank."""
