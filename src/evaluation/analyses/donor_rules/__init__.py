"""The effect under every rule for who may be a donor."""

PLACES = {"table": ("time", 60)}
