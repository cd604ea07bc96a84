"""A spoken answer in the talk: offered, confirmed, corrected once, recorded again. Rasa is a recorder here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col, select

from bot import conversation, recordings
from bot.hearing import HearingSteps
from bot.worker import fire_due_timers
from core import clock
from core.clock import now
from core.encryption import DataKey
from core.tables import Answer, Candidate, EnvironmentRecord, InboxMessage, Interview, Message, Question, Recording
from dialogue.recordings import resembles
from dialogue.turn import Button, Reply, Turn
from scoring.scored_answers import scored_answers
from tests.bot.gateway.chat_door import open_door
from tests.dialogue.test_manager import Talk
from tests.fakes.fixed_listener import FixedListener, fixed_probe, recording

SPOKEN = "去年有个客户一直嫌贵，我先去车间看了半天，问他们怎么排产，算出来一年能省十一万，最后签了。"
HEARD_AS = "去年有个客户一直嫌贵，我先去车间看了半天，问他们怎么盘产，算出来一年能省十一万，最后签了。"
ENGLISH = (
    "My first account was a moulding plant that had refused us twice, so I went there, watched the line for a day and "
    "worked out what the downtime cost them before I made any offer at all."
)


class SpokenTalk(Talk):
    """A talk in which the drain and the worker's ear are played by hand."""

    def __init__(self, folder: Path) -> None:
        super().__init__(open_door(folder))
        self.ear = FixedListener()
        self.steps = HearingSteps(self.door.database, self.door.keys, lambda: self.ear)
        self.ask("customer_communication_s2")
        with self.door.database.unit_of_work() as session:
            self.interview(session).clock_started_at = now()

    def interview(self, session: Any) -> Interview:
        found: Interview = session.get_one(Interview, self.interview_id)
        return found

    async def drain(self) -> list[Reply]:
        """Answer everything in the inbox, as bot/drain.py does."""
        said: list[Reply] = []
        while True:
            with self.door.database.reading() as session:
                waiting = session.exec(select(InboxMessage).where(col(InboxMessage.done_at).is_(None))).all()
                rows = sorted(waiting, key=lambda row: (row.seq is None, row.seq or 0, row.turn_id))
                key = self.door.services.key_of(session, self.interview(session))
                if not rows:
                    return said
                row = rows[0]
                text = None
                if row.kind == "text":
                    message = session.exec(select(Message).where(Message.turn_id == row.turn_id)).one()
                    text = key.open(message.text_sealed)
            turn = Turn(row.turn_id, self.interview_id, row.kind, text, row.payload)  # type: ignore[arg-type]
            replies = await self.manager.respond(turn)
            conversation.commit_replies(self.door.services, row.turn_id, replies)
            said += replies

    async def speak(self, transcript: str, **more: Any) -> list[Reply]:
        """The candidate sends a recording, and it is heard; all replies."""
        data = recording(transcript, **more)
        recordings.receive_recording(self.door.services, self.interview_id, str(uuid4()), data, "web")
        said = await self.drain()
        return said + await self.hear()

    async def hear(self) -> list[Reply]:
        for recording_id in self.steps.waiting():
            self.steps.hear(recording_id)
        return await self.drain()

    async def write(self, text: str) -> list[Reply]:
        conversation.receive_text(self.door.services, self.interview_id, str(uuid4()), text)
        return await self.drain()

    async def press(self, title: str) -> list[Reply]:
        with self.door.database.reading() as session:
            shown = session.exec(select(Message).order_by(col(Message.seq).desc())).all()
        button = next(b for message in shown for b in message.buttons if b["title"] == title)
        conversation.receive_button(self.door.services, self.interview_id, str(uuid4()), button["id"])
        return await self.drain()

    async def let_time_pass(self, by: timedelta) -> list[Reply]:
        clock.turn_forward(by)
        fire_due_timers(self.door.database)
        return await self.drain()

    def recording(self) -> Recording:
        with self.door.database.reading() as session:
            newest = session.exec(select(Recording).order_by(col(Recording.id).desc())).first()
        assert newest is not None
        return newest

    def key(self, session: Any) -> DataKey:
        return self.door.services.key_of(session, self.interview(session))

    def answer(self) -> Answer:
        with self.door.database.reading() as session:
            return session.exec(select(Answer)).one()

    def clock_runs(self) -> bool:
        with self.door.database.reading() as session:
            return self.interview(session).clock_started_at is not None

    def intents(self) -> list[str]:
        return [intent for intent, _ in self.rasa.heard]


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(recordings, "probe", fixed_probe)
    made = SpokenTalk(tmp_path)
    made.rasa.commands = {
        "还剩多久": ("time_left", 0.99),
        "Skip this question": ("skip", 0.99),
        "跳过这题": ("skip", 0.99),
        "再说吧": ("repeat", 0.5),
        "我想退出": ("withdraw", 0.99),
    }
    with clock.hands_restored():
        yield made


