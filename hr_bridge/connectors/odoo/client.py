"""How Odoo 19 is asked: JSON-2 over HTTP, one call one transaction there, every failure named by what to do next.

Odoo's status says little: `load` reports errors under 200, plain bad input is a 500, and one forbidden field makes the
whole call a 403. So the kind of the error decides. Its messages may quote what was sent and its `debug` is a
traceback: of both nothing is kept but the names of models and fields.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from core.errors import MianshiError
from hr_bridge.connectors.base import HrmsRejected, HrmsUnavailable

TIMEOUT: Final = httpx.Timeout(25.0, connect=5.0)
BUSY_ATTEMPTS: Final = 5
Json = dict[str, Any]

_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BUSY: Final = re.compile(
    r"could not serialize access|deadlock detected|could not obtain lock|duplicate key value"
    r"|无法串行访问|检测到死锁|无法获得.*锁|重复键"
)
_BUSY_NAMES: Final = ("SerializationFailure", "DeadlockDetected", "LockNotAvailable", "UniqueViolation")
"""PostgreSQL for "somebody was faster", in the languages of its servers; the same call may succeed a moment later. Of
the calls that we send, only a first `load` of one external id from two workers meets a duplicate key."""
_NO_RIGHT: Final = re.compile(r"You are not allowed to|doesn't have '\w+' access to")
_IN_ENGLISH: Final = {"lang": "en_US"}
"""Odoo translates its errors into the user's language; this one is there without being installed."""
_FORBIDDEN_FIELD: Final = re.compile(r'rights to access the field "(\w+)" on [^(]*\(([\w.]+)\)')
_READING: Final = frozenset(
    {"read", "search_read", "search_count", "fields_get", "has_access", "context_get", "get_external_id"}
)


