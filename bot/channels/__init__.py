"""Between a vendor's payloads and ours, both ways. Nothing of a vendor's goes further than here."""
