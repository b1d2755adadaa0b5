"""The share of shootings that are fatal."""

PLACES = {"table": ("outcomes", 20)}
NEEDS = ("parts",)