class Unanswered(MianshiError):
    """A change left us and no usable answer came back: it may be made or not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Busy(HrmsUnavailable):
    """Another transaction was faster; nothing was changed."""


class FieldForbidden(HrmsRejected):
    """Our user may not read or write one field."""

    def __init__(self, model: str, field: str) -> None:
        super().__init__(
            f"Odoo does not let our user touch the field {field} of {model}; `mianshi hrms check` tells why."
        )
        self.model, self.field = model, field


class RecordMissing(HrmsRejected):
    """A record that we named is not there (any more)."""

    def __init__(self, model: str) -> None:
        super().__init__(f"A record of {model}, or one it names, does not exist in Odoo or was deleted there.")
        self.model = model


class MessageStands(HrmsRejected):
    """The message under this external id is there already, and nobody but an administrator may change it."""


class OdooClient:
    """Speaks to the Odoo at `base_url` as the user whose key it holds."""

    def __init__(
        self,
        base_url: str,
        key: str,
        database: str | None = None,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"bearer {key}"} | ({"X-Odoo-Database": database} if database else {})
        # trust_env off: a proxy of the surroundings must never see candidates' records.
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"), headers=headers, timeout=timeout, transport=transport, trust_env=False
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def version(self) -> str:
        """Such as `19.0`. Raises HrmsUnavailable when no Odoo answers."""
        try:
            answer = (await self._http.get("/web/version")).json()
            return str(answer["version"])
        except httpx.RequestError as error:
            raise HrmsUnavailable(_why(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise HrmsUnavailable("What answers at ODOO_URL is no Odoo 19.") from error

    async def read(self, model: str, record_id: int, fields: Sequence[str]) -> Json | None:
        """One record, archived or not; None when it does not exist."""
        rows = await self.call(model, "read", ids=[record_id], fields=list(fields))
        return rows[0] if rows else None

    async def search(self, model: str, domain: list[Any], fields: Sequence[str], **more: Any) -> list[Json]:
        """Every record of the domain, archived ones too."""
        found: list[Json] = await self.call(
            model, "search_read", domain=domain, fields=list(fields), context={"active_test": False}, **more
        )
        return found

    async def write(self, model: str, record_id: int, values: Json, context: Json | None = None) -> None:
        """Change one record. Raises RecordMissing when it does not exist."""
        # Without an id Odoo answers true and does nothing.
        if record_id <= 0:
            raise ValueError("a record id is positive")
        await self.call(model, "write", ids=[record_id], vals=values, context=context or {})

    async def unlink(self, model: str, ids: Sequence[int]) -> None:
        """Delete records; those that are gone already are passed over."""
        for one in ids:
            try:
                await self.call(model, "unlink", ids=[one])
            except RecordMissing:
                continue

    async def load(self, model: str, external_id: str, values: Mapping[str, str], context: Json | None = None) -> int:
        """Make the record of this external id, or change it where it is there already; its id.

        Times in `values` are read in the timezone of `context`, or the user's: we say UTC.
        """
        fields = ["id", *values]
        answer = await self.call(
            model,
            "load",
            fields=fields,
            data=[[external_id, *values.values()]],
            context={"tz": "UTC"} | (context or {}),
        )
        return int(answer["ids"][0])

    async def call(self, model: str, method: str, **arguments: Any) -> Any:
        """Call a method. What lost a race against another transaction is tried a few times.

        Raises:
            Unanswered: a change was sent and may have been made.
            HrmsUnavailable: nothing was changed; later it may work.
            HrmsRejected: Odoo refuses this, and would again.
        """
        for attempt in range(1, BUSY_ATTEMPTS + 1):
            try:
                return await self._call(model, method, arguments)
            except Busy:
                if attempt == BUSY_ATTEMPTS:
                    raise
                await asyncio.sleep(random.uniform(0.05, 0.2) * attempt)

    async def _call(self, model: str, method: str, arguments: Json) -> Any:
        reads = method in _READING
        body = arguments | {"context": _IN_ENGLISH | (arguments.get("context") or {})}
        try:
            response = await self._http.post(f"/json/2/{model}/{method}", json=body)
        except _NEVER_SENT as error:
            raise HrmsUnavailable(_why(error)) from error
        except httpx.RequestError as error:
            raise (HrmsUnavailable if reads else Unanswered)(_why(error)) from error
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code != 200 or answer is None:
            raise _fault(response, answer if isinstance(answer, dict) else {}, model, arguments, reads)
        if method == "load" and not answer.get("ids"):
            raise _load_fault(answer, model, arguments)
        return answer


def _fault(response: httpx.Response, answer: Json, model: str, arguments: Json, reads: bool) -> MianshiError:
    status, message = response.status_code, str(answer.get("message", ""))
    name = found.group() if (found := re.match(r"[\w.]+", str(answer.get("name", "")))) else ""
    kind = name.rpartition(".")[2]
    if status == 401:
        # Every delivery would be refused alike until the key is mended: wait for that instead of parking them all.
        return HrmsUnavailable(
            "Odoo does not accept our key: make a new one there (Preferences, Account Security) and set ODOO_KEY."
        )
    if status in (429, 503):
        return HrmsUnavailable("Odoo is busy.", _retry_after(response))
    if not name:
        if status == 404:
            return HrmsUnavailable(
                "Odoo does not know the address or the database: look at ODOO_URL and ODOO_DATABASE."
            )
        reason = f"What answers at ODOO_URL gave status {status} and no answer of Odoo's."
        return HrmsUnavailable(reason) if reads or status < 500 else Unanswered(reason)
    if kind in _BUSY_NAMES or _BUSY.search(message):
        return Busy("Odoo was busy with the same record.")
    if kind == "NotFound":
        return HrmsUnavailable(f"Odoo has no {model}: is Recruitment installed there, and the database the right one?")
    if kind == "MissingError":
        return RecordMissing(model)
    if kind == "AccessError":
        field = _FORBIDDEN_FIELD.search(message)
        if field:
            return FieldForbidden(field.group(2), field.group(1))
        return _no_right(model)
    if status >= 500 and not name.startswith("builtins."):
        return HrmsUnavailable(f"Odoo failed with {kind} over {model}; it changed nothing.")
    return HrmsRejected(f"Odoo refuses a value for {model}{_named(message, arguments)} ({kind}).")


def _load_fault(answer: Json, model: str, arguments: Json) -> MianshiError:
    messages = answer.get("messages") or [{}]
    text = " ".join(str(one.get("message", "")) for one in messages)
    if _BUSY.search(text):
        return Busy("Odoo was busy with the same record.")
    if "Only administrators can modify" in text:
        return MessageStands("The note is there already.")
    if field := _FORBIDDEN_FIELD.search(text):
        return FieldForbidden(field.group(2), field.group(1))
    if _NO_RIGHT.search(text):
        return _no_right(model)
    fields = {one.get("field") for one in messages} & {
        part for f in arguments["fields"] for part in (f, f.split("/")[0])
    }
    at = f" in {', '.join(sorted(fields))}" if fields else ""
    return HrmsRejected(f"Odoo refuses what we send for {model}{at}.")


def _no_right(model: str) -> HrmsRejected:
    return HrmsRejected(f"Odoo does not let our user do this to {model}; `mianshi hrms check` tells what is missing.")


def _named(message: str, arguments: Json) -> str:
    """The fields that the message names, of those that we sent: nothing else in it is safe to repeat."""
    values = arguments.get("vals")
    sent = values if isinstance(values, dict) else arguments.get("fields", ())
    named = [field for field in sent if re.search(rf"\b{re.escape(field)}\b", message)]
    return f", field {', '.join(named)}" if named else ""


def _why(error: httpx.RequestError) -> str:
    if isinstance(error, _NEVER_SENT):
        return "Odoo could not be reached: is ODOO_URL right, and the server running?"
    return f"Odoo gave no answer ({type(error).__name__})."


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
