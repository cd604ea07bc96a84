from __future__ import annotations

import logging

import pytest

from bot.gateway.access_log import LOGGERS, RedactTokens, redact, redact_access_logs


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("/i/s3cr3t-Token_1", "/i/[redacted]"),
        ("/i/s3cr3t?utm=x", "/i/[redacted]?utm=x"),
        ("/api/chat/s3cr3t/messages?after=3", "/api/chat/[redacted]/messages?after=3"),
        (
            '"WebSocket /api/chat/s3cr3t/socket?after=0" [accepted]',
            '"WebSocket /api/chat/[redacted]/socket?after=0" [accepted]',
        ),
        ("/hooks/odoo/s3cr3t", "/hooks/odoo/[redacted]"),
        ("/console/interviews", "/console/interviews"),
        ("/console?q=%E6%9E%97&p=2", "/console?[redacted]"),
        ("/console/sign-in/company/back?code=s3cr3t&state=x", "/console/sign-in/company/back?[redacted]"),
    ],
)
def test_tokens_are_replaced_and_the_rest_stays(line: str, clean: str) -> None:
    assert redact(line) == clean


def test_the_servers_own_access_line_is_redacted() -> None:
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', ("1.2.3.4", "GET", "/i/abc", "1.1", 200), None
    )
    assert RedactTokens().filter(record)
    assert record.getMessage() == '1.2.3.4 - "GET /i/[redacted] HTTP/1.1" 200'


def test_the_filter_is_put_in_once() -> None:
    for _ in range(2):
        redact_access_logs()
    for name in LOGGERS:
        assert sum(isinstance(f, RedactTokens) for f in logging.getLogger(name).filters) == 1
