"""What speaks for an effect, what against it, and what for neither."""
