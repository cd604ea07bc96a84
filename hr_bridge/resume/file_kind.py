"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

from typing import Literal

FileKind = Literal["pdf", "zip", "text", "photo", "legacy_doc", "encrypted", "unknown"]

_PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*")
_OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_STARTS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
)
# Level 1 of GB 2312, the 3755 characters of everyday use, begins at lead byte B0 and ends with D7.
_COMMON_LEADS = range(0xB0, 0xD8)
_SIGN_LEADS = range(0xA1, 0xAA)


def sniff(data: bytes) -> FileKind:
    """The kind of `data`; "zip" still has to prove that it is a Word document."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if data.startswith(_OLE_START):
        # A Word document with a password is an OLE container around the encrypted package.
        return "encrypted" if "EncryptedPackage".encode("utf-16-le") in data else "legacy_doc"
    if data.startswith(b"{\\rtf"):
        return "legacy_doc"
    if _is_photo(data):
        return "photo"
    if data.startswith(_OTHER_STARTS) or decode_text(data) is None:
        return "unknown"
    return "text"


def decode_text(data: bytes) -> str | None:
    """Plain text in UTF-8, UTF-16, GB 18030 or Windows-1252; None where it is none of them."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, encoding)
    if b"\x00" in data:
        zeros_odd, zeros_even = data[1::2].count(0), data[::2].count(0)
        return _decoded(data, "utf-16-le" if zeros_odd >= zeros_even else "utf-16-be")
    for encoding in ("utf-8", "gb18030", "cp1252"):
        text = _decoded(data, encoding)
        if text is not None and (encoding != "gb18030" or _reads_as_chinese(text)):
            return text
    return None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    controls = sum(1 for sign in text if (ord(sign) < 32 and sign not in "\t\n\r\f\v") or ord(sign) == 0xFFFD)
    odd = sum(1 for sign in text if 0xE000 <= ord(sign) <= 0xF8FF or 0xD800 <= ord(sign) <= 0xDFFF)
    return None if controls > 0 or odd > len(text) // 50 else text


def _reads_as_chinese(text: str) -> bool:
    foreign = [sign for sign in text if ord(sign) > 127]
    common = sum(1 for sign in foreign if _is_common(sign))
    return common >= 0.8 * len(foreign)


def _is_common(sign: str) -> bool:
    code = sign.encode("gb18030", errors="replace")
    return len(code) == 4 or code[0] in _COMMON_LEADS or code[0] in _SIGN_LEADS


def _is_photo(data: bytes) -> bool:
    if data.startswith(_PHOTO_STARTS):
        return True
    return (data[:4] == b"RIFF" and data[8:12] == b"WEBP") or data[4:12] in (b"ftypheic", b"ftypmif1", b"ftypavif")
