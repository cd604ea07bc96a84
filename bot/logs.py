"""One line an event, ids only."""

from __future__ import annotations

import logging

from bot.gateway.access_log import redact_access_logs

NOISY = (
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "openai",
    "rasa_sdk",
    "dbos",
    "telegram",
    "sentence_transformers",
    "transformers",
)
"""httpx would log addresses that hold tokens, openai is too near to what candidates say; the others tell a story of their own."""


def configure_logging() -> None:
    """For the entry points: our own events from INFO on, others' from WARNING on, no token in any line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    redact_access_logs()
