"""How good a recording is, from its samples and where speech was found in it.

The thresholds come from real recordings with noise, silence and clipping put into them; docs/model-card-speech.md
shows the figures.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.audio.decoding import Samples
from scoring.audio.kind import RATE
from scoring.engines.voice_activity import HOP, Activity
from scoring.heard import Quality, Reason, Recognition, Verdict

with warnings.catch_warnings():
    # It looks for an ffmpeg binary, which we have no use for, and for a module that Python 3.13 drops.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

SHORTEST_S: Final = 0.5
LEAST_SPEECH_S: Final = 0.3
SILENT_DB: Final = -50.0
"""Below this level a recording without speech is silence, above it is noise."""
NOISY_DB: Final = 8.0
CLIPPED: Final = 0.01
HARDLY_UNDERSTOOD: Final = 0.5
"""Mean word confidence under which poor sound is taken for unusable."""
LONG_ENOUGH_S: Final = 1.0
FOREIGN: Final = 0.03
UNSURE_FOREIGN: Final = 0.75
"""So improbable must our two languages be, and so unsure the words, that speech counts as in another language."""
_FULL_SCALE: Final = 0.985
_MOST_SNR_DB: Final = 60.0
_LEAST_GAP_FRAMES: Final = 6


def as_segment(samples: Samples) -> AudioSegment:
    """Return the sound as a pydub segment, which knows its level."""
    data = np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes()
    return AudioSegment(data=data, sample_width=2, frame_rate=RATE, channels=1)


def judge(samples: Samples, activity: Activity) -> Quality:
    """Measure a recording and say whether it can be used; the language is judged later, from the words."""
    seconds = len(samples) / RATE
    level = max(float(as_segment(samples).dBFS), -99.0) if len(samples) else -99.0
    snr = signal_to_noise(samples, activity)
    clipping = float((np.abs(samples) >= _FULL_SCALE).mean()) if len(samples) else 0.0
    ratio = min(1.0, activity.speech_s / seconds) if seconds else 0.0
    verdict, reason = _verdict(seconds, activity.speech_s, level, snr, clipping)
    return Quality(
        snr_db=None if snr is None else round(snr, 1),
        clipping=round(clipping, 5),
        speech_ratio=round(ratio, 3),
        level_db=round(level, 1),
        verdict=verdict,
        reason=reason,
    )


def _verdict(
    seconds: float, speech_s: float, level_db: float, snr_db: float | None, clipping: float
) -> tuple[Verdict, Reason | None]:
    if seconds < SHORTEST_S:
        return "unusable", "too_short"
    if speech_s < LEAST_SPEECH_S:
        return "unusable", "silence" if level_db < SILENT_DB else "noise"
    if snr_db is not None and snr_db < NOISY_DB:
        return "poor", "noise"
    if clipping >= CLIPPED:
        return "poor", "clipping"
    return "good", None


def judge_speech(quality: Quality, recognised: Recognition, speech_s: float) -> Quality:
    """Return the quality after recognition: what is poor and was hardly understood cannot be used, and neither can
    speech that is plainly in another language."""
    confidence = float(np.mean([word.confidence for word in recognised.words])) if recognised.words else 0.0
    ours = recognised.languages.get("zh", 0.0) + recognised.languages.get("en", 0.0)
    if speech_s >= LONG_ENOUGH_S and ours < FOREIGN and confidence < UNSURE_FOREIGN:
        return replace(quality, verdict="unusable", reason="wrong_language")
    if quality.verdict == "poor" and confidence < HARDLY_UNDERSTOOD:
        return replace(quality, verdict="unusable")
    if not recognised.words:
        return replace(quality, verdict="unusable", reason="noise")
    return quality


def signal_to_noise(samples: Samples, activity: Activity) -> float | None:
    """Return the mean power of speech over the median of the gaps', in dB, the noise taken off the speech; None
    without speech. Where there is hardly a gap, the quietest twentieth of the frames stands in for it. (The mean of
    the gaps would take a word that the detector missed for noise.)"""
    frames = len(activity.probabilities)
    padded = np.pad(samples, (0, max(0, frames * HOP - len(samples))))[: frames * HOP].astype(np.float64)
    power: npt.NDArray[np.float64] = (padded.reshape(frames, HOP) ** 2).mean(1) if frames else np.zeros(0)
    speech = activity.probabilities > 0.5
    if not speech.any():
        return None
    gaps = _away_from(speech)
    noise = float(np.median(power[gaps])) if gaps.sum() >= _LEAST_GAP_FRAMES else float(np.percentile(power, 5))
    loud = float(power[speech].mean())
    if noise <= 0 or loud <= 0:
        return _MOST_SNR_DB if loud > 0 else None
    return float(np.clip(10 * np.log10(max(loud - noise, 1e-3 * noise) / noise), -30.0, _MOST_SNR_DB))


def _away_from(speech: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    # Two frames on each side belong to the word: its breath and its echo.
    wide = np.convolve(speech, np.ones(5), "same") > 0
    return ~wide[: len(speech)]
