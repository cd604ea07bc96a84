from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from ulid import ULID

from core.database import Database
from core.errors import Rejected
from core.outgoing import LARGEST_BODY, Outgoing, Reach
from core.settings import Settings
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.connectors.base import DeliveryUnknown, Effect, EffectKind, HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.records.connector import RecordsConnector
from hr_bridge.connectors.set_up import open_connectors
from hr_bridge.connectors.webhook.connector import WebhookConnector
from hr_bridge.connectors.webhook.signed import read_secrets
from tests.hr_bridge.assessments import DECISION, QUOTE, build_assessment
from tests.hr_bridge.connectors.contract import ConnectorContract
from tests.hr_bridge.connectors.receiver import Fault, new_secret
from tests.hr_bridge.connectors.signed_system import LOOPBACK, SignedSystem


class WebhookSystem(SignedSystem):
    """The receiver at WEBHOOK_URL."""

    def made(self, outgoing: Outgoing, signers: tuple[Webhook, ...]) -> WebhookConnector:
        return WebhookConnector(self.receiver.url, outgoing, signers, self.database)

    async def count_effects(self, candidate_id: str) -> int:
        gone = [event["data"]["candidate_id"] for event in self.receiver.events("candidate.erased")]
        told = [event["data"]["assessment"] for event in self.receiver.kept.values() if "assessment" in event["data"]]
        return sum(one["candidate"]["id"] == candidate_id for one in told if candidate_id not in gone)


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[WebhookSystem]:
    made = WebhookSystem(tmp_path)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


class TestTheWebhookKeepsTheContract(ConnectorContract):
    can_be_asked = False


def effect(kind: EffectKind = "result", **changes: object) -> Effect:
    return Effect(str(ULID()), kind, 1, build_assessment(**changes))


async def test_the_message_is_signed_dated_and_holds_the_assessment_as_it_is(system: WebhookSystem) -> None:
    sent = effect("decision", decision=DECISION)
    await system.connector.deliver(sent)
    event = system.receiver.kept[sent.id]
    assert event.keys() == {"type", "timestamp", "data"}
    assert event["type"] == "interview.decision"
    assert event["timestamp"] == ULID.from_str(sent.id).datetime.isoformat()
    assert event["data"].keys() == {"version", "assessment"}
    assert CandidateAssessment.model_validate(event["data"]["assessment"]) == sent.assessment
    ((_, body),) = system.receiver.heard
    assert QUOTE.encode() in body  # UTF-8, no escapes


async def test_a_repeat_after_a_lost_answer_is_the_same_bytes_under_the_same_id(system: WebhookSystem) -> None:
    sent = effect()
    system.lose_next_answer()
    with pytest.raises(DeliveryUnknown):
        await system.connector.deliver(sent)
    await system.connector.deliver(sent)
    first, second = system.receiver.heard
    assert first == second
    await system.connector.deliver(sent)  # acknowledged by now: nothing more is sent
    assert len(system.receiver.heard) == 2


async def test_a_receiver_with_another_secret_takes_nothing(system: WebhookSystem) -> None:
    system.receiver.secret = new_secret()
    with pytest.raises(HrmsRejected, match="same secret"):
        await system.connector.deliver(effect())
    assert system.receiver.kept == {}


async def test_while_a_secret_is_replaced_both_are_good(system: WebhookSystem) -> None:
    new = new_secret()
    signers = read_secrets(f"{system.receiver.secret} {new}", "WEBHOOK_SECRET")
    connector = WebhookConnector(system.receiver.url, Outgoing(LOOPBACK), signers, system.database)
    await connector.deliver(effect())
    system.receiver.secret = new
    await connector.deliver(effect())
    assert len(system.receiver.kept) == 2


