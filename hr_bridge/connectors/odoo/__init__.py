"""Odoo 19 over its JSON-2 API: what lands where is data (mapping.yml), and docs/odoo.md tells it to people."""