async def test_a_recording_is_acknowledged_before_it_is_heard(talk: SpokenTalk) -> None:
    data = recording(SPOKEN, seconds=41.6)
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), data)
    (reply,) = await talk.drain()
    assert reply.text == "收到，42秒的录音，正在转成文字……"
    assert not talk.clock_runs()
    assert talk.rasa.heard == []


async def test_a_transcript_is_offered_and_its_confirmation_answers_the_question(talk: SpokenTalk) -> None:
    _, offered = await talk.speak(SPOKEN)
    assert offered.kind == "confirm"
    assert SPOKEN in offered.text
    assert [button.title for button in offered.buttons] == ["确认", "修改", "重录"]
    assert not talk.clock_runs()
    assert talk.rasa.heard == []
    await talk.press("确认")
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert talk.intents() == ["answer"]
    assert talk.answer().transcript_confirmed is True
    assert talk.answer().recording_id == talk.recording().id
    assert talk.answer().turn_id == talk.recording().turn_id
    assert talk.clock_runs()


async def test_two_minutes_without_a_word_take_the_transcript_as_it_is(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    assert await talk.let_time_pass(timedelta(seconds=110)) == []
    assert talk.rasa.heard == []
    await talk.let_time_pass(timedelta(seconds=11))
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert talk.answer().transcript_confirmed is False
    with talk.door.database.reading() as session:
        assert talk.interview(session).time_used_s < 5  # the two minutes were not the candidate's


async def test_the_page_corrects_once_and_both_versions_are_kept(talk: SpokenTalk) -> None:
    await talk.speak(HEARD_AS)
    services, recording_id = talk.door.services, talk.recording().id
    client_id = str(uuid4())
    first = recordings.receive_correction(services, talk.interview_id, client_id, recording_id, SPOKEN)
    assert recordings.receive_correction(services, talk.interview_id, client_id, recording_id, SPOKEN) == first
    with pytest.raises(recordings.TranscriptTaken):
        recordings.receive_correction(services, talk.interview_id, str(uuid4()), recording_id, "别的")
    await talk.drain()
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert talk.answer().transcript_confirmed is True
    kept = talk.recording()
    with talk.door.database.reading() as session:
        key = services.key_of(session, talk.interview(session))
    assert HEARD_AS[:8] in key.open(kept.heard_sealed or "", "heard")
    assert key.open(kept.corrected_sealed or "", "transcript") == SPOKEN


async def test_a_correction_after_two_minutes_is_refused(talk: SpokenTalk) -> None:
    await talk.speak(HEARD_AS)
    clock.turn_forward(timedelta(seconds=121))
    with pytest.raises(recordings.TranscriptTaken):
        recordings.receive_correction(talk.door.services, talk.interview_id, str(uuid4()), talk.recording().id, SPOKEN)


async def test_where_there_is_no_editor_the_next_text_is_the_correction(talk: SpokenTalk) -> None:
    await talk.speak(HEARD_AS)
    (asked,) = await talk.press("修改")
    assert "完整文字" in asked.text
    await talk.write("整段重新写过：我先请客户讲完，再一条条确认。")
    assert talk.answers() == {"customer_communication_s2": ["整段重新写过：我先请客户讲完，再一条条确认。"]}
    assert talk.answer().transcript_confirmed is True


async def test_a_text_that_resembles_the_transcript_is_its_correction_without_any_button(talk: SpokenTalk) -> None:
    await talk.speak(HEARD_AS)
    await talk.write(SPOKEN)
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


@pytest.mark.parametrize(
    ("spoken", "added"),
    [
        (SPOKEN, "补充一点，第二年他们又加了两条线。"),
        (SPOKEN, "第二年他们又买了两台"),
        (SPOKEN, "我先去车间看了半天"),
        (ENGLISH, "By the way, my colleague Anna helped with the numbers."),
        (ENGLISH, "The year after they bought two more lines from us, and I trained the new people there."),
    ],
)
async def test_a_new_thought_after_a_good_transcript_is_added_to_it(talk: SpokenTalk, spoken: str, added: str) -> None:
    await talk.speak(spoken)
    await talk.write(added)
    assert talk.answers() == {"customer_communication_s2": [f"{spoken}\n{added}"]}


@pytest.mark.parametrize(
    ("text", "heard", "same"),
    [
        (SPOKEN, HEARD_AS, True),
        (ENGLISH.replace("moulding", "molding").replace("refused", "used"), ENGLISH, True),
        (f"{ENGLISH} They signed for three years.", ENGLISH.replace("a day", "the day"), True),
        ("Yes.", "yes", True),
        ("Skip this question", ENGLISH, False),
        ("I went there and watched the line for a day.", ENGLISH, False),
        ("跳过这题", SPOKEN, False),
        ("……", "……", False),
    ],
)
def test_a_correction_holds_at_least_half_of_what_was_heard(text: str, heard: str, same: bool) -> None:
    assert resembles(text, heard) is same


async def test_a_command_typed_in_place_of_a_correction_is_obeyed(talk: SpokenTalk) -> None:
    await talk.speak(ENGLISH)
    await talk.press("修改")
    await talk.write("Skip this question")
    assert talk.intents() == ["skip"]
    assert talk.answers() == {"customer_communication_s2": [ENGLISH]}


@pytest.mark.parametrize("confidence", [0.4, 0.9])
async def test_what_might_be_a_command_is_asked_about_while_a_transcript_waits(
    talk: SpokenTalk, confidence: float
) -> None:
    await talk.speak(SPOKEN, confidence=confidence)
    (asked,) = await talk.write("再说吧")
    assert [button.payload for button in asked.buttons] == ["was:answer", "was:command"]
    assert talk.answers() == {}
    assert talk.recording().corrected_at is None
    await talk.press(asked.buttons[1].title)
    assert talk.intents() == ["repeat"]
    await talk.press("确认")
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


async def test_recording_again_counts_the_second_one_alone(talk: SpokenTalk) -> None:
    await talk.speak(HEARD_AS)
    (reply,) = await talk.press("重录")
    assert reply.text == "好的，请重新录一次。"
    assert talk.clock_runs()
    await talk.speak(SPOKEN)
    await talk.press("确认")
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [("silence", "没有听到声音"), ("noise", "周围声音太大"), ("wrong_language", "不是中文"), ("too_short", "太短")],
)
async def test_a_recording_of_nothing_is_not_counted_and_its_time_is_given_back(
    talk: SpokenTalk, reason: str, sentence: str
) -> None:
    clock.turn_forward(timedelta(seconds=60))
    _, told = await talk.speak("", verdict="unusable", reason=reason, seconds=50.0)
    assert sentence in told.text
    assert [button.title for button in told.buttons] == ["重录", "打字回答"]
    assert talk.answers() == {}
    assert talk.rasa.heard == []
    with talk.door.database.reading() as session:
        assert talk.interview(session).time_used_s == pytest.approx(10, abs=2)
        noted = session.exec(select(EnvironmentRecord)).one()
    assert (noted.kind, noted.figures) == ("not_counted", {"reason": reason})
    assert talk.clock_runs()
    await talk.press("打字回答")
    await talk.write(SPOKEN)
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


