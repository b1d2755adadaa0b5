"""What the interval says under a flat, a sceptical and a literature prior: an interpretation."""

PLACES = {"table": ("literature", 30)}
NEEDS = ("literature",)
