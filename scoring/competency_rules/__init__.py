"""What can be weak in a competency, one kind of rule a file; `scoring/competency_check.py` asks them all."""
