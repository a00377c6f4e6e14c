"""Which records are compared, and how alike they are."""
