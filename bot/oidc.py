"""Sign-in through the company's own service: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636) and nonce.

An account is never made here. The service's subject is linked to an existing account once, by an e-mail that the service
vouches for; from then on the subject alone counts, since an e-mail may pass to somebody else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlmodel import Session, select

from core.errors import Refused, Rejected, Unavailable
from core.settings import SignInSettings
from core.tables import User

SCOPE: Final = "openid email"
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA"]
"""Never `none` nor HMAC, which whoever knows the client's secret could sign with."""
TIMEOUT_S: Final = 10.0
CLOCK_LEEWAY_S: Final = 60
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class CompanySignInRefused(Refused):
    """The service's answer does not fit what we asked, or it refused: the person has to begin anew."""


class NoAccountForPerson(Refused):
    """The service knows the person, and no open account of ours is theirs."""


class CompanySignInDown(Unavailable):
    """The sign-in service does not answer; with name and password one still comes in."""


class CompanySignInWrong(Rejected):
    """OIDC_ISSUER is not what a sign-in service says of itself, or is not reached by https."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one attempt is held together by; it waits in the visitor's own browser."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Whom the service vouches for. `email` is None where it has not verified it."""

    subject: str
    email: str | None


async def begin(settings: SignInSettings, redirect_uri: str) -> tuple[str, Visit]:
    """The address at the service to lead the person to. Raises CompanySignInDown or CompanySignInWrong."""
    visit = Visit(*(secrets.token_urlsafe(32) for _ in range(3)))
    async with _client() as client:
        service = await _discovered(client, settings)
    url = prepare_grant_uri(
        service["authorization_endpoint"],
        settings.oidc_client_id,
        "code",
        redirect_uri,
        SCOPE,
        visit.state,
        nonce=visit.nonce,
        code_challenge=create_s256_code_challenge(visit.verifier),
        code_challenge_method="S256",
    )
    return str(url), visit


async def finish(settings: SignInSettings, redirect_uri: str, visit: Visit, code: str) -> Person:
    """Exchange the code, and check the identity token as OpenID Connect Core 3.1.3.7 asks.

    Raises CompanySignInRefused, CompanySignInDown or CompanySignInWrong.
    """
    async with _client() as client:
        service = await _discovered(client, settings)
        try:
            given = await _exchanged(client, service, settings, redirect_uri, visit, code)
            keys = KeySet.import_key_set((await client.get(service["jwks_uri"])).json())
            claims = jwt.decode(given["id_token"], keys, algorithms=ALGORITHMS).claims
            _checks(settings, visit).validate(claims)
            _check_party(settings, claims)
        except httpx.HTTPError as error:
            raise CompanySignInDown("the sign-in service does not answer") from error
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise CompanySignInRefused(
                f"the sign-in service's answer does not hold ({type(error).__name__})"
            ) from error
    vouched = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
    return Person(f"{settings.oidc_issuer} {claims['sub']}", claims["email"].lower() if vouched else None)


async def _exchanged(
    client: httpx.AsyncClient,
    service: dict[str, Any],
    settings: SignInSettings,
    redirect_uri: str,
    visit: Visit,
    code: str,
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": visit.verifier,
    }
    name, secret = settings.oidc_client_id, settings.oidc_client_secret.get_secret_value()
    ways = service.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in ways:
        # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        auth = httpx.BasicAuth(quote_plus(name), quote_plus(secret))
        answer = await client.post(service["token_endpoint"], data=form, auth=auth)
    else:
        form |= {"client_id": name, "client_secret": secret}
        answer = await client.post(service["token_endpoint"], data=form)
    if answer.is_client_error:
        raise CompanySignInRefused(f"the sign-in service took no code (status {answer.status_code})")
    answer.raise_for_status()
    given: dict[str, Any] = answer.json()
    return given


def account_for(session: Session, person: Person) -> User:
    """The account that is theirs, linked now where it was not yet. Raises NoAccountForPerson."""
    user = session.exec(select(User).where(User.oidc_subject == person.subject)).first()
    if user is None and person.email is not None:
        user = session.exec(select(User).where(User.email == person.email)).first()
        if user is not None and user.oidc_subject is not None:
            user = None  # the e-mail has passed to somebody else over there
    if user is None or user.disabled_at is not None:
        raise NoAccountForPerson("no open account belongs to this person")
    user.oidc_subject = person.subject
    return user


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)


async def _discovered(client: httpx.AsyncClient, settings: SignInSettings) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0: what the service says of itself."""
    issuer = settings.oidc_issuer or ""
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise CompanySignInWrong("OIDC_ISSUER must be an https address")
    try:
        answer = await client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        answer.raise_for_status()
        service: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CompanySignInDown("the sign-in service does not answer") from error
    if service.get("issuer") != issuer:
        raise CompanySignInWrong("OIDC_ISSUER is not what the sign-in service calls itself, to the letter")
    return service


def _check_party(settings: SignInSettings, claims: dict[str, Any]) -> None:
    """OpenID Connect Core 3.1.3.7, 4 and 5: a token for several audiences names the one it was given to, which is us.

    Raises ValueError.
    """
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != settings.oidc_client_id:
        raise ValueError("the identity token was given to another client")


def _checks(settings: SignInSettings, visit: Visit) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=CLOCK_LEEWAY_S,
        iss={"essential": True, "value": settings.oidc_issuer or ""},
        aud={"essential": True, "value": settings.oidc_client_id},
        exp={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": visit.nonce},
    )
