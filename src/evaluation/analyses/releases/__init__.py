"""The effect over the releases of the files, and what each change of it is made of."""

PLACES = {"figure": ("releases", 10), "table": ("releases", 20)}
BY_PERIOD = ()
DRAWN = {"effect_over_releases": ("window",)}
NEEDS = ("releases",)
