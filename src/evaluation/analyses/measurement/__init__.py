"""The effect under other ways to count."""

PLACES = {"table": ("measurement", 10)}
NEEDS = ("variants",)
