"""Errors by kind, never by status: what a caller does next is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hr_bridge.connectors.base import HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.odoo.client import FieldForbidden, MessageStands, OdooClient, RecordMissing, Unanswered
from tests.fakes.odoo.server import KEY, FakeOdoo

SECRET = "一句只有候选人说过的话"


@pytest.fixture
async def odoo() -> AsyncIterator[FakeOdoo]:
    fake = FakeOdoo()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
async def client(odoo: FakeOdoo) -> AsyncIterator[OdooClient]:
    opened = OdooClient(odoo.url, KEY)
    yield opened
    await opened.aclose()


def answering(status: int, body: Any, **headers: str) -> OdooClient:
    content = {"text": body} if isinstance(body, str) else {"json": body}
    return OdooClient(
        "http://127.0.0.1:9",
        "k",
        transport=httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, **content)),
    )


def named(name: str, message: str = SECRET) -> dict[str, Any]:
    return {"name": name, "message": message, "arguments": [message], "debug": f"Traceback\n{SECRET}"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, named("werkzeug.exceptions.Unauthorized", "Invalid apikey"), HrmsUnavailable),
        (403, named("odoo.exceptions.AccessError"), HrmsRejected),
        (404, named("odoo.exceptions.MissingError"), RecordMissing),
        (404, named("werkzeug.exceptions.NotFound", "the model 'hr.applicant' does not exist"), HrmsUnavailable),
        (404, "<html>404 Not Found</html>", HrmsUnavailable),
        (415, "<html>415</html>", HrmsUnavailable),
        (422, named("odoo.exceptions.ValidationError"), HrmsRejected),
        (422, named("odoo.exceptions.UserError"), HrmsRejected),
        (429, "slow down", HrmsUnavailable),
        (500, named("builtins.ValueError"), HrmsRejected),
        (500, named("psycopg2.OperationalError"), HrmsUnavailable),
        (500, named("psycopg2.errors.SerializationFailure", "could not serialize access"), HrmsUnavailable),
        (500, "<html>500</html>", Unanswered),
        (502, "<html>502</html>", Unanswered),
        (503, "<html>503</html>", HrmsUnavailable),
        (504, "<html>504</html>", Unanswered),
        (200, "<html>a sign-in page</html>", HrmsUnavailable),
        (200, {"ids": False, "messages": [{"type": "error", "message": SECRET}]}, HrmsRejected),
        (200, {"ids": False, "messages": []}, HrmsRejected),
        (200, {"ids": False, "messages": [{"message": "错误: 由于同步更新而无法串行访问"}]}, HrmsUnavailable),
        (500, named("psycopg2.errors.DeadlockDetected"), HrmsUnavailable),
    ],
)
async def test_a_change_ends_in_what_is_to_be_done_next(status: int, body: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        await answering(status, body).load("hr.applicant", "mianshi.x", {"partner_name": SECRET})
    assert SECRET not in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_question_without_an_answer_is_asked_again_later(status: int) -> None:
    with pytest.raises(HrmsUnavailable):
        await answering(status, "<html></html>").read("hr.applicant", 1, ["active"])


async def test_a_busy_server_says_when_to_come_back() -> None:
    with pytest.raises(HrmsUnavailable) as caught:
        await answering(503, "busy", **{"Retry-After": "7"}).write("hr.applicant", 1, {"priority": "1"})
    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.WriteError])
async def test_a_change_that_left_without_an_answer_may_have_been_made(error: type[httpx.RequestError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    client = OdooClient("http://127.0.0.1:9", "k", transport=httpx.MockTransport(fail))
    with pytest.raises(Unanswered):
        await client.write("hr.applicant", 1, {"priority": "1"})
    with pytest.raises(HrmsUnavailable):
        await client.read("hr.applicant", 1, ["active"])


async def test_a_server_that_is_not_there_took_nothing() -> None:
    client = OdooClient("http://127.0.0.1:9", "k")
    with pytest.raises(HrmsUnavailable, match="ODOO_URL"):
        await client.write("hr.applicant", 1, {"priority": "1"})


async def test_a_field_that_is_forbidden_is_named(odoo: FakeOdoo, client: OdooClient) -> None:
    odoo.models.forbidden_fields.add(("hr.applicant", "salary_expected"))
    made = odoo.models.make("hr.applicant", {})
    with pytest.raises(FieldForbidden) as caught:
        await client.read("hr.applicant", made, ["partner_name", "salary_expected"])
    assert (caught.value.model, caught.value.field) == ("hr.applicant", "salary_expected")


async def test_a_value_that_odoo_refuses_names_the_field_and_not_the_value(odoo: FakeOdoo, client: OdooClient) -> None:
    made = odoo.models.make("hr.applicant", {})
    with pytest.raises(HrmsRejected, match=r"hr\.applicant, field priority \(ValueError\)") as caught:
        await client.write("hr.applicant", made, {"priority": SECRET})
    assert SECRET not in caught.value.reason


async def test_a_right_that_lacks_sends_to_the_check_whatever_the_status(odoo: FakeOdoo, client: OdooClient) -> None:
    odoo.models.forbidden_models |= {("hr.applicant", "create"), ("hr.applicant", "unlink")}
    with pytest.raises(HrmsRejected, match="`mianshi hrms check` tells"):
        await client.load("hr.applicant", "mianshi.x", {"partner_name": "A"})
    with pytest.raises(HrmsRejected, match="`mianshi hrms check` tells"):
        await client.unlink("hr.applicant", [odoo.models.make("hr.applicant", {})])


async def test_a_job_that_does_not_exist_is_named_by_its_field(client: OdooClient) -> None:
    with pytest.raises(HrmsRejected, match="in job_id"):
        await client.load("hr.applicant", "mianshi.x", {"job_id/.id": "999"})


async def test_loading_twice_is_one_record_and_a_note_says_that_it_stands(odoo: FakeOdoo, client: OdooClient) -> None:
    first = await client.load("hr.applicant", "mianshi.x", {"partner_name": "A"})
    assert await client.load("hr.applicant", "mianshi.x", {"partner_name": "B"}) == first
    assert odoo.models.rows["hr.applicant"][first]["partner_name"] == "B"
    note = {"model": "hr.applicant", "res_id": str(first), "body": "<p>once</p>"}
    await client.load("mail.message", "mianshi.n", note)
    with pytest.raises(MessageStands):
        await client.load("mail.message", "mianshi.n", note)


async def test_times_are_loaded_as_utc_whatever_the_users_timezone_is(odoo: FakeOdoo, client: OdooClient) -> None:
    values = {"name": "x", "start": "2026-11-23 08:00:00", "stop": "2026-11-23 08:00:00"}
    made = await client.load("calendar.event", "mianshi.e", values)
    assert odoo.models.rows["calendar.event"][made]["start"] == "2026-11-23 08:00:00"


async def test_a_write_without_a_record_is_never_sent(odoo: FakeOdoo, client: OdooClient) -> None:
    with pytest.raises(ValueError, match="positive"):
        await client.write("hr.applicant", 0, {"priority": "1"})
    assert odoo.requests == []
