"""Did the covariates themselves move when the programme started, and what do they explain?"""

PLACES = {"table": ("time", 65)}
NEEDS = ("covariates",)
