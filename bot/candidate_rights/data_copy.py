"""A candidate's copy of everything that is held about them, as one document that programs and people can read.

Theirs are their own words, unmasked, and what was made of them: scores with the passages they rest on, decisions, and
who was given what. Not theirs are other people's data (whose answer one resembles, what a reviewer noted about others,
who by name looked), the rubric of live questions, and the employer's pay bands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import record
from bot.candidate_questions import replies_to
from bot.candidate_rights.corrections import corrections_of, known_data
from bot.candidate_rights.door import Holder
from bot.candidate_rights.requests import requests_of
from bot.candidate_rights.standing import standing_of
from bot.demographics import told_by
from bot.feedback import told_candidate
from bot.hr_talk.words import PURPOSE as TALK_PURPOSE
from bot.outreach.wording import Worded
from bot.services import Services
from bot.status import status_of
from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.tables import (
    AccessLink,
    Answer,
    AuditEntry,
    Candidate,
    Decision,
    Delivery,
    EnvironmentRecord,
    IntegritySignal,
    Interview,
    InterviewRating,
    Letter,
    Message,
    Override,
    Position,
    Question,
    Recording,
    Report,
    ReportProse,
    Resume,
    SecondRating,
    Talk,
    TelegramChat,
    TypedInput,
)
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of
from hr_bridge.imports.check_keeper import checks_of
from hr_bridge.insights.groups import group_questions
from hr_bridge.position import PositionProfile
from scoring.report import evidence_of
from scoring.rubric import load_competency

FORMAT: Final = "mianshi candidate data"
VERSION: Final = 1
READS: Final = (
    *("report_read", "evidence_opened", "recording_played", "report_downloaded"),
    *("decided:advance", "decided:hold", "decided:reject"),
)

Document = dict[str, Any]


def copy_of(services: Services, holder: Holder) -> Document:
    """The whole document, and a line in the audit trail that it was given. Raises CandidateErased."""
    with services.database.reading() as session:
        candidate = session.get_one(Candidate, holder.candidate_id)
        key = services.keys.unwrap(candidate.wrapped_key)
        rows = select(Interview).where(Interview.candidate_id == candidate.id).order_by(col(Interview.id))
        document: Document = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": _at(now()),
            "person": _person(key, candidate),
            "interviews": [_interview(services, session, key, interview) for interview in session.exec(rows)],
            "checks": [
                {
                    "kind": check.kind,
                    "title": check.title,
                    "score": check.score,
                    "result": check.result,
                    "source": check.source,
                    "taken_on": check.taken_on.isoformat(),
                }
                for check in checks_of(session, services.keys, candidate)
            ],
        }
    with services.database.unit_of_work() as session:
        record(session, holder.account, "data_copied", holder.interview_id)
    return document


def _person(key: DataKey, candidate: Candidate) -> Document:
    return {
        "id": candidate.id,
        "name": key.open(candidate.name_sealed),
        "phone": key.open(candidate.phone_sealed) if candidate.phone_sealed else None,
        "email": key.open(candidate.email_sealed) if candidate.email_sealed else None,
        "employers_id": candidate.external_id,
        "time_zone": candidate.time_zone,
        "on_file_since": _at(candidate.created_at),
        "reminders_stopped_at": _at(candidate.reminders_off_at),
    }


def _interview(services: Services, session: Session, key: DataKey, interview: Interview) -> Document:
    language, profile = language_of(interview), profile_of(session, interview)
    messages = _of(session, Message, interview.id, Message.seq)
    return {
        "id": interview.id,
        "position": profile.title.text(language),
        "language": language,
        "came_through": interview.origin,
        "status": status_of(interview, False, False, now()).value,
        **{
            name: _at(getattr(interview, name))
            for name in (
                *("invited_at", "expires_at", "consented_at", "started_at", "finished_at", "withdrawn_at"),
                "human_asked_at",
            )
        },
        "time_used_s": interview.time_used_s,
        "notice_given": [
            {"at": _at(m.created_at), "text": key.open(m.text_sealed)} for m in messages if m.kind == "notice"
        ],
        "basic_facts": [
            {"question": fact.question, "answer": _title(fact.options, fact.value)}
            for fact in known_data(services, interview.id).facts
        ],
        "answers": _answers(session, key, interview, messages),
        "conversation": [
            {
                "at": _at(m.created_at),
                "from": "you" if m.sender == "candidate" else "us",
                "text": key.open(m.text_sealed),
            }
            for m in messages
        ],
        "recordings": [_recording(key, row) for row in _of(session, Recording, interview.id, Recording.id)],
        "resumes": [_resume(key, row) for row in _of(session, Resume, interview.id, Resume.id)],
        "observed": _observed(session, interview.id),
        "results": [_result(session, key, report, language) for report in _reports(session, interview.id)],
        "corrections_by_reviewers": [
            {
                "competency": load_competency(row.competency).title.text(language),
                "level_before": row.level_before,
                "level": row.level,
                "at": _at(row.made_at),
            }
            for row in _of(session, Override, interview.id, Override.id)
        ],
        "decisions": [
            {"value": row.value, "by": _who(row.by), "at": _at(row.decided_at)}
            for row in _decisions(session, interview)
        ],
        "feedback": told_candidate(services, interview.id),
        "your_questions": [{"question": q, "answer": a} for q, a in replies_to(services, interview.id)],
        "your_rating": _rating(session, key, interview.id),
        "told_of_yourself": [
            {
                "question": group_questions()[name].title.text(language),
                "answer": group_questions()[name].options[option].text(language),
            }
            for name, option in told_by(services, session, interview.id).items()
        ],
        "talk": _talk(session, key, interview.id),
        "letters": [_letter(key, row) for row in _of(session, Letter, interview.id, Letter.id)],
        "links": [
            {"made_at": _at(row.created_at), "revoked_at": _at(row.revoked_at)}
            for row in _of(session, AccessLink, interview.id, AccessLink.id)
        ],
        "recipients": _recipients(services, session, interview, profile, language),
        "seen_by": _seen_by(session, interview.id),
        "requests": [
            {
                "kind": asked.kind,
                "made_at": _at(asked.made_at),
                "words": asked.words or None,
                "due_at": _at(asked.due_at),
                "settled_at": _at(asked.settled_at),
                "answer": asked.reply or None,
                "corrected": [
                    {"field": one.field, "before": one.before or None, "after": one.after}
                    for one in corrections_of(session, key, asked.id)
                ],
            }
            for asked in requests_of(services, interview.id)
        ],
    }


def _of(session: Session, table: Any, interview_id: str, order: Any) -> list[Any]:
    return list(session.exec(select(table).where(table.interview_id == interview_id).order_by(order)))


def _reports(session: Session, interview_id: str) -> list[Report]:
    return _of(session, Report, interview_id, Report.version)


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None


def _title(options: Iterable[Any], value: str) -> str:
    return next((option.title for option in options if option.value == value), value)


def _who(by: str) -> str:
    """A person, or the rule of the position; names are those of others."""
    return "rule" if by == "policy" else "person"


def _answers(session: Session, key: DataKey, interview: Interview, messages: list[Message]) -> list[Document]:
    put: dict[str, list[str]] = {}
    for message in messages:
        if message.sender == "bot" and message.question_id is not None:
            put.setdefault(message.question_id, []).append(key.open(message.text_sealed))
    given: dict[str, list[Answer]] = {}
    for answer in _of(session, Answer, interview.id, Answer.id):
        given.setdefault(answer.question_id, []).append(answer)
    return [
        {
            "number": question.number,
            "kind": question.stage,
            "question": put.get(question.id, []),
            "asked_at": _at(question.asked_at),
            "skipped_at": _at(question.skipped_at),
            "answers": [
                {
                    "text": key.open(answer.text_sealed),
                    "at": _at(answer.given_at),
                    "recording": answer.recording_id,
                    "transcript_confirmed": answer.transcript_confirmed,
                }
                for answer in given.get(question.id, [])
            ],
        }
        for question in sorted(_of(session, Question, interview.id, Question.position), key=_in_order)
        if question.asked_at is not None
    ]


def _in_order(question: Question) -> tuple[float, int]:
    return question.asked_at.timestamp() if question.asked_at else 0.0, question.position


def _decisions(session: Session, interview: Interview) -> list[Decision]:
    """What was decided, once the candidate was told or should have been: until then it may still be changed, and its
    words are being written."""
    standing = standing_of(session, interview)
    is_open = standing.shown == "completed" and standing.next == "wait"
    return [] if is_open else _of(session, Decision, interview.id, Decision.version)


def _recording(key: DataKey, row: Recording) -> Document:
    heard = json.loads(key.open(row.heard_sealed, "heard")) if row.heard_sealed else None
    return {
        "id": row.id,
        "channel": row.channel,
        "began_at": _at(row.begun_at),
        "received_at": _at(row.received_at),
        "seconds": row.duration_s,
        "bytes": row.size_bytes,
        "heard": heard,
        "corrected_to": key.open(row.corrected_sealed, "transcript") if row.corrected_sealed else None,
        "sound": row.verdict,
        "used_as_answer": row.settled_at is not None,
        "file": f"recordings/{row.id}" if row.received_at is not None else None,
    }


def _resume(key: DataKey, row: Resume) -> Document:
    return {
        "id": row.id,
        "uploaded_at": _at(row.uploaded_at),
        "read_as": json.loads(key.open(row.parsed_sealed, "resume")),
        "file": f"resumes/{row.id}",
    }


def _observed(session: Session, interview_id: str) -> Document:
    """What was noted beside the answers: counts and figures, never in the score. Of an answer that resembles another
    one, the other one is somebody else's."""
    return {
        "typing": [
            {"pasted_chars": row.pasted_chars, "typing_ms": row.typing_ms}
            for row in _of(session, TypedInput, interview_id, TypedInput.turn_id)
        ],
        "device_and_network": [
            {"kind": row.kind, "at": _at(row.noted_at), "figures": row.figures}
            for row in _of(session, EnvironmentRecord, interview_id, EnvironmentRecord.id)
        ],
        "noted_for_reviewers": [
            {"kind": row.kind, "value": row.value, "at": _at(row.noticed_at)}
            for row in _of(session, IntegritySignal, interview_id, IntegritySignal.id)
        ],
    }


