from __future__ import annotations

import errno
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import select

from bot import conversation
from core.clock import now
from core.errors import DatabaseBusy
from core.tables import AccessLink, TypedInput
from dialogue.turn import Button, Reply
from hr_bridge.resume.document import ReadersBusy
from tests.bot.gateway.chat_door import Door, Invited, changed, invite, question, say

PDF_NAMED_EXE = b"MZ\x90\x00" + b"\0" * 200


def post_text(client: TestClient, invited: Invited, text: str, client_id: str | None = None) -> Response:
    return client.post(
        f"/api/chat/{invited.token}/messages", json={"client_id": client_id or str(uuid4()), "text": text}
    )


def messages(client: TestClient, invited: Invited, after: int = 0) -> list[dict[str, Any]]:
    answer = client.get(f"/api/chat/{invited.token}/messages?after={after}")
    assert answer.status_code == 200
    said: list[dict[str, Any]] = answer.json()
    return said


def assert_problem(answer: Response, status: int, name: str, sentence: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == f"/problems/{name}"
    assert body["title"]
    assert "Traceback" not in answer.text
    if sentence:
        assert sentence in body["detail"]


def test_a_message_is_taken_in_and_read_back(client: TestClient, invited: Invited) -> None:
    answer = post_text(client, invited, "  我做过三年销售。 ")
    assert (answer.status_code, answer.json()) == (202, {"seq": 1})
    (message,) = messages(client, invited)
    assert message["from"] == "candidate"
    assert message["text"] == "我做过三年销售。"
    assert {"seq", "from", "kind", "text", "buttons", "time_left_s"} <= message.keys()


def test_the_same_client_id_twice_is_one_message(client: TestClient, invited: Invited) -> None:
    client_id = str(uuid4())
    first, second = (post_text(client, invited, "一次", client_id) for _ in range(2))
    assert first.json() == second.json()
    assert len(messages(client, invited)) == 1


def test_messages_after_a_sequence_number_leave_out_what_was_seen(client: TestClient, invited: Invited) -> None:
    for text in ("一", "二", "三"):
        post_text(client, invited, text)
    assert [m["text"] for m in messages(client, invited, after=2)] == ["三"]


def test_a_get_changes_nothing(door: Door, client: TestClient, invited: Invited) -> None:
    say(door, invited.interview_id, question(1, "问题"))
    before = door.database.engine.raw_connection().execute("PRAGMA data_version").fetchone()
    dump = "\n".join(door.database.engine.raw_connection().iterdump())  # type: ignore[attr-defined]
    for path in (f"/i/{invited.token}", f"/api/chat/{invited.token}/messages", f"/api/chat/{invited.token}/state"):
        assert client.get(path).status_code == 200
    assert dump == "\n".join(door.database.engine.raw_connection().iterdump())  # type: ignore[attr-defined]
    assert before == door.database.engine.raw_connection().execute("PRAGMA data_version").fetchone()


@pytest.mark.parametrize(
    ("text", "status", "name"),
    [("", 422, "message"), ("   \n", 422, "message"), ("长" * 8001, 422, "message"), ("长" * 20_000, 422, "message")],
)
def test_an_empty_or_overlong_message_is_refused_in_one_sentence(
    client: TestClient, invited: Invited, text: str, status: int, name: str
) -> None:
    answer = client.post(
        f"/api/chat/{invited.token}/messages",
        content=json.dumps({"client_id": str(uuid4()), "text": text}, ensure_ascii=False).encode(),
        headers={"content-type": "application/json"},
    )
    assert_problem(answer, status, name)
    assert messages(client, invited) == []


def test_twenty_thousand_emoji_are_too_large(client: TestClient, invited: Invited) -> None:
    assert_problem(post_text(client, invited, "😀" * 20_000), 413, "too-large", "8000")


@pytest.mark.parametrize(
    "text", ["😀😀", "/withdraw", '/answer{"answer_id": "1"}', "<script>alert(1)</script>", "a\0b"]
)
def test_strange_text_is_an_ordinary_message(client: TestClient, invited: Invited, text: str) -> None:
    assert post_text(client, invited, text).status_code == 202
    assert messages(client, invited)[0]["text"] == text.replace("\0", "")


@pytest.mark.parametrize(
    "body", [b"\x89PNG\r\n\x1a\n\xff\xfe", b'{"client_id": ', b'{"client_id": "\xff\xfe", "text": "x"}', b""]
)
def test_a_body_that_is_no_json_is_unreadable(client: TestClient, invited: Invited, body: bytes) -> None:
    answer = client.post(
        f"/api/chat/{invited.token}/messages", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "刷新页面" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x"},
        {"client_id": "not a uuid", "text": "x"},
        {"client_id": str(uuid4()), "text": 5},
        {"client_id": str(uuid4()), "text": None},
        {"client_id": str(uuid4()), "text": {"$ne": 1}},
        ["x"],
        "x",
    ],
)
def test_a_wrong_type_is_named_and_never_quoted(client: TestClient, invited: Invited, body: object) -> None:
    answer = client.post(f"/api/chat/{invited.token}/messages", json=body)
    assert_problem(answer, 422, "field")
    assert "not a uuid" not in answer.text


