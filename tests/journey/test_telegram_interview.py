"""Whole interviews in Telegram through the real processes, in both languages; from there to the web and back; and the
app killed between receipt and reply."""

from __future__ import annotations

import re
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import func, select

from core.tables import (
    Answer,
    Delivery,
    DeviceCode,
    InboxMessage,
    Interview,
    Message,
    Recording,
    TelegramChat,
    TelegramUpdate,
)
from tests.fakes.telegram.phones import BotAccount, Phone, buttons_of
from tests.journey.test_interview import GOOD
from tests.recordings import encode, long_recording
from tests.stack import CandidateClient, Stack, eventually

POINTS = (
    "before the updates are committed",
    "after the updates' commit",
    "after an update is handed over",
    "before a sent message is noted",
)


class TelegramCandidate:
    """A candidate on the phone: what was new after each thing they did is returned."""

    def __init__(self, stack: Stack, bot: BotAccount, interview_id: str, language: str) -> None:
        self.stack, self.interview_id = stack, interview_id
        self.phone = Phone(bot, {"zh": "zh-hans", "en": "en"}[language])

    def read(self, within_s: float = 60) -> list[dict[str, Any]]:
        """What came, as soon as nothing more is to come."""
        eventually(self._is_quiet, within_s, f"the talk does not come to rest; {self.stack.tail()}")
        return self.phone.read_until(bool, within_s)

    def open_link(self, token: str) -> list[dict[str, Any]]:
        self.phone.open_link(token)
        return self.read()

    def say(self, text: str) -> list[dict[str, Any]]:
        self.phone.write(text)
        return self.read()

    def press(self, part: str = "") -> list[dict[str, Any]]:
        """Press the first of the newest buttons whose title contains the words."""
        self.phone.press(next(b for b in self.phone.buttons() if part in b["text"]))
        return self.read()

    def hold_interview(self, answer: str, upto: str = "never") -> None:
        """From the notice on: the first option of whatever is offered, else the answer; until a text says `upto`."""
        for _ in range(40):
            last = self.phone.messages()[-1]
            if upto in last["text"] or self._is_over():
                return
            if open_buttons := [b for b in buttons_of(last) if not b["text"].startswith("✓")]:
                self.press(open_buttons[-1 if "own_questions" in self._stage() else 0]["text"])
            else:
                self.say(answer)
        raise AssertionError("the interview does not end")

    def _is_quiet(self) -> bool:
        with self.stack.services() as services, services.database.reading() as session:
            chat = session.exec(select(TelegramChat).where(TelegramChat.interview_id == self.interview_id)).first()
            newest = session.exec(select(func.max(Message.seq)).where(Message.interview_id == self.interview_id)).one()
            open_rows = select(InboxMessage.turn_id).where(
                InboxMessage.interview_id == self.interview_id,
                InboxMessage.done_at == None,  # noqa: E711
            )
            open_updates = select(TelegramUpdate.update_id).where(TelegramUpdate.done_at == None)  # noqa: E711
            waiting = session.exec(open_rows).first() or session.exec(open_updates).first()
            kept = session.get(TelegramUpdate, (self.phone.bot.id, self.phone.bot.newest_update))
            return kept is not None and chat is not None and chat.sent_seq == newest and not waiting

    def _stage(self) -> str:
        with self.stack.services() as services, services.database.reading() as session:
            asked = select(Message).where(Message.interview_id == self.interview_id, Message.question_id != None)  # noqa: E711
            newest = session.exec(asked.order_by(Message.seq.desc())).first()  # type: ignore[attr-defined]
            return str(newest.extra.get("kind")) if newest else ""

    def _is_over(self) -> bool:
        with self.stack.services() as services, services.database.reading() as session:
            return session.get_one(Interview, self.interview_id).finished_at is not None


@pytest.mark.parametrize(("language", "position"), [("zh", "sales"), ("en", "production_supervisor")])
def test_an_interview_in_telegram_becomes_a_record(stack: Stack, bot: BotAccount, language: str, position: str) -> None:
    invitation = stack.invite(language, position)
    candidate = TelegramCandidate(stack, bot, invitation.id, language)
    notice = candidate.open_link(invitation.token)
    begin = {"zh": "我已了解，开始", "en": "I understand, let's begin"}[language]
    assert buttons_of(notice[-1])[0]["text"] == begin
    candidate.press()
    candidate.hold_interview(GOOD[language])

    texts = candidate.phone.texts()
    heads = [match for text in texts if (match := re.match(r"(\S.*) (\d)/(\d) · (?:剩余 )?(\d+:\d\d)", text))]
    assert int(heads[0][2]) == 1
    assert max(int(head[2]) for head in heads) == int(heads[0][3])
    assert texts[-1].startswith({"zh": "面试到这里就结束了", "en": "That was the last question"}[language])
    said = sum(update.kind in ("text", "button", "command") for update in _updates(stack, invitation.id))
    with stack.services() as services, services.database.reading() as session:
        rows = session.exec(
            select(Message).where(Message.interview_id == invitation.id, Message.sender == "candidate")
        ).all()
    assert len(rows) == said

    def delivered() -> bool:
        with stack.services() as services, services.database.reading() as session:
            sent = session.exec(select(Delivery.state).where(Delivery.interview_id == invitation.id)).all()
            return sent == ["sent"]

    eventually(delivered, 120, f"the result was not delivered; {stack.tail()}")
    candidate.phone.write({"zh": "还有一句", "en": "one more thing"}[language])
    over = candidate.phone.read_until(bool)
    assert {"zh": "已经结束", "en": "is over"}[language] in over[-1]["text"]


