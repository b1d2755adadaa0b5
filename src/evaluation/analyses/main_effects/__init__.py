"""The effects of every outcome."""

PLACES = {"table": ("results", 10)}
