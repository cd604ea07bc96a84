"""How good the answers were, and why."""