async def test_no_more_time_is_given_back_than_ran_since_the_question_came(talk: SpokenTalk) -> None:
    with talk.door.database.unit_of_work() as session:
        talk.interview(session).time_used_s = 700.0
        session.exec(
            select(Question).where(Question.source == "customer_communication_s2")
        ).one().time_used_before_s = 700.0
    for ran in (20, 30):
        clock.turn_forward(timedelta(seconds=ran))
        await talk.speak("", verdict="unusable", reason="silence", seconds=590.0)
        with talk.door.database.reading() as session:
            assert talk.interview(session).time_used_s == pytest.approx(700, abs=0.1)


async def test_time_is_given_back_once(talk: SpokenTalk) -> None:
    clock.turn_forward(timedelta(seconds=100))
    await talk.speak("", verdict="unusable", reason="silence", seconds=40.0)
    await talk.speak("", verdict="unusable", reason="silence", seconds=40.0)
    with talk.door.database.reading() as session:
        assert talk.interview(session).time_used_s == pytest.approx(60, abs=2)


async def test_what_turns_out_to_be_no_recording_in_the_worker_is_told_too(talk: SpokenTalk) -> None:
    _, told = await talk.speak("", refused_later="truncated")
    assert "不完整或已损坏" in told.text
    assert told.text.endswith("这次录音不计入。")


