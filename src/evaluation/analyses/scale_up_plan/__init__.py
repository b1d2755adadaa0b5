"""Which sectors next, in what order, and when could it be known? A page of its own, of a plan."""
