"""What was run, against the plan that was registered?"""

PLACES = {"table": ("claims", 20)}
NEEDS = ("plan",)
