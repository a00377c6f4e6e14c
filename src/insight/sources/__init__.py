"""What arrives: each source as it was delivered, with the place of every row."""
