"""Everything that comes from or leaves for HR: match, level, pay, policy, and the connectors that deliver them."""
