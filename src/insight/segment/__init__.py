"""Value tiers, behaviour groups, lifecycle stages, and how customers move between them."""
