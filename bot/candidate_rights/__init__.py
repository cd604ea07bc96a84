"""What a candidate may ask of us about their own data, and how it is done."""
