"""Candidates' own questions that an approved fact of the position answers are answered at once; the rest stay tasks for
the recruiters. Never scored. The candidate is told that it is what the company has approved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.candidate_questions import AlreadyReplied, open_questions, reply_from_facts
from bot.fact_match import FactMatcher, KnownFact
from bot.hr_talk.offer import open_offers
from bot.hr_talk.words import TALK_OFFERED
from bot.services import Services
from core.clock import now
from core.content import Language
from core.errors import CandidateErased, MianshiError, Refused
from core.tables import ApprovedAnswer
from hr_bridge.position import PositionProfile

LONGEST_QUESTION: Final = 200
LONGEST_ANSWER: Final = 1_000
LOOK_EVERY_S: Final = 1.0


class FactUnusable(Refused):
    """A fact has a question and its answer in at least one language."""


def approve(services: Services, position_key: str, pairs: dict[Language, tuple[str, str]], by: Account) -> str:
    """Approve a question with its answer, by language; its id. Raises FactUnusable."""
    whole = {language: (q.strip(), a.strip()) for language, (q, a) in pairs.items() if q.strip() or a.strip()}
    if not whole or any(
        not (1 <= len(q) <= LONGEST_QUESTION and 1 <= len(a) <= LONGEST_ANSWER) for q, a in whole.values()
    ):
        raise FactUnusable("a question and its answer, in one language or both")
    question_zh, answer_zh = whole.get("zh", ("", ""))
    question_en, answer_en = whole.get("en", ("", ""))
    with services.database.unit_of_work() as session:
        fact = ApprovedAnswer(
            position_key=position_key,
            question_zh=question_zh,
            answer_zh=answer_zh,
            question_en=question_en,
            answer_en=answer_en,
            approved_by=by.id,
            approved_at=now(),
        )
        session.add(fact)
        record(session, by, "fact_approved", fact.id)
        return fact.id


def retire(services: Services, position_key: str, fact_id: str, by: Account) -> None:
    """Tell it to nobody any more. Nothing happens where it was retired before."""
    with services.database.unit_of_work() as session:
        fact = session.get(ApprovedAnswer, fact_id)
        if fact is not None and fact.position_key == position_key and fact.retired_at is None:
            fact.retired_at = now()
            record(session, by, "fact_retired", fact.id)


def approved_answers(session: Session, position_key: str) -> Sequence[ApprovedAnswer]:
    """Those that hold, the oldest first."""
    rows = select(ApprovedAnswer).where(
        ApprovedAnswer.position_key == position_key, col(ApprovedAnswer.retired_at).is_(None)
    )
    return session.exec(rows.order_by(col(ApprovedAnswer.id))).all()


def known_facts(session: Session, profile: PositionProfile, language: Language) -> list[KnownFact]:
    """All that may be told in a language: of the position's profile, what recruiters have approved, and where they offer
    talks, that one can be booked."""
    facts = [KnownFact(fact.topic, fact.text(language)) for fact in profile.approved_facts]
    for row in approved_answers(session, profile.key):
        question, answer = (row.question_zh, row.answer_zh) if language == "zh" else (row.question_en, row.answer_en)
        if question:
            facts.append(KnownFact(row.id, answer, question))
    if open_offers(session, profile.key):
        facts.append(KnownFact("talk", TALK_OFFERED[language]))
    return facts


class FactAnswers:
    """For the app: looks at each new question once."""

    def __init__(self, services: Services, matcher: FactMatcher) -> None:
        self._services, self._matcher = services, matcher
        self._seen: set[str] = set()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.answer_new)
            except MianshiError:
                pass  # a database that is busy now is asked again in a second
            await asyncio.sleep(LOOK_EVERY_S)

    def answer_new(self) -> int:
        """Answer what a fact answers; how many were."""
        answered = 0
        with self._services.database.reading() as session:
            asked = open_questions(self._services, session, self._seen)
            facts = {each.answer_id: known_facts(session, each.profile, each.language) for each in asked}
        for each in asked:
            self._seen.add(each.answer_id)
            fact = self._matcher.match(each.text, each.language, facts[each.answer_id])
            if fact is None:
                continue
            try:
                reply_from_facts(self._services, each.answer_id, fact.answer)
            except (AlreadyReplied, CandidateErased):
                continue
            answered += 1
        return answered
