"""How much unequal chances of treatment would it take to change the conclusion?"""

PLACES = {"table": ("inference", 40)}
