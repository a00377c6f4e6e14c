"""Counted facts about each customer as of a day; the tag library; portraits of groups."""
