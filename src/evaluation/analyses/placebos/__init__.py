"""The treated sector among its placebos."""

PLACES = {"figure": ("inference", 20)}
BY_PERIOD = ("placebo_space",)
