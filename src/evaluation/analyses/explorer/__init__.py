"""What else could have been chosen, and what would have come out? A page of its own to explore."""
