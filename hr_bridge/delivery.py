"""What must reach the HRMS, exactly once: pending, sent, unknown (asked for by our id before any retry), parked.

A delivery is planned as a row in the transaction that makes it necessary; the worker brings it over. Nothing here
waits for a person's decision: that is a delivery of its own.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing
from core.errors import CandidateErased, Rejected, Unavailable
from core.tables import Candidate, Delivery, Interview, WebhookReceipt
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.connectors.base import Connector, DeliveryUnknown, Effect, EffectKind, HrmsUnavailable, Receipt
from hr_bridge.connectors.provider.connector import wants_callback

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 1800.0
ATTEMPT_S = 60.0
"""Of one attempt at a connector, looking included; longer than the connectors' own timeouts."""
CLAIM = timedelta(seconds=2 * ATTEMPT_S)
ROUND_S = 20.0
"""After this a connector's attempts of one round end: the others, long done, wait for no more than the last of them."""
GIVE_UP_AFTER = timedelta(days=3)
FEWEST_ATTEMPTS = 20
"""Before we give up: a house whose own power was off for three days has tried less often."""
OPEN = ("pending", "unknown", "parked")
REPLAYABLE = ("webhook", "provider")
"""Connectors whose receiver knows our ids: what it has acknowledged may be sent again, should it have lost it."""
HEAR_OF_HIRES = ("webhook",)
"""Connectors that tell of hires. The others bring results to where the hire was made, or know nothing of hires: none is
planned for them."""
PURPOSE = "assessment"

log = logging.getLogger("mianshi.delivery")


class DeliveryUnknownToUs(Rejected):
    """There is no delivery of this id."""


def plan_delivery(
    session: Session, keys: KeyRing, assessment: CandidateAssessment, kind: EffectKind, version: int, connector: str
) -> None:
    """Plan one effect inside the caller's transaction; the same (connector, interview, kind, version) is planned once."""
    same = select(Delivery).where(
        Delivery.connector == connector,
        Delivery.interview_id == assessment.interview_id,
        Delivery.kind == kind,
        Delivery.version == version,
    )
    if session.exec(same).first() is not None:
        return
    if kind == "hired" and connector not in HEAR_OF_HIRES:
        return
    if connector == "provider" and not wants_callback(session, assessment.interview_id, kind):
        return
    key = keys.unwrap(session.get_one(Candidate, assessment.candidate.id).wrapped_key)
    session.add(
        Delivery(
            connector=connector,
            interview_id=assessment.interview_id,
            kind=kind,
            version=version,
            assessment_sealed=key.seal(assessment.to_json(), PURPOSE),
            created_at=now(),
            next_attempt_at=now(),
        )
    )


def retry(session: Session, delivery_id: str) -> None:
    """Let a parked delivery be tried again now, and one that was sent be sent again where the connector is replayable.
    DeliveryUnknownToUs when there is none."""
    row = session.get(Delivery, delivery_id)
    if row is None:
        raise DeliveryUnknownToUs("there is no such delivery")
    if row.state == "parked":
        # It may have landed in an earlier attempt: it is looked for by its id before it is sent.
        row.state, row.problem, row.next_attempt_at = "unknown", None, now()
    elif row.state == "sent" and row.connector in REPLAYABLE:
        if (receipt := session.get(WebhookReceipt, (row.id, row.connector))) is not None:
            session.delete(receipt)
        row.state, row.attempts, row.next_attempt_at = "pending", 0, now()
        row.sent_at = row.remote_id = None


