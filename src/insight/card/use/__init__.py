"""What becomes of a card once it is issued: whether it is used, for what, and its points."""