async def test_a_recording_that_cannot_be_heard_at_all_leads_back_to_typing(talk: SpokenTalk) -> None:
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), recording(SPOKEN))
    await talk.drain()
    (recording_id,) = talk.steps.waiting()
    talk.steps.give_up(recording_id)
    (told,) = await talk.drain()
    assert "我们这边的问题" in told.text
    assert talk.steps.waiting() == []


async def test_a_transcript_of_low_confidence_says_so_and_what_was_not_confirmed_is_marked(talk: SpokenTalk) -> None:
    _, offered = await talk.speak(SPOKEN, confidence=0.5)
    assert "没有确认过的文字不参与评分" in offered.text
    await talk.let_time_pass(timedelta(seconds=121))
    assert talk.answer().transcript_confirmed is False
    assert talk.recording().transcript_confidence == pytest.approx(0.5)


async def test_a_text_after_an_unsure_transcript_stands_in_its_place(talk: SpokenTalk) -> None:
    await talk.speak("去那客户盘产", confidence=0.4)
    await talk.write("我直接打字吧：我先听客户说完，再回去查记录。")
    assert talk.answers() == {"customer_communication_s2": ["我直接打字吧：我先听客户说完，再回去查记录。"]}


async def test_a_spoken_command_works_as_a_typed_one(talk: SpokenTalk) -> None:
    await talk.speak("还剩多久")
    assert talk.intents() == ["time_left"]
    assert talk.answers() == {}
    assert talk.clock_runs()


async def test_a_spoken_yes_withdraws_right_after_the_question(talk: SpokenTalk) -> None:
    await talk.write("我想退出")
    await talk.speak("确定")
    assert talk.intents() == ["withdraw", "affirm"]


@pytest.mark.parametrize("words", ["跳过这题", "再说吧"])
async def test_a_command_that_was_heard_badly_is_asked_about(talk: SpokenTalk, words: str) -> None:
    _, offered = await talk.speak(words, confidence=0.5)
    assert offered.kind == "confirm"
    assert "两分钟内没有选择，就当作您的回答" in offered.text
    assert talk.rasa.heard == []
    await talk.press(offered.buttons[1].title)
    assert talk.intents() == [talk.rasa.commands[words][0]]
    assert talk.answers() == {}


async def test_a_yes_that_was_heard_badly_withdraws_once_it_is_confirmed(talk: SpokenTalk) -> None:
    await talk.write("我想退出")
    await talk.speak("确定", confidence=0.5)
    assert talk.intents() == ["withdraw"]
    await talk.press("确认")
    assert talk.intents() == ["withdraw", "affirm"]
    assert talk.answers() == {}


async def test_a_yes_that_was_heard_badly_and_left_alone_means_nothing(talk: SpokenTalk) -> None:
    await talk.write("我想退出")
    await talk.speak("确定", confidence=0.5)
    await talk.let_time_pass(timedelta(seconds=121))
    assert talk.intents() == ["withdraw"]
    assert talk.answers() == {}
    assert talk.clock_runs()


