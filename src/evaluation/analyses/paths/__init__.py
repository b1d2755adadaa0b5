"""Observed and expected rates over time."""

PLACES = {"figure": ("results", 5)}
BY_PERIOD = ("paths",)
DRAWN = {"paths": ("estimator", "unit", "window", "inference")}
