"""What must reach the HRMS, exactly once: pending, sent, unknown (asked for by our id before any retry), parked.

A delivery is planned as a row in the transaction that makes it necessary; the worker brings it over. Nothing here
waits for a person's decision: that is a delivery of its own.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing
from core.errors import CandidateErased, Rejected
from core.tables import Candidate, Delivery, Interview
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.connectors.base import Connector, DeliveryUnknown, Effect, EffectKind, HrmsUnavailable

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 1800.0
CLAIM = timedelta(seconds=60)
AT_ONCE = 20
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
    """Let a parked delivery be tried again now. DeliveryUnknownToUs when there is none."""
    row = session.get(Delivery, delivery_id)
    if row is None:
        raise DeliveryUnknownToUs("there is no such delivery")
    if row.state == "parked":
        # It may have landed in an earlier attempt: it is looked for by its id before it is sent.
        row.state, row.problem, row.next_attempt_at = "unknown", None, now()


class Deliverer:
    """Brings due deliveries over, in the order in which they were planned within each interview."""

    def __init__(self, database: Database, keys: KeyRing, connectors: Mapping[str, Connector]) -> None:
        self._database = database
        self._keys = keys
        self._connectors = connectors

    async def deliver_due(self) -> int:
        """Try everything that is due once; how many were tried."""
        due = await asyncio.to_thread(self._claim_due)
        for delivery_id in due:
            await self._try(delivery_id)
        return len(due)

    def _claim_due(self) -> list[str]:
        moment = now()
        with self._database.unit_of_work() as session:
            open_rows = session.exec(
                select(Delivery)
                .where(col(Delivery.state).in_(["pending", "unknown", "parked"]))
                .order_by(col(Delivery.id))
                .with_for_update(skip_locked=True)
            ).all()
            first = {(row.connector, row.interview_id): row for row in reversed(open_rows)}
            claimed = [
                row
                for row in first.values()
                if row.state != "parked" and row.next_attempt_at is not None and row.next_attempt_at <= moment
            ][:AT_ONCE]
            for row in claimed:
                row.attempts += 1
                row.last_attempt_at, row.next_attempt_at = moment, moment + CLAIM
                if row.attempts > 1 and row.state == "pending" and row.problem is None:
                    row.state = "unknown"  # an earlier attempt was cut off before it could say how it ended
            return [row.id for row in claimed]

    async def _try(self, delivery_id: str) -> None:
        row = await asyncio.to_thread(self._read, delivery_id)
        try:
            connector = self._connectors[row.connector]
            effect = await asyncio.to_thread(self._effect, row)
            receipt = await connector.find(row.id) if row.state == "unknown" else None
            receipt = receipt or await connector.deliver(effect)
        except HrmsUnavailable as error:
            await asyncio.to_thread(self._settle, delivery_id, row.state, str(error), error.retry_after_s)
        except DeliveryUnknown as error:
            await asyncio.to_thread(self._settle, delivery_id, "unknown", error.reason)
        except Rejected as error:
            await asyncio.to_thread(self._settle, delivery_id, "parked", str(error))
        except CandidateErased:
            await asyncio.to_thread(self._settle, delivery_id, "parked", "The candidate was erased before delivery.")
        except KeyError:
            await asyncio.to_thread(self._settle, delivery_id, "parked", f"No connector {row.connector} is set up.")
        else:
            await asyncio.to_thread(self._land, delivery_id, receipt.remote_id, receipt.received_at)

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
            row = session.get_one(Delivery, delivery_id)
            row.state, row.remote_id, row.sent_at = "sent", remote_id, at
            row.problem = row.next_attempt_at = None

    def _settle(self, delivery_id: str, state: str, problem: str, retry_after_s: float | None = None) -> None:
        log.warning("delivery %s is %s", delivery_id, state)
        with self._database.unit_of_work() as session:
            row = session.get_one(Delivery, delivery_id)
            row.state, row.problem = state, problem
            # Full jitter (Brooker, "Exponential Backoff and Jitter", 2015) keeps many deliveries from retrying at once.
            longest = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2**row.attempts)
            wait_s = retry_after_s if retry_after_s is not None else random.uniform(FIRST_RETRY_S / 2, longest)
            row.next_attempt_at = None if state == "parked" else now() + timedelta(seconds=wait_s)


def is_delivered(session: Session, interview_id: str) -> bool:
    """True once the result has reached every connector that it was planned for."""
    rows = session.exec(select(Delivery).where(Delivery.interview_id == interview_id, Delivery.kind == "result")).all()
    return bool(rows) and all(row.state == "sent" for row in rows)
