"""Tags: the library, its conditions and dictionary, and how good each tag is."""
