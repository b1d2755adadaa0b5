"""Observed and expected rates over time."""

PLACES = {"figure": ("answer", 10)}
BY_PERIOD = ("paths",)
