"""Every test of the primary outcome, and how far it may be believed."""

PLACES = {"table": ("inference", 10)}
