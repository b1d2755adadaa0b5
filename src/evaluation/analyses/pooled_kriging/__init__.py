"""All programme sectors together, each predicted from its own past."""

PLACES = {"table": ("scale_up", 20), "figure": ("scale_up", 30)}
BY_PERIOD = ()
NEEDS = ("counts", "programme")