async def test_a_message_changed_on_its_way_does_not_verify(system: WebhookSystem) -> None:
    heard: dict[str, str] = {}

    class Tap(Outgoing):
        async def post(self, address, content, headers):  # type: ignore[no-untyped-def]
            heard.update(headers)
            self.content = content
            return await super().post(address, content, headers)

    tap = Tap(LOOPBACK)
    signers = read_secrets(system.receiver.secret, "WEBHOOK_SECRET")
    await WebhookConnector(system.receiver.url, tap, signers, system.database).deliver(effect())
    judge = Webhook(system.receiver.secret)
    assert judge.verify(tap.content, heard)
    with pytest.raises(WebhookVerificationError):
        judge.verify(tap.content.replace(b"85.0", b"99.0"), heard)
    with pytest.raises(WebhookVerificationError):
        judge.verify(tap.content, heard | {"webhook-id": "another"})


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_busy_receiver_is_tried_again_when_it_says(system: WebhookSystem, status: int) -> None:
    sent = effect()
    system.receiver.faults.append(Fault(status, {"Retry-After": "7"}))
    with pytest.raises(HrmsUnavailable, match=str(status)) as caught:
        await system.connector.deliver(sent)
    assert caught.value.retry_after_s == 7
    await system.connector.deliver(sent)
    assert len(system.receiver.kept) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (301, "redirects are not followed"),
        (307, "redirects are not followed"),
        (400, "does not take this message"),
        (401, "same secret"),
        (404, "does not take"),
        (410, "closed for good"),
        (413, "does not take"),
    ],
)
async def test_a_refusal_is_parked_with_a_sentence_that_says_what_to_do(
    system: WebhookSystem, status: int, words: str
) -> None:
    system.receiver.faults.append(Fault(status, {"Location": system.receiver.url}))
    with pytest.raises(HrmsRejected, match=words) as caught:
        await system.connector.deliver(effect())
    assert f"WEBHOOK_URL answered {status}" in caught.value.reason
    assert system.receiver.heard == []


async def test_a_private_address_that_is_not_listed_is_parked_and_hears_nothing(system: WebhookSystem) -> None:
    async def to_loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    signers = read_secrets(system.receiver.secret, "WEBHOOK_SECRET")
    for reach, address, words in (
        (Reach(), system.receiver.url, "https"),
        (Reach(), f"https://hrms.example:{system.receiver.port}/hooks/mianshi", "private address 127.0.0.1"),
    ):
        connector = WebhookConnector(address, Outgoing(reach, lookup=to_loopback), signers, system.database)
        with pytest.raises(HrmsRejected, match=words):
            await connector.deliver(effect())
    assert system.receiver.heard == []


async def test_an_assessment_too_large_to_be_sent_is_parked(system: WebhookSystem) -> None:
    with pytest.raises(HrmsRejected, match="larger"):
        await system.connector.deliver(effect(summary="长" * LARGEST_BODY))


async def test_an_erasure_is_said_until_it_is_heard_and_then_once(system: WebhookSystem) -> None:
    system.lose_next_answer()
    with pytest.raises(HrmsUnavailable):
        await system.connector.erase("cand-1")
    system.receiver.faults.append(Fault(503))
    with pytest.raises(HrmsUnavailable):
        await system.connector.erase("cand-1")
    await system.connector.erase("cand-1")
    await system.connector.erase("cand-1")
    assert [event["data"] for event in system.receiver.events("candidate.erased")] == [{"candidate_id": "cand-1"}]
    assert len(system.receiver.heard) == 2


@pytest.mark.parametrize("text", ["", "  ", "whsec_", "whsec_c2hvcnQ=", "secret", "whsec_***", f"whsec_{'A' * 400}"])
def test_a_secret_that_is_none_is_named_by_its_setting_and_not_shown(text: str) -> None:
    with pytest.raises(Rejected, match="WEBHOOK_SECRET must be whsec_") as refused:
        read_secrets(text, "WEBHOOK_SECRET")
    assert "c2hvcnQ" not in str(refused.value)


async def test_the_settings_open_it_and_without_a_secret_it_alone_waits_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/ours.sqlite")
    monkeypatch.setenv("WEBHOOK_URL", "https://hrms.example/hooks")
    assert "webhook" in Settings().connectors
    async with open_connectors(Settings(), database) as connectors:
        assert isinstance(connectors["records"], RecordsConnector)
        with pytest.raises(HrmsUnavailable, match="WEBHOOK_SECRET"):
            await connectors["webhook"].find("01ARZ3NDEKTSV4RRFFQ69G5FAV")
    monkeypatch.setenv("WEBHOOK_SECRET", new_secret())
    async with open_connectors(Settings(), database) as connectors:
        assert connectors.keys() == {"records", "webhook"}
        assert connectors["webhook"].name == "webhook"
    database.close()
