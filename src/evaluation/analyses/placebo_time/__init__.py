"""Fake start dates."""

PLACES = {"figure": ("time", 10)}
