"""Our interval beside the effects published for such programmes elsewhere."""

PLACES = {"table": ("literature", 20), "figure": ("literature", 10)}
BY_PERIOD = ()
DRAWN = {"literature_effects": "literature"}
NEEDS = ("literature",)
