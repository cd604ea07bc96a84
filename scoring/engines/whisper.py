"""Whisper in CTranslate2 through faster-whisper: words with times and confidence, and the states of its encoder."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import opencc
from faster_whisper import WhisperModel
from faster_whisper.transcribe import restore_speech_timestamps

from core.content import Language
from scoring.audio.decoding import Samples
from scoring.audio.kind import RATE
from scoring.engines.voice_activity import Stretch
from scoring.heard import Recognition, Word

BEAM: Final = 5
REPETITION_PENALTY: Final = 1.1
"""Keeps a hesitant speaker from sending the model into a loop, which costs their words and three times the time."""
CLOSED_S: Final = 0.7
MARGIN_S: Final = 0.3
"""Gaps under the first are kept, and as much sound as the second around speech; longer silence is cut out, so that
none is turned into invented words."""
STYLE: Final[dict[Language, str]] = {"zh": "以下是普通话的句子。", "en": ""}
"""A prompt that makes punctuation and simplified characters likely."""
MOST_HOT_WORDS: Final = 40
_POINTS: Final = " 。，,.!！?？、"
_STYLES: Final = frozenset(style.strip(_POINTS) for style in STYLE.values())
_TAIL_S: Final = 0.5
_LONG_STRETCH_S: Final = 0.8
_PLAINLY_ENGLISH: Final = 0.5
_HARDLY_CHINESE: Final = 0.2
_PLAINLY_CHINESE: Final = 0.97
_PERHAPS_CHINESE: Final = 0.1
_LONG_ENOUGH_S: Final = 4.0
_REPEATED: Final = 2.4
"""Text that can be packed so well repeats itself: the model has lost its way."""
_HARDLY_BELIEVED: Final = 0.3
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

_to_simplified: Final = opencc.OpenCC("t2s")


def cores() -> int:
    """Return how many threads to use: what OMP_NUM_THREADS says (0 lets CTranslate2 read it), else one a core, where
    CTranslate2 itself would always take four."""
    return 0 if "OMP_NUM_THREADS" in os.environ else len(os.sched_getaffinity(0))


class _LanguageOfWindow:
    """Stands before CTranslate2's model and decides each window's language: the expected one of our two, unless the
    other is plainly spoken. What was heard of each language is kept in `heard`."""

    def __init__(self, model: Any, expected: Language, seconds: float) -> None:
        self._model = model
        self._expected = expected
        self._seconds = seconds
        self.heard: list[dict[str, float]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def detect_language(self, encoder_output: Any) -> list[list[tuple[str, float]]]:
        found = {token[2:-2]: float(p) for token, p in self._model.detect_language(encoder_output)[0]}
        found["zh"] = found.get("zh", 0.0) + found.pop("yue", 0.0)
        self.heard.append(found)
        chosen = choose_language(found, self._expected, self._seconds)
        return [[(f"<|{chosen}|>", found[chosen])]]


def choose_language(found: Mapping[str, float], expected: Language, seconds: float) -> Language:
    """Return the language to recognise a window in, by the probabilities of all languages and the expected one.

    The model takes short English with a Mandarin accent for Chinese, with up to .97, and never Chinese for English.
    """
    if expected == "zh":
        return "en" if found["en"] > _PLAINLY_ENGLISH and found["zh"] < _HARDLY_CHINESE else "zh"
    return "zh" if found["zh"] > _PLAINLY_CHINESE and seconds >= _LONG_ENOUGH_S else "en"


class WhisperRecogniser:
    """A Whisper model in CTranslate2's format, from a local directory."""

    def __init__(self, folder: Path, name: str, *, device: str = "cpu") -> None:
        self.name = name
        self._whisper = WhisperModel(
            str(folder),
            device=device,
            compute_type="int8" if device == "cpu" else "int8_float16",
            cpu_threads=cores(),
            local_files_only=True,
        )

    def recognise(
        self,
        samples: Samples,
        speech: Sequence[Stretch],
        *,
        language: Language | None,
        hot_words: Sequence[str] = (),
    ) -> Recognition:
        """Recognise the stretches of speech. Where no language is expected and the sound may be either, both are
        tried and the surer words are kept."""
        first = self._transcribe(samples, speech, language or "en", hot_words)
        if language is None and first.words and _PERHAPS_CHINESE < first.languages["zh"] and not _is_chinese(first):
            first = max(first, self._transcribe(samples, speech, "zh", hot_words), key=_confidence)
        missed = passed_over(speech, first.words)
        if not missed:
            return first
        # The model now and then ends a window early; what somebody said must not be lost by that.
        second = self._transcribe(samples, missed, language or ("zh" if _is_chinese(first) else "en"), hot_words)
        words = sorted((*first.words, *second.words), key=lambda word: word.start)
        return Recognition(tuple(words), first.languages)

    def _transcribe(
        self, samples: Samples, speech: Sequence[Stretch], language: Language, hot_words: Sequence[str]
    ) -> Recognition:
        chunks = speech_chunks(speech, len(samples))
        if not chunks:
            return Recognition((), {})
        voice = np.concatenate([samples[chunk["start"] : chunk["end"]] for chunk in chunks])
        whisper = copy.copy(self._whisper)
        seconds = len(voice) / RATE
        whisper.model = windows = _LanguageOfWindow(self._whisper.model, language, seconds)
        prompt = STYLE[language] + ("、" if language == "zh" else ", ").join(hot_words[:MOST_HOT_WORDS])
        segments, _ = whisper.transcribe(
            voice,
            language=language,
            multilingual=True,
            beam_size=BEAM,
            temperature=0.0,
            repetition_penalty=REPETITION_PENALTY,
            condition_on_previous_text=False,
            word_timestamps=True,
            hotwords=prompt or None,
        )
        kept = _without_tail(segments, seconds, hot_words)
        raw = [word for one in restore_speech_timestamps(kept, chunks, RATE) for word in one.words or ()]
        return Recognition(tuple(_words(raw)), _mean(windows.heard))

    def states(self, samples: Samples) -> Samples:
        """Return what the encoder makes of a few seconds of sound, [50 a second, width]; it is not padded."""
        features = self._whisper.feature_extractor(samples, padding=0)
        even = features.shape[1] // 2 * 2
        encoded = self._whisper.encode(np.ascontiguousarray(features[:, :even]))
        states: Samples = np.asarray(encoded, np.float32)[0]
        return states


