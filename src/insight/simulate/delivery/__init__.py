"""What the bank delivers of its world."""
