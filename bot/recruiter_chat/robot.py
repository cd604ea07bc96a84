"""The group robot: what waits for review, pushed once a day, and at once where a candidate asks for a person.

It says how many and where to look, never who: a group holds people who may not see a report. Each message is a row
with a unique key, sent once; one that was cut off after it was handed over is not sent again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.console.review_queue import settled
from bot.recruiter_chat.answers import lasted
from bot.services import Services
from core.clock import now
from core.outgoing import AddressRefused, AnswerMissing, NotReached, Outgoing, Reach
from core.settings import RobotSettings
from core.tables import Candidate, GroupNote, Interview, Report

DAILY_HOUR: Final = 9
"""From nine o'clock of the server's day on."""
FIRST_RETRY: Final = timedelta(minutes=1)
MOST_TRIES: Final = 8
LEASE: Final = timedelta(minutes=2)
ROUND: Final = 20

log = logging.getLogger("mianshi.robot")


def body_of(preset: str, text: str) -> dict[str, Any]:
    """The message in the shape that the house's robot takes: `generic` is `{"text": …}`."""
    match preset:
        case "feishu":
            return {"msg_type": "text", "content": {"text": text}}
        case "dingtalk" | "wecom":
            return {"msgtype": "text", "text": {"content": text}}
        case _:
            return {"text": text}


def open_robot(settings: RobotSettings, private_hosts: str) -> Outgoing:
    """What posts to the robot, and nowhere else."""
    from httpx import URL

    private = frozenset(host.strip().lower() for host in private_hosts.split(",") if host.strip())
    return Outgoing(Reach(private, frozenset({URL(settings.url or "").host.lower()})))


class Robot:
    """For the worker's loop."""

    def __init__(self, services: Services, outgoing: Outgoing) -> None:
        self._services, self._outgoing = services, outgoing
        self._settings = services.settings.robot

    async def __call__(self) -> None:
        await asyncio.to_thread(plan_notes, self._services)
        for note_id in await asyncio.to_thread(self._due):
            text = await asyncio.to_thread(self._claim, note_id)
            if text is not None:
                await self._send(note_id, text)

    async def _send(self, note_id: str, text: str) -> None:
        content = json.dumps(body_of(self._settings.kind, text), ensure_ascii=False).encode()
        try:
            answer = await self._outgoing.post(
                self._settings.url or "", content, {"Content-Type": "application/json; charset=utf-8"}
            )
        except AddressRefused as error:
            log.warning("group note %s is parked: %s", note_id, error)
            state = "parked"
        except NotReached:
            state = "pending"
        except AnswerMissing:
            state = "unknown"
        else:
            state = (
                "sent"
                if answer.status < 300
                else "pending"
                if answer.status in (408, 425, 429) or answer.status >= 500
                else "parked"
            )
        await asyncio.to_thread(self._settle, note_id, state)

    def _due(self) -> list[str]:
        with self._services.database.unit_of_work() as session:
            for cut in session.exec(select(GroupNote).where(GroupNote.state == "sending", GroupNote.due_at < now())):
                cut.state = "unknown"
            due = select(GroupNote.id).where(GroupNote.state == "pending", GroupNote.due_at <= now())
            return list(session.exec(due.order_by(col(GroupNote.id)).limit(ROUND)))

    def _claim(self, note_id: str) -> str | None:
        """Its words as things stand now; None where it was sent elsewhere or is moot."""
        with self._services.database.unit_of_work() as session:
            note = session.get(GroupNote, note_id, with_for_update=True)
            if note is None or note.state != "pending":
                return None
            note.state, note.due_at = "sending", now() + LEASE
            note.tries += 1
            return text_of(self._services, session, note.key)

    def _settle(self, note_id: str, state: str) -> None:
        with self._services.database.unit_of_work() as session:
            note = session.get(GroupNote, note_id, with_for_update=True)
            if note is None:
                return  # its candidate was erased meanwhile
            if state == "pending" and note.tries >= MOST_TRIES:
                state = "parked"
            note.state = state
            if state == "pending":
                note.due_at = now() + FIRST_RETRY * 2 ** (note.tries - 1)
            elif state in ("sent", "unknown"):
                note.sent_at = now()


def plan_notes(services: Services) -> None:
    """Plan today's note, where something waits, and one for each candidate who asks for a person."""
    local = now().astimezone()
    with services.database.reading() as session:
        keys = [f"person:{interview_id}:{at.timestamp():.0f}" for interview_id, at in _asking(session)]
        if local.hour >= DAILY_HOUR and _waiting(session):
            keys.append(f"daily:{local.date().isoformat()}")
        known = set(session.exec(select(GroupNote.key).where(col(GroupNote.key).in_(keys))))
    for key in keys:
        if key not in known:
            try:
                with services.database.unit_of_work() as session:
                    session.add(GroupNote(key=key, due_at=now()))
            except IntegrityError:
                continue  # another worker planned it


def text_of(services: Services, session: Session, key: str) -> str:
    """Both languages, for a group has readers of either."""
    base = services.settings.web.base_url
    if key.startswith("person:"):
        interview_id = key.split(":")[1]
        return (
            f"一位候选人要求人工处理，请尽快查看：{base}/console/interviews/{interview_id}\n"
            "A candidate asks for a person, please look soon."
        )
    waits = _waiting(session)
    longest = now() - min(waits, default=now())
    n = len(waits)
    return (
        f"今天有 {n} 位候选人等待复核，最久的已等 {lasted(longest, 'zh')}：{base}/console/review\n"
        f"{n} to review today, the longest waiting for {lasted(longest, 'en')}."
    )


def _asking(session: Session) -> list[tuple[str, datetime]]:
    rows = (
        select(Interview.id, Interview.human_asked_at)
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(
            col(Interview.human_asked_at).is_not(None),
            col(Interview.human_asked_at) > now() - timedelta(days=1),
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
        )
    )
    return [(interview_id, at) for interview_id, at in session.exec(rows) if at is not None]


def _waiting(session: Session) -> list[datetime]:
    """When those finished who have a report and nobody's decision."""
    rows = (
        select(Interview.finished_at)
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(
            col(Interview.id).in_(select(Report.interview_id)),
            col(Interview.id).not_in(settled()),
            col(Interview.withdrawn_at).is_(None),
            col(Interview.finished_at).is_not(None),
            col(Candidate.wrapped_key).is_not(None),
        )
    )
    return [at for at in session.exec(rows) if at is not None]
