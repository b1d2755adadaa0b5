"""Who is compared, and when."""

PLACES = {"table": ("design", 10), "figure": ("design", 20)}
BY_PERIOD = ()
NEEDS = {"sectors_map": ("map",)}
