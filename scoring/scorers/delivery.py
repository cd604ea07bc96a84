"""How an answer was spoken: fluency, prosody, pace, pauses, intelligibility. Never what somebody felt.

A recording is scored phrase by phrase, and the phrases' scores are averaged by how long they sound, so that a long
answer is judged as a short one is. The head was trained on sentences of about four seconds, rated by five experts.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from threadpoolctl import ThreadpoolController

from core.content import Language
from core.errors import Rejected
from scoring.audio.decoding import Samples
from scoring.audio.kind import RATE
from scoring.engines.embedder import digest
from scoring.engines.rating_head import HEADS
from scoring.engines.voice_activity import HOP, Activity, Stretch
from scoring.heard import Delivery, Word
from scoring.scorers.delivery_features import Features, SoundEncoder, phrase_features, pool_states

HEAD: Final = HEADS / "delivery-head.safetensors"
PARTS: Final = ("fluency", "prosody")
HAND_SHARE: Final = 0.2
WHOLE_S: Final = 10.0
"""Up to here a recording is one phrase."""
PHRASE_S: Final = 5.0
"""A phrase ends at the first pause after so many seconds."""
MOST_PHRASES: Final = 4
PAUSE_S: Final = 0.2
"""A silence of at least this length counts as a pause."""
LEAST_WORDS: Final = 3
_MARGIN_S: Final = 0.4
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN: Final = re.compile(r"[A-Za-z0-9]+(?:['’.-][A-Za-z0-9]+)*")


class DeliveryHeadMissing(Rejected):
    """There is no trained head for delivery."""


class DeliveryHead:
    """Support vector regressions on the 23 features and on the pooled states, averaged."""

    def __init__(self, path: Path = HEAD) -> None:
        if not path.exists():
            raise DeliveryHeadMissing(f"{path.name} is missing in scoring/heads: run `make train-delivery AUDIO=…`")
        with safe_open(str(path), framework="numpy") as file:
            self.meta: dict[str, Any] = json.loads((file.metadata() or {})["mianshi"])
            self._arrays: dict[str, npt.NDArray[np.float64]] = {
                name: file.get_tensor(name).astype(np.float64) for name in file.keys()
            }
        self.name = f"{path.stem}@{digest(path)}"

    def rate(self, hand: Features, states: Features) -> Features:
        """Return fluency and prosody of one phrase, 0-100."""
        a = self._arrays
        x = (hand - a["hand_center"]) / a["hand_scale"]
        z = ((states - a["state_center"]) / a["state_scale"]) @ a["state_axes"]
        return blend(_kernel(x, a, "hand"), _kernel(z, a, "state")) * 10


def blend(hand: Features, states: Features) -> Features:
    """Return both machines' ratings [..., 2], averaged by weights that cross-validation set."""
    return np.asarray(HAND_SHARE * hand + (1 - HAND_SHARE) * states)


def _kernel(x: Features, a: dict[str, npt.NDArray[np.float64]], name: str) -> Features:
    distances = ((a[f"{name}_support"] - x) ** 2).sum(1)
    return np.asarray(np.exp(-float(a[f"{name}_gamma"]) * distances) @ a[f"{name}_dual"] + a[f"{name}_intercept"])


class DeliveryScorer:
    """Scores recordings with a trained head."""

    def __init__(self, encoder: SoundEncoder, head: DeliveryHead) -> None:
        self._encoder = encoder
        self._head = head
        self.name = head.name
        self._pools = ThreadpoolController()
        self._one_at_a_time = threading.Lock()

    def score(self, samples: Samples, activity: Activity, words: Sequence[Word], language: Language | None) -> Delivery:
        """Score one recording; in Chinese, and in neither language, only pace and pauses."""
        if not words:
            return Delivery()
        pace, pauses = pace_of(words), pause_ratio_of(activity)
        if language != "en" or len(words) < LEAST_WORDS:
            return Delivery(pace_wpm=pace, pause_ratio=pauses)
        # A phrase is so little work that the pools of torch and numpy would spend more time waiting for each other
        # than computing. The limit is the process's, so that two who set it and take it back must not overlap.
        with self._one_at_a_time, self._pools.limit(limits=1):
            fluency, prosody = self._rate(samples, activity)
        return Delivery(fluency, prosody, pace, pauses, intelligibility_of(words))

    def _rate(self, samples: Samples, activity: Activity) -> tuple[float, float]:
        rated, weights = [], []
        phrases = phrases_of(activity, len(samples) / RATE)
        step_s = 1.5 if len(phrases) == 1 else 3.0
        for phrase in spread(phrases):
            sound, inside = cut(samples, activity, phrase)
            states = pool_states(self._encoder, sound, inside, step_s=step_s)
            rated.append(self._head.rate(phrase_features(sound, inside), states))
            weights.append(inside.speech_s + 1e-3)
        fluency, prosody = np.clip(np.average(rated, axis=0, weights=weights), 0, 100)
        return round(float(fluency), 1), round(float(prosody), 1)


