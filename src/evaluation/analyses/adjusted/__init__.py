"""Does the effect change when covariates are taken into account?"""

PLACES = {"table": ("time", 64)}
NEEDS = ("covariates",)
