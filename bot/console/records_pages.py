"""The HR clerk's page: what the records hold, read from their service, beside how it got there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlmodel import col, select
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import person, sent_form
from bot.console.delivery_lines import delivery_lines
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.scope import seen_candidates
from bot.services import Services, services_of
from core.content import Language
from core.errors import Unavailable
from core.tables import Candidate
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.delivery import retry
from scoring.rubric import RubricMissing, load_competency

router = APIRouter(prefix="/hr", route_class=PageRoute, include_in_schema=False)
Clerk = Annotated[Account, Depends(person("records.read"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]
PER_PAGE: Final = 50
Read = TypeVar("Read")


@router.get("")
async def candidates(
    request: Request, account: Clerk, services: House, p: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """Who is on file, and what has not arrived yet. With the service down, our own rows alone."""
    listed = await _asked(services, lambda client: client.candidates(PER_PAGE, (p - 1) * PER_PAGE))
    lines = await run_in_threadpool(delivery_lines, services, language_of(request, account), account)
    await run_in_threadpool(_note, services, account, "records_listed", f"page:{p}")
    if listed is not None:
        seen = await run_in_threadpool(_seen, services, account, [each.candidate_id for each in listed.candidates])
        kept = tuple(each for each in listed.candidates if each.candidate_id in seen)
        listed = listed.model_copy(update={"candidates": kept})
    return page(
        request,
        "records.html",
        account,
        listed=listed,
        pages=max(1, -(-listed.total // PER_PAGE)) if listed else 1,
        p=p,
        lines=lines,
        newest={line.candidate_id: line for line in reversed(lines)},
    )


@router.get("/candidates/{candidate_id}")
async def candidate(request: Request, candidate_id: str, account: Clerk, services: House) -> Response:
    """One candidate's file, as the records service holds it."""
    missing = object()

    async def read(client: RecordsClient) -> object:
        return await client.candidate_file(candidate_id) or missing

    file = await _asked(services, read)
    language = language_of(request, account)
    lines = await run_in_threadpool(delivery_lines, services, language, account, candidate_id)
    await run_in_threadpool(_note, services, account, "file_read", f"candidate:{candidate_id[:64]}")
    return page(
        request,
        "record.html",
        account,
        404 if file is missing and not lines else 200,
        file=None if file is missing else file,
        down=file is None,
        lines=lines,
        competency_title=lambda key, fallback: _competency_title(key, fallback, language),
    )


@router.post("/deliveries/{delivery_id}/retry")
def retry_form(delivery_id: str, form: Form, account: Clerk, services: House) -> Response:
    """Try a parked delivery again."""
    with services.database.unit_of_work() as session:
        retry(session, delivery_id)
        record(session, account, "delivery_retried", f"delivery:{delivery_id}")
    return RedirectResponse("/hr#deliveries", 303)


async def _asked(services: Services, read: Callable[[RecordsClient], Awaitable[Read]]) -> Read | None:
    """What the service answers, or None while it cannot be asked."""
    records = services.settings.records
    client = RecordsClient(records.base_url, records.token.get_secret_value())
    try:
        return await read(client)
    except Unavailable:
        return None
    finally:
        await client.aclose()


def _seen(services: Services, by: Account, candidate_ids: Sequence[str]) -> Collection[str]:
    """Of these the ones that `by` sees; the unlimited see also what the records hold of somebody we do not know."""
    if by.positions is None:
        return candidate_ids
    with services.database.reading() as session:
        rows = select(Candidate.id).where(col(Candidate.id).in_(candidate_ids), seen_candidates(by))
        return frozenset(session.exec(rows))


def _note(services: Services, by: Account, action: str, subject: str) -> None:
    with services.database.unit_of_work() as session:
        record(session, by, action, subject)


def _competency_title(key: str, fallback: str, language: Language) -> str:
    try:
        return load_competency(key).title.text(language)
    except RubricMissing:
        return fallback
