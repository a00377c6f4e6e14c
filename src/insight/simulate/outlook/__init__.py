"""The year ahead in expectation: what each customer brings the bank, with each offer and when left alone."""
