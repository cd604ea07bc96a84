"""How the HR records service is asked: one HTTP client, every failure named by what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from hr_bridge.connectors.base import DeliveryUnknown, HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.records.shapes import (
    LARGEST_BODY,
    CandidateFile,
    CandidateList,
    Check,
    CheckBody,
    EffectBody,
    EffectReceipt,
    ErasureProof,
    Outcome,
    OutcomeBody,
    OutcomeList,
)

TIMEOUT: Final = httpx.Timeout(15.0, connect=3.0)
"""Longer than the service waits for its database, so that "locked" reaches us as an answer and not as a silence."""

_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TRY_AGAIN: Final = frozenset({408, 425, 429, 502, 503})
_WRONG_TOKEN: Final = frozenset({401, 403})
Shape = TypeVar("Shape", bound=BaseModel)


class RecordsClient:
    """Speaks to the service at `base_url`. Reading raises HrmsUnavailable when it cannot be asked."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # trust_env off: a proxy of the surroundings must never see candidates' records.
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            transport=transport,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def put_effect(self, effect_id: str, body: EffectBody) -> EffectReceipt:
        """Put an effect on file. Raises as `Connector.deliver` does."""
        request = _json(body)
        if len(request["content"]) > LARGEST_BODY:
            raise HrmsRejected(f"The assessment is larger than the {LARGEST_BODY} bytes that the HR records take.")
        try:
            response = await self._http.put(f"/effects/{effect_id}", **request)
        except _NEVER_SENT as error:
            raise HrmsUnavailable(_why(error)) from error
        except httpx.RequestError as error:
            raise DeliveryUnknown(effect_id, _why(error)) from error
        if response.is_success:
            try:
                return EffectReceipt.model_validate_json(response.content)
            except ValidationError as error:
                raise DeliveryUnknown(effect_id, "The HR records gave an answer that is no receipt.") from error
        if response.status_code >= 500 and response.status_code not in _TRY_AGAIN:
            raise DeliveryUnknown(effect_id, _what(response))
        raise _error(response)

    async def get_effect(self, effect_id: str) -> EffectReceipt | None:
        """Return the receipt of an effect on file, or None."""
        response = await self._ask("GET", f"/effects/{effect_id}")
        return None if response.status_code == 404 else _parsed(response, EffectReceipt)

    async def candidates(self, limit: int = 50, offset: int = 0) -> CandidateList:
        """Return a page of the candidates on file, the newest delivery first."""
        response = await self._ask("GET", "/candidates", params={"limit": limit, "offset": offset})
        return _parsed(response, CandidateList)

    async def candidate_file(self, candidate_id: str) -> CandidateFile | None:
        """Return everything on file about a candidate, or None."""
        response = await self._ask("GET", f"/candidates/{candidate_id}")
        return None if response.status_code == 404 else _parsed(response, CandidateFile)

    async def put_check(self, candidate_id: str, check_id: str, body: CheckBody) -> Check:
        """Enter or replace a written test or background check; raises HrmsRejected when there is no such file."""
        response = await self._ask("PUT", f"/candidates/{candidate_id}/checks/{check_id}", **_json(body))
        return _parsed(response, Check)

    async def put_outcome(self, candidate_id: str, outcome_id: str, body: OutcomeBody) -> Outcome:
        """Enter or replace what became of a candidate; raises HrmsRejected where there is no such file, or a cell
        cannot be read."""
        response = await self._ask("PUT", f"/candidates/{candidate_id}/outcomes/{outcome_id}", **_json(body))
        return _parsed(response, Outcome)

    async def outcomes(self, since: datetime | None = None, limit: int = 50, offset: int = 0) -> OutcomeList:
        """Return a page of outcomes entered at `since` or later, the oldest first."""
        asked = {"limit": limit, "offset": offset} | ({"since": since.isoformat()} if since else {})
        return _parsed(await self._ask("GET", "/outcomes", params=asked), OutcomeList)

    async def erase(self, candidate_id: str) -> ErasureProof:
        """Remove a candidate's file; again gives the same proof."""
        return _parsed(await self._ask("DELETE", f"/candidates/{candidate_id}"), ErasureProof)

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request that may be repeated at will."""
        try:
            return await self._http.request(method, path, **request)
        except httpx.RequestError as error:
            raise HrmsUnavailable(_why(error)) from error


def _json(body: BaseModel) -> dict[str, Any]:
    return {"content": body.model_dump_json().encode(), "headers": {"Content-Type": "application/json"}}


def _parsed(response: httpx.Response, shape: type[Shape]) -> Shape:
    if not response.is_success:
        raise _error(response)
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        raise HrmsUnavailable("The HR records gave an answer that cannot be read.") from error


def _error(response: httpx.Response) -> HrmsUnavailable | HrmsRejected:
    status = response.status_code
    if status in _WRONG_TOKEN:
        # Every effect would be refused alike until the token is mended: wait for that instead of parking them all.
        return HrmsUnavailable("The HR records refused our token: RECORDS_TOKEN must be the same on both sides.")
    if status in _TRY_AGAIN or status >= 500:
        return HrmsUnavailable(_what(response), _retry_after(response))
    return HrmsRejected(_what(response))


def _what(response: httpx.Response) -> str:
    try:
        detail = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = "no reason was given"
    return f"The HR records answered {response.status_code}: {detail[:200]}"


def _why(error: httpx.RequestError) -> str:
    if isinstance(error, _NEVER_SENT):
        return "The HR records could not be reached: is the service running?"
    return f"The HR records gave no answer ({type(error).__name__})."


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
