"""The revised cells that move the effect most, each by itself."""

PLACES = {"table": ("releases", 30)}
NEEDS = ("releases",)
