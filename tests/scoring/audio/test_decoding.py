from __future__ import annotations

import numpy as np
import pytest

from core.errors import Refused
from scoring.audio.decoding import decode, probe
from scoring.audio.kind import MAX_BYTES, RATE
from scoring.audio.refusals import SENTENCES, RecordingRefused
from tests.recordings import FORMATS, clip, clip_bytes, clips, encode, video

SPEECH = clips()[0]["id"]


def refusal(data: bytes) -> str:
    with pytest.raises(RecordingRefused) as probed:
        probe(data)
    with pytest.raises(RecordingRefused) as decoded:
        decode(data)
    assert probed.value.key == decoded.value.key
    return decoded.value.key


@pytest.mark.parametrize("name", FORMATS)
def test_a_real_recording_sounds_the_same_through_every_format(name: str) -> None:
    spoken = clip(SPEECH)
    data = encode(spoken, name)

    seen, heard = probe(data), decode(data)

    assert seen.kind == FORMATS[name][0]
    assert seen.duration_s == pytest.approx(len(spoken) / RATE, abs=0.15)
    assert len(heard) == pytest.approx(len(spoken), abs=0.15 * RATE)
    assert _alike(spoken, heard) > 0.9


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    # Encoders delay the sound by some milliseconds: loudness over time is what has to agree.
    envelopes = [np.sqrt((x[: len(x) // 800 * 800].reshape(-1, 800) ** 2).mean(1)) for x in (one, other)]
    n = min(map(len, envelopes))
    return max(float(np.corrcoef(envelopes[0][: n - 3], envelopes[1][d : n - 3 + d])[0, 1]) for d in range(3))


def test_eight_channels_become_one() -> None:
    spoken = clip(SPEECH)

    heard = decode(encode(spoken, "wav", channels=8))

    assert len(heard) == pytest.approx(len(spoken), abs=RATE // 10)
    assert _alike(spoken, heard) > 0.95


@pytest.mark.parametrize("name", ["ogg", "webm", "mp4", "fragmented mp4", "wav", "mp3"])
def test_a_file_cut_in_half_is_refused_whole(name: str) -> None:
    data = encode(clip(SPEECH), name)

    assert refusal(data[: len(data) // 2]) == "truncated"


def test_a_browser_recording_that_was_cut_off_is_heard_as_far_as_it_goes() -> None:
    data = encode(clip(SPEECH), "live webm")

    assert 0.3 < probe(data[: len(data) * 2 // 3]).duration_s < probe(data).duration_s


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (b"The dog ate my recording. " * 99, "not_audio"),
        (b"%PDF-1.7\n" + bytes(5000), "not_audio"),
        (b"OggS" + bytes(range(256)) * 20, "truncated"),
        (b"RIFF\x00\x00\x01\x00AVI LIST" + bytes(5000), "video"),
        (b"OggS" + bytes(MAX_BYTES), "too_large"),
    ],
    ids=["nothing", "words", "a PDF", "an Ogg in name alone", "an AVI", "over 20 MB"],
)
def test_what_is_no_recording_is_refused_with_its_reason(data: bytes, key: str) -> None:
    assert refusal(data) == key


def test_a_video_is_told_from_a_recording_by_its_pictures() -> None:
    assert refusal(video()) == "video"


def test_three_hours_are_too_long_though_the_file_is_small() -> None:
    ten_seconds = encode(np.zeros(10 * RATE, np.float32), "mp3")
    three_hours = ten_seconds * 1080

    assert len(three_hours) < MAX_BYTES * 3
    assert refusal(three_hours[:MAX_BYTES]) == "too_long"


def test_a_telegram_voice_note_is_probed_as_such() -> None:
    seen = probe(clip_bytes(SPEECH))

    assert seen.kind == "ogg"
    assert 1 < seen.duration_s < 15


def test_every_refusal_tells_both_readers_what_to_do() -> None:
    for key in SENTENCES:
        refused = RecordingRefused(key)
        assert isinstance(refused, Refused)
        assert SENTENCES[key].zh.endswith("。")
        assert "请" in SENTENCES[key].zh
        assert "please" in str(refused) or "send" in str(refused)
