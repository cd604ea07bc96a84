from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.accounts import Account
from bot.outreach.invitation import (
    AlreadyInvited,
    ContactMissing,
    Invitation,
    InvitationRequest,
    LanguageNotOffered,
    NameUnusable,
    invite,
    renew_link,
    revoke_links,
)
from bot.positions import PositionUnknown
from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from core.encryption import hash_token
from core.errors import InterviewOver
from core.tables import AccessLink, AuditEntry, Candidate, InboxMessage, Interview, TelegramBot
from tests.bot.console.house import HOST, furnished

BY = Account(id="user:1", name="li", role="recruiter")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as services, hands_restored():
        yield services


def send(services: Services, **changes: str | None) -> Invitation:
    fields = {"position": "sales", "name": "李雷", "language": "zh", "phone": "13800001234"} | changes
    return invite(services, InvitationRequest(**fields), BY)


async def test_an_invitation_is_an_interview_a_link_and_a_waiting_greeting(services: Services) -> None:
    made = send(services, email="Li@Example.com", channel="内推", external_id="HR-7")
    assert made.url == f"{HOST}/i/{made.token}"
    assert len(made.token) == 32
    with services.database.reading() as session:
        interview = session.get_one(Interview, made.id)
        candidate = session.get_one(Candidate, interview.candidate_id)
        key = services.keys.unwrap(candidate.wrapped_key)
        assert key.open(candidate.name_sealed) == "李雷"
        assert key.open(candidate.phone_sealed or "") == "+8613800001234"
        assert key.open(candidate.email_sealed or "") == "Li@example.com"
        assert (candidate.external_id, interview.origin) == ("HR-7", "内推")
        assert interview.expires_at - interview.invited_at == timedelta(days=7)
        assert session.exec(select(AccessLink)).one().token_hash == hash_token(made.token)
        assert session.exec(select(InboxMessage)).one().payload == "begin"
        entry = session.exec(select(AuditEntry)).one()
        assert (entry.actor, entry.action, entry.subject) == ("user:1", "invited", made.id)


async def test_neither_token_nor_name_nor_number_lies_in_the_database_in_clear(
    services: Services, tmp_path: Path
) -> None:
    made = send(services, name="金丝雀Kanarienvogel")
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (made.token, "Kanarienvogel", "13800001234"):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"phone": None}, ContactMissing),
        ({"phone": "  ", "email": ""}, ContactMissing),
        ({"name": "  "}, NameUnusable),
        ({"name": "x" * 81}, NameUnusable),
        ({"name": "li\x00lei"}, NameUnusable),
        ({"position": "astronaut"}, PositionUnknown),
        ({"language": "fr"}, LanguageNotOffered),
    ],
)
async def test_an_incomplete_request_invites_nobody(
    services: Services, changes: dict[str, str | None], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        send(services, **changes)
    with services.database.reading() as session:
        assert session.exec(select(Interview)).all() == []
        assert session.exec(select(Candidate)).all() == []


async def test_an_external_id_has_one_open_or_finished_interview_a_position(services: Services) -> None:
    first = send(services, external_id="HR-7")
    with pytest.raises(AlreadyInvited) as refused:
        send(services, external_id=" HR-7 ")
    assert refused.value.interview_id == first.id
    send(services, external_id="HR-7", position="software_engineer")
    with services.database.unit_of_work() as session:
        session.get_one(Interview, first.id).finished_at = now()
    turn_forward(timedelta(days=30))
    with pytest.raises(AlreadyInvited):
        send(services, external_id="HR-7")


@pytest.mark.parametrize("ended", ["withdrawn", "expired"])
async def test_after_a_withdrawal_or_an_expired_link_one_may_be_invited_anew(services: Services, ended: str) -> None:
    first = send(services, external_id="HR-7")
    if ended == "expired":
        turn_forward(timedelta(days=7))
    else:
        with services.database.unit_of_work() as session:
            session.get_one(Interview, first.id).withdrawn_at = now()
    assert send(services, external_id="HR-7").id != first.id


async def test_a_new_link_replaces_the_old_one_and_gives_another_week(services: Services) -> None:
    first = send(services)
    turn_forward(timedelta(days=6))
    second = renew_link(services, first.id, BY)
    with services.database.reading() as session:
        links = {link.token_hash: link.revoked_at for link in session.exec(select(AccessLink))}
        assert session.get_one(Interview, first.id).expires_at - now() > timedelta(days=6, hours=23)
    assert links[hash_token(first.token)] is not None
    assert links[hash_token(second.token)] is None


async def test_a_revoked_link_is_marked_so(services: Services) -> None:
    made = send(services)
    revoke_links(services, made.id, BY)
    with services.database.reading() as session:
        assert session.exec(select(AccessLink)).one().revoked_at is not None


async def test_an_interview_that_is_over_gets_no_new_link(services: Services) -> None:
    made = send(services)
    with services.database.unit_of_work() as session:
        session.get_one(Interview, made.id).finished_at = now()
    with pytest.raises(InterviewOver):
        renew_link(services, made.id, BY)


async def test_a_telegram_link_is_given_once_the_bot_is_known(services: Services) -> None:
    assert send(services).telegram_url is None
    services.settings.telegram.token = SecretStr("700:secret")
    assert send(services).telegram_url is None
    with services.database.unit_of_work() as session:
        session.add(TelegramBot(id=700, username="acme_interviews_bot"))
    made = send(services)
    assert made.telegram_url == f"https://t.me/acme_interviews_bot?start={made.token}"
