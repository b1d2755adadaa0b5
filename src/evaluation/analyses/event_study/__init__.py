"""Effects by period, before and after the start."""

PLACES = {"figure": ("time", 80)}
BY_PERIOD = ()
NEEDS = ("counts",)
