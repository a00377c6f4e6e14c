"""The world: its draws, its calendar, its months."""
