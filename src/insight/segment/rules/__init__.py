"""If-then rules that reproduce the groups: what they look at, the shallow tree that they are, and SQL."""
