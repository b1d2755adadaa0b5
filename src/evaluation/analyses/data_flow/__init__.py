"""From raw rows to counted events."""

PLACES = {"table": ("data", 10)}
NEEDS = ("flow",)
