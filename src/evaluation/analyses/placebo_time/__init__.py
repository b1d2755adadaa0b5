"""Fake start dates."""

PLACES = {"figure": ("time", 10)}
BY_PERIOD = ()