def speech_chunks(speech: Sequence[Stretch], samples: int) -> list[dict[str, int]]:
    """Return what is handed to the model, as faster-whisper writes it: {"start", "end"} in samples."""
    chunks: list[dict[str, int]] = []
    for stretch in speech:
        start = max(0, int((stretch.start - MARGIN_S) * RATE))
        end = min(samples, int((stretch.end + MARGIN_S) * RATE))
        if chunks and stretch.start - chunks[-1]["end"] / RATE + MARGIN_S < CLOSED_S:
            chunks[-1]["end"] = end
        else:
            chunks.append({"start": start, "end": end})
    return chunks


def passed_over(speech: Sequence[Stretch], words: Sequence[Word]) -> list[Stretch]:
    """Return the longer stretches of speech in which there is no word."""
    return [
        stretch
        for stretch in speech
        if stretch.seconds >= _LONG_STRETCH_S
        and not any(word.end > stretch.start and word.start < stretch.end for word in words)
    ]


def is_echo(text: str, probabilities: Sequence[float], hot_words: Sequence[str]) -> bool:
    """Whether a segment is nothing but hot words that the model hardly believes: its prompt come back from silence."""
    pieces = {piece.strip().casefold() for piece in re.split(f"[{_POINTS.strip()}]", text)} - {""}
    known = {word.strip().casefold() for word in hot_words}
    return bool(pieces) and pieces <= known and sum(probabilities) < _HARDLY_BELIEVED * len(probabilities)


def _without_tail(segments: Iterator[Any], seconds: float, hot_words: Sequence[str]) -> list[Any]:
    """Segments up to the end of the speech. What is left after the last word is no window of its own: it would cost
    as much as half a minute, and the model fills it with its prompt."""
    kept: list[Any] = []
    for segment in segments:
        style = segment.text.strip(_POINTS) in _STYLES
        echo = is_echo(segment.text, [word.probability for word in segment.words or ()], hot_words)
        if not style and not echo and segment.compression_ratio <= _REPEATED:
            kept.append(segment)
        if segment.end > seconds - _TAIL_S:
            break
    return kept


def _is_chinese(recognition: Recognition) -> bool:
    return any(_CHINESE.search(word.text) for word in recognition.words)


def _confidence(recognition: Recognition) -> float:
    words = recognition.words
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def _words(raw: Sequence[Any]) -> Iterator[Word]:
    """Words without their spaces, in simplified characters; a piece without a space before it belongs to the word
    before, as in well-known."""
    text = "".join(word.word for word in raw)
    simplified = _to_simplified.convert(text)
    if len(simplified) != len(text):  # a phrase of another length: then each piece for itself
        simplified = ""
    at = 0
    held: list[tuple[str, float, float, float]] = []
    for word in raw:
        piece = simplified[at : at + len(word.word)] or _to_simplified.convert(word.word)
        at += len(word.word)
        joins = held and not piece.startswith(" ") and not _CHINESE.search(piece) and not _CHINESE.search(held[-1][0])
        if held and not joins:
            yield from _merged(held)
            held = []
        held.append((piece.strip(), float(word.start), float(word.end), float(word.probability)))
    yield from _merged(held)


def _merged(pieces: list[tuple[str, float, float, float]]) -> Iterator[Word]:
    text = "".join(piece[0] for piece in pieces)
    if text:
        yield Word(
            text,
            round(pieces[0][1], 2),
            round(pieces[-1][2], 2),
            round(sum(piece[3] for piece in pieces) / len(pieces), 3),
        )


def _mean(heard: Sequence[dict[str, float]]) -> dict[str, float]:
    names = {name for window in heard for name in window}
    return {name: sum(window.get(name, 0.0) for window in heard) / len(heard) for name in names}
