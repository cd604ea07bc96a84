"""The child process that opens a stranger's recording: bytes on stdin, what became of them on stdout, nothing else
in reach.

`python -m scoring.audio.sandboxed_decoder decode` writes a line of JSON, {"kind", "duration_s"} or {"refused": key},
and after the former the sound as signed 16-bit samples, mono, 16 kHz. `probe` writes the line alone and decodes nothing.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import av
import av.subtitles.stream  # PyAV imports it when it opens its first file, and then no file opens any more

from scoring.audio.kind import MAX_SECONDS, RATE, AudioKind, is_cut, sniff

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 40
MOST_CHANNELS = 16
_DEMUXERS: dict[AudioKind, str] = {"ogg": "ogg", "webm": "matroska", "mp4": "mp4", "wav": "wav", "mp3": "mp3"}
_MISSING_S = 1.0
_MISSING_SHARE = 0.05


class Unusable(Exception):
    """The key of the refusal is its only argument."""


def open_sound(data: bytes, kind: AudioKind) -> tuple[Any, Any, float | None]:
    """The container, its first audio stream, and the seconds it announces. Raises Unusable."""
    try:
        # The demuxer is fixed: what the bytes look like must not lead into others, such as playlists.
        container: Any = av.open(io.BytesIO(data), format=_DEMUXERS[kind], metadata_errors="ignore")
    except av.error.FFmpegError:
        raise Unusable("truncated") from None
    if any(not stream.disposition & av.stream.Disposition.attached_pic for stream in container.streams.video):
        raise Unusable("video")
    if not container.streams.audio:
        raise Unusable("not_audio")
    stream = container.streams.audio[0]
    if stream.codec_context is None or stream.codec_context.channels > MOST_CHANNELS:
        raise Unusable("not_audio")
    announced = container.duration / av.time_base if container.duration else None
    if announced is not None and announced > MAX_SECONDS:
        raise Unusable("too_long")
    return container, stream, announced


def measure(container: Any, stream: Any) -> float:
    """The seconds that the packets cover, without decoding them. Raises Unusable."""
    start: float | None = None
    end = 0.0
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        at = float(packet.pts * packet.time_base)
        start = at if start is None else min(start, at)
        end = max(end, at + float((packet.duration or 0) * packet.time_base))
        if end - start > MAX_SECONDS:
            raise Unusable("too_long")
    if start is None:
        raise Unusable("empty")
    return end - start


def decode(container: Any, stream: Any) -> Iterator[bytes]:
    """The sound, piece by piece; what cannot be decoded is left out. Raises Unusable when there is too much."""
    resampler = av.audio.resampler.AudioResampler(format="s16", layout="mono", rate=RATE)
    left = int(MAX_SECONDS * RATE)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            frame.pts = None
            for piece in resampler.resample(frame):
                left -= piece.samples
                if left < 0:
                    raise Unusable("too_long")
                yield bytes(piece.planes[0])[: piece.samples * 2]
    for piece in resampler.resample(None):
        yield bytes(piece.planes[0])[: piece.samples * 2]


def read(data: bytes, decoding: bool) -> tuple[dict[str, object], bytes]:
    """The line about the recording, and its sound when it is asked for."""
    if not data:
        return {"refused": "empty"}, b""
    kind = sniff(data)
    if kind == "video":
        return {"refused": "video"}, b""
    if kind == "unknown":
        return {"refused": "not_audio"}, b""
    sound = b""
    try:
        container, stream, announced = open_sound(data, kind)
        if decoding:
            sound = b"".join(decode(container, stream))
            duration = len(sound) / 2 / RATE
        else:
            duration = measure(container, stream)
    except Unusable as why:
        return {"refused": str(why)}, b""
    except (av.error.FFmpegError, MemoryError):
        return {"refused": "truncated"}, b""
    missing = 0.0 if announced is None or kind == "mp3" else announced - duration
    if is_cut(data, kind) or missing > max(_MISSING_S, _MISSING_SHARE * duration):
        return {"refused": "truncated"}, b""
    if duration <= 0:
        return {"refused": "empty"}, b""
    return {"kind": kind, "duration_s": round(duration, 3)}, sound


def limit_this_process() -> None:
    """Bound memory and time, and leave no file descriptor to open: no file, no socket."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def main() -> None:
    data = sys.stdin.buffer.read()
    av.logging.set_level(None)
    limit_this_process()
    try:
        line, sound = read(data, sys.argv[1:] == ["decode"])
    except Exception:  # a stranger's bytes may break a decoder in any way; the way is of no use to them
        line, sound = {"refused": "truncated"}, b""
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + sound)


if __name__ == "__main__":
    main()
