"""How a candidate can be reached, normalised once when it comes in."""

from __future__ import annotations

import re
import unicodedata
from email.errors import MessageDefect, MessageError
from email.headerregistry import Address
from typing import Final

import phonenumbers

from core.errors import Refused

DEFAULT_REGION: Final = "CN"
_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]+\.[^@\s<>\"',;.]{2,}")


class PhoneUnusable(Refused):
    """Not a phone number that exists: mainland numbers have 11 digits, others begin with + and the country."""


class EmailUnusable(Refused):
    """Not an e-mail address."""


def normal_phone(text: str) -> str:
    """The number in E.164 (+8613800001234); without a country it is read as a mainland one. Raises PhoneUnusable."""
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise PhoneUnusable("the phone number cannot be read") from error
    if not phonenumbers.is_valid_number(number):
        raise PhoneUnusable("the phone number does not exist in its country's numbering")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(text: str) -> str:
    """The address without surrounding spaces, its domain in lower case, as a mail server takes it (RFC 5321: in ASCII; a
    Chinese domain in its xn-- form). Raises EmailUnusable."""
    address = unicodedata.normalize("NFKC", text).strip()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise EmailUnusable("the e-mail address cannot be read")
    local, _, domain = address.rpartition("@")
    try:
        return Address(addr_spec=f"{local}@{domain.lower().encode('idna').decode()}").addr_spec
    except (MessageError, MessageDefect, ValueError) as error:  # of the latter are those of idna
        raise EmailUnusable("the e-mail address cannot be read") from error
