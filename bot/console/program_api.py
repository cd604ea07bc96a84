"""The API for programs: positions, invitations, results, decisions; every call with a bearer token."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.console.access import program
from bot.console.api_problems import ProgramRoute, described
from bot.console.decisions import InterviewUnknown, Value, decide
from bot.console.report_document import EvidenceItem, ReportDocument, read_report_document
from bot.console.review_screen import rates_blind
from bot.console.standings import NOTHING_YET, read_standings
from bot.console.texts import accepted_language
from bot.outreach.invitation import InvitationRequest, invite
from bot.positions import newest_positions
from bot.roles import ROLES, may
from bot.scope import seen_interviews, sees
from bot.services import Services, services_of
from bot.status import Status, status_of
from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.errors import PermissionMissing
from core.tables import Candidate, Delivery, Interview, Report
from hr_bridge.delivery import is_delivered
from hr_bridge.pay.approval import tellable_pay
from scoring.report import evidence_of, newest_decision, newest_report

router = APIRouter(prefix="/api", route_class=ProgramRoute, tags=["Recruiting"], responses={**described(401, 403, 503)})
Program = Annotated[Account, Depends(program("interviews.read"))]
Inviter = Annotated[Account, Depends(program("candidates.invite"))]
Decider = Annotated[Account, Depends(program("decisions.make"))]
AnyProgram = Annotated[Account, Depends(program(*ROLES))]
House = Annotated[Services, Depends(services_of)]


PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"
"""Text without control signs: PostgreSQL refuses some of them."""
InterviewId = Annotated[str, Path(max_length=64, pattern=PLAIN)]


class LevelsHidden(PermissionMissing):
    """The position is rated blind, and the token's role rates and does not decide."""


class PositionItem(BaseModel):
    key: str
    title: str
    languages: list[str]


class InvitationBody(BaseModel):
    """Whom to invite. `phone` or `email` is needed; a number without + is read as a mainland Chinese one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "position": "sales",
                "name": "李雷",
                "phone": "13800001234",
                "language": "zh",
                "channel": "BOSS",
            }
        },
    )
    position: Annotated[str, Field(pattern=PLAIN)]
    name: str
    phone: str | None = None
    email: str | None = None
    language: Literal["zh", "en"]
    channel: Annotated[str | None, Field(max_length=80, pattern=PLAIN, description="Where the candidate came from")] = (
        None
    )
    external_id: Annotated[
        str | None, Field(max_length=120, pattern=PLAIN, description="Your own id of the candidate")
    ] = None
    time_zone: Annotated[
        str | None,
        Field(max_length=64, pattern=PLAIN, description="IANA name; else the phone number or the position says"),
    ] = None
    send_link: Annotated[
        bool, Field(description="Where mail or SMS is set up, send the candidate the link; false if you do so yourself")
    ] = True


class InvitationMade(BaseModel):
    """`id` is the interview's. Token and link are shown this once."""

    id: str
    token: str
    url: str
    telegram_url: Annotated[str | None, Field(description="The same interview in Telegram, where a bot is set up")]
    sent_by: Annotated[
        Literal["email", "sms"] | None, Field(description="How the candidate gets the link; null if you pass it on")
    ]


class CompetencyItem(BaseModel):
    """`score` 0-100 and BARS `level` 1-5, or both null where it could not be scored."""

    key: str
    score: float | None
    level: float | None
    evidence: list[EvidenceItem]


class DecisionItem(BaseModel):
    value: Value
    by: str
    reason: str


class DeliveryItem(BaseModel):
    connector: str
    state: Literal["pending", "sent", "unknown", "parked"]
    attempts: int


class InterviewDocument(BaseModel):
    """One interview. Match, level and salary are null and competencies empty until there is a report, and for a reviewer's
    token where the position is rated blind."""

    id: str
    status: Status
    match: float | None
    level: Literal["junior", "mid", "senior"] | None
    competencies: list[CompetencyItem]
    salary: dict[str, Any] | None
    decision: DecisionItem | None
    deliveries: list[DeliveryItem]


