"""The counts themselves."""

PLACES = {"figure": ("results", 30)}
BY_PERIOD = ("raw_series",)
DRAWN = {"raw_series": ("estimator", "unit")}
NEEDS = ("counts",)
