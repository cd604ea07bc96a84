"""The embedded HR records: a small HTTP service with a database of its own, and the connector that speaks to it."""
