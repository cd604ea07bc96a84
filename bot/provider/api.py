"""The provider API: packages, orders, results. Its words are those that assessment partners of an ATS use."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Header, Path, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from bot.accounts import Account, account_of_api_token
from bot.console.access import TokenRefused
from bot.console.api_problems import ProgramRoute, described
from bot.console.program_api import CompetencyItem, competency_items
from bot.positions import newest_positions
from bot.provider.orders import Order, Wish, cancel_order, note_result_read, place_order, read_order
from bot.scope import sees
from bot.services import Services, services_of
from core.errors import PermissionMissing
from core.tables import Interview

ROLE: Final = "provider"
VISIBLE: Final = r"^[!-~]+$"
"""Ids of others: visible ASCII without blanks."""
TEXT: Final = r"^[^\x00-\x1f\x7f]+$"
"""Without control signs: a database may refuse them."""

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="ProviderBearer",
    description="A token of `mianshi token create --role provider`.",
)
_basic = HTTPBasic(
    auto_error=False,
    scheme_name="ProviderBasic",
    description="The same token as the user, and an empty password, as Greenhouse sends it.",
)


def orderer(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    basic: Annotated[HTTPBasicCredentials | None, Security(_basic)],
) -> Account:
    """Dependency: the system that orders. Raises TokenRefused or PermissionMissing."""
    token = bearer.credentials if bearer else basic.username if basic else ""
    account = account_of_api_token(services_of(request).database, token) if token else None
    if account is None:
        raise TokenRefused("the token is missing, unknown or revoked")
    if account.role != ROLE:
        raise PermissionMissing(f"a token with role {account.role} may not order interviews")
    return account


router = APIRouter(
    prefix="/api/provider/v1", route_class=ProgramRoute, tags=["Provider"], responses={**described(401, 403, 503)}
)
Orderer = Annotated[Account, Depends(orderer)]
House = Annotated[Services, Depends(services_of)]
OrderId = Annotated[str, Path(max_length=64, pattern=VISIBLE, description="As `order_id` in the answer to the order")]


class Titles(BaseModel):
    zh: str
    en: str


class Package(BaseModel):
    """An interview that can be ordered; `minutes` is the candidate's time budget."""

    key: str
    title: Titles
    languages: list[str]
    minutes: int


class OrderedCandidate(BaseModel):
    """`phone` or `email` is needed; a number without + is read as a mainland Chinese one."""

    model_config = ConfigDict(extra="forbid")
    name: str
    email: str | None = None
    phone: str | None = None
    external_id: Annotated[str, Field(max_length=120, pattern=VISIBLE, description="Your own id of the candidate")]


