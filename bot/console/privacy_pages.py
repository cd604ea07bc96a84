"""The page of erasures, legal holds and what goes next by policy; for admins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import FormStale, field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of, say
from bot.positions import newest_positions
from bot.privacy.certificate import Certificate, read_certificate
from bot.privacy.erasure import CandidateNotOnFile, ask_for_erasure, request_standing
from bot.privacy.holds import ErasureBegun, HoldUnusable, place_hold, read_holds, release_hold
from bot.privacy.notices import tell_again
from bot.privacy.retention import read_coming, read_due
from bot.services import Services, services_of
from core.clock import now
from core.content import Language
from core.tables import ErasureNotice, ErasureRequest, Interview, Position, RetentionRun

router = APIRouter(prefix="/console/privacy", route_class=PageRoute, include_in_schema=False)
Admin = Annotated[Account, Depends(person("admin"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

AHEAD: Final = timedelta(days=30)
NEWEST: Final = 50
RUNS_SHOWN: Final = 7
SUMMED: Final = timedelta(days=365)
"""How far back the summary goes."""
GROUPS: Final[Mapping[str, str]] = {
    "recording": "recordings",
    "recordingchunk": "recordings",
    "environmentrecord": "recordings",
    "message": "talk",
    "inboxmessage": "talk",
    "typedinput": "talk",
    "answer": "talk",
    "confirmation": "talk",
    "questionreply": "talk",
    "interviewrating": "talk",
    "resume": "resumes",
    "letter": "letters",
    "feedback": "letters",
    "schedule": "letters",
    "timer": "letters",
    "accesslink": "links",
    "device": "links",
    "devicecode": "links",
    "telegramchat": "links",
    "telegramupdate": "links",
    "delivery": "deliveries",
    "providerorder": "deliveries",
    "candidatecheck": "checks",
    "employment data": "checks",
    "demographicanswer": "groups",
    "payapproval": "judgement",
    "integritysignal": "judgement",
    "secondrating": "judgement",
    "reportprose": "judgement",
    "data key": "key",
    "data key of the backups": "key",
    "invitation lists": "lists",
    "QR registrations": "lists",
    "waiting applications": "lists",
    "rows of imported files": "files",
    "imported workbooks": "files",
    "events of the dialogue": "dialogue",
    "workflows": "dialogue",
}
"""What a table holds, as people call it: a text of `privacy.what_…`."""
KEPT_MARK: Final = "(kept under a pseudonym)"


@router.get("")
def privacy(request: Request, account: Admin, services: House) -> Response:
    with services.database.unit_of_work() as session:
        record(session, account, "privacy_seen", "all")
    return _privacy_page(request, account, services)


@router.get("/certificates/{request_id}")
def certificate(request: Request, request_id: str, account: Admin, services: House) -> Response:
    """The certificate, to be read and printed."""
    with services.database.unit_of_work() as session:
        issued = read_certificate(session, request_id)
        record(session, account, "certificate_seen", issued.document.candidate_id)
    return page(
        request,
        "certificate.html",
        account,
        issued=issued,
        removed=_grouped(issued.document),
        kept=_kept(issued.document),
    )


@router.post("/requests")
def ask(request: Request, form: Form, account: Admin, services: House) -> Response:
    """Ask that a candidate be erased, by their id or by that of an interview of theirs."""
    wanted = field(form, "candidate").strip()
    with services.database.unit_of_work() as session:
        interview = session.get(Interview, wanted)
        try:
            ask_for_erasure(session, interview.candidate_id if interview else wanted, account.id)
        except CandidateNotOnFile:
            return _privacy_page(request, account, services, 404, "privacy.not_on_file")
    return RedirectResponse("/console/privacy", 303)


@router.post("/holds")
def hold(request: Request, form: Form, account: Admin, services: House) -> Response:
    """Place a hold on a candidate, by their id or an interview's, or on a position."""
    subject, reason = field(form, "subject").strip(), field(form, "reason")
    try:
        with services.database.unit_of_work() as session:
            is_position = session.exec(select(Position.id).where(Position.key == subject).limit(1)).first() is not None
            interview = session.get(Interview, subject)
            candidate_id = interview.candidate_id if interview else subject
            about: Any = {"position_key": subject} if is_position else {"candidate_id": candidate_id}
            place_hold(session, services.keys, account, reason, **about)
    except HoldUnusable:
        return _privacy_page(request, account, services, 422, "privacy.hold_unusable")
    except ErasureBegun:
        return _privacy_page(request, account, services, 409, "privacy.erasure_begun")
    return RedirectResponse("/console/privacy", 303)


