"""Offers on trial: what each may gain by whom, the list within a budget, and what the policy would have brought."""
