"""How late the events of a month are known, and which months are not final yet."""

PLACES = {"table": ("data", 20)}
NEEDS = ("releases",)