@router.post("/holds/{hold_id}")
def let_go(hold_id: str, _form: Form, account: Admin, services: House) -> Response:
    with services.database.unit_of_work() as session:
        release_hold(session, account, hold_id)
    return RedirectResponse("/console/privacy", 303)


@router.post("/notices/{notice_id}")
def again(notice_id: str, _form: Form, account: Admin, services: House) -> Response:
    """Tell an HR system again."""
    with services.database.unit_of_work() as session:
        if session.get(ErasureNotice, notice_id) is None:
            raise FormStale("the notice is gone")
        tell_again(session, notice_id)
        record(session, account, "erasure_told_again", notice_id)
    return RedirectResponse("/console/privacy", 303)


def _privacy_page(
    request: Request, account: Account, services: Services, status: int = 200, problem: str | None = None
) -> Response:
    with services.database.reading() as session:
        rows = session.exec(select(ErasureRequest).order_by(col(ErasureRequest.asked_at).desc()).limit(NEWEST)).all()
        requests = [(row, request_standing(session, row.id)) for row in rows]
        told = session.exec(select(ErasureNotice).where(col(ErasureNotice.request_id).in_([row.id for row in rows])))
        notices = sorted(told, key=lambda each: each.connector)
        holds = read_holds(session, services.keys)
        coming = read_coming(session, AHEAD)
        titles = {each.key: each.profile["title"][language_of(request, account)] for each in newest_positions(session)}
        runs = _runs_of_note(session)
        sentences = _summary(session, runs, language_of(request, account))
    plan = Counter((each.position_key, each.policy, each.what, each.held) for each in coming)
    first = {(each.position_key, each.policy, each.what, each.held): each.since for each in reversed(coming)}
    return page(
        request,
        "privacy.html",
        account,
        status,
        requests=requests,
        notices=notices,
        holds=holds,
        plan=[(*key, count, first[key]) for key, count in sorted(plan.items(), key=str)],
        runs=runs[:RUNS_SHOWN],
        sentences=sentences,
        titles=titles,
        days=AHEAD.days,
        problem=problem,
    )


def _runs_of_note(session: Session) -> Sequence[RetentionRun]:
    """Daily deletions of the last year that deleted something, failed or are not finished, the newest first."""
    since = (now() - SUMMED).date()
    runs = session.exec(select(RetentionRun).where(RetentionRun.day >= since).order_by(col(RetentionRun.day).desc()))
    telling = ("interviews", "records", "failed")
    return [run for run in runs if run.finished_at is None or any(run.removed.get(name) for name in telling)]


def _summary(session: Session, runs: Sequence[RetentionRun], language: Language) -> list[str]:
    """What was deleted when, and whether anybody has to do something."""
    t = partial(say, language)
    asked = session.exec(select(ErasureRequest).where(ErasureRequest.asked_at >= now() - SUMMED)).all()
    done = [row.finished_at for row in asked if row.finished_at is not None]
    if not asked:
        found = [t("privacy.sum_no_requests")]
    elif done:
        last = max(done).astimezone().date()
        found = [t("privacy.sum_requests", n=len(asked), done=len(done), last=last)]
    else:
        found = [t("privacy.sum_requests_open", n=len(asked))]
    held = sum(row.finished_at is None and row.held_at is not None for row in asked)
    waiting = len(asked) - len(done) - held
    gone = Counter[str]()
    for run in runs:
        gone.update({name: run.removed.get(name, 0) for name in ("interviews", "records")})
    days = [run.day for run in runs if run.removed.get("interviews")]
    if days:
        found.append(t("privacy.sum_runs", first=min(days), last=max(days), **gone))
    else:
        found.append(t("privacy.sum_no_runs"))
    overdue = sum(not each.held for each in read_due(session))
    todo = {"open": waiting, "held": held, "overdue": overdue}
    found += [t(f"privacy.sum_{name}", n=n) for name, n in todo.items() if n] or [t("privacy.sum_nothing")]
    return found


def _grouped(document: Certificate) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for place in document.places:
        for name, count in place.removed.items():
            if KEPT_MARK not in name:
                counts[GROUPS.get(name, "other")] += count
    return sorted(counts.items())


def _kept(document: Certificate) -> int:
    """How many interviews' decision records stay."""
    return sum(place.removed.get(f"interview {KEPT_MARK}", 0) for place in document.places)
