"""How often donors would pass the gate, with and without a planted effect."""

PLACES = {"figure": ("power", 20), "table": ("power", 30)}
BY_PERIOD = ()
NEEDS = ("counts",)
