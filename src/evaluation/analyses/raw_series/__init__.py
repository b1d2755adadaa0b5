"""The counts themselves."""

PLACES = {"figure": ("results", 30)}
BY_PERIOD = ("raw_series",)
NEEDS = ("counts",)
