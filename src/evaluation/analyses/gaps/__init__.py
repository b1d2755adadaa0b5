"""Observed minus expected rates over time, and the effect in them."""

PLACES = {"figure": ("results", 20)}
BY_PERIOD = ("gaps",)
DRAWN = {"gaps": ("estimator", "unit", "window", "inference")}
