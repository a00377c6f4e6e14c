"""From raw customer records to decisions, and back from what the decisions brought."""