def _result(session: Session, key: DataKey, report: Report, language: Language) -> Document:
    profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
    evidence = evidence_of(session, report, key)
    return {
        "version": report.version,
        "at": _at(report.reported_at),
        "scored_by": report.model,
        "match": report.match,
        "pass_line": profile.pass_line,
        "level": report.level,
        "spoken_delivery": report.delivery,
        "competencies": [
            {
                "key": one["key"],
                "title": load_competency(one["key"]).title.text(language),
                "weight": round(profile.weights.get(one["key"], 0.0), 4),
                "score": one["score"],
                "level": one["level"],
                "confidence": one["confidence"],
                "corrected_by_a_person": "corrected_from" in one,
                "not_scored_because": one.get("unscored_reason"),
                "evidence": [item["quote"] for item in evidence.get(one["key"], [])],
            }
            for one in report.competencies
        ],
        "second_ratings_by_a_language_model": [
            {"level": row.level, "model": row.model, "at": _at(row.rated_at)}
            for row in _of(session, SecondRating, report.interview_id, SecondRating.id)
        ],
    }


def _rating(session: Session, key: DataKey, interview_id: str) -> Document | None:
    row = session.get(InterviewRating, interview_id)
    if row is None:
        return None
    words = key.open(row.words_sealed, "interview rating") if row.words_sealed else None
    return {"stars": row.stars, "words": words, "at": _at(row.given_at)}


