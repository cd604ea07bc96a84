"""What candidates say is unreadable at rest.

Every candidate has a data key of their own, stored wrapped under the master key. Rotating the master key
re-wraps the data keys; destroying one data key erases that candidate everywhere at once, backups included.
AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the associated data binds a text to its purpose.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import CandidateErased, Rejected

NONCE_BYTES = 12


class Undecipherable(Rejected):
    """The stored text was not sealed with this key: wrong master key, or the row was tampered with."""


def new_master_key() -> str:
    """A fresh 256-bit key, urlsafe base64, for `.env`."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def hash_token(token: str) -> str:
    """SHA-256 hex of a high-entropy token. Tokens are random, so no salt or stretching is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seal(key: bytes, plain: bytes, purpose: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, purpose.encode())


def _open(key: bytes, sealed: bytes, purpose: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except InvalidTag as error:
        raise Undecipherable(f"a sealed {purpose} does not open with this key") from error


@dataclass(frozen=True, slots=True, repr=False)
class DataKey:
    """One candidate's key. `seal`/`open` take text, the `_bytes` forms take files."""

    secret: bytes

    def seal(self, text: str, purpose: str = "text") -> str:
        return base64.b64encode(_seal(self.secret, text.encode(), purpose)).decode()

    def open(self, sealed: str, purpose: str = "text") -> str:
        return _open(self.secret, base64.b64decode(sealed), purpose).decode()

    def seal_bytes(self, data: bytes, purpose: str) -> bytes:
        return _seal(self.secret, data, purpose)

    def open_bytes(self, sealed: bytes, purpose: str) -> bytes:
        return _open(self.secret, sealed, purpose)


class KeyRing:
    """Wraps and unwraps data keys under the master key (urlsafe base64 of 32 bytes)."""

    def __init__(self, master_key: str) -> None:
        self._master = base64.urlsafe_b64decode(master_key)
        if len(self._master) != 32:
            raise Rejected("MASTER_KEY must be 32 bytes in urlsafe base64; `make setup` makes one")

    def new_wrapped_key(self) -> bytes:
        return _seal(self._master, secrets.token_bytes(32), "data key")

    def unwrap(self, wrapped: bytes | None) -> DataKey:
        """The candidate's key, or CandidateErased when it was destroyed."""
        if wrapped is None:
            raise CandidateErased("the candidate's data key was destroyed on erasure")
        return DataKey(_open(self._master, wrapped, "data key"))

    def rewrap(self, wrapped: bytes, new: KeyRing) -> bytes:
        """The same data key under another master key: rotation without touching a single text."""
        return _seal(new._master, _open(self._master, wrapped, "data key"), "data key")
