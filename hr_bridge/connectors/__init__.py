"""One folder per HR system, each behind the Connector protocol of `base`."""
