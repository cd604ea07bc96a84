"""Real recordings for tests, and what can go wrong with them: other formats, noise, silence, clipping."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import av
import numpy as np

from core.settings import ROOT
from scoring.audio.decoding import Samples, decode
from scoring.audio.kind import RATE

CLIPS = ROOT / "data" / "speech-fluency" / "clips"
FORMATS = {
    "ogg": ("ogg", "libopus", {}),
    "webm": ("webm", "libopus", {}),
    "live webm": ("webm", "libopus", {"live": "1"}),
    "mp4": ("mp4", "aac", {}),
    "fragmented mp4": ("mp4", "aac", {"movflags": "frag_keyframe+empty_moov"}),
    "wav": ("wav", "pcm_s16le", {}),
    "mp3": ("mp3", "libmp3lame", {}),
}
"""Name → container, codec, options; `live webm` and `fragmented mp4` are what browsers record."""


@cache
def clips() -> list[dict[str, Any]]:
    """What was read in each clip: id, speaker, age, text, and the raters' scores."""
    return [json.loads(line) for line in (CLIPS / "clips.jsonl").read_text("utf-8").splitlines()]


def clip_bytes(clip_id: str) -> bytes:
    """A recording as Telegram sends it: OGG/Opus."""
    return (CLIPS / f"{clip_id}.ogg").read_bytes()


@cache
def clip(clip_id: str) -> Samples:
    return decode(clip_bytes(clip_id))


def join(clip_ids: Iterable[str]) -> Samples:
    """The clips one after the other, each followed by half a second of silence."""
    pause = np.zeros(RATE // 2, np.float32)
    return np.concatenate([part for one in clip_ids for part in (clip(one), pause)])


@cache
def long_recording(speaker: str | None = None, seconds: float = 60.0) -> Samples:
    """Clips of one speaker, or of adults, until there are so many seconds or no more clips."""
    chosen: list[str] = []
    length = 0.0
    for one in clips():
        if length < seconds and (one["speaker"] == speaker or (speaker is None and one["age"] >= 16)):
            chosen.append(one["id"])
            length += len(clip(one["id"])) / RATE + 0.5
    return join(chosen)


def encode(samples: Samples, name: str = "ogg", channels: int = 1) -> bytes:
    """The sound as a file of one of FORMATS, the same on each channel."""
    container_format, codec, options = FORMATS[name]
    layout = {1: "mono", 2: "stereo", 8: "7.1"}[channels]
    out = io.BytesIO()
    with av.open(
        _Stream(out) if "live" in options else out, "w", format=container_format, options=options
    ) as container:
        rate = 48_000 if codec == "libopus" else RATE
        stream = container.add_stream(codec, rate=rate, layout=layout)
        data = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(data, channels)[None], format="s16", layout=layout)
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return out.getvalue()


class _Stream:
    """A file that cannot seek: the writer cannot go back and fill in lengths, as in a browser."""

    def __init__(self, out: io.BytesIO) -> None:
        self.write = out.write


def video() -> bytes:
    """Two seconds of moving grey with sound in an MP4."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = container.add_stream("aac", rate=RATE, layout="mono")
        for i in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), i * 10, np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        tone = (np.sin(np.arange(2 * RATE) / 10) * 9000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return out.getvalue()


def with_noise(samples: Samples, snr_db: float) -> Samples:
    """The sound under white noise; the ratio is that of the whole clip's power."""
    noise = np.random.default_rng(0).normal(0, 1, len(samples))
    scale = np.sqrt((samples**2).mean() / 10 ** (snr_db / 10))
    mixed = samples + noise * scale
    return (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)


def clipped(samples: Samples, gain_db: float) -> Samples:
    """The sound so loud that its peak would be `gain_db` over full scale."""
    loud = samples / np.abs(samples).max() * 10 ** (gain_db / 20)
    return np.clip(loud, -1, 1).astype(np.float32)


def music(seconds: float = 8.0) -> Samples:
    """Chords with overtones, two a second."""
    t = np.arange(int(seconds * RATE)) / RATE
    roots = np.array([220.0, 174.6, 261.6, 196.0])[(t * 2).astype(int) % 4]
    chord = sum(
        np.sin(2 * np.pi * np.cumsum(roots * ratio * k) / RATE) / k for ratio in (1, 1.25, 1.5) for k in (1, 2, 3)
    )
    return (0.1 * chord * np.exp(-3 * (t * 2 % 1))).astype(np.float32)