class OrderBody(BaseModel):
    """Whom to interview for what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "candidate": {"name": "李雷", "phone": "13800001234", "external_id": "cand-77"},
                "package": "sales",
                "job": "REQ-2026-118",
                "language": "zh",
                "client_reference": "application-9001",
            }
        },
    )
    candidate: OrderedCandidate
    package: Annotated[str, Field(max_length=120, pattern=TEXT, description="The key of a package")]
    job: Annotated[str | None, Field(max_length=200, description="Your own name or id of the opening")] = None
    language: Annotated[Literal["zh", "en"] | None, Field(description="Else the package's first")] = None
    callback_url: Annotated[
        str | None, Field(max_length=500, description="Posted to, signed, when there is a result; on an allowed host")
    ] = None
    client_reference: Annotated[str | None, Field(max_length=200, pattern=VISIBLE, description="Your own id")] = None

    def wish(self) -> Wish:
        return Wish(
            **self.candidate.model_dump(),
            **self.model_dump(exclude={"candidate"}),
        )


class OrderPlaced(BaseModel):
    """`candidate_url` is what the candidate opens; null once a recruiter has replaced the link."""

    order_id: str
    candidate_url: str | None
    status: Literal["ordered", "in_progress", "completed", "withdrawn", "expired"]


class Result(BaseModel):
    """`score` is the match, 0-100, null where too little could be scored; `report_url` is for your recruiters, who
    sign in there. It is advice: a person decides."""

    score: float | None
    level: Literal["junior", "mid", "senior"] | None
    competencies: list[CompetencyItem]
    report_url: str
    version: int
    reported_at: datetime


class OrderDocument(BaseModel):
    """Where an order stands. `completed` means that the interview was held; `result` follows when it is scored."""

    order_id: str
    status: Literal["ordered", "in_progress", "completed", "withdrawn", "expired"]
    package: str
    job: str | None
    external_id: str
    client_reference: str | None
    ordered_at: datetime
    result: Result | None
    problems: Annotated[list[str], Field(description="What went wrong with callbacks, in sentences")]


@router.get("/packages", summary="Interviews that can be ordered")
def packages(services: House, by: Orderer) -> list[Package]:
    """Every position that candidates are interviewed for, with its languages and its length."""
    with services.database.reading() as session:
        return [
            Package(
                key=row.key,
                title=Titles(**row.profile["title"]),
                languages=row.profile["languages"],
                minutes=row.profile["time_budget_minutes"],
            )
            for row in newest_positions(session)
            if sees(by, row.key)
        ]


@router.post(
    "/orders",
    summary="Order an interview",
    status_code=201,
    responses={
        200: {"model": OrderPlaced, "description": "The same order was placed before"},
        **described(400, 409, 410, 413, 422),
    },
)
def order(
    body: OrderBody,
    services: House,
    by: Orderer,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=200, pattern=VISIBLE)] = None,
) -> OrderPlaced:
    """Order an interview and get the link for the candidate.

    The order needs a key, the header Idempotency-Key or else client_reference: the same order under the same key again
    is answered as the first time, with 200; another order under it is refused (order-conflict). A candidate
    (external_id) who has an open or finished interview for the package under another key is refused (already-invited).
    """
    placed, new = place_order(services, body.wish(), idempotency_key, by)
    response.status_code = 201 if new else 200
    response.headers["Cache-Control"] = "no-store"
    return OrderPlaced(order_id=placed.id, candidate_url=placed.url, status=placed.status)


@router.get("/orders/{order_id}", summary="Read an order and its result", responses=described(404, 410, 422))
def read(order_id: OrderId, services: House, by: Orderer, response: Response) -> OrderDocument:
    """Where the order stands, and once it is scored the result with its evidence."""
    found = read_order(services, order_id, by)
    if found.report is not None:
        note_result_read(services, found, by)
    response.headers["Cache-Control"] = "no-store"
    return _document(services, found)


@router.post("/orders/{order_id}/cancel", summary="Cancel an order", responses=described(404, 409, 410, 422))
def cancel(order_id: OrderId, services: House, by: Orderer) -> OrderDocument:
    """Call the interview off: the candidate's link leads nowhere from now on. Once it was held it stays."""
    return _document(services, cancel_order(services, order_id, by))


def _document(services: Services, found: Order) -> OrderDocument:
    return OrderDocument(
        order_id=found.id,
        status=found.status,
        package=found.wish.package,
        job=found.wish.job,
        external_id=found.wish.external_id,
        client_reference=found.wish.client_reference,
        ordered_at=found.ordered_at,
        result=_result(services, found),
        problems=list(found.problems),
    )


def _result(services: Services, found: Order) -> Result | None:
    report = found.report
    if report is None:
        return None
    with services.database.reading() as session:
        key = services.key_of(session, session.get_one(Interview, found.interview_id))
        competencies = competency_items(session, report, key)
    return Result(
        score=report.match,
        level=report.level,
        competencies=competencies,
        report_url=f"{services.settings.web.base_url}/console/interviews/{found.interview_id}",
        version=report.version,
        reported_at=report.reported_at,
    )