def phrases_of(activity: Activity, seconds: float) -> list[Stretch]:
    """Return the stretches that are scored each for itself: all of a short recording, else what lies between pauses."""
    if seconds <= WHOLE_S or not activity.stretches:
        return [Stretch(0.0, seconds)]
    groups: list[list[Stretch]] = [[]]
    for stretch in activity.stretches:
        group = groups[-1]
        if group and group[-1].end - group[0].start >= PHRASE_S and stretch.start - group[-1].end >= PAUSE_S:
            group = []
            groups.append(group)
        group.append(stretch)
    if len(groups) > 1 and groups[-1][-1].end - groups[-1][0].start < PHRASE_S / 2:
        groups[-2:] = [groups[-2] + groups[-1]]
    edges = [0.0, *((a[-1].end + b[0].start) / 2 for a, b in itertools.pairwise(groups)), seconds]
    return [
        Stretch(max(edges[i], group[0].start - _MARGIN_S), min(edges[i + 1], group[-1].end + _MARGIN_S))
        for i, group in enumerate(groups)
    ]


def spread(phrases: list[Stretch]) -> list[Stretch]:
    """Return at most MOST_PHRASES, the first, the last and what lies evenly between: enough to rate a long answer by,
    at a cost that does not grow with it."""
    if len(phrases) <= MOST_PHRASES:
        return phrases
    return [phrases[i] for i in np.linspace(0, len(phrases) - 1, MOST_PHRASES).round().astype(int)]


def cut(samples: Samples, activity: Activity, phrase: Stretch) -> tuple[Samples, Activity]:
    """Return a phrase's sound, from one frame of the detector to another, and the speech in it."""
    first, last = int(phrase.start * RATE) // HOP, -(-int(phrase.end * RATE) // HOP)
    offset = first * HOP / RATE
    inside = tuple(
        Stretch(max(s.start, offset) - offset, min(s.end, last * HOP / RATE) - offset)
        for s in activity.stretches
        if s.end > phrase.start and s.start < phrase.end
    )
    return samples[first * HOP : last * HOP], Activity(activity.probabilities[first:last], inside)


def pace_of(words: Sequence[Word]) -> float | None:
    """Return words a minute from the first to the last, pauses included; a Chinese character counts as a word."""
    span = words[-1].end - words[0].start
    count = sum(len(_CHINESE.findall(word.text)) + len(_LATIN.findall(_CHINESE.sub(" ", word.text))) for word in words)
    return round(count / span * 60, 1) if count >= LEAST_WORDS and span >= 0.5 else None


def pause_ratio_of(activity: Activity) -> float | None:
    """Return the share of silences of at least PAUSE_S between the first and the last speech."""
    if not activity.stretches:
        return None
    stretches = activity.stretches
    span = stretches[-1].end - stretches[0].start
    gaps = [after.start - before.end for before, after in itertools.pairwise(stretches)]
    return round(sum(gap for gap in gaps if gap >= PAUSE_S) / span, 3) if span > 0 else None


def intelligibility_of(words: Sequence[Word]) -> float:
    """Return how surely the recogniser knew the words, 0-100: the mean of their confidences, by letters."""
    letters = [len(word.text) for word in words]
    return round(100 * float(np.average([word.confidence for word in words], weights=letters)), 1)
