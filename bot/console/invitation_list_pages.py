"""Inviting many at once: paste or upload, look through, confirm, watch."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from bot.accounts import Account, csrf_holds, record
from bot.console.access import FormStale, bound_to, field, person, sent_form, session_key
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.outreach.invitation_list import ListEmpty, ListUnknown, confirm_list, read_list, take_list
from bot.services import Services, services_of
from core.content import Phrase
from core.errors import Refused
from hr_bridge.csv_text import csv_file
from hr_bridge.imports.table_file import ReadersBusy, TableRefused
from hr_bridge.imports.template import csv_template, xlsx_template

LARGEST_LIST: Final = 2 * 1024 * 1024
SHOWN: Final = 200
"""Rows and remarks on the page; the rest is in the file."""
_EMPTY: Final = Phrase(zh="请粘贴名单，或选择一个文件。", en="Please paste a list or choose a file.")
_BUSY: Final = Phrase(
    zh="现在读取文件的人较多，请过一分钟再试。", en="Many files are being read right now; please try again in a minute."
)
_HEADINGS: Final = ("行 line", "姓名 name", "岗位 position", "链接 link")


class ListRoute(PageRoute):
    """A page that takes a spreadsheet."""

    largest_body = LARGEST_LIST


router = APIRouter(prefix="/console/invite/list", route_class=ListRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
House = Annotated[Services, Depends(services_of)]


async def sent_list(request: Request) -> tuple[bytes, str]:
    """Dependency: what was uploaded, or else pasted, and the pasted text to show again. Raises FormStale."""
    form = await request.form(max_files=1, max_fields=5, max_part_size=LARGEST_LIST)
    bound = bound_to(request)
    if not bound or not csrf_holds(session_key(services_of(request)), bound, str(form.get("csrf", ""))):
        raise FormStale("the form was not made in this session")
    pasted, file = field(form, "pasted"), form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    return data or pasted.encode(), pasted


@router.get("")
def list_page(request: Request, account: Recruiter) -> Response:
    return page(request, "invitation_list.html", account, pasted="", sentence=None)


@router.post("")
def list_form(
    request: Request, sent: Annotated[tuple[bytes, str], Depends(sent_list)], account: Recruiter, services: House
) -> Response:
    data, pasted = sent
    try:
        list_id = take_list(services, data, account)
    except (TableRefused, ListEmpty, ReadersBusy) as error:
        why = error.why if isinstance(error, TableRefused) else _EMPTY if isinstance(error, Refused) else _BUSY
        sentence = why.text(language_of(request, account))
        return page(request, "invitation_list.html", account, 422, pasted=pasted, sentence=sentence)
    return RedirectResponse(f"/console/invite/list/{list_id}", 303)


@router.get("/template.{kind}")
def template(request: Request, kind: str, account: Recruiter) -> Response:
    language = language_of(request, account)
    if kind == "xlsx":
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return _file(xlsx_template("candidates", language), "candidates.xlsx", media_type)
    return _file(csv_template("candidates", language), "candidates.csv", "text/csv")


@router.get("/{list_id}")
def progress_page(request: Request, list_id: str, account: Recruiter, services: House) -> Response:
    try:
        view = read_list(services, list_id, account)
    except ListUnknown:
        return RedirectResponse("/console/invite/list", 303)
    return page(request, "invitation_progress.html", account, view=view, shown=SHOWN)


@router.post("/{list_id}")
async def confirm(
    request: Request,
    list_id: str,
    form: Annotated[FormData, Depends(sent_form)],
    account: Recruiter,
    services: House,
) -> Response:
    await run_in_threadpool(confirm_list, services, list_id, account)
    return RedirectResponse(f"/console/invite/list/{list_id}", 303)


@router.get("/{list_id}/links.csv")
def links(request: Request, list_id: str, account: Recruiter, services: House) -> Response:
    """The links of those whom no letter reaches, for the recruiter to pass on."""
    view = read_list(services, list_id, account)
    added = view.outcome.headings_added
    rows = [
        (str(int(one["line"]) - added), one["name"], one["position"], one["url"])
        for one in view.outcome.people
        if one.get("url")
    ]
    with services.database.unit_of_work() as session:
        record(session, account, "links_downloaded", list_id)
    return _file(csv_file(_HEADINGS, rows), "links.csv", "text/csv")


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=media_type, headers=headers)
