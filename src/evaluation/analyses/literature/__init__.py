"""Our interval beside the effects published for such programmes elsewhere."""

PLACES = {"table": ("literature", 20), "figure": ("literature", 10)}
BY_PERIOD = ()
NEEDS = ("literature",)
