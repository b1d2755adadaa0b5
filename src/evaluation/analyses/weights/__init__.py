"""Which donors make up the comparison."""

PLACES = {"table": ("comparison", 10), "figure": ("comparison", 20)}
BY_PERIOD = ()
DRAWN = {"weights_map": ("outcome", "unit")}
NEEDS = {"weights_map": ("map",)}