def test_commands_and_a_withdrawal(stack: Stack, bot: BotAccount) -> None:
    invitation = stack.invite()
    candidate = TelegramCandidate(stack, bot, invitation.id, "zh")
    candidate.open_link(invitation.token)
    assert "还没有正式开始" in candidate.say("/skip")[0]["text"]
    candidate.press("我已了解")
    candidate.hold_interview(GOOD["zh"], upto="结构化问题 1/")
    question = candidate.phone.texts()[-1].partition("\n\n")[2]

    assert candidate.say("/repeat")[-1]["text"].endswith(question)
    assert candidate.say("/time_left")[0]["text"].startswith("还剩")
    assert "道" in candidate.say("/progress")[0]["text"]
    assert not candidate.say("/clarify")[-1]["text"].endswith(question)
    assert "暂停" in candidate.say("/pause")[0]["text"]
    assert candidate.press("继续")[-1]["text"].endswith(question)
    assert "记下" in candidate.say("/question 这个岗位要倒班吗？")[0]["text"]
    assert "跳过" in candidate.say("/skip")[0]["text"]
    assert "确定要退出" in candidate.say("/withdraw")[0]["text"]
    assert "已退出面试" in candidate.press("确定退出")[-1]["text"]


def test_a_candidate_goes_from_telegram_to_the_web_and_back(stack: Stack, bot: BotAccount) -> None:
    invitation = stack.invite()
    candidate = TelegramCandidate(stack, bot, invitation.id, "zh")
    candidate.open_link(invitation.token)
    candidate.press("我已了解")

    web = CandidateClient(stack.base, invitation.token)
    assert web.http.get("/messages").status_code == 403  # the link alone shows nothing any more
    assert web.http.post("/device").status_code == 403
    assert web.http.post("/code").status_code == 202
    digits = _code_in(stack, candidate, invitation.id)
    assert web.http.post("/device", json={"code": digits}).status_code == 204
    assert web.read_until_quiet()[0]["text"].startswith("您好")
    web.press(web.buttons()[-1])

    eventually(candidate._is_quiet, 30, "Telegram did not follow")
    followed = candidate.phone.read_until(bool)
    assert followed[0]["text"] == "您（在网页上）：跳过"
    assert followed[-1]["text"].startswith("基本信息")
    candidate.press()
    assert web.read_until_quiet()[-1]["question"]["kind"] == "facts"


def test_a_voice_note_is_read_back_corrected_by_a_message_and_taken(stack: Stack, bot: BotAccount) -> None:
    invitation = stack.invite("en")
    candidate = TelegramCandidate(stack, bot, invitation.id, "en")
    candidate.open_link(invitation.token)
    candidate.press("I understand")
    candidate.hold_interview(GOOD["en"], upto="Introduction")

    candidate.phone.send_voice(encode(long_recording(seconds=12)), duration=12)
    got, offered = candidate.phone.read_until(lambda new: len(new) == 2, 180)
    assert got["text"].startswith("Got it")
    assert [b["text"] for b in buttons_of(offered)][:2] == ["Confirm", "Correct"]
    assert "whole text" in candidate.press("Correct")[0]["text"]
    assert candidate.say(GOOD["en"])[-1]["text"].startswith("Structured question 1/")
    with stack.services() as services, services.database.reading() as session:
        interview = session.get_one(Interview, invitation.id)
        key = services.key_of(session, interview)
        recording = session.exec(select(Recording).where(Recording.interview_id == invitation.id)).one()
        answer = session.exec(select(Answer).where(Answer.recording_id == recording.id)).one()
    assert recording.channel == "telegram"
    assert key.open(answer.text_sealed) == GOOD["en"]


@pytest.mark.parametrize("point", POINTS)
def test_an_app_killed_between_receipt_and_reply_takes_the_update_once(
    stack: Stack, bot: BotAccount, tmp_path: Path, point: str
) -> None:
    invitation = stack.invite()
    candidate = TelegramCandidate(stack, bot, invitation.id, "zh")
    candidate.open_link(invitation.token)
    candidate.press("我已了解")
    candidate.hold_interview(GOOD["zh"], upto="自我介绍")

    stack.kill("app")
    command = [sys.executable, "-m", "tests.fakes.crashing", point, str(tmp_path / "died"), "app"]
    stack.start("app", command, **bot.environment)
    stack.wait_until_ready()
    answer = f"{GOOD['zh']}{uuid.uuid4().hex}"
    candidate.phone.write(answer)
    assert stack.has_died("app"), f"the app was to die {point}"
    stack.start("app", **bot.environment)
    stack.wait_until_ready()

    new = candidate.read(90)
    assert new[-1]["text"].startswith("结构化问题 1/")
    web = httpx.get(f"{stack.base}/health", trust_env=False)
    assert web.status_code == 200
    with stack.services() as services, services.database.reading() as session:
        interview = session.get_one(Interview, invitation.id)
        key = services.key_of(session, interview)
        rows = session.exec(select(Message).where(Message.interview_id == invitation.id)).all()
        said = [key.open(row.text_sealed) for row in rows if row.sender == "candidate"]
    assert said.count(answer) == 1
    assert sum((row.extra or {}).get("number") == 1 for row in rows) == 1


def _updates(stack: Stack, interview_id: str) -> list[TelegramUpdate]:
    with stack.services() as services, services.database.reading() as session:
        return list(session.exec(select(TelegramUpdate).where(TelegramUpdate.interview_id == interview_id)).all())


def _code_in(stack: Stack, candidate: TelegramCandidate, interview_id: str) -> str:
    """The code arrives in the chat that the interview is open in."""
    with stack.services() as services, services.database.reading() as session:
        assert session.exec(select(DeviceCode).where(DeviceCode.interview_id == interview_id)).one().used_at is None
    told = candidate.phone.read_until(bool)
    found = re.search(r"\b\d{6}\b", told[-1]["text"])
    assert found is not None
    return found[0]