def test_half_a_surrogate_pair_is_refused(client: TestClient, invited: Invited) -> None:
    answer = client.post(
        f"/api/chat/{invited.token}/messages",
        content=b'{"client_id": "%s", "text": "\\ud800"}' % str(uuid4()).encode(),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 422)
    assert messages(client, invited) == []


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999"])
def test_an_impossible_sequence_number_is_refused(client: TestClient, invited: Invited, after: str) -> None:
    assert_problem(client.get(f"/api/chat/{invited.token}/messages?after={after}"), 422, "field")


def test_a_wrong_link_is_told_in_the_browsers_language(client: TestClient) -> None:
    path = "/api/chat/nothing-here/messages"
    assert_problem(client.get(path, headers={"accept-language": "zh-CN"}), 404, "link", "链接")
    assert_problem(client.get(path, headers={"accept-language": "en-GB,en"}), 404, "link", "link")


def test_an_expired_and_a_revoked_link_open_nothing(door: Door, client: TestClient, invited: Invited) -> None:
    with changed(door, invited.interview_id) as interview:
        interview.expires_at = now() - timedelta(seconds=1)
    assert_problem(post_text(client, invited, "在吗"), 404, "link")
    other = invite(door, "en")
    with door.database.unit_of_work() as session:
        for link in session.exec(select(AccessLink)):
            link.revoked_at = now()
    assert_problem(post_text(client, other, "hello"), 404, "link")


def test_after_the_end_nothing_is_taken_and_everything_can_be_read(
    door: Door, client: TestClient, invited: Invited
) -> None:
    post_text(client, invited, "再见")
    with changed(door, invited.interview_id) as interview:
        interview.finished_at = now()
    assert_problem(post_text(client, invited, "还有一点"), 409, "interview-over", "结束")
    assert [m["text"] for m in messages(client, invited)] == ["再见"]
    assert client.get(f"/api/chat/{invited.token}/state").json()["over"] is True


def test_a_button_is_pressed_by_its_id_and_an_old_one_is_refused(
    door: Door, client: TestClient, invited: Invited
) -> None:
    say(door, invited.interview_id, Reply("confirm", "要退出吗？", (Button("是", "/yes"), Button("否", "/no"))))
    (asked,) = messages(client, invited)
    assert [set(b) for b in asked["buttons"]] == [{"id", "title"}, {"id", "title"}]
    press = {"client_id": str(uuid4()), "id": asked["buttons"][1]["id"]}
    path = f"/api/chat/{invited.token}/buttons"
    assert client.post(path, json=press).json() == {"seq": 2}
    assert client.post(path, json=press).json() == {"seq": 2}
    assert_problem(client.post(path, json={**press, "client_id": str(uuid4())}), 409, "button", "按钮")
    assert_problem(client.post(path, json={"client_id": str(uuid4()), "id": "x" * 65}), 422, "field")
    assert len(messages(client, invited)) == 2


