"""Was the treated sector like its comparison before treatment?"""

PLACES = {"table": ("data", 20)}
NEEDS = ("attributes",)
