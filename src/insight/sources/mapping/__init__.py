"""From rows of text to canonical tables: typed by rule, every fault named."""
