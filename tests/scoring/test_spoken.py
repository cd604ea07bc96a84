"""Spoken answers in score and report: what was heard badly, what device, room and network did, how it was spoken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from bot.services import Services
from core.clock import now
from core.tables import Answer, EnvironmentRecord, Interview, Position, Question, Recording, Report, Score, new_id
from dialogue.interview_plan import PlannedQuestion, add_to_plan, plan_before_start, profile_of
from hr_bridge.position import PositionProfile
from scoring.environment import corrections_of
from scoring.heard import Delivery, Heard, Quality, Word
from scoring.score import AnswerScore, AnswerToScore
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import furnished
from tests.builders import finished_interview
from tests.fakes.fixed_scorer import FixedScorer

FLUENT = Delivery(fluency=80.0, prosody=70.0, pace_wpm=140.0, pause_ratio=0.1, intelligibility=90.0)


class Listening(FixedScorer):
    """Remembers what it was given to score."""

    given: list[AnswerToScore] = []  # noqa: RUF012  one test, one list

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]:
        self.given.extend(answers)
        return super().score(answers)


class Held:
    """A finished interview in which some answers were spoken."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.interview_id = finished_interview(services, "en")
        Listening.given = []

    def speak(
        self,
        number: int,
        *,
        confidence: float = 0.9,
        confirmed: bool = True,
        verdict: str = "good",
        reason: str | None = None,
        seconds: float = 30.0,
        delivery: Delivery = FLUENT,
        disconnects: int = 0,
        corrected: bool = False,
    ) -> None:
        """The first answer to a question was spoken."""
        with self.services.database.unit_of_work() as session:
            interview = session.get_one(Interview, self.interview_id)
            key = self.services.key_of(session, interview)
            question = session.exec(select(Question).where(Question.number == number)).one()
            answer = session.exec(select(Answer).where(Answer.question_id == question.id).order_by(Answer.id)).first()
            assert answer is not None
            text = key.open(answer.text_sealed)
            quality = Quality(20.0, 0.0, 0.9, -20.0, verdict, reason)  # type: ignore[arg-type]
            heard = Heard(text, "en", (Word(text, 0, 1, confidence),), seconds, quality, delivery, "fixed/1")
            recording = Recording(
                interview_id=self.interview_id,
                client_id=new_id(),
                channel="web",
                question_id=question.id,
                begun_at=now(),
                received_at=now(),
                settled_at=now(),
                heard_sealed=key.seal(json.dumps(heard.to_json()), "heard"),
                verdict=verdict,
                reason=reason,
                transcript_confidence=confidence,
                corrected_at=now() if corrected else None,
            )
            session.add(recording)
            session.flush()
            answer.recording_id, answer.transcript_confirmed = recording.id, confirmed
            if disconnects:
                self.note(session, recording.id, question.id, "network", disconnects=disconnects)

    def note(self, session: object, recording_id: str | None, question_id: str, kind: str, **figures: object) -> None:
        session.add(  # type: ignore[attr-defined]
            EnvironmentRecord(
                interview_id=self.interview_id,
                client_id=new_id(),
                kind=kind,
                recording_id=recording_id,
                question_id=question_id,
                figures=figures,
                noted_at=now(),
            )
        )

    def ask_for_delivery(self, weight: float = 0.2) -> None:
        with self.services.database.unit_of_work() as session:
            position = session.get_one(Position, session.get_one(Interview, self.interview_id).position_id)
            asked = {"weight": weight, "why": {"zh": "每天与客户通话。", "en": "Calls customers all day."}}
            profile = {**position.profile, "spoken_communication": asked}
            PositionProfile.model_validate(profile)
            position.profile = profile

    def assess(self) -> Report:
        steps = AssessmentSteps(self.services.database, self.services.keys, Listening(), [])
        assert steps.waiting() == [self.interview_id]
        steps.score_answers(self.interview_id)
        steps.report_and_hand_over(self.interview_id)
        with self.services.database.reading() as session:
            return session.exec(select(Report)).one()

    def corrections(self, language: str = "zh") -> list[str]:
        with self.services.database.reading() as session:
            report = session.exec(select(Report)).one()
            return [c.text for c in corrections_of(session, report, language)]  # type: ignore[arg-type]

    def reasons(self) -> dict[str, str | None]:
        with self.services.database.reading() as session:
            rows = session.exec(select(Question.source, Score.unscored_reason).join(Score)).all()  # type: ignore[arg-type]
        return dict(rows)

    def confidences(self) -> dict[str, float | None]:
        return {a.answer[:12]: a.transcript_confidence for a in Listening.given}


@pytest.fixture
async def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Held]:
    with furnished(tmp_path, monkeypatch) as services:
        yield Held(services)


def test_typed_answers_have_no_transcript_confidence(held: Held) -> None:
    report = held.assess()
    assert set(held.confidences().values()) == {None}
    assert report.delivery is None
    assert held.corrections() == []


def test_a_badly_heard_transcript_is_scored_only_where_it_was_confirmed(held: Held) -> None:
    held.speak(2, confidence=0.5, confirmed=True)
    held.speak(3, confidence=0.5, confirmed=False)
    held.assess()
    withheld = [source for source, reason in held.reasons().items() if reason and "not confirmed" in reason]
    assert len(withheld) == 1
    assert 0.6 in held.confidences().values()
    (told,) = held.corrections()
    assert told == "第3题的录音不够清楚，候选人没有确认文字稿，内容未计分。"
    assert "question 3" in held.corrections("en")[0]


