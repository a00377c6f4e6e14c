"""What became of the customers: what moved value, which aims were reached, what service is like."""
