"""Results posted to an address of the HR department's own, signed by Standard Webhooks."""
