"""A folder that an HR system without an API reads: results go out as CSV."""
