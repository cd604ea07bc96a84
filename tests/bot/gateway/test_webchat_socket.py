from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from bot import conversation
from core.clock import now
from core.errors import DatabaseBusy
from core.tables import AccessLink, InboxMessage
from tests.bot.gateway.chat_door import Door, Invited, changed, question, say

Frames = list[dict[str, Any]]


def receive_until(socket: WebSocketTestSession, key: str) -> Frames:
    """Frames up to the first one that has `key`."""
    frames: Frames = []
    while not frames or key not in frames[-1]:
        frames.append(socket.receive_json())
    return frames


def path(invited: Invited, after: int = 0) -> str:
    return f"/api/chat/{invited.token}/socket?after={after}"


def test_messages_come_in_order_from_the_number_last_seen(door: Door, client: TestClient, invited: Invited) -> None:
    for number in (1, 2, 3):
        say(door, invited.interview_id, question(number, f"问题{number}"))
    with client.websocket_connect(path(invited, after=1)) as socket:
        frames = receive_until(socket, "state")
    assert [f["seq"] for f in frames if "seq" in f] == [2, 3]
    over_http = client.get(f"/api/chat/{invited.token}/messages?after=1").json()
    assert frames[:2] == over_http


def test_what_is_said_meanwhile_arrives(door: Door, client: TestClient, invited: Invited) -> None:
    with client.websocket_connect(path(invited)) as socket:
        assert receive_until(socket, "state")[-1]["state"] == {
            "left_s": 1200,
            "running": False,
            "typing": False,
            "acknowledged": False,
            "over": False,
            "voice": True,
        }
        say(door, invited.interview_id, question(1, "说说您自己"))
        (message,) = receive_until(socket, "seq")
        assert message["text"] == "说说您自己"
        assert message["question"] == {"kind": "structured", "number": 1, "of": 7}


def test_a_text_is_acknowledged_before_it_is_echoed_and_the_bot_is_seen_writing(
    client: TestClient, invited: Invited
) -> None:
    client_id = str(uuid4())
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        socket.send_json({"client_id": client_id, "text": "我做过销售"})
        ack, echo, state = (socket.receive_json() for _ in range(3))
    assert ack == {"ack": client_id, "seq": 1}
    assert (echo["from"], echo["text"], echo["seq"]) == ("candidate", "我做过销售", 1)
    assert state["state"]["typing"] is True


def test_sent_again_after_a_lost_line_it_is_one_message(client: TestClient, invited: Invited) -> None:
    sent = {"client_id": str(uuid4()), "text": "一次"}
    for _ in range(2):
        with client.websocket_connect(path(invited)) as socket:
            socket.send_json(sent)
            assert receive_until(socket, "ack")[-1]["seq"] == 1
    assert len(client.get(f"/api/chat/{invited.token}/messages").json()) == 1


def test_a_button_goes_over_the_socket_too(door: Door, client: TestClient, invited: Invited) -> None:
    say(door, invited.interview_id, question(1, "能倒班吗？", "能", "不能"))
    with client.websocket_connect(path(invited)) as socket:
        asked = receive_until(socket, "state")[0]
        press = {"client_id": str(uuid4()), "button": asked["buttons"][0]["id"]}
        socket.send_json(press)
        assert receive_until(socket, "ack")[-1]["seq"] == 2
        socket.send_json({"client_id": str(uuid4()), "button": asked["buttons"][0]["id"]})
        assert "按钮" in receive_until(socket, "refused")[-1]["detail"]


def test_a_refusal_says_why_and_the_socket_stays(door: Door, client: TestClient, invited: Invited) -> None:
    with client.websocket_connect(path(invited)) as socket:
        for text in ("", "长" * 8001):
            socket.send_json({"client_id": str(uuid4()), "text": text})
            assert receive_until(socket, "refused")[-1]["detail"]
        with changed(door, invited.interview_id) as interview:
            interview.finished_at = now()
        socket.send_json({"client_id": str(uuid4()), "text": "还有"})
        assert "结束" in receive_until(socket, "refused")[-1]["detail"]


def test_what_comes_too_fast_is_asked_for_again(client: TestClient, invited: Invited) -> None:
    with client.websocket_connect(path(invited)) as socket:
        answers: Frames = []
        for n in range(100):
            socket.send_json({"client_id": str(uuid4()), "text": f"第{n}条"})
        while len(answers) < 100:
            frame = socket.receive_json()
            if "ack" in frame or "later" in frame:
                answers.append(frame)
    later = [a for a in answers if "later" in a]
    assert later
    assert later[0]["retry_after_s"] >= 1
    acknowledged = [a["seq"] for a in answers if "ack" in a]
    kept = client.get(f"/api/chat/{invited.token}/messages").json()
    assert [m["seq"] for m in kept] == acknowledged


