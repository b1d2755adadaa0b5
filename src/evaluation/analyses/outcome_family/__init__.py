"""All outcomes as one family, with corrected p-values."""

PLACES = {"table": ("outcomes", 10)}
NEEDS = ("counts",)
