"""Telling the HR systems that a candidate was erased: a delivery of its own kind, tried again, or parked for a person."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.clock import now
from core.database import Database
from core.errors import Rejected, Unavailable
from core.tables import ErasureNotice, HrmsLink
from hr_bridge.connectors.base import Connector, DeliveryUnknown, HrmsUnavailable
from hr_bridge.connectors.odoo.erasure import CONTACT, ERASED
from hr_bridge.delivery import ATTEMPT_S, CLAIM, FIRST_RETRY_S, LONGEST_RETRY_S

GIVE_UP_AFTER: Final = timedelta(days=30)
"""The time that data protection law leaves us to tell others; then a person has to."""

log = logging.getLogger("mianshi.privacy")


class NoticeUnknown(Rejected):
    """There is no notice of this id."""


def tell_again(session: Session, notice_id: str) -> None:
    """Let a parked notice be tried again now. Raises NoticeUnknown."""
    row = session.get(ErasureNotice, notice_id, with_for_update=True)
    if row is None:
        raise NoticeUnknown("there is no such notice")
    if row.state == "parked":
        row.state, row.problem, row.created_at, row.next_attempt_at = "pending", None, now(), now()


class Teller:
    """Tells what is due. Erasing twice is the same as once, so whatever is in doubt is simply told again."""

    def __init__(self, database: Database, connectors: Mapping[str, Connector]) -> None:
        self._database = database
        self._connectors = connectors

    async def tell_due(self) -> int:
        """Try what is due now, one after the other; how many were tried."""
        tried = 0
        for notice_id in await asyncio.to_thread(self._due):
            notice = await asyncio.to_thread(self._claim, notice_id)
            if notice is None:
                continue
            tried += 1
            await self._tell(notice)
        return tried

    async def _tell(self, notice: ErasureNotice) -> None:
        try:
            connector = self._connectors.get(notice.connector)
            if connector is None:
                raise Rejected(f"No connector {notice.connector} is set up: a person has to erase there.")
            async with asyncio.timeout(ATTEMPT_S):
                await connector.erase(notice.candidate_id)
        except (HrmsUnavailable, DeliveryUnknown, Unavailable) as error:
            await asyncio.to_thread(self._put_off, notice.id, str(error))
        except TimeoutError:
            await asyncio.to_thread(self._put_off, notice.id, f"No answer within {ATTEMPT_S:.0f} s.")
        except Rejected as error:
            await asyncio.to_thread(self._park, notice.id, str(error))
        except Exception as error:  # one notice must not hold up the others, whatever is wrong with it
            await asyncio.to_thread(self._put_off, notice.id, f"An unforeseen fault ({type(error).__name__}).")
        else:
            await asyncio.to_thread(self._told, notice.id)

    def _due(self) -> list[str]:
        with self._database.reading() as session:
            due = select(ErasureNotice.id).where(
                ErasureNotice.state == "pending", col(ErasureNotice.next_attempt_at) <= now()
            )
            return list(session.exec(due.order_by(col(ErasureNotice.next_attempt_at))))

    def _claim(self, notice_id: str) -> ErasureNotice | None:
        with self._database.unit_of_work() as session:
            row = session.get(ErasureNotice, notice_id, with_for_update=True)
            if row is None or row.state != "pending" or row.next_attempt_at is None or row.next_attempt_at > now():
                return None
            row.attempts, row.next_attempt_at = row.attempts + 1, now() + CLAIM
            return row

    def _told(self, notice_id: str) -> None:
        with self._database.unit_of_work() as session:
            row = session.get_one(ErasureNotice, notice_id, with_for_update=True)
            row.state, row.sent_at, row.next_attempt_at, row.problem, row.facts = "sent", now(), None, None, []
            # What the links led to is gone over there. The mark that nothing may come back stays.
            session.execute(
                delete(HrmsLink).where(
                    col(HrmsLink.connector) == row.connector,
                    col(HrmsLink.our_id).startswith(f"{row.candidate_id}."),
                    col(HrmsLink.kind).not_in([ERASED, CONTACT]),
                )
            )
        log.info("notice %s: %s was told", notice_id, row.connector)

    def _put_off(self, notice_id: str, problem: str) -> None:
        with self._database.unit_of_work() as session:
            row = session.get_one(ErasureNotice, notice_id, with_for_update=True)
            if now() - row.created_at >= GIVE_UP_AFTER:
                row.state, row.next_attempt_at = "parked", None
                row.problem = f"Given up after {GIVE_UP_AFTER.days} days of trying. {problem}"
                return
            longest = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(row.attempts, 16))
            row.problem = problem
            row.next_attempt_at = now() + timedelta(seconds=random.uniform(FIRST_RETRY_S / 2, longest))

    def _park(self, notice_id: str, problem: str) -> None:
        log.warning("notice %s is parked", notice_id)
        with self._database.unit_of_work() as session:
            row = session.get_one(ErasureNotice, notice_id, with_for_update=True)
            row.state, row.problem, row.next_attempt_at = "parked", problem, None
