"""Which donors make up the comparison."""

PLACES = {"table": ("comparison", 10), "figure": ("comparison", 20)}
BY_PERIOD = ()
NEEDS = {"weights_map": ("map",)}
