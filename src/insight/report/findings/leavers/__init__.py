"""Findings of the churn notebooks about those who leave: care with the model, whom to keep, and when they leave."""
