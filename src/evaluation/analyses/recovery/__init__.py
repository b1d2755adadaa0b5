"""Effects planted in donors, and what the estimators make of them."""

PLACES = {"table": ("power", 10)}
NEEDS = ("counts",)