class InterviewItem(BaseModel):
    id: str
    status: Status
    position: str
    language: str
    external_id: str | None
    match: float | None
    level: str | None
    invited_at: datetime
    finished_at: datetime | None


class DecisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    value: Value
    reason: str


@router.get("/positions", summary="Positions to invite for")
def positions(
    request: Request,
    services: House,
    by: AnyProgram,
    language: Annotated[Literal["zh", "en"] | None, Query(description="Of the titles; else Accept-Language")] = None,
) -> list[PositionItem]:
    """The positions one can be invited for. Titles are Chinese unless ?language or Accept-Language says English."""
    wanted = language or accepted_language(request)
    with services.database.reading() as session:
        return [
            PositionItem(key=row.key, title=row.profile["title"][wanted], languages=row.profile["languages"])
            for row in newest_positions(session)
            if sees(by, row.key)
        ]


@router.post("/invitations", summary="Invite a candidate", status_code=201, responses=described(409, 422))
def invitations(body: InvitationBody, services: House, by: Inviter, response: Response) -> InvitationMade:
    """Invite a candidate and get the link, which is sent to them where mail or SMS is set up.

    The same external_id again for the same position is refused (already-invited, naming the interview) unless the
    candidate withdrew from the first interview or let its link expire.
    """
    made = invite(services, InvitationRequest(**body.model_dump()), by)
    response.headers["Cache-Control"] = "no-store"
    return InvitationMade(
        id=made.id, token=made.token, url=made.url, telegram_url=made.telegram_url, sent_by=made.letter
    )


