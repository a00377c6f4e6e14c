"""What happens to customers and their cards."""
