"""What an averted event would have cost, from the stated cost and the effect's interval."""

PLACES = {"table": ("literature", 40)}
NEEDS = ("costs",)