async def test_a_yes_confirmed_after_the_withdrawal_was_taken_back_does_not_withdraw(talk: SpokenTalk) -> None:
    await talk.write("我想退出")
    await talk.speak("确定", confidence=0.5)
    await talk.write("还剩多久")
    await talk.press("确认")
    assert "affirm" not in talk.intents()


async def test_a_spoken_skip_that_is_heard_late_does_not_skip_the_next_question(talk: SpokenTalk) -> None:
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), recording("跳过这题"))
    await talk.write(SPOKEN)
    talk.close("customer_communication_s2")
    talk.ask("resilience_s1")
    assert await talk.hear() == []
    assert talk.intents() == ["answer"]
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


async def test_what_might_be_a_command_is_asked_about_in_the_same_message(talk: SpokenTalk) -> None:
    _, offered = await talk.speak("再说吧")
    assert "再发一遍" in offered.text
    await talk.press(offered.buttons[1].title)
    assert talk.intents() == ["repeat"]
    assert talk.answers() == {}


async def test_a_typed_yes_confirms_the_transcript(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    await talk.write("对的")
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert talk.answer().transcript_confirmed is True


async def test_a_question_may_be_asked_while_a_transcript_waits(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    await talk.write("还剩多久")
    assert talk.intents() == ["time_left"]
    assert not talk.clock_runs()
    await talk.press("确认")
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


async def test_skipping_keeps_what_was_spoken(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    await talk.write("跳过这题")
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert talk.intents() == ["skip"]


async def test_what_is_typed_while_a_recording_is_being_heard_and_the_recording_both_count(talk: SpokenTalk) -> None:
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), recording(SPOKEN))
    await talk.write("我先打一句。")
    talk.close("customer_communication_s2")
    talk.ask("resilience_s1")
    await talk.hear()
    assert not talk.clock_runs()
    await talk.press("确认")
    assert talk.answers() == {"customer_communication_s2": ["我先打一句。", SPOKEN]}
    assert talk.intents() == ["answer"]


async def test_a_late_recording_and_the_rest_of_its_answer_keep_their_own_confidence(talk: SpokenTalk) -> None:
    data = recording(SPOKEN, confidence=0.4)
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), data)
    await talk.write("我先打一句。")
    talk.close("customer_communication_s2")
    talk.ask("resilience_s1")
    await talk.hear()
    await talk.let_time_pass(timedelta(seconds=121))
    with talk.door.database.reading() as session:
        typed, late = session.exec(select(Answer).order_by(col(Answer.id))).all()
        assert (typed.recording_id, typed.transcript_confirmed) == (None, None)
        assert (late.recording_id, late.transcript_confirmed) == (talk.recording().id, False)
        (read,) = scored_answers(session, talk.interview(session), talk.key(session))
    assert read.answer == f"我先打一句。\n{' ' * len(SPOKEN)}"
    assert not read.withheld


async def test_a_typed_doubt_does_not_share_the_fate_of_the_recording_after_it(talk: SpokenTalk) -> None:
    await talk.write("再说吧")
    await talk.speak(SPOKEN, confidence=0.4)
    await talk.let_time_pass(timedelta(seconds=121))
    assert talk.answers() == {"customer_communication_s2": [SPOKEN, "再说吧"]}
    with talk.door.database.reading() as session:
        assert [a.transcript_confirmed for a in session.exec(select(Answer).order_by(col(Answer.id)))] == [False, None]


async def test_two_recordings_in_a_row_answer_one_question(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    await talk.speak("后来他们又加了两条线。")
    await talk.press("确认")  # the newest one
    talk.close("customer_communication_s2")
    talk.ask("resilience_s1")
    await talk.let_time_pass(timedelta(seconds=121))
    assert talk.answers() == {"customer_communication_s2": ["后来他们又加了两条线。", SPOKEN]}
    assert talk.intents() == ["answer"]


async def test_a_pause_stops_the_time_for_corrections_too(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    with talk.door.database.unit_of_work() as session:
        talk.interview(session).paused_at = now()
    await talk.write("还剩多久")
    assert await talk.let_time_pass(timedelta(minutes=30)) == []
    assert talk.answers() == {}
    with talk.door.database.unit_of_work() as session:
        talk.interview(session).paused_at = None
    await talk.write("还剩多久")
    await talk.let_time_pass(timedelta(seconds=100))
    assert talk.answers() == {}
    await talk.let_time_pass(timedelta(seconds=30))
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}


async def test_a_recording_heard_after_the_end_is_still_part_of_its_answer(talk: SpokenTalk) -> None:
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), recording(SPOKEN))
    await talk.drain()
    talk.close("customer_communication_s2")
    with talk.door.database.unit_of_work() as session:
        talk.interview(session).finished_at = now()
    await talk.hear()
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert talk.rasa.heard == []


