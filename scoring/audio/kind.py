"""What a file is by its bytes, and whether it ends before its own headers say. Standard library only: the sandboxed
child reads this before it opens anything."""

from __future__ import annotations

import struct
from typing import Final, Literal

AudioKind = Literal["ogg", "webm", "mp4", "wav", "mp3"]

MAX_BYTES: Final = 20_000_000
MAX_SECONDS: Final = 600.0
RATE: Final = 16_000
"""Samples a second of everything that is decoded."""

_STREAMED: Final = (0, 0xFFFFFFFF)
"""Sizes in a WAV header that a recorder writes when it does not know the end."""


def sniff(data: bytes) -> AudioKind | Literal["video", "unknown"]:
    """Say what `data` is, whatever it is called. `video` are containers that hold pictures and nothing we read."""
    head = data[:16]
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith((b"RIFF", b"RF64")):
        return "wav" if head[8:12] == b"WAVE" else "video" if head[8:12] == b"AVI " else "unknown"
    if head.startswith((b"FLV", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x30\x26\xb2\x75")):
        return "video"
    if data[:1] == b"G" and data[188:189] == b"G" and data[376:377] == b"G":
        return "video"  # an MPEG transport stream
    if head.startswith(b"ID3") or _is_mpeg_layer_3(head):
        return "mp3"
    return "unknown"


def _is_mpeg_layer_3(head: bytes) -> bool:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate, frequency = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and 0 < rate < 15 and frequency != 3


def is_cut(data: bytes, kind: AudioKind) -> bool:
    """True when a header in `data` announces bytes that are not there."""
    if kind == "ogg":
        return _ogg_is_cut(data)
    if kind == "wav":
        return _wav_is_cut(data)
    if kind == "mp3":
        return _mp3_is_cut(data)
    return False


def _ogg_is_cut(data: bytes) -> bool:
    # RFC 3533: 27 bytes of page header, a table of segment sizes, the segments.
    at = 0
    while at < len(data):
        if data[at : at + 4] != b"OggS" or at + 27 > len(data):
            return True
        segments = data[at + 26]
        sizes = data[at + 27 : at + 27 + segments]
        at += 27 + segments + sum(sizes)
        if len(sizes) < segments or at > len(data):
            return True
    return False


def _wav_is_cut(data: bytes) -> bool:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"data":
            return size not in _STREAMED and at + 8 + size > len(data)
        at += 8 + size + size % 2
    return True


def _mp3_is_cut(data: bytes) -> bool:
    # The Xing or Info header of the first frame may say how many bytes there are.
    begin = 0
    if data.startswith(b"ID3") and len(data) > 10:
        begin = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    first = data[begin : begin + 200]
    at = max(first.find(b"Xing"), first.find(b"Info"))
    if at < 0 or len(first) < at + 16:
        return False
    flags, _, size = struct.unpack_from(">III", first, at + 4)
    return bool(flags & 3 == 3) and begin + int(size) > len(data)
