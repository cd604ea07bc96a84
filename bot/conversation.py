"""One candidate's conversation as rows: what came in, what goes out.

Everything that arrives is committed to the inbox before it is acknowledged, under the sender's own id, so the same
message twice is one message. `bot/drain.py` has it answered; the replies are rows too, and channels read on from the
last sequence number they have shown.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import ButtonUnknown, InterviewOver, MessageRefused
from core.tables import InboxMessage, Interview, Message, Question, Recording, Resume, Timer, TypedInput, new_id
from dialogue.interview_clock import TIMED_STAGES, run_clock, stop_clock, time_left_s
from dialogue.interview_plan import open_question, profile_of
from dialogue.notice import language_of
from dialogue.recordings import TRANSCRIPT, actions_of, corrections_end_at, transcript_document, unsettled
from dialogue.turn import Reply
from hr_bridge.policy import load_policy
from hr_bridge.resume.reader import parse_file

MAX_TEXT_CHARACTERS = 8_000
CLOCK_STARTS_WITHIN = timedelta(seconds=1)
"""Of the question that the clock starts with: both are written in one transaction."""
FORGIVEN_OVER = timedelta(seconds=2)
"""Time that a question takes to reach a chat and that is worth giving back."""
TIME_UP = "time_up"
CLOSE = "close"
CLOSE_AFTER = timedelta(hours=1)
"""How long the last question of all, or one whose time is up, waits for a word before the interview ends by itself."""


@dataclass(frozen=True, slots=True)
class InputSeen:
    """How a text came into the page that sent it: counts, for the reviewer alone."""

    pasted_chars: int
    typing_ms: int


def receive_text(
    services: Services, interview_id: str, client_id: str, text: str, seen: InputSeen | None = None
) -> int:
    """Take in what the candidate wrote; its sequence number. Refused when empty, too long or after the end."""
    text = usable_text(text)
    with services.database.unit_of_work() as session:
        seq, is_new = record_message(services, session, interview_id, client_id, "text", text)
        if is_new and seen is not None:
            row = earlier_message(session, interview_id, client_id)
            assert row is not None
            session.add(
                TypedInput(
                    turn_id=row.turn_id,
                    interview_id=interview_id,
                    pasted_chars=seen.pasted_chars,
                    typing_ms=seen.typing_ms,
                )
            )
    ring(services, is_new)
    return seq


def usable_text(text: str) -> str:
    """The text without what cannot be kept. MessageRefused when it is empty or too long."""
    text = text.replace("\0", "").strip()
    if all(unicodedata.category(char)[0] in "CZ" for char in text):  # nothing that can be seen
        raise MessageRefused("utter_empty_message", "an empty message")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise MessageRefused("utter_message_too_long", f"a message of {len(text)} characters")
    return text


def receive_button(services: Services, interview_id: str, client_id: str, button_id: str) -> int:
    """Take in a press of a button; its sequence number. ButtonUnknown when it belongs to an earlier question."""
    with services.database.unit_of_work() as session:
        hold_interview(session, interview_id)
        if (earlier := earlier_message(session, interview_id, client_id)) is not None:
            return earlier.seq or 0
        button = _current_button(session, interview_id, button_id)
        seq, is_new = record_message(
            services, session, interview_id, client_id, "button", button["title"], button["payload"]
        )
    ring(services, is_new)
    return seq


def receive_command(services: Services, interview_id: str, client_id: str, intent: str, text: str) -> int:
    """Take in a command that was chosen from a menu; `text` stands in the talk as what the candidate said."""
    with services.database.unit_of_work() as session:
        seq, is_new = record_message(services, session, interview_id, client_id, "button", text, f"command:{intent}")
    ring(services, is_new)
    return seq


def said_in(services: Services, interview_id: str, client_id: str) -> str | None:
    """What stands in the talk for something that was received; None when it has not been."""
    with services.database.reading() as session:
        row = earlier_message(session, interview_id, client_id)
        if row is None:
            return None
        said = session.exec(
            select(Message).where(Message.turn_id == row.turn_id, Message.sender == "candidate")
        ).first()
        key = services.key_of(session, session.get_one(Interview, interview_id))
        return key.open(said.text_sealed) if said else None


def receive_resume(services: Services, interview_id: str, client_id: str, data: bytes, filename: str) -> int:
    """Read and keep a résumé; the sequence number of the note that it came. Refused (ResumeRefused) when unreadable."""
    with services.database.reading() as session:
        if (earlier := earlier_message(session, interview_id, client_id)) is not None:
            return earlier.seq or 0
        policy = load_policy(profile_of(session, open_interview(session, interview_id)).policy)
    resume = parse_file(data, filename, mask_pay=policy.prior_pay == "never")
    with services.database.unit_of_work() as session:
        interview = open_interview(session, interview_id)
        key = services.key_of(session, interview)
        seq, is_new = record_message(
            services, session, interview_id, client_id, "resume", "📄 " + filename[:80], "resume"
        )
        if is_new:
            session.add(
                Resume(
                    interview_id=interview_id,
                    file_sealed=key.seal_bytes(data, "resume file"),
                    parsed_sealed=key.seal(json.dumps(resume.to_json(), ensure_ascii=False), "resume"),
                    uploaded_at=now(),
                )
            )
    ring(services, is_new)
    return seq


def receive_signal(services: Services, interview_id: str, client_id: str, payload: str) -> None:
    """Put a signal of our own (`begin`, `time_up`) into the inbox, once per client_id."""
    with services.database.unit_of_work() as session:
        add_signal(session, interview_id, client_id, payload)
    services.inbox_bell.ring()


def add_signal(session: Session, interview_id: str, client_id: str, payload: str) -> None:
    """The same inside a transaction of the caller's; the drain finds it within a second."""
    if earlier_message(session, interview_id, client_id) is None:
        session.add(
            InboxMessage(
                interview_id=interview_id, client_id=client_id, kind="signal", payload=payload, received_at=now()
            )
        )


