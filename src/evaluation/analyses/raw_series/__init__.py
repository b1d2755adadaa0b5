"""The counts themselves."""

PLACES = {"figure": ("results", 30)}
