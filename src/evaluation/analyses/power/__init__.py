"""What the tests would have found."""

PLACES = {"table": ("power", 50), "figure": ("power", 60)}
BY_PERIOD = ()
DRAWN = {"power_curve": ("outcome", "estimator")}
NEEDS = ("counts",)
