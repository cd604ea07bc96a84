"""Every route, every role: a route that is in no table here fails the test, so that none is forgotten."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.console.access import SESSION_COOKIE
from core.clock import hands_restored, turn_forward
from core.settings import Settings
from core.tables import UserSession
from tests.bot.console.house import House, csrf_of, furnish, furnished

EVERYBODY = frozenset({"admin", "recruiter", "reviewer", "manager", "hr", "auditor"})
READERS = frozenset({"admin", "recruiter", "reviewer", "manager"})
DECIDERS = frozenset({"admin", "recruiter", "manager"})
RECRUITERS = frozenset({"admin", "recruiter"})
CLERKS = frozenset({"admin", "hr"})
APPROVERS = frozenset({"admin", "hr", "manager"})
APPLICANT_READERS = frozenset({"admin", "recruiter", "hr"})
FIGURE_READERS = READERS | {"auditor"}
ADMINS = frozenset({"admin"})
AUDITORS = frozenset({"admin", "auditor"})
ORDERERS = frozenset({"provider"})

PUBLIC = {
    ("GET", "/console/sign-in"),
    ("POST", "/console/sign-in"),
    ("GET", "/console/sign-in/company"),
    ("GET", "/console/sign-in/company/start"),
    ("GET", "/console/sign-in/code"),
    ("POST", "/console/sign-in/code"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
}
PAGES = {
    ("GET", "/console"): READERS,
    ("GET", "/console/home"): EVERYBODY,
    ("GET", "/console/password"): EVERYBODY,
    ("GET", "/console/second-factor"): EVERYBODY,
    ("GET", "/console/security"): EVERYBODY,
    ("GET", "/console/invite"): RECRUITERS,
    ("GET", "/console/applicants"): APPLICANT_READERS,
    ("GET", "/console/duplicates"): RECRUITERS,
    ("GET", "/console/invite/list"): RECRUITERS,
    ("GET", "/console/invite/list/template.{kind}"): RECRUITERS,
    ("GET", "/console/invite/list/{list_id}"): RECRUITERS,
    ("GET", "/console/invite/list/{list_id}/links.csv"): RECRUITERS,
    ("GET", "/console/walk-ins"): RECRUITERS,
    ("GET", "/console/pool"): RECRUITERS,
    ("GET", "/console/walk-ins/{position_key}.pdf"): RECRUITERS,
    ("GET", "/console/interviews/{interview_id}"): READERS,
    ("GET", "/console/interviews/{interview_id}/report.pdf"): DECIDERS,
    ("GET", "/console/recordings/{recording_id}"): READERS,
    ("GET", "/console/positions"): FIGURE_READERS,
    ("GET", "/console/positions/{key}/weights"): FIGURE_READERS,
    ("GET", "/console/approvals"): APPROVERS,
    ("GET", "/console/review"): READERS,
    ("GET", "/console/review/figures"): FIGURE_READERS,
    ("GET", "/console/review/unopened"): READERS,
    ("GET", "/console/review/compare"): READERS,
    ("GET", "/console/review/{interview_id}"): READERS,
    ("GET", "/console/board"): FIGURE_READERS,
    ("GET", "/console/board/board.{kind}"): FIGURE_READERS,
    ("GET", "/console/insights"): FIGURE_READERS,
    ("GET", "/console/positions/{key}/retuning"): FIGURE_READERS,
    ("GET", "/console/positions/{key}/facts"): RECRUITERS,
    ("GET", "/console/ask"): READERS,
    ("GET", "/console/feedback"): RECRUITERS,
    ("GET", "/console/questions"): RECRUITERS,
    ("GET", "/console/rights"): RECRUITERS,
    ("GET", "/console/talks"): RECRUITERS,
    ("GET", "/console/positions/{key}/talks"): RECRUITERS,
    ("GET", "/console/feedback/{interview_id}"): RECRUITERS,
    ("GET", "/console/accounts"): ADMINS,
    ("GET", "/console/fairness"): ADMINS | {"auditor"},
    ("GET", "/console/policies"): ADMINS | {"auditor"},
    ("GET", "/console/audit"): AUDITORS,
    ("GET", "/console/audit/decisions"): AUDITORS,
    ("GET", "/console/accounts/people/{user_id}"): ADMINS,
    ("GET", "/console/accounts/tokens/{token_id}"): ADMINS,
    ("GET", "/console/privacy"): ADMINS,
    ("GET", "/console/privacy/certificates/{request_id}"): ADMINS,
    ("GET", "/hr"): CLERKS,
    ("GET", "/hr/candidates/{candidate_id}"): CLERKS,
}
FORMS = {
    ("POST", "/console/pool"): RECRUITERS,
    ("POST", "/console/sign-out"): EVERYBODY,
    ("POST", "/console/language"): EVERYBODY,
    ("POST", "/console/password"): EVERYBODY,
    ("POST", "/console/second-factor"): EVERYBODY,
    ("POST", "/console/second-factor/remove"): EVERYBODY,
    ("POST", "/console/security/sessions"): EVERYBODY,
    ("POST", "/console/security/sessions/{session_id}"): EVERYBODY,
    ("POST", "/console/invite"): RECRUITERS,
    ("POST", "/console/applicants/vanished"): RECRUITERS,
    ("POST", "/console/duplicates/{pair_id}"): RECRUITERS,
    ("POST", "/console/applicants/{applicant_id}/invite"): RECRUITERS,
    ("POST", "/console/invite/list"): RECRUITERS,
    ("POST", "/console/invite/list/{list_id}"): RECRUITERS,
    ("POST", "/console/interviews/{interview_id}/letters/{letter_id}"): RECRUITERS,
    ("POST", "/console/interviews/{interview_id}/slot"): RECRUITERS,
    ("POST", "/console/interviews/{interview_id}/talk"): RECRUITERS,
    ("POST", "/console/positions/{key}/talks"): RECRUITERS,
    ("POST", "/console/interviews/{interview_id}/decision"): DECIDERS,
    ("POST", "/console/interviews/{interview_id}/link"): RECRUITERS,
    ("POST", "/console/positions/{key}/weights"): ADMINS,
    ("POST", "/console/interviews/{interview_id}/pay"): DECIDERS,
    ("POST", "/console/approvals/{approval_id}"): APPROVERS,
    ("POST", "/console/review"): DECIDERS,
    ("POST", "/console/review/compare"): READERS,
    ("POST", "/console/review/{interview_id}/decision"): DECIDERS,
    ("POST", "/console/review/{interview_id}/ratings"): READERS,
    ("POST", "/console/review/{interview_id}/reveal"): READERS,
    ("POST", "/console/review/{interview_id}/correction"): DECIDERS,
    ("POST", "/console/positions/{key}/retuning"): ADMINS,
    ("POST", "/console/feedback/{interview_id}"): RECRUITERS,
    ("POST", "/console/questions/{answer_id}"): RECRUITERS,
    ("POST", "/console/rights/{request_id}"): RECRUITERS,
    ("POST", "/console/rights/{request_id}/code"): RECRUITERS,
    ("POST", "/console/policies/{key}"): ADMINS,
    ("POST", "/console/positions/{key}/facts"): RECRUITERS,
    ("POST", "/console/ask"): READERS,
    ("POST", "/console/ask/link"): READERS,
    ("POST", "/console/ask/telegram"): ADMINS,
    ("POST", "/console/accounts/people"): ADMINS,
    ("POST", "/console/privacy/requests"): ADMINS,
    ("POST", "/console/privacy/holds"): ADMINS,
    ("POST", "/console/privacy/holds/{hold_id}"): ADMINS,
    ("POST", "/console/privacy/notices/{notice_id}"): ADMINS,
    ("POST", "/console/accounts/people/{user_id}"): ADMINS,
    ("POST", "/console/accounts/people/{user_id}/access"): ADMINS,
    ("POST", "/console/accounts/people/{user_id}/second-factor"): ADMINS,
    ("POST", "/console/accounts/people/{user_id}/sessions/{session_id}"): ADMINS,
    ("POST", "/console/accounts/tokens/{token_id}/access"): ADMINS,
    ("POST", "/console/accounts/tokens"): ADMINS,
    ("POST", "/console/accounts/tokens/{token_id}"): ADMINS,
    ("POST", "/hr/deliveries/{delivery_id}/retry"): CLERKS,
}
PROGRAMS = {
    ("GET", "/api/positions"): EVERYBODY,
    ("POST", "/api/invitations"): RECRUITERS,
    ("GET", "/api/interviews"): READERS,
    ("GET", "/api/interviews/{interview_id}"): READERS,
    ("GET", "/api/interviews/{interview_id}/report"): READERS,
    ("POST", "/api/interviews/{interview_id}/decision"): DECIDERS,
    ("GET", "/api/provider/v1/packages"): ORDERERS,
    ("POST", "/api/provider/v1/orders"): ORDERERS,
    ("GET", "/api/provider/v1/orders/{order_id}"): ORDERERS,
    ("POST", "/api/provider/v1/orders/{order_id}/cancel"): ORDERERS,
}
BODIES = {
    "/api/invitations": {"position": "sales", "name": "李雷", "phone": "13800001234", "language": "zh"},
    "/api/interviews/{interview_id}/decision": {"value": "hold", "reason": "later"},
    "/api/provider/v1/orders": {
        "candidate": {"name": "李雷", "phone": "13800001234", "external_id": "77"},
        "package": "sales",
        "client_reference": "77",
    },
}


def routes_of(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if (inner := getattr(route, "original_router", None)) is not None:
            yield from routes_of(inner.routes)
        else:
            for method in getattr(route, "methods", None) or ():
                if method != "HEAD":
                    yield method, route.path


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", "01ARZ3NDEKTSV4RRFFQ69G5FAV", path)


def test_every_route_of_ours_is_in_a_table_here(house: House) -> None:
    assert set(routes_of(house.app.routes)) == PUBLIC | PAGES.keys() | FORMS.keys() | PROGRAMS.keys()


def test_the_whole_app_has_no_other_route_under_our_addresses(house: House) -> None:
    from bot.app import build_app

    ours = {
        (method, path)
        for method, path in routes_of(build_app(Settings(), "test").routes)
        if path.startswith(("/console", "/hr", "/api", "/docs", "/openapi")) and not path.startswith("/api/chat/")
    }
    assert ours == PUBLIC | PAGES.keys() | FORMS.keys() | PROGRAMS.keys()


async def test_anonymous_visitors_are_sent_to_the_sign_in_page_from_every_page(house: House) -> None:
    async with house.visitor() as browser:
        for _, path in PAGES:
            answer = await browser.get(address(path))
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/console/sign-in?next="), path


async def test_anonymous_forms_are_refused(house: House) -> None:
    async with house.visitor() as browser:
        for _, path in FORMS:
            answer = await browser.post(address(path), data={"csrf": "0" * 64})
            assert answer.status_code in (303, 403), path
            assert answer.headers.get("location", "/console/sign-in").startswith("/console/sign-in"), path


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_pages_open_to_their_roles_alone(house: House, role: str) -> None:
    async with house.signed_in(role) as browser:
        for (_, path), allowed in PAGES.items():
            answer = await browser.get(address(path))
            assert (answer.status_code == 403) == (role not in allowed), path


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_forms_of_other_roles_are_refused_even_with_a_good_form_token(house: House, role: str) -> None:
    async with house.signed_in(role) as browser:
        csrf = csrf_of(await browser.get("/console/password"))
        for (_, path), allowed in FORMS.items():
            if role not in allowed:
                answer = await browser.post(address(path), data={"csrf": csrf, "role": "hr", "name": "x"})
                assert answer.status_code == 403, path


async def test_every_form_without_its_token_or_with_that_of_another_session_is_refused(house: House) -> None:
    async with house.signed_in("admin") as other, house.signed_in("admin") as browser:
        foreign = csrf_of(await other.get("/console/password"))
        for _, path in FORMS:
            for csrf in ("", "0" * 64, foreign):
                answer = await browser.post(address(path), data={"csrf": csrf, "role": "hr", "name": "x"})
                assert answer.status_code == 403, path
                assert "Set-Cookie" not in answer.headers, path
        assert (await browser.get("/console")).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}])
async def test_programs_without_a_good_token_get_401(house: House, headers: dict[str, str]) -> None:
    async with house.visitor(**headers) as program:
        for method, path in PROGRAMS:
            answer = await program.request(method, address(path), json=BODIES.get(path))
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", sorted(EVERYBODY | ORDERERS))
async def test_programs_may_do_what_their_role_may(house: House, role: str) -> None:
    async with house.visitor(role) as program:
        for (method, path), allowed in PROGRAMS.items():
            answer = await program.request(method, address(path), json=BODIES.get(path))
            assert (answer.status_code == 403) == (role not in allowed), path


@pytest.mark.parametrize("path", ["/api/invitations", "/console/sign-in"])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_a_megabyte_is_turned_away_before_it_is_read(house: House, path: str, announced: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b"x" * 65_536

    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    async with house.visitor("recruiter") as visitor:
        body = b"x" * 1_048_576 if announced else pieces()
        answer = await visitor.post(path, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 413
    kind = "application/problem+json" if path.startswith("/api") else "text/html; charset=utf-8"
    assert answer.headers["content-type"] == kind


async def test_a_session_cookie_opens_no_program_route(house: House) -> None:
    async with house.signed_in("admin") as browser:
        assert (await browser.get("/api/interviews")).status_code == 401


async def test_an_expired_or_deleted_session_leads_back_to_sign_in(house: House) -> None:
    async with house.signed_in("admin") as browser:
        with hands_restored():
            turn_forward(timedelta(hours=13))
            assert (await browser.get("/console")).status_code == 303
        with house.services.database.unit_of_work() as session:
            session.exec(delete(UserSession))
        assert (await browser.get("/console")).status_code == 303


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    async with house.visitor() as browser:
        page = await browser.get("/console/sign-in")
        form = {"csrf": csrf_of(page), "name": "admin", "password": house.passwords["admin"]}
        cookies = (await browser.post("/console/sign-in", data=form)).headers.get_list("set-cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith(f"{SESSION_COOKIE}=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session


async def test_pages_carry_a_strict_content_policy_and_are_not_cached(house: House) -> None:
    async with house.signed_in("admin") as browser:
        for path in ("/console", "/hr", "/docs", "/console/accounts", "/console/interviews/unknown"):
            headers = (await browser.get(path)).headers
            assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';"), path
            assert "unsafe" not in headers["content-security-policy"], path
            assert headers["cache-control"] == "no-store", path
            assert headers["referrer-policy"] == "no-referrer", path


async def test_under_https_a_browser_is_told_to_come_by_no_other_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with furnished(tmp_path, monkeypatch, PUBLIC_URL="https://mianshi.test") as services:
        async with furnish(services).visitor() as browser:
            answer = await browser.get("/console/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "; secure" in answer.headers["set-cookie"].lower()
