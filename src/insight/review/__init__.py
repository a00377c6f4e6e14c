"""Campaign review: reach, response rates, incremental responses, and effects on spend against comparable customers."""
