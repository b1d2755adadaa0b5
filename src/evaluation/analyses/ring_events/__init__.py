"""Effects around the sector by period."""
