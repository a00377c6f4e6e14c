"""What a business says of itself: its parameters, checked once."""
