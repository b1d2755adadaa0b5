"""Effects in the zones around the sector."""

PLACES = {"table": ("spillover", 10), "figure": ("spillover", 20)}
BY_PERIOD = ("spillover_rings",)
NEEDS = {"": ("counts", "neighbours"), "spillover_rings": ("rings",)}
