"""The boundary of the monthly looks, and how often it is crossed where nothing happens."""

NEEDS = ("monitoring",)
