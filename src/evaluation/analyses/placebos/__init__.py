"""The treated sector among its placebos."""

PLACES = {"figure": ("inference", 20)}