def test_a_hundred_messages_at_once_are_slowed_down_and_none_that_was_accepted_is_lost(
    client: TestClient, invited: Invited
) -> None:
    answers = [post_text(client, invited, f"第{n}条") for n in range(100)]
    accepted = [a for a in answers if a.status_code == 202]
    refused = [a for a in answers if a.status_code == 429]
    assert len(accepted) + len(refused) == 100
    assert len(accepted) >= 20
    assert refused
    assert_problem(refused[0], 429, "too-fast", "快")
    assert int(refused[0].headers["retry-after"]) >= 1
    assert [m["seq"] for m in messages(client, invited)] == [a.json()["seq"] for a in accepted]


def test_one_candidates_flood_slows_nobody_else(door: Door, client: TestClient, invited: Invited) -> None:
    while post_text(client, invited, "刷屏").status_code == 202:
        pass
    assert post_text(client, invite(door), "我在").status_code == 202


def test_a_locked_database_asks_for_patience(
    client: TestClient, invited: Invited, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> int:
        raise DatabaseBusy("locked")

    monkeypatch.setattr(conversation, "receive_text", busy)
    answer = post_text(client, invited, "在吗")
    assert_problem(answer, 503, "busy")
    assert answer.headers["retry-after"] == "2"


def test_a_full_disk_on_upload_asks_for_patience(
    door: Door, client: TestClient, invited: Invited, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(conversation, "receive_resume", full)
    acknowledge(door, invited)
    answer = upload(client, invited, b"hello", "cv.txt")
    assert_problem(answer, 503, "storage-full")
    assert "retry-after" in answer.headers


def test_a_surprise_is_one_sentence_and_its_words_reach_no_log(
    client: TestClient, invited: Invited, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*received: object) -> int:
        raise ValueError(received[-1])

    monkeypatch.setattr(conversation, "receive_text", broken)
    assert_problem(post_text(client, invited, "我的秘密"), 500, "internal")
    assert "ValueError" in caplog.text
    assert "秘密" not in caplog.text
    assert invited.token not in caplog.text


def upload(client: TestClient, invited: Invited, data: bytes, name: str, **fields: str) -> Response:
    return client.post(f"/api/chat/{invited.token}/cv", files={"file": (name, data)}, data=fields)


def acknowledge(door: Door, invited: Invited) -> None:
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = now()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The interviews whose résumés would have been read."""
    interviews: list[str] = []

    def keep(_: object, interview_id: str, *__: object) -> int:
        interviews.append(interview_id)
        return len(interviews)

    monkeypatch.setattr(conversation, "receive_resume", keep)
    return interviews


@pytest.fixture
def acknowledged(door: Door, invited: Invited) -> Invited:
    acknowledge(door, invited)
    return invited


def test_a_resume_is_taken_in_once(client: TestClient, acknowledged: Invited) -> None:
    invited = acknowledged
    text = "张伟\n2019.3-2023.5 杭州某某科技有限公司 销售代表\n".encode()
    client_id = str(uuid4())
    first, second = (upload(client, invited, text, "简历.txt", client_id=client_id) for _ in range(2))
    assert first.status_code == 202, first.text
    assert first.json() == second.json()
    assert len(messages(client, invited)) == 1


@pytest.mark.parametrize(
    ("data", "name"), [(PDF_NAMED_EXE, "cv.pdf"), (b"", "cv.txt"), (b"\xff\xd8\xff\xe0", "cv.docx")]
)
def test_a_file_that_is_no_resume_gets_a_sentence(
    client: TestClient, acknowledged: Invited, data: bytes, name: str
) -> None:
    answer = upload(client, acknowledged, data, name)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 5


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh", "请先点「我已了解，开始」"), ("en", "I understand, let's begin")]
)
def test_no_resume_is_read_before_the_notice_is_acknowledged(
    door: Door, client: TestClient, read: list[str], language: str, sentence: str
) -> None:
    invited = invite(door, language)
    assert_problem(upload(client, invited, b"hello", "cv.txt"), 409, "notice", sentence)
    assert read == []
    acknowledge(door, invited)
    assert upload(client, invited, b"hello", "cv.txt").status_code == 202
    assert client.get(f"/api/chat/{invited.token}/state").json()["acknowledged"] is True


def test_after_the_end_an_upload_is_told_that_it_is_over(door: Door, client: TestClient, invited: Invited) -> None:
    with changed(door, invited.interview_id) as interview:
        interview.withdrawn_at = now()
    assert_problem(upload(client, invited, b"hello", "cv.txt"), 409, "interview-over")


def test_a_burst_of_resumes_is_slowed_down_before_any_is_read(
    door: Door, client: TestClient, acknowledged: Invited, read: list[str]
) -> None:
    answers = [upload(client, acknowledged, b"hello", "cv.txt") for _ in range(20)]
    assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 17
    assert len(read) == 3
    assert_problem(answers[3], 429, "too-fast", "简历上传得太频繁")
    assert 15 <= int(answers[3].headers["retry-after"]) <= 20
    other = invite(door)
    acknowledge(door, other)
    assert upload(client, other, b"hello", "cv.txt").status_code == 202
    assert post_text(client, acknowledged, "还在").status_code == 202


def test_when_every_reader_is_taken_the_candidate_is_asked_to_come_back(
    client: TestClient, acknowledged: Invited, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> int:
        raise ReadersBusy

    monkeypatch.setattr(conversation, "receive_resume", busy)
    answer = upload(client, acknowledged, b"hello", "cv.txt")
    assert_problem(answer, 503, "unavailable", "请过半分钟再传一次")
    assert answer.headers["retry-after"] == "30"


def test_an_upload_without_a_file_or_without_multipart_is_refused(client: TestClient, invited: Invited) -> None:
    path = f"/api/chat/{invited.token}/cv"
    assert_problem(client.post(path, data={"client_id": "x"}, files={"other": b"x"}), 422, "file-missing")
    assert_problem(client.post(path, json={"file": "x"}), 400, "unreadable")
    broken = {"content-type": "multipart/form-data; boundary=b"}
    assert_problem(client.post(path, content=b"\x00\x01nonsense", headers=broken), 400, "unreadable")
    assert_problem(client.post(path, content=b"x", headers={"content-type": "multipart/form-data"}), 400, "unreadable")
    assert_problem(upload(client, invited, b"hello", "cv.txt", client_id="nope"), 422, "field")


def test_ten_megabytes_and_a_byte_are_too_large(client: TestClient, invited: Invited) -> None:
    assert_problem(upload(client, invited, b"x" * (10 * 1024 * 1024 + 1), "cv.txt"), 413, "too-large", "10 MB")


def test_two_messages_at_the_same_moment_get_two_numbers(client: TestClient, invited: Invited) -> None:
    seqs: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: seqs.append(post_text(client, invited, f"{n}").json()["seq"]))
        for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seqs) == [1, 2, 3, 4, 5]


def test_a_wrong_method_or_address_is_a_problem_too(client: TestClient, invited: Invited) -> None:
    assert client.put(f"/api/chat/{invited.token}/messages").headers["content-type"] == "application/problem+json"
    assert client.get(f"/api/chat/{invited.token}/nowhere").headers["content-type"] == "application/problem+json"


def test_how_a_text_came_in_is_kept_as_counts_beside_it(client: TestClient, door: Door, invited: Invited) -> None:
    body = {"client_id": str(uuid4()), "text": "我做过三年销售。", "input": {"pasted_chars": 8, "typing_ms": 120}}
    for _ in range(2):
        assert client.post(f"/api/chat/{invited.token}/messages", json=body).status_code == 202
    post_text(client, invited, "没有计数的话。")
    with door.database.reading() as session:
        [seen] = session.exec(select(TypedInput)).all()
    assert (seen.interview_id, seen.pasted_chars, seen.typing_ms) == (invited.interview_id, 8, 120)
    assert "input" not in messages(client, invited)[0]


@pytest.mark.parametrize(
    "counts",
    [
        {"pasted_chars": -1, "typing_ms": 0},
        {"pasted_chars": 0, "typing_ms": 10**9},
        {"pasted_chars": 0},
        {"pasted_chars": "many", "typing_ms": 1},
    ],
)
def test_counts_out_of_bounds_are_refused(client: TestClient, invited: Invited, counts: dict[str, Any]) -> None:
    body = {"client_id": str(uuid4()), "text": "你好", "input": counts}
    assert client.post(f"/api/chat/{invited.token}/messages", json=body).status_code == 422
    assert messages(client, invited) == []
