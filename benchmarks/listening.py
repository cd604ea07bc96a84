"""The whole voice path beside faster-whisper alone, on the same recordings in the same run with the same options."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
from faster_whisper import WhisperModel

from benchmarks.word_errors import count, rate_of
from core.settings import ModelSettings
from scoring.engines.packaged_whisper import packaged_whisper
from scoring.engines.speech_recogniser import WHISPER
from scoring.engines.whisper import BEAM, CLOSED_S, MARGIN_S, REPETITION_PENALTY, cores
from scoring.heard import Heard
from scoring.listening import Listener
from tests.recordings import clips, encode, join

SPEAKERS = 2
CLIPS = 15
"""About four seconds each, with half a second between them; the last ones are heard twice."""


@dataclass(frozen=True)
class ListeningSpeed:
    """CPU and wall seconds for a second of sound, ours and the peer's, memory in MB, and the share of words wrong."""

    cpu_rtf: float
    wall_rtf: float
    peer_cpu_rtf: float
    peer_wall_rtf: float
    resident_mb: float
    word_errors: float

    @property
    def times_peer(self) -> float:
        """Our CPU time over the peer's, which a busy machine disturbs less than the wall clock."""
        return self.cpu_rtf / self.peer_cpu_rtf


def measure() -> ListeningSpeed:
    """Hear two recordings of a minute, each by one speaker, as a phone sends them."""
    speakers = list(dict.fromkeys(one["speaker"] for one in clips()))[1 : 1 + SPEAKERS]
    read = [[one for one in clips() if one["speaker"] == speaker] * 2 for speaker in speakers]
    sounds = [join([one["id"] for one in chosen[:CLIPS]]) for chosen in read]
    texts = [" ".join(one["text"] for one in chosen[:CLIPS]) for chosen in read]
    files = [encode(sound) for sound in sounds]
    seconds = sum(map(len, sounds)) / 16_000
    listener = Listener.load(ModelSettings())
    listener.listen(encode(sounds[0][:32_000]), language="en")
    heard: list[Heard] = []
    cpu, wall = _time(lambda: heard.extend(listener.listen(file, language="en") for file in files))
    resident = psutil.Process().memory_info().rss / 1e6
    alone = WhisperModel(str(packaged_whisper(WHISPER)), device="cpu", compute_type="int8", cpu_threads=cores())

    def transcribe_alone() -> None:
        for file in files:
            segments, _ = alone.transcribe(
                io.BytesIO(file),
                language="en",
                beam_size=BEAM,
                temperature=0.0,
                repetition_penalty=REPETITION_PENALTY,
                condition_on_previous_text=False,
                word_timestamps=True,
                vad_filter=True,
                vad_parameters={
                    "min_silence_duration_ms": int(CLOSED_S * 1000),
                    "speech_pad_ms": int(MARGIN_S * 1000),
                },
            )
            list(segments)

    peer_cpu, peer_wall = _time(transcribe_alone)
    wrong = rate_of(count(one.transcript, text) for one, text in zip(heard, texts, strict=True))
    return ListeningSpeed(cpu / seconds, wall / seconds, peer_cpu / seconds, peer_wall / seconds, resident, wrong)


def _time(act: Callable[[], object]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), _cpu()
    act()
    return _cpu() - cpu, time.perf_counter() - began


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
