from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from bot.gateway.code_sender import ConsoleSender
from bot.identity import (
    CODE_TRIES,
    CodeUsedUp,
    CodeWrong,
    ContactMissing,
    TooManyCodes,
    admit,
    bind_device,
    cookie_name,
    masked,
    new_code,
    take_over,
)
from core.clock import hands_restored, turn_forward
from core.errors import DeviceUnknown, LinkUnknown
from core.tables import AccessLink, Device, DeviceCode
from tests.bot.gateway.chat_door import Door, Invited, invite, open_door


@pytest.fixture(params=["sqlite", "postgres"])
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    url = None if request.param == "sqlite" else request.getfixturevalue("fresh_postgres")()
    opened = open_door(tmp_path, url=url)
    yield opened
    opened.database.close()


@pytest.fixture
def invited(door: Door) -> Invited:
    return invite(door)


def bound(door: Door, invited: Invited) -> dict[str, str]:
    """The cookies of a first browser."""
    interview_id, secret = bind_device(door.services, invited.token, {})
    assert secret is not None
    return {cookie_name(interview_id): secret}


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_link_alone_is_enough_until_a_browser_is_bound(door: Door, invited: Invited) -> None:
    visitor = admit(door.services, invited.token, {})
    assert (visitor.interview_id, visitor.language, visitor.device_id) == (invited.interview_id, "zh", None)
    cookies = bound(door, invited)
    with pytest.raises(DeviceUnknown):
        admit(door.services, invited.token, {})
    assert admit(door.services, invited.token, cookies).device_id


def test_a_link_that_does_not_exist_lets_nobody_in(door: Door) -> None:
    with pytest.raises(LinkUnknown):
        admit(door.services, "guessed", {})


def test_the_same_browser_is_bound_once_and_another_is_not(door: Door, invited: Invited) -> None:
    cookies = bound(door, invited)
    assert bind_device(door.services, invited.token, cookies) == (invited.interview_id, None)
    with pytest.raises(DeviceUnknown):
        bind_device(door.services, invited.token, {})
    with door.database.reading() as session:
        assert len(session.exec(select(Device)).all()) == 1


def test_of_two_browsers_at_the_same_moment_one_is_bound(door: Door, invited: Invited) -> None:
    def try_to_bind(_: int) -> str:
        try:
            bind_device(door.services, invited.token, {})
        except DeviceUnknown:
            return "other"
        return "bound"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(try_to_bind, range(6)))
    assert sorted(outcomes) == ["bound"] + ["other"] * 5


def test_a_cookie_of_another_interview_is_worth_nothing(door: Door, invited: Invited) -> None:
    other = invite(door)
    secret = next(iter(bound(door, other).values()))
    bound(door, invited)
    with pytest.raises(DeviceUnknown):
        admit(door.services, invited.token, {cookie_name(invited.interview_id): secret})


def test_the_code_moves_the_interview_and_the_old_browser_is_out(door: Door, invited: Invited) -> None:
    old = bound(door, invited)
    code = new_code(door.services, invited.token)
    assert code.contact == "+8613800001234"
    interview_id, secret = take_over(door.services, invited.token, code.digits)
    assert admit(door.services, invited.token, {cookie_name(interview_id): secret})
    with pytest.raises(DeviceUnknown):
        admit(door.services, invited.token, old)


def test_a_code_works_once(door: Door, invited: Invited) -> None:
    code = new_code(door.services, invited.token)
    take_over(door.services, invited.token, code.digits)
    with pytest.raises(CodeUsedUp):
        take_over(door.services, invited.token, code.digits)


def test_after_five_wrong_tries_even_the_right_code_is_dead(door: Door, invited: Invited) -> None:
    code = new_code(door.services, invited.token)
    for _ in range(CODE_TRIES):
        with pytest.raises(CodeWrong):
            take_over(door.services, invited.token, wrong(code.digits))
    with pytest.raises(CodeUsedUp):
        take_over(door.services, invited.token, code.digits)


def test_a_code_lasts_ten_minutes(door: Door, invited: Invited) -> None:
    code = new_code(door.services, invited.token)
    with hands_restored():
        turn_forward(timedelta(minutes=10))
        with pytest.raises(CodeUsedUp):
            take_over(door.services, invited.token, code.digits)


def test_a_new_code_ends_the_earlier_one_and_there_are_three_an_hour(door: Door, invited: Invited) -> None:
    codes = [new_code(door.services, invited.token) for _ in range(3)]
    with pytest.raises(TooManyCodes) as refusal:
        new_code(door.services, invited.token)
    assert 3500 < refusal.value.retry_after_s <= 3601
    if codes[0].digits != codes[2].digits:
        with pytest.raises(CodeWrong):
            take_over(door.services, invited.token, codes[0].digits)
    take_over(door.services, invited.token, codes[2].digits)
    with hands_restored():
        turn_forward(timedelta(hours=1, seconds=1))
        assert new_code(door.services, invited.token)


def test_codes_and_secrets_are_stored_as_hashes(door: Door, invited: Invited) -> None:
    secret = next(iter(bound(door, invited).values()))
    code = new_code(door.services, invited.token)
    with door.database.reading() as session:
        stored = [session.exec(select(column)).one() for column in (Device.secret_hash, DeviceCode.code_hash)]
        stored.append(session.exec(select(AccessLink.token_hash)).one())
    for words in (secret, code.digits, invited.token):
        assert all(words not in value for value in stored)


def test_the_code_goes_to_the_mail_where_no_phone_is_known(door: Door) -> None:
    invited = invite(door, phone=None, email="li@example.com")
    assert new_code(door.services, invited.token).contact == "li@example.com"
    with pytest.raises(ContactMissing):
        new_code(door.services, invite(door, phone=None).token)


@pytest.mark.parametrize(
    ("contact", "shown"),
    [("+8613812341234", "138****1234"), ("+442071838750", "+44****8750"), ("li.na@example.com", "l***@example.com")],
)
def test_a_contact_is_shown_masked(contact: str, shown: str) -> None:
    assert masked(contact) == shown


def test_over_http_the_cookie_is_kept_from_scripts_and_other_sites(door: Door, invited: Invited) -> None:
    with TestClient(door.app) as client:
        header = client.post(f"/api/chat/{invited.token}/device").headers["set-cookie"]
        assert "HttpOnly" in header
        assert "SameSite=strict" in header
        assert "Path=/" in header
        assert client.post(f"/api/chat/{invited.token}/device").status_code == 204
    with TestClient(door.app) as other:
        path = f"/api/chat/{invited.token}"
        for answer in (other.post(f"{path}/device"), other.get(f"{path}/messages"), other.get(f"{path}/state")):
            assert answer.status_code == 403
            assert answer.json()["type"] == "/problems/device"
        sent = other.post(f"{path}/code")
        assert (sent.status_code, sent.json()) == (202, {"sent_to": "138****1234"})
        digits = door.sender.codes[-1].digits
        refused = other.post(f"{path}/device", json={"code": wrong(digits)})
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/code-wrong")
        assert other.post(f"{path}/device", json={"code": "12345"}).status_code == 422
        assert other.post(f"{path}/device", json={"code": digits}).status_code == 204
        assert other.get(f"{path}/messages").status_code == 200


def test_without_a_sender_the_code_is_printed_where_the_server_runs_and_never_logged(
    door: Door,
    invited: Invited,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPERATOR_PIPE", raising=False)
    code = new_code(door.services, invited.token)
    ConsoleSender().send(code)
    printed = capsys.readouterr().err
    assert code.digits not in caplog.text
    assert code.digits in printed
    assert "138****1234" in printed
    assert code.contact not in printed
