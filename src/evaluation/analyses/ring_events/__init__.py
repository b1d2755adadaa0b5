"""Effects around the sector by period."""

NEEDS = ("rings",)
