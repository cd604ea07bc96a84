"""A stranger's recording becomes samples, in a limited child process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from core.errors import Unavailable
from core.settings import ROOT
from scoring.audio.kind import MAX_BYTES, AudioKind
from scoring.audio.refusals import RecordingRefused

WALL_SECONDS: Final = 120.0
SANDBOXES: Final = 4
"""Children at once in one process: each may take 1 GB of memory."""
PATIENCE_S: Final = 60.0

Samples = npt.NDArray[np.float32]
"""Mono sound at 16 kHz between -1 and 1, [n]."""

_sandboxes = threading.BoundedSemaphore(SANDBOXES)


class DecodersBusy(Unavailable):
    """Too many recordings are being opened; the same one can be tried again."""

    phrase = "utter_one_moment"


@dataclass(frozen=True, slots=True)
class Probe:
    """What the bytes are, whatever they are called, and how many seconds they sound."""

    kind: AudioKind
    duration_s: float


def probe(data: bytes) -> Probe:
    """Say what a recording is without decoding it (a tenth of a second of a core).

    Raises:
        RecordingRefused: empty, truncated, no audio, a video, over 20 MB or over 10 minutes.
        DecodersBusy: no child became free in time.
    """
    line, _ = _in_a_child("probe", data)
    return Probe(line["kind"], line["duration_s"])


def decode(data: bytes) -> Samples:
    """Return the sound of a recording, all channels mixed.

    Raises:
        RecordingRefused: empty, truncated, no audio, a video, over 20 MB or over 10 minutes.
        DecodersBusy: no child became free in time.
    """
    _, sound = _in_a_child("decode", data)
    return np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(32768)


def _in_a_child(act: Literal["probe", "decode"], data: bytes) -> tuple[dict[str, Any], bytes]:
    if not data:
        raise RecordingRefused("empty")
    if len(data) > MAX_BYTES:
        raise RecordingRefused("too_large")
    if not _sandboxes.acquire(timeout=PATIENCE_S):
        raise DecodersBusy("too many recordings are being opened: try again in a minute")
    try:
        child = subprocess.run(
            [sys.executable, "-s", "-E", "-B", "-m", "scoring.audio.sandboxed_decoder", act],
            input=data,
            capture_output=True,
            cwd=ROOT,
            env={},
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DecodersBusy("opening the recording took too long: try again in a minute") from error
    finally:
        _sandboxes.release()
    if child.returncode == -signal.SIGXCPU:
        raise RecordingRefused("too_long")
    if child.returncode != 0:
        raise RecordingRefused("truncated")
    line, _, sound = child.stdout.partition(b"\n")
    answer = json.loads(line)
    if "refused" in answer:
        raise RecordingRefused(answer["refused"])
    return answer, sound
