from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.gateway.letter_code_sender import CodeUnsent, LetterCodeSender
from bot.identity import Code, code_for
from bot.outreach.wording import Facts, fits_one_message, texts, word_sms
from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from core.content import Language
from hr_bridge.position import PositionProfile, load_positions
from tests.bot.console.house import furnished
from tests.bot.outreach.conftest import FROM, turn_to
from tests.bot.outreach.letter_box import letters, only, post, send
from tests.bot.outreach.mail_server import MailServer, part
from tests.hr_bridge.connectors.receiver import Fault, Receiver, new_secret

BASE = "https://hr.example.cn"


@pytest.fixture
async def gateway() -> AsyncIterator[Receiver]:
    receiver = Receiver(new_secret())
    receiver.looks_at_the_clock = False
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gateway: Receiver, mail: MailServer
) -> AsyncIterator[Services]:
    """A house with an SMS gateway, and with mail beside it."""
    settings = {
        "SMS_URL": gateway.url,
        "SMS_SECRET": gateway.secret,
        "SMS_SIGNATURE": "启明科技",
        "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.port),
        "SMTP_TLS": "none",
        "SMTP_FROM": FROM,
    }
    with furnished(tmp_path, monkeypatch, **settings) as services, hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        yield services


def facts(profile: PositionProfile, language: Language) -> Facts:
    return Facts(
        "李雷",
        profile,
        language,
        ZoneInfo("Asia/Shanghai"),
        "",
        True,
        datetime(2026, 12, 31, 12, 45, tzinfo=UTC),
        datetime(2026, 12, 28, 2, 30, tzinfo=UTC),
        f"{BASE}/i/{'x' * 16}",
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("profile", load_positions(), ids=lambda profile: profile.key)
@pytest.mark.parametrize("kind", sorted(texts().keys() - {"facts", "frame", "notice"}))
def test_every_text_to_a_mainland_phone_is_one_message_of_seventy_characters(
    kind: str, profile: PositionProfile, language: Language
) -> None:
    signature = {"zh": "启明科技", "en": "Acme"}[language]
    text = word_sms(kind, "+8613800001234", facts(profile, language), signature, digits="123456").text
    assert len(text) <= 70, text
    assert text.startswith(f"【{signature}】")
    if kind not in ("called_off", "code"):
        assert text.endswith(f"{BASE}/i/{'x' * 16}")
    if language == "zh" and kind != "code":
        assert profile.title.zh in text


@pytest.mark.parametrize("profile", load_positions(), ids=lambda profile: profile.key)
def test_the_invitation_names_the_position_in_both_languages(profile: PositionProfile) -> None:
    for language in ("zh", "en"):
        text = word_sms("invitation", "+8613800001234", facts(profile, language), "Acme").text  # type: ignore[arg-type]
        assert profile.title.text(language) in text  # type: ignore[arg-type]


def test_latin_texts_have_room_for_more_and_chinese_ones_are_counted_in_their_own_alphabet() -> None:
    assert fits_one_message("x" * 160)
    assert not fits_one_message("x" * 161)
    assert not fits_one_message("[" * 81)
    assert fits_one_message("试" * 70)
    assert not fits_one_message("试" * 71)
    assert not fits_one_message("😀" * 36)


async def test_a_text_is_signed_and_sent_under_the_id_of_its_letter(house: Services, gateway: Receiver) -> None:
    made = send(house, email=None)
    assert made.letter == "sms"
    assert await post(house) == 1
    ((letter_id, event),) = gateway.kept.items()
    assert letter_id == only(house, made.id, "invitation").id
    assert (event["type"], event["data"]["to"], event["data"]["language"]) == ("sms.send", "+8613800001234", "zh")
    assert event["data"]["text"].startswith("【启明科技】")


async def test_a_gateway_that_did_not_answer_is_sent_the_same_text_under_the_same_id(
    house: Services, gateway: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = send(house, email=None)
    gateway.faults = [Fault(503, {"Retry-After": "90"})]
    assert await post(house) == 0
    letter = only(house, made.id, "invitation")
    assert (letter.problem, letter.problem_code) == ("try_later", 503)
    assert timedelta(seconds=80) < letter.due_at - now() <= timedelta(seconds=90)
    turn_forward(timedelta(minutes=2))
    assert await post(house) == 1
    assert len(gateway.kept) == 1
    assert len({body for _, body in gateway.heard}) == 1


@pytest.mark.parametrize(
    ("status", "state", "problem"),
    [(422, "parked", "bounced"), (400, "parked", "letter_refused"), (401, "pending", "login_refused")],
)
async def test_what_a_gateway_says_is_told_apart(
    house: Services, gateway: Receiver, status: int, state: str, problem: str
) -> None:
    made = send(house, email=None)
    gateway.faults = [Fault(status)]
    await post(house)
    letter = only(house, made.id, "invitation")
    assert (letter.state, letter.problem, letter.problem_code) == (state, problem, status)


async def test_after_a_bounce_the_other_road_is_taken_for_this_letter_and_all_that_follow(
    house: Services, gateway: Receiver, mail: MailServer
) -> None:
    made = send(house)
    mail.at_rcpt = ["550 5.1.1 no such user"]
    await post(house)
    await post(house)
    found = [(one.kind, one.channel, one.state) for one in letters(house, made.id)]
    assert sorted(found) == [
        ("invitation", "email", "parked"),
        ("invitation", "sms", "sent"),
        ("reminder_day", "sms", "pending"),
        ("reminder_hour", "sms", "pending"),
    ]
    assert len(gateway.kept) == 1
    assert send(house, email="li@example.com").letter == "email"  # another candidate's row, another story


async def test_a_code_goes_by_sms_at_any_hour_and_is_written_down_nowhere(house: Services, gateway: Receiver) -> None:
    turn_to("2026-11-24T23:30+08:00")
    made = send(house)
    code = code_for(house, made.id)
    assert await _send_code(house, code) is None
    (event,) = gateway.kept.values()
    assert code.digits in event["data"]["text"]
    assert all(one.kind != "code" for one in letters(house, made.id))


async def test_a_code_goes_by_mail_where_texts_are_not_set_up(house: Services, mail: MailServer) -> None:
    house.settings.sms.url = None
    code = code_for(house, send(house).id)
    assert await _send_code(house, code) == "l***@example.com"
    assert code.digits in part(mail.mails[0], "text/plain")


async def test_a_code_that_cannot_be_sent_says_so(house: Services, gateway: Receiver) -> None:
    code = code_for(house, send(house).id)
    gateway.faults = [Fault(503)]
    with pytest.raises(CodeUnsent):
        await _send_code(house, code)


async def _send_code(services: Services, code: Code) -> str | None:
    import asyncio

    class Nobody:
        def send(self, code: Code) -> str | None:
            raise AssertionError("a road was there")

    return await asyncio.to_thread(LetterCodeSender(services, Nobody()).send, code)
