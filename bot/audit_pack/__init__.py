"""`mianshi audit pack`: what an auditor needs of one position and year, in one folder."""
