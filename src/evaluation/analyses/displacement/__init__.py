"""Weighted displacement quotients of the rings."""

PLACES = {"table": ("spillover", 30)}
NEEDS = ("rings",)
