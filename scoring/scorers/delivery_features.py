"""Numbers that say how a phrase was spoken; none measures how long it is.

Pauses, energy, syllable nuclei (after de Jong and Wempe, 2009), F0 by autocorrelation, and the mean over time of what
whisper's encoder makes of the speech.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import torch
from speechbrain.processing.vocal_features import compute_autocorr_features
from speechbrain.utils.importutils import LazyModule

from scoring.audio.decoding import Samples
from scoring.audio.kind import RATE
from scoring.engines.voice_activity import HOP, Activity, Stretch

# speechbrain leaves stand-ins for its moved modules behind, which fail as soon as anybody looks at all modules, as
# inspect and hypothesis do.
for _moved in [name for name, module in sys.modules.items() if isinstance(module, LazyModule)]:
    del sys.modules[_moved]

NAMES: Final = (
    "ratio", "pause_max", "pause_rate", "vadmean", "vadstd", "voiced", "f0_med", "f0_sd", "f0_iqr", "f0_slope",
    "f0_delta", "har_m", "har_sd", "e_sd", "e_rng", "e_delta", "e_mean", "art_rate", "sp_rate", "iv_m", "iv_sd",
    "iv_max", "npvi",
)  # fmt: skip
"""The 23 features in this order: share of speech; longest pause, s; pauses a second; probability of speech, mean and
spread; share of voiced frames; F0 in octaves: median, spread, range, trend, mean step; harmonicity, mean and spread;
level in dB: spread, range, mean step, mean; nuclei a second of speech and of all; intervals between nuclei, s: mean,
spread, longest, and how much neighbours differ (nPVI)."""

Features = npt.NDArray[np.float64]

_F0_LOW_HZ, _F0_HIGH_HZ = 75, 450
_VOICED: Final = 0.6
_STATE_SAMPLES: Final = RATE // 50
_LEAST_STATES: Final = 5
_WINDOW: Final = 3 * RATE


class SoundEncoder(Protocol):
    """Turns a few seconds of sound into states, 50 a second: [n, width]."""

    def states(self, samples: Samples) -> Samples: ...


def phrase_features(samples: Samples, activity: Activity) -> Features:
    """Return the 23 features of one phrase, in the order of NAMES."""
    duration = len(samples) / RATE
    stretches: Sequence[Stretch] = activity.stretches or (Stretch(0.0, duration),)
    begin, end = stretches[0].start, stretches[-1].end
    speech = sum(stretch.seconds for stretch in stretches)
    gaps = [after.start - before.end for before, after in itertools.pairwise(stretches)]
    span = end - begin
    first = int(begin * RATE)
    voice = samples[first : max(int(end * RATE), first + RATE // 4)]
    if len(voice) < RATE // 4:
        voice = np.pad(voice, (0, RATE // 4 - len(voice)))
    level = _level(voice)
    nuclei = _nuclei(level)
    found = {
        "ratio": speech / max(span, 0.1),
        "pause_max": max(gaps, default=0.0),
        "pause_rate": len(gaps) / max(span, 0.1),
        "vadmean": float(activity.probabilities.mean()),
        "vadstd": float(activity.probabilities.std()),
        "art_rate": len(nuclei) / max(speech, 0.2),
        "sp_rate": len(nuclei) / max(span, 0.2),
        **_melody(voice),
        **_energy(level),
        **_rhythm(nuclei),
    }
    return np.array([found[name] for name in NAMES])


def pool_states(encoder: SoundEncoder, samples: Samples, activity: Activity, *, step_s: float = 1.5) -> Features:
    """Return the mean encoder state over the speech of one phrase: [width].

    The encoder knows how far into its window a frame stands, and so would tell how long a clip is. It is given windows
    of three seconds, always full, at most `step_s` apart from the first speech to the last; each counts the same.
    """
    spoken = np.flatnonzero(activity.probabilities > 0.5)
    first = int(spoken[0]) * HOP if len(spoken) else 0
    last = (int(spoken[-1]) + 1) * HOP if len(spoken) else len(samples)
    voice = samples[first:last]
    if len(voice) < _WINDOW:
        voice = np.pad(voice, (0, _WINDOW - len(voice)))
    count = -(-(len(voice) - _WINDOW) // int(step_s * RATE)) + 1
    means = []
    for begin in np.linspace(0, len(voice) - _WINDOW, count).astype(int):
        states = encoder.states(voice[begin : begin + _WINDOW])
        at = first + begin + np.arange(len(states)) * _STATE_SAMPLES
        speech = activity.probabilities[np.minimum(at // HOP, len(activity.probabilities) - 1)] > 0.5
        speech &= at < last
        means.append(states[speech].mean(0) if speech.sum() >= _LEAST_STATES else states.mean(0))
    return np.asarray(np.mean(means, axis=0), np.float64)


def _level(samples: Samples) -> Features:
    # dB: 25 ms frames every 10 ms, smoothed.
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (200, 200)), 400)[::160]
    level = 10 * np.log10((frames**2).mean(1) + 1e-9)
    window = np.hanning(9)
    return np.asarray(np.convolve(level, window / window.sum(), "same"), np.float64)


def _nuclei(level: Features) -> list[int]:
    # Peaks of energy with a dip of at least 2 dB on both sides, as frame numbers.
    floor = np.percentile(level, 98) - 25
    nuclei: list[int] = []
    for i in range(1, len(level) - 1):
        if not (level[i] > level[i - 1] and level[i] >= level[i + 1] and level[i] > floor):
            continue
        if not nuclei:
            nuclei.append(i)
            continue
        dip = level[nuclei[-1] : i + 1].min()
        if dip < level[i] - 2 and dip < level[nuclei[-1]] - 2:
            nuclei.append(i)
        elif level[i] > level[nuclei[-1]]:
            nuclei[-1] = i
    return nuclei


def _melody(samples: Samples) -> dict[str, float]:
    with torch.inference_mode():
        frames = torch.from_numpy(samples.copy())[None].unfold(-1, int(RATE * 0.04), int(RATE * 0.01))
        harmonicities, lags = compute_autocorr_features(frames, RATE // _F0_HIGH_HZ, RATE // _F0_LOW_HZ)
    # speechbrain 1.1.2 answers in samples of lag, not in Hz.
    harmonicity, f0 = harmonicities[0].numpy(), RATE / np.maximum(lags[0].numpy(), 1)
    voiced = harmonicity > _VOICED
    octaves = np.log2(f0[voiced] + 1e-9) if voiced.sum() > 5 else np.array([7.0, 7.0])
    low, high = np.percentile(octaves, [10, 90])
    return {
        "voiced": float(voiced.mean()),
        "f0_med": float(np.median(octaves)),
        "f0_sd": float(octaves.std()),
        "f0_iqr": float(high - low),
        "f0_slope": float(np.polyfit(np.linspace(0, 1, len(octaves)), octaves, 1)[0]),
        "f0_delta": float(np.abs(np.diff(octaves)).clip(0, 0.5).mean()) if len(octaves) > 2 else 0.0,
        "har_m": float(harmonicity[voiced].mean()) if voiced.any() else 0.0,
        "har_sd": float(harmonicity.std()),
    }


def _energy(level: Features) -> dict[str, float]:
    low, high = np.percentile(level, [5, 95])
    return {
        "e_sd": float(level.std()),
        "e_rng": float(high - low),
        "e_delta": float(np.abs(np.diff(level)).mean()),
        "e_mean": float(level.mean()),
    }


def _rhythm(nuclei: list[int]) -> dict[str, float]:
    intervals = np.diff(nuclei) / 100 if len(nuclei) > 2 else np.array([0.3, 0.3])
    return {
        "iv_m": float(intervals.mean()),
        "iv_sd": float(intervals.std()),
        "iv_max": float(intervals.max()),
        "npvi": float(np.mean(2 * np.abs(np.diff(intervals)) / (intervals[1:] + intervals[:-1]))),
    }
