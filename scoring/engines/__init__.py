"""What computes: each engine is one file, loaded by name and replaceable."""