def test_of_an_answer_in_two_parts_the_unconfirmed_one_alone_is_left_out(held: Held) -> None:
    held.speak(1, confidence=0.4, confirmed=False)  # its follow-up was typed
    held.assess()
    (read,) = [a for a in Listening.given if "They signed for" in a.answer]
    assert read.answer.startswith(" ")
    assert "A moulding plant" not in read.answer
    assert read.transcript_confidence is None


def test_a_corrected_transcript_counts_as_typed_and_poor_sound_lowers_the_confidence(held: Held) -> None:
    held.speak(2, confidence=0.3, corrected=True)
    held.speak(3, verdict="poor", reason="noise")
    held.assess()
    assert sorted(c for c in held.confidences().values() if c is not None) == [0.7]
    assert held.corrections() == ["因环境噪音，第3题内容评分的可信度相应调低。"]


def test_delivery_counts_with_its_weight_where_the_position_asks_for_it(held: Held) -> None:
    held.ask_for_delivery(0.2)
    held.speak(1, seconds=30)
    held.speak(2, seconds=90, delivery=Delivery(60.0, 50.0, 120.0, 0.2, 70.0))
    report = held.assess()
    assert report.delivery is not None
    assert report.delivery["fluency"] == pytest.approx(65.0)
    assert report.delivery["intelligibility"] == pytest.approx(75.0)  # shown; it goes with the accent
    assert report.delivery["score"] == pytest.approx((65 + 55) / 2, abs=0.1)
    contents = {c["score"] for c in report.competencies if c["score"] is not None}
    (content,) = contents
    assert report.match == pytest.approx(0.8 * content + 0.2 * report.delivery["score"], abs=0.01)


def test_where_the_position_does_not_ask_for_it_delivery_is_shown_and_changes_nothing(held: Held) -> None:
    held.speak(1)
    report = held.assess()
    assert report.delivery is not None
    assert (report.delivery["score"], report.delivery["unscored"], report.delivery["fluency"]) == (
        None,
        "not_asked",
        80,
    )
    (content,) = {c["score"] for c in report.competencies if c["score"] is not None}
    assert report.match == pytest.approx(content)


def test_a_lost_connection_costs_nothing_and_is_told(held: Held) -> None:
    held.ask_for_delivery()
    held.speak(3, disconnects=1)
    report = held.assess()
    assert report.delivery is not None
    assert (report.delivery["score"], report.delivery["unscored"]) == (None, "environment")
    (content,) = {c["score"] for c in report.competencies if c["score"] is not None}
    assert report.match == pytest.approx(content)
    assert held.corrections() == ["因网络中断，第3题表达未计分。"]
    assert held.corrections("en") == ["Because the connection was lost in question 3, delivery was not scored."]


def test_chinese_speech_gets_pace_and_pauses_and_no_score(held: Held) -> None:
    held.ask_for_delivery()
    held.speak(1, delivery=Delivery(pace_wpm=210.0, pause_ratio=0.2))
    report = held.assess()
    assert report.delivery is not None
    assert (report.delivery["unscored"], report.delivery["pace_wpm"]) == ("language", 210.0)


def test_english_spoken_in_a_chinese_interview_changes_no_match(held: Held) -> None:
    held.ask_for_delivery()
    held.speak(1)
    with held.services.database.unit_of_work() as session:
        session.get_one(Interview, held.interview_id).language = "zh"
    report = held.assess()
    assert report.delivery is not None
    assert (report.delivery["score"], report.delivery["unscored"]) == (None, "language")
    (content,) = {c["score"] for c in report.competencies if c["score"] is not None}
    assert report.match == pytest.approx(content)


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        ("opening", "自我介绍有1次", "One recording of the introduction did"),
        ("own", "候选人提问环节有1次", "One recording of the candidate's own questions did"),
        ("fact_expected_salary", "基本信息部分有1次", "One recording of the basic facts did"),
        ("resume_offer", "基本情况部分有1次", "One recording of the background questions did"),
    ],
)
def test_questions_without_a_number_are_called_what_they_are(held: Held, source: str, zh: str, en: str) -> None:
    with held.services.database.unit_of_work() as session:
        interview = session.get_one(Interview, held.interview_id)
        plan = [*plan_before_start(profile_of(session, interview)), PlannedQuestion("opening", "opening")]
        (row,) = add_to_plan(session, interview, [q for q in plan if q.source == source])
        held.note(session, None, row.id, "not_counted", reason="silence")
    held.assess()
    (told,) = held.corrections()
    assert told.startswith(zh)
    assert held.corrections("en")[0].startswith(en)


def test_attempts_that_did_not_count_are_told_with_their_number(held: Held) -> None:
    with held.services.database.unit_of_work() as session:
        question = session.exec(select(Question).where(Question.number == 2)).one()
        for _ in range(2):
            held.note(session, None, question.id, "not_counted", reason="silence")
    held.assess()
    assert held.corrections() == ["第2题有2次录音没有计入（没有声音），候选人可以重录或打字。"]
    assert held.corrections("en") == [
        "2 recordings of question 2 did not count (silence); the candidate could record again or type."
    ]


def test_an_interview_is_not_scored_while_a_recording_waits(held: Held) -> None:
    held.speak(1)
    with held.services.database.unit_of_work() as session:
        session.exec(select(Recording)).one().settled_at = None
    steps = AssessmentSteps(held.services.database, held.services.keys, Listening(), [])
    assert steps.waiting() == []
