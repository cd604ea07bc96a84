"""What the HR records hold about people is unreadable at rest: every word is sealed under one key."""

from __future__ import annotations

from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, ValidationError

from core.encryption import Undecipherable
from core.errors import Rejected

Shape = TypeVar("Shape", bound=BaseModel)


class Seal:
    """Seals and opens shapes with a Fernet key (AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise Rejected("RECORDS_KEY is not 32 bytes in urlsafe base64: run `make setup` to make one.") from None

    def close(self, body: BaseModel) -> bytes:
        """Return `body` sealed."""
        return self._fernet.encrypt(body.model_dump_json().encode())

    def open(self, sealed: bytes, shape: type[Shape]) -> Shape:
        """Return what was sealed.

        Raises:
            Undecipherable: it was sealed under another key, by another version, or changed since.
        """
        try:
            plain = self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Undecipherable("The HR records were written under another RECORDS_KEY: put that key back.") from None
        try:
            return shape.model_validate_json(plain)
        except ValidationError:
            # The error would carry what was sealed into the log.
            raise Undecipherable(f"A sealed {shape.__name__} was written by a newer or older Mianshi.") from None
