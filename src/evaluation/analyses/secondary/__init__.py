"""What does an estimator with more power say, beside the study's own, and what would move it?"""

PLACES = {"table": ("secondary", 10), "figure": ("secondary", 20)}
BY_PERIOD = ()
NEEDS = ("secondary",)