async def test_after_a_withdrawal_no_timer_rings_for_a_transcript(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    with talk.door.database.unit_of_work() as session:
        talk.interview(session).withdrawn_at = now()
    assert await talk.let_time_pass(timedelta(minutes=3)) == []
    assert await talk.let_time_pass(timedelta(minutes=3)) == []
    with talk.door.database.reading() as session:
        assert session.exec(select(InboxMessage).where(InboxMessage.payload == "transcript")).all() == []


async def test_a_transcript_that_lies_open_at_the_end_is_taken_after_it(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    with talk.door.database.unit_of_work() as session:
        talk.interview(session).finished_at = now()
    await talk.let_time_pass(timedelta(seconds=121))
    assert talk.answers() == {"customer_communication_s2": [SPOKEN]}
    assert await talk.let_time_pass(timedelta(minutes=3)) == []


async def test_the_recordings_of_an_erased_candidate_are_left_out(talk: SpokenTalk) -> None:
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), recording(SPOKEN))
    await talk.drain()
    with talk.door.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    assert talk.steps.waiting() == []
    talk.steps.hear(talk.recording().id)
    assert talk.recording().heard_at is None


async def test_hearing_twice_is_hearing_once(talk: SpokenTalk) -> None:
    recordings.receive_recording(talk.door.services, talk.interview_id, str(uuid4()), recording(SPOKEN))
    await talk.drain()
    (recording_id,) = talk.steps.waiting()
    talk.steps.hear(recording_id)
    talk.steps.hear(recording_id)
    assert len(talk.ear.asked) == 1
    assert len(await talk.drain()) == 1


async def test_the_ear_is_told_the_language_and_likely_words_of_position_and_resume(talk: SpokenTalk) -> None:
    await talk.speak(SPOKEN)
    ((language, words),) = talk.ear.asked
    assert language == "zh"
    assert "客户沟通" in words


async def test_the_page_is_given_the_words_with_those_that_are_unsure(talk: SpokenTalk) -> None:
    await talk.speak("我先 去 车间", unsure=["车间"])
    (shown,) = [m for m in conversation.messages_after(talk.door.services, talk.interview_id, 0) if m.get("transcript")]
    document = shown["transcript"]
    assert "".join(word["text"] for word in document["words"]) == "我先 去 车间"
    assert [word["text"].strip() for word in document["words"] if word["unsure"]] == ["车间"]
    assert set(document["actions"]) == {"confirm", "correct", "again"}
    assert document["until"] is not None
    await talk.press("确认")
    (shown,) = [m for m in conversation.messages_after(talk.door.services, talk.interview_id, 0) if m.get("transcript")]
    assert not shown["transcript"]["open"]


async def test_no_message_and_no_inbox_row_holds_a_spoken_word_in_clear(talk: SpokenTalk, tmp_path: Path) -> None:
    await talk.speak(SPOKEN)
    await talk.press("确认")
    talk.door.database.close()
    for file in tmp_path.iterdir():
        assert SPOKEN[:12].encode() not in file.read_bytes()
        assert SPOKEN[:12].encode("unicode_escape") not in file.read_bytes()


async def test_the_title_of_a_button_may_be_said_aloud(talk: SpokenTalk) -> None:
    talk.close("customer_communication_s2")
    with talk.door.database.unit_of_work() as session:
        for question in session.exec(select(Question).where(Question.stage == "facts")):
            question.asked_at = question.closed_at = None
    talk.ask("fact_expected_salary", Button("面议", "value:open"))
    await talk.speak("面议。")
    assert talk.answers() == {"fact_expected_salary": ["面议。"]}
    assert talk.answer().value == "open"
