"""Who is about to leave and what customers are worth: with an interval, a baseline, and a test on the past."""
