"""What happened, and what similar units suggest? The one drawing that the first screen shows."""

PLACES = {"figure": ("answer", 10)}
BY_PERIOD = ("opening",)
DRAWN = {"opening": ("outcome", "estimator", "unit", "window", "inference")}
