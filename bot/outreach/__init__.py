"""How we reach a candidate first."""
