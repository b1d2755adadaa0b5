"""The effect without one donor, borough or year."""

PLACES = {"figure": ("time", 40), "table": ("time", 50)}
BY_PERIOD = ("leave_one_out",)
DRAWN = {"leave_one_out": ("estimator", "window")}
