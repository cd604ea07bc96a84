"""The sentences of a report, one file a language; each is written for its own readers, neither is a translation."""
