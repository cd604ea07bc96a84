"""Orders for interviews: each makes one invitation, however often it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.outreach.invitation import AlreadyInvited, InvitationRequest, call_off, invite
from bot.positions import newest_position
from bot.services import Services
from bot.status import Status, status_of
from core.clock import now
from core.encryption import hash_token
from core.errors import Refused
from core.outgoing import AddressRefused
from core.tables import AccessLink, Delivery, Interview, ProviderOrder, Report
from hr_bridge.connectors.set_up import callback_reach
from scoring.report import newest_report

PURPOSE: Final = "order"
STATUSES: Final = {
    Status.INVITED: "ordered",
    Status.IN_PROGRESS: "in_progress",
    Status.COMPLETED: "completed",
    Status.SCORED: "completed",
    Status.DELIVERED: "completed",
    Status.WITHDRAWN: "withdrawn",
    Status.EXPIRED: "expired",
}


class OrderUnknown(Refused):
    """There is no order with this id, or another system placed it."""


class OrderKeyMissing(Refused):
    """An order needs an Idempotency-Key or a client_reference."""


class OrderConflict(Refused):
    """The key belongs to an order with another content."""


class CallbackRefused(Refused):
    """The address may not be called back."""


@dataclass(frozen=True, slots=True, repr=False)
class Wish:
    """What is ordered. `external_id` and `job` are the orderer's own; without `language` it is the position's first."""

    package: str
    name: str
    external_id: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    job: str | None = None
    callback_url: str | None = None
    client_reference: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self.__slots__}


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """An order as it stands. `url` is None once another link was made for the candidate in the console."""

    id: str
    interview_id: str
    status: str
    wish: Wish
    url: str | None
    ordered_at: datetime
    report: Report | None
    problems: tuple[str, ...]


def place_order(services: Services, wish: Wish, key: str | None, by: Account) -> tuple[Order, bool]:
    """Invite the candidate and return the order, and whether it is new. The same order under the same key is the first.

    `key` is the Idempotency-Key; without one the client_reference stands in. Keys are those of the token's name.
    Raises OrderKeyMissing, OrderConflict or CallbackRefused, and whatever `invite` raises.
    """
    key = key or wish.client_reference
    if key is None:
        raise OrderKeyMissing("neither Idempotency-Key nor client_reference")
    if (earlier := _ordered(services, wish, key, by)) is not None:
        return earlier, False
    if wish.callback_url is not None:
        try:
            callback_reach(services.settings).check(wish.callback_url)
        except AddressRefused as error:
            raise CallbackRefused(str(error)) from error
    made = ""

    def note(session: Session, interview: Interview, token: str) -> None:
        nonlocal made
        sealed = services.key_of(session, interview).seal(json.dumps({"wish": wish.to_json(), "token": token}), PURPOSE)
        order = ProviderOrder(
            orderer=by.name,
            order_key=key,
            client_reference=wish.client_reference,
            interview_id=interview.id,
            order_sealed=sealed,
            callback_url=wish.callback_url,
            ordered_at=now(),
        )
        session.add(order)
        session.flush()
        made = order.id

    try:
        invite(services, _invitation(services, wish, by), by, note)
    except (AlreadyInvited, IntegrityError):
        # The same order may have been placed by another request in the meantime.
        if (first := _ordered(services, wish, key, by)) is not None:
            return first, False
        raise
    return read_order(services, made, by), True


def read_order(services: Services, order_id: str, by: Account) -> Order:
    """The order with its status, the report once there is one, and what went wrong with its callback.

    Raises OrderUnknown or CandidateErased.
    """
    with services.database.reading() as session:
        return _read(services, session, _own(session, order_id, by))


def cancel_order(services: Services, order_id: str, by: Account) -> Order:
    """Call the interview off. Raises OrderUnknown, CandidateErased, or InterviewOver once it was finished."""
    with services.database.unit_of_work() as session:
        order = _own(session, order_id, by)
        interview = session.get_one(Interview, order.interview_id, with_for_update=True)
        call_off(session, interview, by)
        session.flush()
        return _read(services, session, order)


def note_result_read(services: Services, order: Order, by: Account) -> None:
    """Write down who reads a result, before they get it."""
    with services.database.unit_of_work() as session:
        record(session, by, "report_read", order.interview_id)


def _invitation(services: Services, wish: Wish, by: Account) -> InvitationRequest:
    language = wish.language
    if language is None:
        with services.database.reading() as session:
            language = newest_position(session, wish.package).profile["languages"][0]
    return InvitationRequest(
        position=wish.package,
        name=wish.name,
        language=language,
        phone=wish.phone,
        email=wish.email,
        channel=by.name,
        external_id=wish.external_id,
        send_link=False,
    )


def _ordered(services: Services, wish: Wish, key: str, by: Account) -> Order | None:
    rows = select(ProviderOrder).where(ProviderOrder.orderer == by.name, ProviderOrder.order_key == key)
    with services.database.reading() as session:
        found = session.exec(rows).first()
        order = None if found is None else _read(services, session, found)
    if order is not None and order.wish != wish:
        raise OrderConflict("the key belongs to an order with another content")
    return order


def _own(session: Session, order_id: str, by: Account) -> ProviderOrder:
    order = session.get(ProviderOrder, order_id)
    if order is None or order.orderer != by.name:
        raise OrderUnknown("there is no such order of this orderer")
    return order


def _read(services: Services, session: Session, order: ProviderOrder) -> Order:
    interview = session.get_one(Interview, order.interview_id)
    content = json.loads(services.key_of(session, interview).open(order.order_sealed, PURPOSE))
    report = newest_report(session, interview.id)
    callbacks = select(Delivery).where(Delivery.interview_id == interview.id, Delivery.connector == "provider")
    links = select(AccessLink).where(
        AccessLink.token_hash == hash_token(content["token"]), col(AccessLink.revoked_at).is_(None)
    )
    valid = session.exec(links).first() is not None
    return Order(
        id=order.id,
        interview_id=interview.id,
        status=STATUSES[status_of(interview, report is not None, False, now())],
        wish=Wish(**content["wish"]),
        url=f"{services.settings.web.base_url}/i/{content['token']}" if valid else None,
        ordered_at=order.ordered_at,
        report=report,
        problems=tuple(d.problem for d in session.exec(callbacks.order_by(col(Delivery.id))) if d.problem),
    )
