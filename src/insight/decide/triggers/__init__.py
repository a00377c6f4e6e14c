"""Messages that an event sets off: which fall due, what they would have met over history, the next day's list."""
