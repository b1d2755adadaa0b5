"""The published change, computed again from the counts."""

PLACES = {"table": ("headline_audit", 10)}
NEEDS = ("claims",)
