"""The files that the figures come from."""

PLACES = {"table": ("data", 5)}
