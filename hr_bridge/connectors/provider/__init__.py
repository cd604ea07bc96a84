"""Callbacks to systems that ordered an interview here: a short word that there is something to fetch."""
