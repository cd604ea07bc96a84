"""The parts of a pay suggestion: the band, the package around it, and the reasons in words."""
