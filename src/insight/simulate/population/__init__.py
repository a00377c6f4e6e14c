"""The people of the simulated market: families, names, addresses, behaviour."""