def _talk(session: Session, key: DataKey, interview_id: str) -> Document | None:
    """Ten minutes with a recruiter, as they stand; earlier times are in the letters and the conversation."""
    row = session.get(Talk, interview_id)
    if row is None:
        return None
    return {
        "starts_at": _at(row.starts_at),
        "way": row.way,
        "meeting_link": row.meeting_url or None,
        "booked_at": _at(row.booked_at),
        "cancelled_at": _at(row.cancelled_at),
        "outcome": row.outcome,
        "words": key.open(row.words_sealed, TALK_PURPOSE) if row.words_sealed else None,
    }


def _letter(key: DataKey, row: Letter) -> Document:
    worded = Worded.from_json(key.open(row.body_sealed, "letter")) if row.body_sealed else None
    return {
        "kind": row.kind,
        "channel": row.channel,
        "state": row.state,
        "sent_at": _at(row.sent_at),
        "to": worded.to if worded else None,
        "subject": worded.subject or None if worded else None,
        "text": worded.text if worded else None,
    }


def _recipients(
    services: Services, session: Session, interview: Interview, profile: PositionProfile, language: Language
) -> list[Document]:
    """Who outside this system was given anything, and what."""
    found: list[Document] = []
    for row in _of(session, Delivery, interview.id, Delivery.id):
        if row.state == "sent":
            found.append({"who": f"hrms:{row.connector}", "what": row.kind, "at": _at(row.sent_at)})
    for letter in _of(session, Letter, interview.id, Letter.id):
        if letter.state in ("sent", "unknown"):
            what = {"email": "mail", "sms": services.settings.sms.gateway}[letter.channel]
            found.append({"who": f"letters:{what}", "what": letter.kind, "at": _at(letter.sent_at)})
    for chat in _of(session, TelegramChat, interview.id, TelegramChat.id):
        found.append({"who": "Telegram", "what": "conversation", "at": _at(chat.bound_at)})
    vendor = profile.llm.names_vendor
    reports = [report.id for report in _reports(session, interview.id)]
    prose = session.exec(select(ReportProse).where(col(ReportProse.report_id).in_(reports))).all()
    for used in [*_of(session, SecondRating, interview.id, SecondRating.id), *prose]:
        at = used.rated_at if isinstance(used, SecondRating) else used.written_at
        who = vendor.text(language) if vendor is not None else "language model"
        found.append({"who": who, "what": "answers to a language model", "at": _at(at)})
    return found


def _seen_by(session: Session, interview_id: str) -> list[Document]:
    """When people and programs on the employer's side opened what, without their names."""
    subjects = [interview_id, *(report.id for report in _reports(session, interview_id))]
    subjects += [row.id for row in _of(session, Recording, interview_id, Recording.id)]
    rows = select(AuditEntry).where(col(AuditEntry.subject).in_(subjects), col(AuditEntry.action).in_(READS))
    return [
        {
            "who": "program" if row.actor.startswith("token:") else _who(row.actor),
            "did": row.action.partition(":")[0],
            "at": _at(row.at),
        }
        for row in session.exec(rows.order_by(col(AuditEntry.id)))
    ]
