"""The conditions of the verdict."""

PLACES = {"table": ("verdict", 10)}
