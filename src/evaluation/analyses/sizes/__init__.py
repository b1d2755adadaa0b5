"""How often the deciding test errs where nothing happened."""

PLACES = {"table": ("power", 70)}
