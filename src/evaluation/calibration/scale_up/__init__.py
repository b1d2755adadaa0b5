"""A scale-up designed before it happens: who could be chosen, what could be found, and when."""
