"""Bounds that allow trends to differ as much as they did before."""

PLACES = {"table": ("time", 100)}
NEEDS = ("counts",)
