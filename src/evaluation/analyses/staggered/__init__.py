"""All programme sectors together."""

PLACES = {"table": ("scale_up", 10)}
NEEDS = ("counts", "programme")
