"""Which p-values are claims, in which order?"""

PLACES = {"table": ("claims", 10)}
