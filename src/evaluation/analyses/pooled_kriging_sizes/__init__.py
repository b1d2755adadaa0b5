"""Measured sizes and power of the pooled kriging of programme sectors."""

NEEDS = ("counts", "programme")
