from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from ulid import ULID

from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector
from hr_bridge.connectors.records.shapes import LARGEST_BODY
from tests.hr_bridge.assessments import build_assessment
from tests.hr_bridge.connectors.contract import ConnectorContract
from tests.hr_bridge.connectors.records.running_records import RunningRecords


class TestRecordsKeepTheContract(ConnectorContract):
    @pytest.fixture
    async def system(self, tmp_path: Path) -> AsyncIterator[RunningRecords]:
        records = RunningRecords(tmp_path)
        await records.open()
        try:
            yield records
        finally:
            await records.close()


def _connector(handler: httpx.MockTransport) -> RecordsConnector:
    return RecordsConnector(RecordsClient("http://127.0.0.1:9", "t", transport=handler))


def _answering(status: int, **more: object) -> RecordsConnector:
    return _connector(httpx.MockTransport(lambda _request: httpx.Response(status, **more)))  # type: ignore[arg-type]


def _failing(error: type[httpx.RequestError]) -> RecordsConnector:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    return _connector(httpx.MockTransport(fail))


EFFECT = Effect(str(ULID()), "result", 1, build_assessment())


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_what_never_left_is_tried_again(error: type[httpx.RequestError]) -> None:
    with pytest.raises(HrmsUnavailable, match="could not be reached"):
        await _failing(error).deliver(EFFECT)


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
async def test_what_left_without_an_answer_is_unknown(error: type[httpx.RequestError]) -> None:
    with pytest.raises(DeliveryUnknown, match="no answer"):
        await _failing(error).deliver(EFFECT)


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_busy_service_is_tried_again_when_it_says(status: int) -> None:
    with pytest.raises(HrmsUnavailable) as caught:
        await _answering(status, headers={"Retry-After": "7"}, json={"detail": "busy"}).deliver(EFFECT)
    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("status", [500, 504])
async def test_a_service_that_broke_down_may_have_kept_the_effect(status: int) -> None:
    with pytest.raises(DeliveryUnknown, match=str(status)):
        await _answering(status, text="Internal Server Error").deliver(EFFECT)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_token_parks_nothing_and_names_the_setting(status: int) -> None:
    with pytest.raises(HrmsUnavailable, match="RECORDS_TOKEN"):
        await _answering(status).deliver(EFFECT)


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422])
async def test_a_refusal_is_parked_with_its_reason(status: int) -> None:
    with pytest.raises(HrmsRejected, match=f"answered {status}: no such thing"):
        await _answering(status, json={"detail": "no such thing"}).deliver(EFFECT)


async def test_an_answer_that_is_no_receipt_proves_nothing() -> None:
    with pytest.raises(DeliveryUnknown, match="no receipt"):
        await _answering(200, text="<html>hello</html>").deliver(EFFECT)


async def test_an_assessment_too_large_to_be_taken_is_parked_without_being_sent() -> None:
    effect = Effect(EFFECT.id, "result", 1, build_assessment(summary="长" * LARGEST_BODY))
    with pytest.raises(HrmsRejected, match="larger than"):
        await _failing(httpx.ConnectError).deliver(effect)


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError])
async def test_whoever_cannot_ask_does_not_know(error: type[httpx.RequestError]) -> None:
    with pytest.raises(HrmsUnavailable):
        await _failing(error).find(EFFECT.id)
