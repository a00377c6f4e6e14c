"""Uplift of response in randomised contacts with several offers, and what a response is worth."""
