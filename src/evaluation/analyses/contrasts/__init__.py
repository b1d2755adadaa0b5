"""Did the firearm part move further than the rest?"""

NEEDS = ("counts",)
