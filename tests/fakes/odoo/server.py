"""A fake Odoo 19 on a real port, and every trouble that a real one makes."""

from __future__ import annotations

import inspect
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.fakes.odoo.models import USER, Json, Models, OdooError

KEY = "a-key-of-the-bridge"
SERIALIZE = "could not serialize access due to concurrent update"
Trouble = Literal["lost answer", "cut before", "serialize", "serialize under 200", "database fails", "gateway"]


@dataclass
class Fault:
    """One trouble for one request: the next to `method` of `model`, where they are named."""

    trouble: Trouble
    model: str | None = None
    method: str | None = None
    after: int = 0
    """Requests of that kind that pass untroubled before."""


class FakeOdoo:
    """Models behind JSON-2. `stop` and `start` keep what is stored and the port."""

    def __init__(self) -> None:
        self.models = Models()
        self.key = KEY
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        """(model, method) of each call that carried the right key."""
        self.meanwhile: dict[tuple[str, str], Callable[[], None]] = {}
        """What somebody else does right before the next call of this model and method is worked on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._connections.clear()

    def notes(self, applicant_id: int | None = None) -> list[Json]:
        """Every note on applicants, or on one."""
        return [
            row
            for row in self.models.rows["mail.message"].values()
            if row["model"] == "hr.applicant" and applicant_id in (None, row["res_id"])
        ]

    def add_job(self, name: str = "Sales", *properties: Json) -> int:
        """A job with properties of its applicants."""
        return self.models.make("hr.job", {"name": name, "applicant_properties_definition": list(properties)})

    def answer(self, headers: Any, path: str, body: bytes) -> tuple[int, Any] | None:
        """Status and body; None where the connection is to break instead."""
        if path == "/web/version":
            return 200, {"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}
        if headers.get("Content-Type", "").split(";")[0] != "application/json":
            return 415, "<!doctype html><title>415 Unsupported Media Type</title>"
        if headers.get("X-Odoo-Database", "odoo") != "odoo":
            return 404, "<!doctype html><title>404 Not Found</title>"
        if headers.get("Authorization") != f"bearer {self.key}":
            return 401, _error("werkzeug.exceptions.Unauthorized", "Invalid apikey")
        _, _, _, model, method = path.split("/")
        with self._lock:
            self.requests.append((model, method))
            fault = self._due(model, method)
            trouble = fault.trouble if fault else None
            if trouble == "cut before":
                return None
            if trouble == "serialize":
                return 500, _error("psycopg2.errors.SerializationFailure", SERIALIZE)
            if trouble == "serialize under 200":
                return 200, {"ids": False, "messages": [{"type": "error", "message": SERIALIZE}], "nextrow": 0}
            if trouble == "database fails":
                return 500, _error("psycopg2.OperationalError", "server closed the connection unexpectedly")
            if (happens := self.meanwhile.pop((model, method), None)) is not None:
                happens()
            try:
                answer = 200, self._call(model, method, json.loads(body))
            except OdooError as error:
                answer = error.status, _error(error.name, str(error))
            if trouble == "gateway":
                return 502, "<html>502 Bad Gateway</html>"
            return None if trouble == "lost answer" else answer

    def _due(self, model: str, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.model in (None, model) and fault.method in (None, method):
                if fault.after == 0:
                    self.faults.remove(fault)
                    return fault
                fault.after -= 1
        return None

    def _call(self, model: str, method: str, body: Json) -> Any:
        if model not in self.models.rows:
            raise OdooError(404, "werkzeug.exceptions.NotFound", f"the model '{model}' does not exist")
        ids, context = body.pop("ids", []), body.pop("context", {})
        models = self.models
        calls: dict[str, Callable[..., Any]] = {
            "context_get": lambda: {"lang": "zh_CN", "tz": "Asia/Shanghai", "uid": USER},
            "create": lambda vals_list: models.create(model, vals_list),
            "read": lambda fields: models.read(model, ids, fields),
            "write": lambda vals: models.write(model, ids, vals, context),
            "unlink": lambda: models.unlink(model, ids),
            "load": lambda fields, data: models.load(model, fields, data, context),
            "message_post": lambda body, subtype_xmlid: models.create(
                "mail.message", [{"model": model, "res_id": ids[0], "body": body}]
            ),
            "get_external_id": lambda: models.get_external_id(model, ids),
            "fields_get": lambda allfields=None, attributes=None: models.fields_get(model, allfields),
            "has_access": lambda operation: models.has_access(model, operation),
            "search_read": lambda domain, fields, limit=None, order="id asc": models.read(
                model, models.search(model, domain, context, order)[:limit], fields
            ),
        }
        if method not in calls:
            text = f"The method '{model}.{method}' does not exist"
            raise OdooError(404, "werkzeug.exceptions.NotFound", text)
        try:
            inspect.signature(calls[method]).bind(**body)
        except TypeError as error:
            raise OdooError(422, "werkzeug.exceptions.UnprocessableEntity", str(error)) from None
        return json.loads(json.dumps(calls[method](**body)))


def _error(name: str, message: str) -> Json:
    trace = f'Traceback (most recent call last):\n  File "/opt/odoo/odoo/http.py", line 1\n{message}'
    return {"name": name, "message": message, "arguments": [message], "context": {}, "debug": trace}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def _handler(odoo: FakeOdoo) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            odoo._connections.append(self.connection)

        def do_GET(self) -> None:
            self._respond(b"")

        def do_POST(self) -> None:
            self._respond(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _respond(self, body: bytes) -> None:
            answer = odoo.answer(self.headers, self.path, body)
            if answer is None:
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, content = answer
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            head = (
                f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\nContent-Type: "
                f"{'text/html' if isinstance(content, str) else 'application/json'}\r\n\r\n"
            )
            with suppress(OSError):
                self.wfile.write(head.encode() + data)

        def log_message(self, *_: object) -> None:
            """Nothing: tests print."""

    return Handler
