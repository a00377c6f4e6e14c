"""Every word that a report says: the catalogue, its texts in every language, numbers and names in them."""
