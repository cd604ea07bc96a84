"""What interview scores tell of what became of people later: how strongly, how surely, and where nothing may be said."""

from hr_bridge.insights.validity.shapes import Link, Outcome, Study
from hr_bridge.insights.validity.study import study

__all__ = ["Link", "Outcome", "Study", "study"]
