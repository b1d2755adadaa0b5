"""Measured sizes of tests across outcomes or sectors."""

NEEDS = ("counts", "programme")
