"""The parts of a score, one per file."""