def commit_replies(services: Services, turn_id: str, replies: Sequence[Reply]) -> None:
    """Make the replies of a turn visible and the turn done, in one transaction; then the candidate's time runs on."""
    with services.database.unit_of_work() as session:
        row = session.get_one(InboxMessage, turn_id)
        interview = hold_interview(session, row.interview_id)
        session.refresh(row)
        if row.done_at is not None:
            return
        add_replies(services, session, interview, turn_id, replies)
        row.done_at = now()
        row.leased_until = row.leased_by = None
        session.flush()
        if not _is_our_turn(session, interview.id):
            run_clock(session, interview)
        _set_alarm(session, interview, TIME_UP, _time_ends_at(interview))
        _set_alarm(session, interview, CLOSE, _closes_at(session, interview))
        _set_alarm(session, interview, TRANSCRIPT, corrections_end_at(session, interview))
    services.outbox_bell.ring()


def add_replies(
    services: Services, session: Session, interview: Interview, turn_id: str, replies: Sequence[Reply], first: int = 0
) -> None:
    """Write reply rows inside the caller's transaction, numbered from ordinal `first`."""
    key = services.key_of(session, interview)
    seq = _next_seq(session, interview.id)
    for ordinal, reply in enumerate(replies):
        session.add(
            Message(
                interview_id=interview.id,
                seq=seq + ordinal,
                sender="bot",
                kind=reply.kind,
                text_sealed=key.seal(reply.text),
                buttons=[{"id": new_id(), "title": b.title, "payload": b.payload} for b in reply.buttons],
                question_id=reply.question_id,
                time_left_s=time_left_s(interview),
                turn_id=turn_id,
                ordinal=first + ordinal,
                created_at=now(),
                extra=_extra(reply),
            )
        )


