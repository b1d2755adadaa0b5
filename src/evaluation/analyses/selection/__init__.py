"""What choosing a sector by its own past does to the estimate."""

PLACES = {"table": ("time", 70)}
NEEDS = ("counts",)
