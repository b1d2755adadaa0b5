"""Published standards, item by item."""

PLACES = {"table": ("standards", 10)}
