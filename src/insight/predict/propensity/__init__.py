"""Who will buy which product group."""
