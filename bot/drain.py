"""The drain: takes what came in, one message at a time per interview and many interviews at once, and has it answered.

A row is claimed by a lease that is committed before Rasa is called, so a crash leaves a claim that runs out (or is
given back when the same process starts again), and the turn is answered once in the end.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from sqlmodel import Session, col, select

from bot.conversation import add_replies, commit_replies, hold_interview
from bot.said_beside import said_beside
from bot.services import Services
from core.clock import now
from core.errors import MianshiError, Unavailable
from core.tables import InboxMessage, Interview, Message
from dialogue.manager import Manager
from dialogue.notice import language_of
from dialogue.phrases import phrase
from dialogue.turn import Reply, Turn

LEASE = timedelta(seconds=90)
TURN_LIMIT_S = 60
"""A turn ends within its lease, or another process would take it up meanwhile."""
AT_ONCE = 8
FAULTS_BEFORE_GIVING_UP = 5
RETRY_AFTER_S = (1, 2, 4, 8)
SORRY_ORDINAL = 1000

log = logging.getLogger("mianshi.drain")


class Drain:
    """Runs in the app, never in the worker. `name` is this process's stable id."""

    def __init__(self, services: Services, manager: Manager, name: str) -> None:
        self._services = services
        self._manager = manager
        self._name = name
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.to_thread(self._give_back_claims)
        while True:
            while len(self._running) < AT_ONCE and (turn := await self._next_turn()) is not None:
                task = asyncio.create_task(self._answer(turn))
                self._running.add(task)
                task.add_done_callback(self._finished)
            await self._services.inbox_bell.wait()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._services.inbox_bell.ring()

    async def _next_turn(self) -> Turn | None:
        try:
            return await asyncio.to_thread(self._claim)
        except Unavailable:
            return None

    def _claim(self) -> Turn | None:
        """Claim the oldest waiting row of an interview in which nothing is being answered."""
        moment = now()
        with self._services.database.reading() as session:
            waiting = [row.interview_id for row in self._claimable(session)]
        for interview_id in dict.fromkeys(waiting):
            with self._services.database.unit_of_work() as session:
                held = select(Interview).where(Interview.id == interview_id).with_for_update(skip_locked=True)
                if session.exec(held).first() is None:
                    continue
                row = next((r for r in self._claimable(session) if r.interview_id == interview_id), None)
                if row is None:
                    continue
                row.leased_until, row.leased_by = moment + LEASE, self._name
                row.attempts += 1
                return self._turn(session, row)
        return None

    @staticmethod
    def _claimable(session: Session) -> list[InboxMessage]:
        """The first undone row of each interview in which nothing is leased."""
        rows = session.exec(select(InboxMessage).where(col(InboxMessage.done_at).is_(None))).all()
        moment = now()
        # A lease that seems to last longer than any was given before the clock was set back: it has run out.
        leased = {r.interview_id for r in rows if r.leased_until and moment < r.leased_until <= moment + LEASE}
        first: dict[str, InboxMessage] = {}
        for row in sorted(rows, key=_order):
            first.setdefault(row.interview_id, row)
        return [row for row in first.values() if row.interview_id not in leased]

    def _turn(self, session: Session, row: InboxMessage) -> Turn:
        text = None
        if row.kind == "text":
            interview = session.get_one(Interview, row.interview_id)
            said = session.exec(
                select(Message).where(Message.turn_id == row.turn_id, Message.sender == "candidate")
            ).one()
            text = self._services.key_of(session, interview).open(said.text_sealed)
        return Turn(
            turn_id=row.turn_id,
            interview_id=row.interview_id,
            kind=row.kind,  # type: ignore[arg-type]
            text=text,
            payload=row.payload,
            repeated=row.attempts > 1,
            understood_as=row.understood_as,
        )

    async def _answer(self, turn: Turn) -> None:
        try:
            async with asyncio.timeout(TURN_LIMIT_S):
                replies = await self._manager.respond(turn)
            replies += await asyncio.to_thread(said_beside, self._services, turn.turn_id, bool(replies))
            await asyncio.to_thread(commit_replies, self._services, turn.turn_id, replies)
        except (Unavailable, TimeoutError) as error:
            log.warning("turn %s waits: %s", turn.turn_id, error or "it took too long")
            await asyncio.to_thread(self._postpone, turn.turn_id)
        except Exception as error:  # the message must not block the interview, whatever went wrong with it
            # The text of an unknown exception may quote the candidate; its type and place say enough.
            place = error.__traceback__
            while place and place.tb_next:
                place = place.tb_next
            where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
            reason = str(error) if isinstance(error, MianshiError) else type(error).__name__
            log.error("turn %s failed: %s at %s", turn.turn_id, reason, where)
            await asyncio.to_thread(self._postpone, turn.turn_id, True)

    def _postpone(self, turn_id: str, fault: bool = False) -> None:
        """Give the row back for later. Tell the candidate once that it is saved; give up on a lasting fault."""
        with self._services.database.unit_of_work() as session:
            row = session.get_one(InboxMessage, turn_id)
            interview = hold_interview(session, row.interview_id)
            session.refresh(row)
            if row.done_at is not None:
                return
            row.faults += fault
            give_up = row.faults >= FAULTS_BEFORE_GIVING_UP
            wait_s = RETRY_AFTER_S[min(row.attempts, len(RETRY_AFTER_S)) - 1]
            row.leased_by, row.leased_until = None, now() + timedelta(seconds=wait_s)
            if give_up:
                row.done_at = now()
            told = select(Message).where(Message.turn_id == turn_id, col(Message.ordinal) >= SORRY_ORDINAL)
            if row.seq is not None and (give_up or session.exec(told).first() is None):
                name = "utter_something_went_wrong" if give_up else "utter_one_moment"
                note = Reply("status", phrase(name, language_of(interview)))
                ordinal = SORRY_ORDINAL + (1 if give_up else 0)
                add_replies(self._services, session, interview, turn_id, [note], first=ordinal)
        self._services.outbox_bell.ring()

    def _give_back_claims(self) -> None:
        """What this process had claimed when it died is free again at once."""
        with self._services.database.unit_of_work() as session:
            mine = select(InboxMessage).where(InboxMessage.leased_by == self._name, col(InboxMessage.done_at).is_(None))
            for row in session.exec(mine):
                row.leased_until = row.leased_by = None


def _order(row: InboxMessage) -> tuple[bool, int, str]:
    """What the candidate sent comes in the order of its sequence numbers, whatever the clock says; signals after it."""
    return (row.seq is None, row.seq or 0, row.turn_id)
