"""How the pages say no: to the sign-in page and back, or one sentence with what to do."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from bot.computed import StillComputing
from bot.console.access import FormStale, NotSignedIn, PageForbidden, SecondFactorMissing, person_of
from bot.console.body_limit import LARGEST_BODY, limited
from bot.console.decisions import InterviewUnknown
from bot.console.rendering import page
from bot.feedback import FeedbackUnknown
from bot.positions import PositionUnknown
from bot.privacy.erasure import is_erased
from bot.services import services_of
from core.errors import CandidateErased, DatabaseBusy, MianshiError, Refused
from hr_bridge.delivery import DeliveryUnknownToUs

SENTENCES: Final[Mapping[type[MianshiError], tuple[int, str]]] = {
    PageForbidden: (403, "refused.forbidden"),
    FormStale: (403, "refused.form_stale"),
    InterviewUnknown: (404, "refused.interview_unknown"),
    FeedbackUnknown: (404, "refused.feedback_unknown"),
    CandidateErased: (410, "refused.candidate_erased"),
    DeliveryUnknownToUs: (404, "refused.not_possible"),
    PositionUnknown: (404, "refused.position_unknown"),
    DatabaseBusy: (503, "refused.busy"),
    Refused: (422, "refused.not_possible"),
}


SECOND_FACTOR_PAGES: Final = {"code": "/console/sign-in/code", "enrol": "/console/second-factor"}


ASK_AGAIN_S: Final = 2


class PageRoute(APIRoute):
    """A route whose refusals become pages."""

    largest_body = LARGEST_BODY

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(limited(request, self.largest_body))
            except StillComputing as error:
                return await run_in_threadpool(computing, request, error)
            except SecondFactorMissing as error:
                return RedirectResponse(SECOND_FACTOR_PAGES[error.what], 303, {"Cache-Control": "no-store"})
            except NotSignedIn:
                target = request.url.path if request.method == "GET" else "/console"
                return RedirectResponse(f"/console/sign-in?next={quote(target)}", 303, {"Cache-Control": "no-store"})
            except HTTPException as error:
                return await run_in_threadpool(refusal, request, error.status_code, "refused.not_possible")
            except RequestValidationError:
                return await run_in_threadpool(refusal, request, 422, "refused.not_possible")
            except MianshiError as error:
                if await run_in_threadpool(names_an_erased, request, error):
                    return await run_in_threadpool(refusal, request, *SENTENCES[CandidateErased])
                for kind in type(error).__mro__:
                    if kind in SENTENCES:
                        return await run_in_threadpool(refusal, request, *SENTENCES[kind])
                raise

        return answered


def computing(request: Request, still: StillComputing) -> Response:
    """A page that says how long it takes already and asks again by itself."""
    return page(request, "computing.html", person_of(request), seconds=round(still.since_s), again=f"{ASK_AGAIN_S}")


def names_an_erased(request: Request, error: MianshiError) -> bool:
    """Whether what is not to be found is not there because its candidate was erased."""
    ids = [value for value in request.path_params.values() if isinstance(value, str)]
    if not isinstance(error, Refused) or not ids:
        return False
    try:
        with services_of(request).database.reading() as session:
            return any(is_erased(session, one) for one in ids)
    except DatabaseBusy:
        return False


def refusal(request: Request, status: int, sentence: str) -> Response:
    """A page with one sentence and the way back."""
    return page(request, "refused.html", person_of(request), status, sentence=sentence)
