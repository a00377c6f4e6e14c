"""Who is about to leave, what customers are worth: with intervals, baselines and a test on the past."""
