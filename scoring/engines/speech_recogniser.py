"""What recognises speech, and the one place that loads it by name.

The embedded default is whisper base from packages; RECOGNISER names another for both languages, RECOGNISER_ZH one for
Chinese interviews. Both are written `[engine:]place`: a local directory, or a name in the hub's cache with its
revision, `owner/name@revision`. Another engine (SenseVoice, Paraformer) is a class with the protocol below and a line
in `_ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from core.content import Language
from core.errors import Rejected
from core.settings import ROOT, ModelSettings
from scoring.audio.decoding import Samples
from scoring.engines import packaged_whisper
from scoring.engines.voice_activity import Stretch
from scoring.engines.whisper import WhisperRecogniser
from scoring.heard import Recognition

WHISPER: Final = ROOT / "models" / "whisper-base"


class RecogniserMissing(Rejected):
    """The recogniser named in the settings is on no disk of ours, and nothing is downloaded at run time."""


class SpeechRecogniser(Protocol):
    """Turns speech into words with times. One object may be used by several threads."""

    @property
    def name(self) -> str:
        """What to call it beside a transcript."""
        ...

    def recognise(
        self,
        samples: Samples,
        speech: Sequence[Stretch],
        *,
        language: Language | None,
        hot_words: Sequence[str] = (),
    ) -> Recognition:
        """Recognise mono sound at 16 kHz, in which `speech` says where somebody speaks. `language` is what is
        expected, None where nothing is. Words carry the times of the whole; Chinese comes in simplified characters,
        and sound without speech gives no words."""
        ...


@dataclass(frozen=True, slots=True)
class RecogniserSource:
    """Which engine, from which directory, and what to call it."""

    engine: str
    name: str
    folder: Path


_ENGINES: Final[Mapping[str, Callable[[RecogniserSource, str], SpeechRecogniser]]] = {
    "whisper": lambda source, device: WhisperRecogniser(source.folder, source.name, device=device),
}


def find_recogniser(settings: ModelSettings, language: Language | None = None) -> RecogniserSource:
    """Return what recognises `language`: the setting's choice, or the packaged default.

    Raises:
        RecogniserMissing: the setting names an unknown engine, or neither a directory nor something in the cache.
    """
    chosen = settings.recogniser_zh if language == "zh" and settings.recogniser_zh else settings.recogniser
    if chosen is None:
        return RecogniserSource("whisper", packaged_whisper.NAME, packaged_whisper.packaged_whisper(WHISPER))
    engine, place = chosen.split(":", 1) if chosen.split(":", 1)[0] in _ENGINES else ("whisper", chosen)
    if Path(place).is_dir():
        return RecogniserSource(engine, Path(place).name, Path(place))
    name, _, revision = place.partition("@")
    if not revision:
        raise RecogniserMissing(f"RECOGNISER is {chosen}: give a directory, or owner/name@revision of the hub's cache")
    return RecogniserSource(engine, place, _cached(name, revision))


def load_recogniser(settings: ModelSettings, language: Language | None = None) -> SpeechRecogniser:
    """Load what recognises `language`, from disk only.

    Raises:
        RecogniserMissing: it is not there or cannot be read.
    """
    source = find_recogniser(settings, language)
    try:
        return _ENGINES[source.engine](source, settings.recogniser_device)
    except (RuntimeError, ValueError, OSError) as error:
        raise RecogniserMissing(
            f"the recogniser {source.name} cannot be loaded: correct RECOGNISER, or unset it to use the packaged one"
        ) from error


def _cached(name: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        raise RecogniserMissing(
            f"the recogniser {name} is not in the hub's cache: fetch it first (`hf download {name} --revision "
            f"{revision}`) or unset RECOGNISER"
        ) from error
