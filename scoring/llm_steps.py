"""The durable steps in which a language model is asked: a second rating after the scores, prose after the report.

Both are optional, write under a unique key, and leave everything as it is when they fail.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Language
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.settings import LanguageModelSettings
from core.tables import Candidate, Interview, Position, ReportProse, Score, SecondRating
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile
from scoring import report_prose
from scoring.engines.judge import PROMPT_VERSION, AnswerToJudge, LanguageModelJudge
from scoring.engines.language_model import LIMIT_S, LanguageModel
from scoring.llm_permission import obstacle
from scoring.report import newest_report
from scoring.report_facts import narrative_of
from scoring.report_prose import Facts, facts_of, write_report_prose
from scoring.rubric import load_competency
from scoring.scored_answers import ScoredAnswer, scored_answers
from scoring.second_rating import Combined, rate_again

NO_MODEL: Final = "none"
"""Stands in the place of the name where no model is set up."""


class LanguageModelSteps:
    """Asks only for positions that have it turned on. Nothing it writes changes a score."""

    def __init__(
        self, database: Database, keys: KeyRing, settings: LanguageModelSettings, limit_s: float = LIMIT_S
    ) -> None:
        self._database = database
        self._keys = keys
        self._settings = settings
        self._limit_s = limit_s

    def rate_answers(self, interview_id: str) -> None:
        """Rate what has a score and no second rating yet; each result is stored before the next answer is asked about.

        An answer takes at most `limit_s` seconds, 20 by default, and a failure is stored like a rating.
        """
        with self._database.reading() as session:
            interview, profile, key, language = self._opened(session, interview_id)
            if not profile.llm.second_rater:
                return
            scored = select(Score.question_id).where(Score.interview_id == interview_id, col(Score.level).is_not(None))
            rated = select(SecondRating.question_id).where(SecondRating.interview_id == interview_id)
            wanted = {*session.exec(scored)} - {*session.exec(rated)}
            answers = [answer for answer in scored_answers(session, interview, key) if answer.question_id in wanted]
        why_not = obstacle(self._settings, load_policy(profile.policy))
        if why_not is not None:
            for answer in answers:
                self._store_rating(interview_id, answer.question_id, Combined.failed(why_not), key)
        elif answers:
            asyncio.run(self._rate(interview_id, answers, language, key))

    def word_report(self, interview_id: str) -> None:
        """Put the newest report into prose, once."""
        with self._database.reading() as session:
            _, profile, key, language = self._opened(session, interview_id)
            report = newest_report(session, interview_id)
            if not profile.llm.report_prose or report is None:
                return
            worded = session.exec(select(ReportProse).where(ReportProse.report_id == report.id)).first()
            facts = facts_of(narrative_of(session, report, key, language))
        if worded is not None or obstacle(self._settings, load_policy(profile.policy)) is not None:
            return
        prose = asyncio.run(self._word(facts, language))
        if prose is None:
            return
        with self._database.unit_of_work() as session:
            session.add(
                ReportProse(
                    report_id=report.id,
                    text_sealed=key.seal(prose, "report prose"),
                    model=self._settings.model or NO_MODEL,
                    prompt_version=report_prose.PROMPT_VERSION,
                    written_at=now(),
                )
            )

    def _opened(self, session: Session, interview_id: str) -> tuple[Interview, PositionProfile, DataKey, Language]:
        interview = session.get_one(Interview, interview_id)
        profile = PositionProfile.model_validate(session.get_one(Position, interview.position_id).profile)
        key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        return interview, profile, key, "en" if interview.language == "en" else "zh"

    async def _rate(self, interview_id: str, answers: Sequence[ScoredAnswer], language: Language, key: DataKey) -> None:
        async with LanguageModel(self._settings) as model:
            judge = LanguageModelJudge(model)
            for answer in answers:
                competency = load_competency(answer.competency)
                asked = AnswerToJudge(competency, language, answer.question, answer.answer)
                combined = await rate_again(judge, asked, self._limit_s)
                await asyncio.to_thread(self._store_rating, interview_id, answer.question_id, combined, key)

    async def _word(self, facts: Facts, language: Language) -> str | None:
        async with LanguageModel(self._settings) as model:
            return await write_report_prose(model, facts, language, self._limit_s)

    def _store_rating(self, interview_id: str, question_id: str, combined: Combined, key: DataKey) -> None:
        with self._database.unit_of_work() as session:
            session.add(
                SecondRating(
                    interview_id=interview_id,
                    question_id=question_id,
                    level=combined.level,
                    samples=list(combined.samples),
                    dropped=list(combined.dropped),
                    failure=combined.failure,
                    quotes_sealed=key.seal(json.dumps(combined.quotes, ensure_ascii=False), "second rating"),
                    model=self._settings.model or NO_MODEL,
                    prompt_version=PROMPT_VERSION,
                    rated_at=now(),
                )
            )