def test_a_busy_database_delays_and_loses_nothing(
    client: TestClient, invited: Invited, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in = conversation.receive_text

    def busy(*_: object) -> int:
        raise DatabaseBusy("locked")

    sent = {"client_id": str(uuid4()), "text": "在吗"}
    with client.websocket_connect(path(invited)) as socket:
        monkeypatch.setattr(conversation, "receive_text", busy)
        socket.send_json(sent)
        assert receive_until(socket, "later")[-1]["later"] == sent["client_id"]
        monkeypatch.setattr(conversation, "receive_text", taken_in)
        socket.send_json(sent)
        assert receive_until(socket, "ack")[-1]["seq"] == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8000.evil.example"])
def test_another_sites_page_cannot_open_the_socket(client: TestClient, invited: Invited, origin: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(path(invited), headers={"origin": origin}),
    ):
        pass


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", None])
def test_our_own_page_and_programs_can(client: TestClient, invited: Invited, origin: str | None) -> None:
    headers = {"host": "127.0.0.1:8000"} | ({"origin": origin} if origin else {})
    with client.websocket_connect(path(invited), headers=headers) as socket:
        assert receive_until(socket, "state")


def test_an_unknown_link_opens_no_socket(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/chat/nothing/socket"):
        pass


@pytest.mark.parametrize("frame", ["not json", '{"text": "no id"}', '{"client_id": "x", "text": "y"}', "[]"])
def test_an_unreadable_frame_closes_the_socket(client: TestClient, invited: Invited, frame: str) -> None:
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        socket.send_text(frame)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1003


def test_a_huge_frame_closes_the_socket(client: TestClient, invited: Invited) -> None:
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        socket.send_json({"client_id": str(uuid4()), "text": "x" * 70_000})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1009


def test_the_older_tab_is_told_when_another_device_takes_over(door: Door, client: TestClient, invited: Invited) -> None:
    base = f"/api/chat/{invited.token}"
    assert client.post(f"{base}/device").status_code == 204
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    with client.websocket_connect(path(invited), headers=headers) as socket:
        receive_until(socket, "state")
        phone = TestClient(door.app, base_url="http://127.0.0.1:8000")
        assert phone.post(f"{base}/code").status_code == 202
        assert phone.post(f"{base}/device", json={"code": door.sender.codes[-1].digits}).status_code == 204
        started = time.monotonic()
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, "never")
        assert time.monotonic() - started < 3
    assert (closed.value.code, closed.value.reason) == (4001, "replaced")
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path(invited), headers=headers):
        pass


def revoke(door: Door, invited: Invited) -> None:
    with door.database.unit_of_work() as session:
        link = session.exec(select(AccessLink).where(AccessLink.interview_id == invited.interview_id)).one()
        link.revoked_at = now()


def expire(door: Door, invited: Invited) -> None:
    with changed(door, invited.interview_id) as interview:
        interview.expires_at = now() - timedelta(seconds=1)


def test_a_socket_opened_before_the_first_browser_was_bound_hears_nothing_after(
    door: Door, client: TestClient, invited: Invited
) -> None:
    candidate = TestClient(door.app, base_url="http://127.0.0.1:8000")
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        assert candidate.post(f"/api/chat/{invited.token}/device").status_code == 204
        say(door, invited.interview_id, question(1, "说说您自己"))
        with pytest.raises(WebSocketDisconnect) as closed:
            frames = receive_until(socket, "seq")
            pytest.fail(f"a stranger read {frames}")
    assert closed.value.code == 4001


def test_a_stranger_says_nothing_through_a_socket_opened_before(
    door: Door, client: TestClient, invited: Invited
) -> None:
    candidate = TestClient(door.app, base_url="http://127.0.0.1:8000")
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        assert candidate.post(f"/api/chat/{invited.token}/device").status_code == 204
        socket.send_json({"client_id": str(uuid4()), "text": "我是冒充的"})
        with pytest.raises(WebSocketDisconnect):
            assert "ack" not in receive_until(socket, "ack")[-1]
    assert candidate.get(f"/api/chat/{invited.token}/messages").json() == []


@pytest.mark.parametrize("end", [revoke, expire])
def test_a_link_that_is_no_good_any_more_closes_its_open_sockets(
    end: Callable[[Door, Invited], None], door: Door, client: TestClient, invited: Invited
) -> None:
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        end(door, invited)
        started = time.monotonic()
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, "never")
        assert time.monotonic() - started < 3
    assert (closed.value.code, closed.value.reason) == (4004, "gone")


@pytest.mark.parametrize("end", [revoke, expire])
def test_nothing_more_is_taken_in_over_a_dead_link(
    end: Callable[[Door, Invited], None], door: Door, client: TestClient, invited: Invited
) -> None:
    with client.websocket_connect(path(invited)) as socket:
        receive_until(socket, "state")
        end(door, invited)
        socket.send_json({"client_id": str(uuid4()), "text": "还在吗"})
        with suppress(WebSocketDisconnect):  # the next look may come before the text
            assert "链接" in receive_until(socket, "refused")[-1]["detail"]
    with door.database.reading() as session:
        assert session.exec(select(InboxMessage)).all() == []
