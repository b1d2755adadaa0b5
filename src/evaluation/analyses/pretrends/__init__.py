"""Tests of trends before the start, and what they could find."""

PLACES = {"table": ("time", 90)}
NEEDS = ("counts",)
