"""History and job description → competency profile: `derive(history, description, priors)`."""

from hr_bridge.profile.derivation import derive
from hr_bridge.profile.shapes import Effect, Importance, PastHire, Profile, ProposedWeight, SentenceMatch

__all__ = ["Effect", "Importance", "PastHire", "Profile", "ProposedWeight", "SentenceMatch", "derive"]
