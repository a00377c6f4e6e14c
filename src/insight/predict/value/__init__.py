"""What customers will buy and spend."""
