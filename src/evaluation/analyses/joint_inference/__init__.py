"""All specifications as one test."""

PLACES = {"table": ("specifications", 30)}
NEEDS = ("counts",)
