"""How right linking is, and what its errors cost."""
