"""The effect under other start dates."""

PLACES = {"table": ("time", 20), "figure": ("time", 30)}
BY_PERIOD = ()
DRAWN = {"start_date_curve": ("estimator", "window")}
