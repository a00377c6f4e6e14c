"""When customers leave: survival curves, hazards of the coming months, and retention of cohorts in closed form."""
