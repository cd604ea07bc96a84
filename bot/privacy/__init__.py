"""What is deleted, when, for whom, and the proof of it: erasure, retention by policy, legal holds, backups."""
