"""How the head for delivery is made from rated recordings."""
