"""The 6-digit code goes by the roads that letters take, at once and at any hour: the candidate has just asked for it.

It is written down nowhere; a code that did not arrive is asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import cast
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.gateway.code_sender import CodeSender
from bot.identity import Code, masked
from bot.outreach.letters import Addressee, addressee, blocked_roads
from bot.outreach.road import HandoverUnknown, LetterRefused, RoadBlocked, Roads
from bot.outreach.senders import open_senders
from bot.outreach.wording import Facts, Worded, signature_of, word_mail, word_sms
from bot.services import Services
from core.clock import now
from core.content import Language
from core.errors import Unavailable
from core.tables import Interview, new_id
from dialogue.interview_plan import profile_of
from hr_bridge.position import PositionProfile, Road

log = logging.getLogger("mianshi.letters")


class CodeUnsent(Unavailable):
    """No road took the code."""


class LetterCodeSender:
    """`otherwise` gets the codes of candidates whom no road reaches."""

    def __init__(self, services: Services, otherwise: CodeSender) -> None:
        self._services, self._otherwise = services, otherwise

    def send(self, code: Code) -> str | None:
        """See `CodeSender.send`: the masked address that it went to, where it is another than the code's own."""
        found = self._worded(code)
        if found is None:
            return self._otherwise.send(code)
        road, worded = found
        hand_over_now(self._services, road, worded)
        return masked(worded.to) if worded.to != code.contact else None

    def _worded(self, code: Code) -> tuple[Road, Worded] | None:
        with self._services.database.reading() as session:
            interview = session.get_one(Interview, code.interview_id)
            to = addressee(self._services, session, interview)
            road = code_road(self._services, session, to)
            profile = profile_of(session, interview)
        if road is None:
            return None
        address = to.phone if road == "sms" else to.email
        return road, word_code(self._services, road, address or "", profile, code.language, code.digits)


def code_road(services: Services, session: Session, to: Addressee) -> Road | None:
    """The road that a code takes; None where no letter reaches the candidate."""
    # A text is read where the interview is held, on the phone: it comes first.
    plan = to.plan.model_copy(update={"roads": ("sms", "email")})
    blocked = blocked_roads(session, to.candidate.id)
    return Roads.of(services.settings).choose(plan, to.email is not None, to.phone is not None, blocked)


def word_code(
    services: Services, road: Road, address: str, profile: PositionProfile, language: str, digits: str
) -> Worded:
    """The letter with a code."""
    settings = services.settings
    facts = Facts("", profile, cast(Language, language), ZoneInfo("UTC"), settings.house.company, False, now())
    if road == "sms":
        return word_sms("code", address, facts, signature_of(settings), digits=digits)
    return word_mail("code", address, facts, digits=digits)


def hand_over_now(services: Services, road: Road, worded: Worded) -> None:
    """Send it while somebody waits. Blocks; raises CodeUnsent when it was not taken."""
    try:
        asyncio.run(_hand_over(services, road, worded))
    except HandoverUnknown:
        pass  # it may have arrived, and lasts ten minutes
    except (RoadBlocked, LetterRefused) as error:
        log.warning("a code could not be sent: %s", error)
        raise CodeUnsent("the code could not be sent") from error


async def _hand_over(services: Services, road: Road, worded: Worded) -> None:
    async with open_senders(services.settings) as senders:
        await senders[road].send(new_id(), worded)
