"""Standardised values of people: names, dates, phones, addresses."""