@router.get("/interviews", summary="List interviews", responses=described(422))
def interviews(
    services: House,
    by: Program,
    status: Annotated[Status | None, Query()] = None,
    before: Annotated[str | None, Query(description="An interview id: go on below it")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[InterviewItem]:
    """Interviews, newest first, without the candidate's words. Page on with `before` = the last id received."""
    _note(services, by, "interviews_listed", status or "all")
    rows = select(Interview, Candidate.external_id).join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
    rows = rows.where(seen_interviews(by)).order_by(col(Interview.id).desc())
    if before is not None:
        rows = rows.where(Interview.id < before)
    with services.database.reading() as session:
        standings, moment = read_standings(session), now()
        found = (
            (interview, external_id, current)
            for interview, external_id in session.exec(rows)
            if (current := standings.status(interview, moment)) is status or status is None
        )
        items = []
        for interview, external_id, current in islice(found, limit):
            hidden = _levels_hidden(session, interview, by)
            outcome = NOTHING_YET if hidden else standings.outcomes.get(interview.id, NOTHING_YET)
            items.append(
                InterviewItem(
                    id=interview.id,
                    status=current,
                    position=standings.positions[interview.position_id][0],
                    language=interview.language,
                    external_id=external_id,
                    match=outcome.match,
                    level=outcome.level,
                    invited_at=interview.invited_at,
                    finished_at=interview.finished_at,
                )
            )
        return items


@router.get(
    "/interviews/{interview_id}", summary="Read one interview and its result", responses=described(404, 410, 422)
)
def interview(interview_id: InterviewId, services: House, by: Program) -> InterviewDocument:
    """Where an interview stands and what came of it, with the evidence in the candidate's own words."""
    with services.database.reading() as session:
        row = session.get(Interview, interview_id)
        if row is None:
            raise InterviewUnknown("there is no interview with this id")
        document = _document(services, session, row, by)
    _note(services, by, "report_read", interview_id)
    return document


@router.get(
    "/interviews/{interview_id}/report", summary="Read a report in sentences", responses=described(404, 409, 410, 422)
)
def report(
    request: Request,
    interview_id: InterviewId,
    services: House,
    by: Program,
    version: Annotated[int | None, Query(ge=1, description="An older version; else the newest")] = None,
    language: Annotated[Literal["zh", "en"] | None, Query(description="Of the sentences; else Accept-Language")] = None,
) -> ReportDocument:
    """What was strong, what was weak, what could not be scored and why, with the figures and the evidence.

    Re-scoring adds versions and keeps the old ones; `versions` lists them. A reviewer's token gets none where the
    position is rated blind.
    """
    with services.database.reading() as session:
        found = session.get(Interview, interview_id)
        if found is not None and _levels_hidden(session, found, by):
            raise LevelsHidden("the position is rated blind")
    document = read_report_document(services, interview_id, language or accepted_language(request), version)
    with services.database.reading() as session:
        key = services.key_of(session, session.get_one(Interview, interview_id))
        same = select(Report).where(Report.interview_id == interview_id, Report.version == document.version)
        told = _tellable(session, key, session.exec(same).one()) if may(by.role, "pay.read") else None
    _note(services, by, "report_read", interview_id)
    return document.model_copy(update={"salary": told})


@router.post("/interviews/{interview_id}/decision", summary="Advance or hold", responses=described(404, 409, 410, 422))
def decision(interview_id: InterviewId, body: DecisionBody, services: House, by: Decider) -> InterviewDocument:
    """Record a decision to advance or to hold. A rejection is made by a person on the report page, never here."""
    decide(services, interview_id, body.value, body.reason, by)
    with services.database.reading() as session:
        return _document(services, session, session.get_one(Interview, interview_id), by)


def _note(services: Services, by: Account, action: str, subject: str) -> None:
    """Who reads what is written down before they get it, in a transaction too short to hold anybody up."""
    with services.database.unit_of_work() as session:
        record(session, by, action, subject)


def _document(services: Services, session: Session, interview: Interview, by: Account) -> InterviewDocument:
    key = services.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
    report = newest_report(session, interview.id)
    shown = None if _levels_hidden(session, interview, by) else report
    decided = newest_decision(session, interview.id)
    return InterviewDocument(
        id=interview.id,
        status=_status(session, interview, report),
        match=shown.match if shown else None,
        level=shown.level if shown else None,
        competencies=competency_items(session, shown, key) if shown else [],
        salary=_tellable(session, key, shown) if shown and may(by.role, "pay.read") else None,
        decision=(
            DecisionItem(value=decided.value, by=decided.by, reason=key.open(decided.reason_sealed))
            if decided
            else None
        ),
        deliveries=[
            DeliveryItem(connector=d.connector, state=d.state, attempts=d.attempts)
            for d in session.exec(
                select(Delivery).where(Delivery.interview_id == interview.id).order_by(col(Delivery.id))
            )
        ],
    )


def _levels_hidden(session: Session, interview: Interview, by: Account) -> bool:
    """A program never rates, so what a reviewer may not see yet on the page must not come by their token either."""
    return not may(by.role, "decisions.make") and rates_blind(session, interview, by)


def _tellable(session: Session, key: DataKey, report: Report) -> dict[str, Any] | None:
    """Suggested pay as every HR system is told of it: a regrade, or pay above the range, after an approver's yes."""
    language: Language = "en" if session.get_one(Interview, report.interview_id).language == "en" else "zh"
    pay = tellable_pay(session, key, report.interview_id, report.salary, language)
    return pay.model_dump(mode="json") if pay else None


def competency_items(session: Session, report: Report, key: DataKey) -> list[CompetencyItem]:
    """The competencies of a report with their evidence."""
    evidence = evidence_of(session, report, key)
    return [
        CompetencyItem(
            key=c["key"],
            score=c["score"],
            level=c["level"],
            evidence=[
                EvidenceItem(quote=e["quote"], indicator=e["indicator"], start=e["start"], end=e["end"])
                for e in evidence.get(c["key"], [])
            ],
        )
        for c in report.competencies
    ]


def _status(session: Session, interview: Interview, report: Report | None) -> Status:
    return status_of(interview, report is not None, is_delivered(session, interview.id), now())