def say_of_itself(
    services: Services, session: Session, interview: Interview, payload: str, *replies: Reply, once: str | None = None
) -> None:
    """Say something that no message of the candidate's asked for, inside the caller's transaction; the caller rings the
    outbox's bell after it. Under the name `once` it can be found again as `earlier_message`."""
    turn_id = new_id()
    session.add(
        InboxMessage(
            turn_id=turn_id,
            interview_id=interview.id,
            client_id=f"{payload}:{once or turn_id}",
            kind="signal",
            payload=payload,
            received_at=now(),
            done_at=now(),
        )
    )
    session.flush()
    add_replies(services, session, interview, turn_id, replies)


def _extra(reply: Reply) -> dict[str, Any]:
    if reply.mark is not None:
        return {"kind": reply.mark.stage, "number": reply.mark.number, "of": reply.mark.of}
    if reply.recording_id is not None:
        return {"transcript" if reply.kind == "confirm" else "retry": reply.recording_id}
    return {}


def forgive_delay(session: Session, interview_id: str, seq: int) -> None:
    """A channel shows a message only now. If the candidate's time began to run with it, it begins now."""
    interview = hold_interview(session, interview_id)
    shown = session.exec(select(Message).where(Message.interview_id == interview_id, Message.seq == seq)).one()
    began = interview.clock_started_at
    if began is None or began < shown.created_at or began - shown.created_at > CLOCK_STARTS_WITHIN:
        return
    if now() - began > FORGIVEN_OVER:
        interview.clock_started_at = now()
        _set_alarm(session, interview, TIME_UP, _time_ends_at(interview))


def messages_after(services: Services, interview_id: str, seq: int) -> list[dict[str, Any]]:
    """What was said since `seq`, as the chat API gives it."""
    with services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        key, aloud, language = services.key_of(session, interview), services.aloud, language_of(interview)
        rows = session.exec(
            select(Message).where(Message.interview_id == interview_id, Message.seq > seq).order_by(col(Message.seq))
        ).all()
        return [
            {
                "seq": row.seq,
                "from": row.sender,
                "kind": row.kind,
                "text": key.open(row.text_sealed),
                "buttons": [{"id": b["id"], "title": b["title"]} for b in row.buttons],
                "time_left_s": row.time_left_s,
                "question": row.extra if "kind" in row.extra else None,
                "at": row.created_at.isoformat(),
                **_about_recording(session, row, key),
                **({"aloud": True} if aloud is not None and aloud.reads(row, language) else {}),
            }
            for row in rows
        ]


def _about_recording(session: Session, row: Message, key: DataKey) -> dict[str, Any]:
    """What a message has beside the usual where it is about a recording."""
    if "recording" in row.extra:
        return {"recording": {"id": row.extra["recording"], "duration_s": row.extra["duration_s"]}}
    if "transcript" in row.extra:
        shown = session.get_one(Recording, row.extra["transcript"])
        return {"transcript": transcript_document(shown, key, row.buttons)}
    if "retry" in row.extra:
        return {"retry": {"recording": row.extra["retry"], "actions": actions_of(row.buttons)}}
    return {}


def record_message(
    services: Services,
    session: Session,
    interview_id: str,
    client_id: str,
    kind: str,
    text: str,
    payload: str | None = None,
    extra: dict[str, Any] | None = None,
) -> tuple[int, bool]:
    interview = hold_interview(session, interview_id)
    if (earlier := earlier_message(session, interview_id, client_id)) is not None:
        return earlier.seq or 0, False
    open_interview(session, interview_id)
    key = services.key_of(session, interview)
    seq, turn_id, received = _next_seq(session, interview_id), new_id(), now()
    stop_clock(interview, received)
    session.add(
        Message(
            interview_id=interview_id,
            seq=seq,
            sender="candidate",
            kind="answer",
            text_sealed=key.seal(text),
            time_left_s=time_left_s(interview),
            turn_id=turn_id,
            created_at=received,
            extra=extra or {},
        )
    )
    session.add(
        InboxMessage(
            turn_id=turn_id,
            interview_id=interview_id,
            client_id=client_id,
            kind=kind,
            seq=seq,
            payload=payload,
            received_at=received,
        )
    )
    return seq, True


