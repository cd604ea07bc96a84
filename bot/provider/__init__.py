"""The other direction: another system orders interviews here and fetches what came of them."""
