"""What was delivered of the programme, and how much of it beside the effect."""

PLACES = {"table": ("literature", 50), "figure": ("literature", 60)}
BY_PERIOD = ("dose",)
DRAWN = {"dose": ("outcome", "estimator", "unit")}
NEEDS = ("implementation",)
