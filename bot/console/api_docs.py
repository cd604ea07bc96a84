"""The description of the program API, and Swagger UI to read and try it, served from here alone."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from bot.console.access import person_of
from bot.console.api_problems import Problem
from bot.console.program_api import router as program_api
from bot.console.rendering import page
from bot.provider.api import router as provider_api

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> Response:
    return page(request, "docs.html", person_of(request))


@router.get("/openapi.json")
def openapi() -> Response:
    return JSONResponse(description(), headers={"X-Content-Type-Options": "nosniff"})


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document of /api."""
    described = FastAPI()
    described.include_router(program_api)
    described.include_router(provider_api)
    document = get_openapi(
        title="Mianshi",
        version="1",
        summary="Invite candidates and read what came of their interviews.",
        description=(
            "Every call carries `Authorization: Bearer <token>`; `mianshi token create --role recruiter` makes one. "
            "Systems that order interviews have tokens of the role provider, as bearer or as the user of Basic. "
            "Errors are problem+json (RFC 9457) with one sentence in Chinese or English after Accept-Language."
        ),
        routes=described.routes,
    )
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
