"""Other events at the same time: without their months, places or borough."""

PLACES = {"table": ("spillover", 40)}
NEEDS = ("counts", "events")
