"""Everything the outside world can touch."""
