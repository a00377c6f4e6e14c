"""What keeps personal values inside the vault."""
