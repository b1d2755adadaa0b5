"""Every combination of defensible choices."""

PLACES = {"figure": ("specifications", 10), "table": ("specifications", 20)}
BY_PERIOD = ()
