"""Clusters of scored pairs, corrected by reviewers' decisions."""