class Deliverer:
    """Brings due deliveries over, in the order in which they were planned within each interview."""

    def __init__(self, database: Database, keys: KeyRing, connectors: Mapping[str, Connector]) -> None:
        self._database = database
        self._keys = keys
        self._connectors = connectors

    async def deliver_due(self) -> int:
        """Try what is due now, each once; how many were tried. A connector is given one after the other for ROUND_S,
        and several connectors at the same time: a slow system holds up no other. What it had no time for comes first
        in the next round. DatabaseBusy may be raised in between: what was claimed then is looked for over there once
        its claim has run out."""
        moment = now()
        names = await asyncio.to_thread(self._names_due, moment)
        tried = await asyncio.gather(*(self._deliver_to(name, moment) for name in names), return_exceptions=True)
        for outcome in tried:
            if isinstance(outcome, BaseException):
                raise outcome
        return sum(outcome for outcome in tried if isinstance(outcome, int))

    async def _deliver_to(self, name: str, moment: datetime) -> int:
        tried, ends = 0, time.monotonic() + ROUND_S
        while (delivery_id := await asyncio.to_thread(self._claim_next, name, moment)) is not None:
            await self._try(delivery_id)
            tried += 1
            if time.monotonic() >= ends:
                break
        return tried

    def _names_due(self, moment: datetime) -> list[str]:
        with self._database.reading() as session:
            return list(session.exec(select(Delivery.connector).where(*_is_due(moment)).distinct()).all())

    def _claim_next(self, connector: str, moment: datetime) -> str | None:
        """Claim the row that has been due the longest at `moment`. What an unsent one goes before stays where it is,
        whoever holds that one: only rows to be claimed are skipped when locked."""
        earlier = aliased(Delivery)
        held_back = exists().where(
            col(earlier.connector) == Delivery.connector,
            col(earlier.interview_id) == Delivery.interview_id,
            col(earlier.state).in_(OPEN),
            or_(
                and_(col(earlier.kind) == "result", col(Delivery.kind) != "result"),
                # Ids of two machines tell the order of their clocks, so they decide among equals alone.
                and_(or_(col(earlier.kind) == "result", col(Delivery.kind) != "result"), col(earlier.id) < Delivery.id),
            ),
        )
        due = (
            select(Delivery)
            .where(Delivery.connector == connector, *_is_due(moment), ~held_back)
            .order_by(col(Delivery.next_attempt_at), col(Delivery.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.unit_of_work() as session:
            row = session.exec(due).first()
            if row is None:
                return None
            row.attempts += 1
            row.last_attempt_at, row.next_attempt_at = now(), now() + CLAIM
            if row.attempts > 1 and row.state == "pending" and row.problem is None:
                row.state = "unknown"  # an earlier attempt was cut off before it could say how it ended
            row.problem = None
            return row.id

    async def _try(self, delivery_id: str) -> None:
        row = await asyncio.to_thread(self._read, delivery_id)
        try:
            receipt = await self._bring_over(row)
        except HrmsUnavailable as error:
            await asyncio.to_thread(self._settle, row, row.state, str(error), error.retry_after_s)
        except DeliveryUnknown as error:
            await asyncio.to_thread(self._settle, row, "unknown", error.reason)
        except TimeoutError:
            problem = f"The HR system gave no answer within {ATTEMPT_S:.0f} s."
            await asyncio.to_thread(self._settle, row, "unknown", problem)
        except Rejected as error:
            await asyncio.to_thread(self._settle, row, "parked", str(error))
        except CandidateErased:
            await asyncio.to_thread(self._settle, row, "parked", "The candidate was erased before delivery.")
        except Unavailable:
            raise
        except Exception as error:  # one delivery must not hold up the others, whatever is wrong with it
            # The type alone: the message of an unforeseen error may quote the candidate.
            problem = f"An unforeseen fault ({type(error).__name__}) in delivering; it is tried again."
            await asyncio.to_thread(self._settle, row, "unknown", problem)
        else:
            await asyncio.to_thread(self._land, delivery_id, receipt.remote_id, receipt.received_at)

    async def _bring_over(self, row: Delivery) -> Receipt:
        connector = self._connectors.get(row.connector)
        if connector is None:
            raise Rejected(f"No connector {row.connector} is set up.")
        effect = await asyncio.to_thread(self._effect, row)
        async with asyncio.timeout(ATTEMPT_S):
            receipt = await connector.find(row.id) if row.state == "unknown" else None
            return receipt or await connector.deliver(effect)

    def _read(self, delivery_id: str) -> Delivery:
        with self._database.reading() as session:
            return session.get_one(Delivery, delivery_id)

    def _effect(self, row: Delivery) -> Effect:
        with self._database.reading() as session:
            interview = session.get_one(Interview, row.interview_id)
            key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        assessment = CandidateAssessment.from_json(key.open(row.assessment_sealed, PURPOSE))
        return Effect(id=row.id, kind=row.kind, version=row.version, assessment=assessment)  # type: ignore[arg-type]

    def _land(self, delivery_id: str, remote_id: str, at: datetime) -> None:
        with self._database.unit_of_work() as session:
            row = session.get(Delivery, delivery_id)
            if row is None:
                return  # the candidate was erased meanwhile; that system hears of it after this
            row.state, row.remote_id, row.sent_at = "sent", remote_id, at
            row.problem = row.next_attempt_at = None

    def _settle(self, tried: Delivery, state: str, problem: str, retry_after_s: float | None = None) -> None:
        with self._database.unit_of_work() as session:
            row = session.get(Delivery, tried.id, with_for_update=True)
            if row is None or row.attempts != tried.attempts or row.state == "sent":
                return  # our claim ran out, and what a later attempt found holds
            if now() - row.created_at >= GIVE_UP_AFTER and row.attempts >= FEWEST_ATTEMPTS and state != "parked":
                state, problem = "parked", f"Given up after {GIVE_UP_AFTER.days} days of trying. {problem}"
            log.warning("delivery %s is %s", row.id, state)
            row.state, row.problem = state, problem
            # Full jitter (Brooker, "Exponential Backoff and Jitter", 2015) keeps many deliveries from retrying at once.
            longest = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(row.attempts, 16))
            wait_s = random.uniform(FIRST_RETRY_S / 2, longest) if retry_after_s is None else retry_after_s
            wait = timedelta(seconds=min(wait_s, LONGEST_RETRY_S))
            row.next_attempt_at = None if state == "parked" else now() + wait


def _is_due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(Delivery.state).in_(["pending", "unknown"]), col(Delivery.next_attempt_at) <= moment


def is_delivered(session: Session, interview_id: str) -> bool:
    """True once the result has reached every connector that it was planned for."""
    rows = session.exec(select(Delivery).where(Delivery.interview_id == interview_id, Delivery.kind == "result")).all()
    return bool(rows) and all(row.state == "sent" for row in rows)
