"""The effect without one donor, borough or year."""

PLACES = {"figure": ("time", 40), "table": ("time", 50)}
