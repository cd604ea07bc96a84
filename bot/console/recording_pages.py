"""A recording for a reviewer's ears: opened piece by piece, in the ranges that the browser's player asks for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.console.access import person
from bot.console.decisions import InterviewUnknown
from bot.console.page_route import PageRoute
from bot.console.recording_lines import may_tell_prior_pay
from bot.recordings import read_range, recorded_size
from bot.services import Services, services_of
from core.clock import now
from core.errors import PermissionMissing
from core.tables import AuditEntry, Interview, Position, Recording

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Reviewer = Annotated[Account, Depends(person("recordings.play"))]
House = Annotated[Services, Depends(services_of)]

MEDIA_TYPES: Final = {
    "ogg": "audio/ogg",
    "webm": "audio/webm",
    "mp4": "audio/mp4",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
}
PLAYED: Final = "recording_played"
ONE_LISTENING: Final = timedelta(minutes=10)
"""The ranges that an account asks for within so long are one listening, and one entry in the audit log."""
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


class PriorPaySpoken(PermissionMissing):
    """Prior pay is or may be spoken of, which the policy keeps from everybody; a masked transcript can be read."""


@router.get("/recordings/{recording_id}")
def play(request: Request, recording_id: str, account: Reviewer, services: House) -> Response:
    with services.database.reading() as session:
        recording = session.get(Recording, recording_id)
        if recording is None:
            raise InterviewUnknown("there is no such recording")
        interview = session.get_one(Interview, recording.interview_id)
        key = services.key_of(session, interview)
        if may_tell_prior_pay(recording, key, session.get_one(Position, interview.position_id).profile["policy"]):
            raise PriorPaySpoken("prior pay may be spoken of in this recording")
        size = recorded_size(session, recording_id)
        wanted = _range(request.headers.get("range"), size)
        if wanted is None:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        first, last = wanted
        data = read_range(session, key, recording_id, first, last)
    with services.database.unit_of_work() as session:
        if not _is_listening(session, account, recording_id):
            record(session, account, PLAYED, recording_id)
    partial = "range" in request.headers
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    if partial:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    media_type = MEDIA_TYPES.get(recording.kind or "", "application/octet-stream")
    return Response(data, 206 if partial else 200, headers, media_type)


def _is_listening(session: Session, account: Account, recording_id: str) -> bool:
    noted = select(AuditEntry.id).where(
        AuditEntry.actor == account.id,
        AuditEntry.action == PLAYED,
        AuditEntry.subject == recording_id,
        col(AuditEntry.at) > now() - ONE_LISTENING,
    )
    return session.exec(noted.limit(1)).first() is not None


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of what is asked for (RFC 9110, one range), or None where there is no such part."""
    if header is None:
        return 0, max(0, size - 1)
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) and size else None
    start, end = int(first), min(int(last) if last else size - 1, size - 1)
    return (start, end) if start <= end else None
