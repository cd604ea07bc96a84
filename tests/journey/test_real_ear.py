"""A real recording through the real processes, to a transcript that is confirmed."""

from __future__ import annotations

import io
import wave

import av
from sqlmodel import select

from core.settings import ROOT
from core.tables import Recording
from tests.journey.test_kills import ANSWER
from tests.stack import CandidateClient, Stack


def test_the_real_ear_hears_a_real_recording_in_the_talk(stack: Stack) -> None:
    invitation = stack.invite("en", "production_supervisor")
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("opening", ANSWER)
    began = candidate.http.get("/state").json()["left_s"]
    offered = candidate.speak(real_recording(), within_s=180)
    assert offered.get("transcript"), offered["text"]
    assert "".join(word["text"] for word in offered["transcript"]["words"]).strip()
    candidate.press_titled("Confirm")
    assert candidate.open_stage() == "structured"
    assert candidate.http.get("/state").json()["left_s"] >= began - 30
    with stack.services() as services, services.database.reading() as session:
        kept = session.exec(select(Recording).where(Recording.interview_id == invitation.id)).one()
    assert kept.verdict in ("good", "poor")
    assert kept.model is not None
    assert "whisper" in kept.model
    assert kept.duration_s is not None
    assert kept.duration_s > 8


def real_recording() -> bytes:
    """Clips of one reader of the fluency corpus, one after the other, as one WAV file."""
    folder = ROOT / "data" / "speech-fluency" / "clips"
    samples = b""
    for path in sorted(folder.iterdir())[:4]:
        with av.open(str(path)) as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    samples += piece.to_ndarray().tobytes()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples)
    return out.getvalue()
