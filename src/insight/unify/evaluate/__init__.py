"""How accurate linking is, and what its errors cost."""
