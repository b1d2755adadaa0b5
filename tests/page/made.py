"""Every exhibit's function by name, for the tests of this folder."""

from evaluation.analyses import exhibits

TABLES = {name: one.make for name, one in exhibits("table").items()}
FIGURES = {name: one.make for name, one in exhibits("figure").items()}
