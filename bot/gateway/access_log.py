"""Link tokens never reach a log: whoever reads logs could otherwise speak in a candidate's place. Nor does what was
searched for in the console, which is names, or what a sign-in service sends along."""

from __future__ import annotations

import logging
import re

LOGGERS = ("uvicorn.access", "uvicorn.error", "uvicorn", "uvicorn.asgi")
_TOKEN = re.compile(r"(/i/|/api/chat/|/hooks/odoo/|/letters/stop/)[^/?#\s\"']+")
_QUERY = re.compile(r"(/(?:console|hr)[^?\s\"']*\?)[^\s\"']+")


def redact(text: str) -> str:
    """The text with every link token and every query of the console replaced."""
    return _QUERY.sub(r"\1[redacted]", _TOKEN.sub(r"\1[redacted]", text))


class RedactTokens(logging.Filter):
    """Passes every record on, its message and arguments redacted."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.msg) if isinstance(record.msg, str) else record.msg
        if isinstance(record.args, tuple):
            record.args = tuple(redact(a) if isinstance(a, str) else a for a in record.args)
        return True


def redact_access_logs() -> None:
    """Put the filter on the server's own loggers, once."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(f, RedactTokens) for f in logger.filters):
            logger.addFilter(RedactTokens())
