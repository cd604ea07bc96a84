"""Recordings as bytes and samples: what kind of file it is, decoded within limits, and how good the sound is."""
