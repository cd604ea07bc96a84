"""Texts through Aliyun 短信服务: SendSms of its interface 2017-05-25, signed by ACS3-HMAC-SHA256.

Aliyun sends no text of ours: each kind of letter is a template that Aliyun approved, filled with the words of the letter.
The signature is checked against the example that Aliyun publishes; the service itself was never met.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import httpx

from bot.outreach.road import LetterRefused, RoadBlocked
from bot.outreach.sms import called, judge
from bot.outreach.wording import Worded
from core.clock import now
from core.errors import Rejected
from core.tables import new_id

ALIYUN: Final = "https://dysmsapi.aliyuncs.com"
VERSION: Final = "2017-05-25"
ALGORITHM: Final = "ACS3-HMAC-SHA256"
NO_SUCH_NUMBER: Final = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT"})
TRY_AGAIN: Final = frozenset(
    {"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", "isp.SYSTEM_ERROR"}
)


class AliyunSms:
    """POST /?PhoneNumbers=…&SignName=…&TemplateCode=…&TemplateParam=…, one text a call."""

    repeats_are_known = False

    def __init__(
        self, http: httpx.AsyncClient, key: str, secret: str, signature: str, templates: Mapping[str, str], base: str
    ) -> None:
        self._http, self._key, self._secret, self._signature = http, key, secret, signature
        self._templates, self._base = templates, base.rstrip("/")

    async def send(self, letter_id: str, worded: Worded) -> None:
        """See `Sender.send`."""
        template = self._templates.get(f"{worded.kind}.{worded.language}")
        if template is None:
            raise RoadBlocked("settings_wrong")
        query = {
            "OutId": letter_id,
            "PhoneNumbers": worded.to.removeprefix("+86").removeprefix("+"),
            "SignName": self._signature,
            "TemplateCode": template,
            "TemplateParam": json.dumps(worded.params, ensure_ascii=False, separators=(",", ":")),
        }
        headers = {
            "host": httpx.URL(self._base).netloc.decode(),
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": _digest(b""),
            "x-acs-date": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": new_id(),
            "x-acs-version": VERSION,
        }
        headers["authorization"] = authorization(self._key, self._secret, query, headers)
        answer = await called(self._http.post(f"{self._base}/?{canonical_query(query)}", headers=headers))
        _judge(answer)


def read_templates(written: str) -> Mapping[str, str]:
    """`invitation.zh=SMS_1, invitation.en=SMS_2` as a mapping. Raises Rejected."""
    pairs = [pair.strip().partition("=") for pair in written.split(",") if pair.strip()]
    if not pairs or not all("." in kind and code for kind, _, code in pairs):
        raise Rejected("SMS_TEMPLATES is written like invitation.zh=SMS_1, invitation.en=SMS_2")
    return {kind.strip(): code.strip() for kind, _, code in pairs}


def canonical_query(query: Mapping[str, str]) -> str:
    """Names and values by RFC 3986, in the order of names."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query))


def authorization(key: str, secret: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The Authorization header of a POST to / without a body, as Aliyun's "V3 request signature" describes it."""
    signed = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", "/", canonical_query(query), lines, signed, headers["x-acs-content-sha256"]])
    to_sign = f"{ALGORITHM}\n{_digest(canonical.encode())}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key},SignedHeaders={signed},Signature={signature}"


def _judge(answer: httpx.Response) -> None:
    """Return for a text that was taken. Raises RoadBlocked or LetterRefused."""
    try:
        code = str(answer.json()["Code"])
    except (ValueError, KeyError, TypeError):
        return judge(answer.status_code if answer.status_code >= 300 else 502, None)
    if code == "OK":
        return None
    if code in NO_SUCH_NUMBER:
        raise LetterRefused("bounced", None, bounced=True)
    if code in TRY_AGAIN or code.startswith(("Throttling", "ServiceUnavailable", "InternalError")):
        raise RoadBlocked("try_later")
    if code.startswith(("InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden")):
        raise RoadBlocked("login_refused")
    # Account, signature or template: nothing is wrong with the letter or its number.
    raise RoadBlocked("settings_wrong")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
