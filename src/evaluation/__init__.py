"""Causal impact evaluation of a public-safety programme in one or a few police sectors."""

__version__ = "0.1.0"
