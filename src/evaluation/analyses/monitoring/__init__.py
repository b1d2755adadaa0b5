"""What looking every month has shown so far, against one boundary for all looks."""

PLACES = {"table": ("monitoring", 20), "figure": ("monitoring", 10)}
BY_PERIOD = ("monitoring_path",)
NEEDS = ("monitoring",)