def ring(services: Services, is_new: bool) -> None:
    if is_new:
        services.inbox_bell.ring()
        services.outbox_bell.ring()


def hold_interview(session: Session, interview_id: str) -> Interview:
    """The interview, locked until the transaction ends: sequence numbers are given out one at a time."""
    return session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).one()


def open_interview(session: Session, interview_id: str) -> Interview:
    interview = session.get_one(Interview, interview_id)
    if interview.finished_at or interview.withdrawn_at or interview.expires_at <= now():
        raise InterviewOver("the interview is over")
    return interview


def earlier_message(session: Session, interview_id: str, client_id: str) -> InboxMessage | None:
    same = select(InboxMessage).where(InboxMessage.interview_id == interview_id, InboxMessage.client_id == client_id)
    return session.exec(same).first()


def _next_seq(session: Session, interview_id: str) -> int:
    last = session.exec(select(func.max(Message.seq)).where(Message.interview_id == interview_id)).one()
    return (last or 0) + 1


def _current_button(session: Session, interview_id: str, button_id: str) -> dict[str, str]:
    """The button, if nothing has been said since the message that carries it but things that leave it in force."""
    said = select(Message).where(Message.interview_id == interview_id).order_by(col(Message.seq).desc())
    carrier_passed = False
    for message in session.exec(said):
        for button in message.buttons:
            if button["id"] == button_id and (not carrier_passed or _still_open(session, message)):
                return button
        carrier_passed = carrier_passed or bool(message.buttons) or message.sender == "candidate"
    raise ButtonUnknown("the button belongs to no open question")


def _still_open(session: Session, message: Message) -> bool:
    """A question's buttons stay in force until it is answered, whatever was talked about in between; a transcript's
    until something became of it."""
    if (recording_id := message.extra.get("transcript")) is not None:
        shown = session.get_one(Recording, recording_id)
        return shown.settled_at is None and shown.discarded_at is None
    question = session.get(Question, message.question_id) if message.question_id else None
    return question is not None and question.closed_at is None


def _is_our_turn(session: Session, interview_id: str) -> bool:
    """True while something else that the candidate sent waits for us, or a transcript for them: their time must not
    run meanwhile."""
    if unsettled(session, interview_id):
        return True
    waiting = select(InboxMessage.turn_id).where(
        InboxMessage.interview_id == interview_id,
        col(InboxMessage.done_at).is_(None),
        col(InboxMessage.seq).is_not(None),
    )
    return session.exec(waiting.limit(1)).first() is not None


def _set_alarm(session: Session, interview: Interview, kind: str, due: datetime | None) -> None:
    """One timer of a kind an interview: moved to `due`, or taken away; one that has fired rings again only later."""
    timer = session.exec(select(Timer).where(Timer.kind == kind, Timer.subject == interview.id)).first()
    if due is None:
        if timer is not None:
            session.delete(timer)
    elif timer is None:
        session.add(Timer(kind=kind, subject=interview.id, due_at=due))
    elif timer.fired_at is None or due > now():
        timer.fired_at, timer.due_at = None, due


def _time_ends_at(interview: Interview) -> datetime | None:
    if interview.clock_started_at is None:
        return None
    return now() + timedelta(seconds=time_left_s(interview))


def _closes_at(session: Session, interview: Interview) -> datetime | None:
    question = open_question(session, interview.id)
    if question is None or interview.paused_at or interview.finished_at or interview.withdrawn_at:
        return None
    if unsettled(session, interview.id):
        return None
    out_of_time = question.stage in TIMED_STAGES and time_left_s(interview) == 0
    return now() + CLOSE_AFTER if out_of_time or question.stage == "own_questions" else None
