"""What a reviewer hears and reads of a spoken answer."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from sqlmodel import select

from bot import recordings
from core.clock import hands_restored, now, turn_forward
from core.tables import (
    Answer,
    AuditEntry,
    Candidate,
    EnvironmentRecord,
    Interview,
    Position,
    Question,
    Recording,
    Report,
    new_id,
)
from scoring.heard import Delivery, Heard, Quality, Word
from scoring.spoken import SpokenDelivery
from tests.bot.console.house import House
from tests.builders import scored_interview
from tests.fakes.fixed_listener import fixed_probe

SOUND = bytes(range(256)) * 10_000  # 2.56 MB, three pieces
HEARD_AS = "刚到宁波的时候，头两个月一单没凯。"


@pytest.fixture
def spoken(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A scored interview with one spoken answer: its id and the recording's."""
    monkeypatch.setattr(recordings, "probe", lambda data: fixed_probe(b'{"seconds": 31.0}'))
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        finished, interview.finished_at = interview.finished_at, None
    recordings.receive_recording(house.services, interview_id, new_id(), SOUND, "web")
    with house.services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        interview.finished_at = finished
        key = house.services.key_of(session, interview)
        recording = session.exec(select(Recording)).one()
        answer = session.exec(
            select(Answer).join(Question).where(Question.source == "resilience_s1")  # type: ignore[arg-type]
        ).one()
        words = (Word("刚到宁波的时候，", 0, 1, 0.9), Word("头两个月一单没凯。", 1, 2, 0.2))
        quality = Quality(14.0, 0.0, 0.8, -20.0, "poor", "noise")
        heard = Heard(HEARD_AS, "zh", words, 31.0, quality, Delivery(), "fixed/1")
        recording.heard_sealed = key.seal(json.dumps(heard.to_json()), "heard")
        recording.corrected_sealed = key.seal(key.open(answer.text_sealed), "transcript")
        recording.question_id = answer.question_id
        recording.verdict, recording.reason, recording.snr_db, recording.transcript_confidence = (
            "poor",
            "noise",
            14,
            0.55,
        )
        recording.settled_at = recording.corrected_at = recording.confirmed_at = now()
        answer.recording_id, answer.transcript_confirmed = recording.id, True
        figures = {"microphone": "ok", "speaker": "skipped", "rtt_ms": 93.0}
        session.add(
            EnvironmentRecord(
                interview_id=interview_id, client_id="check", kind="device_check", figures=figures, noted_at=now()
            )
        )
        report = session.exec(select(Report)).one()
        report.delivery = SpokenDelivery(0.0, None, "not_asked", pace_wpm=180.0, recordings=1).to_json()
        return interview_id, recording.id


def set_policy(house: House, interview_id: str, policy: str) -> None:
    with house.services.database.unit_of_work() as session:
        position = session.get_one(Position, session.get_one(Interview, interview_id).position_id)
        position.profile = {**position.profile, "policy": policy}


async def test_the_page_shows_player_both_versions_and_what_the_room_did(house: House, spoken: tuple[str, str]) -> None:
    interview_id, recording_id = spoken
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{interview_id}")
    assert f'<audio controls preload="none" src="/console/recordings/{recording_id}"' in page.text
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    assert '<u title="识别把握不足">头两个月一单没凯。</u>' in page.text
    text = html.unescape(re.sub(r"<[^>]+>", "", page.text))
    for words in (
        "候选人已修改",
        "噪音较大 · 信噪比 14 dB · 识别把握 55%",
        "面试前设备检查： 麦克风正常，扬声器未检查，网络延迟 93 毫秒。",
        "因环境噪音，第2题内容评分的可信度相应调低。",
        "口头表达未计分：该岗位不考察口头表达。",
        "语速每分钟 180 字（词）。",
    ):
        assert words in text


async def test_json_and_pdf_carry_the_corrections(house: House, spoken: tuple[str, str]) -> None:
    interview_id, _ = spoken
    async with house.visitor("recruiter") as program:
        document = (await program.get(f"/api/interviews/{interview_id}/report", params={"language": "en"})).json()
    assert document["corrections"] == [
        "Because of background noise in question 2, the content was scored with lower confidence."
    ]
    assert document["delivery"]["unscored"] == "not_asked"
    async with house.signed_in("recruiter") as browser:
        pdf = await browser.get(f"/console/interviews/{interview_id}/report.pdf")
    from io import BytesIO

    from pypdf import PdfReader

    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
    assert "因环境噪音，第2题内容评分的可信度相应调低。" in text.replace("\n", "")


async def test_the_sound_comes_in_the_ranges_that_a_player_asks_for(house: House, spoken: tuple[str, str]) -> None:
    path = f"/console/recordings/{spoken[1]}"
    async with house.signed_in("recruiter") as browser:
        whole = await browser.get(path)
        assert (whole.status_code, whole.content) == (200, SOUND)
        assert whole.headers["content-type"] == "audio/ogg"
        assert whole.headers["cache-control"] == "no-store"
        for asked, first, last in (("0-", 0, len(SOUND) - 1), ("999990-1000009", 999_990, 1_000_009), ("-5", -5, -1)):
            part = await browser.get(path, headers={"Range": f"bytes={asked}"})
            first, last = first % len(SOUND), last % len(SOUND)
            assert part.status_code == 206
            assert part.headers["content-range"] == f"bytes {first}-{last}/{len(SOUND)}"
            assert part.content == SOUND[first : last + 1]
        for wrong in ("5000000-", "9-3", "-", "a-b"):
            assert (await browser.get(path, headers={"Range": f"bytes={wrong}"})).status_code == 416


async def test_only_signed_in_reviewers_hear_it(house: House, spoken: tuple[str, str]) -> None:
    path = f"/console/recordings/{spoken[1]}"
    async with house.visitor() as stranger:
        assert (await stranger.get(path)).status_code == 303
    async with house.signed_in("hr") as browser:
        assert (await browser.get(path)).status_code == 403
    async with house.signed_in("admin") as browser:
        assert (await browser.get(path)).status_code == 200
        assert (await browser.get("/console/recordings/unknown")).status_code == 404


async def test_after_erasure_nobody_hears_it(house: House, spoken: tuple[str, str]) -> None:
    with house.services.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    async with house.signed_in("admin") as browser:
        assert (await browser.get(f"/console/recordings/{spoken[1]}")).status_code == 410


async def test_prior_pay_that_the_policy_keeps_from_everybody_is_not_played_either(
    house: House, spoken: tuple[str, str]
) -> None:
    interview_id, recording_id = spoken
    with house.services.database.unit_of_work() as session:
        key = house.services.key_of(session, session.get_one(Interview, interview_id))
        recording = session.get_one(Recording, recording_id)
        recording.corrected_sealed = key.seal("我上一份工作月薪一万二，做了三年销售。", "transcript")
    set_policy(house, interview_id, "strict")
    async with house.signed_in("recruiter") as browser:
        assert (await browser.get(f"/console/recordings/{recording_id}")).status_code == 422
        page = await browser.get(f"/console/interviews/{interview_id}")
    assert "<audio" not in page.text
    assert "按政策不提供播放" in page.text
    assert "月薪一万二" not in page.text


async def test_under_that_policy_a_recording_whose_words_are_not_known_is_not_played(
    house: House, spoken: tuple[str, str]
) -> None:
    interview_id, recording_id = spoken
    set_policy(house, interview_id, "strict")
    with house.services.database.unit_of_work() as session:
        session.get_one(Recording, recording_id).heard_sealed = None
    async with house.signed_in("recruiter") as browser:
        assert (await browser.get(f"/console/recordings/{recording_id}")).status_code == 422
        page = await browser.get(f"/console/interviews/{interview_id}")
        assert "<audio" not in page.text
        set_policy(house, interview_id, "cn")
        assert (await browser.get(f"/console/recordings/{recording_id}")).status_code == 200


async def test_every_listening_is_noted_once_wherever_it_begins(house: House, spoken: tuple[str, str]) -> None:
    path = f"/console/recordings/{spoken[1]}"
    with hands_restored():
        async with house.signed_in("recruiter") as browser:
            for asked in ("1-", "0-", "999990-"):
                await browser.get(path, headers={"Range": f"bytes={asked}"})
        async with house.signed_in("admin") as other:
            await other.get(path)
        turn_forward(timedelta(minutes=11))
        async with house.signed_in("recruiter") as browser:
            await browser.get(path, headers={"Range": "bytes=1-"})
    with house.services.database.reading() as session:
        played = session.exec(select(AuditEntry).where(AuditEntry.action == "recording_played")).all()
    assert [entry.subject for entry in played] == [spoken[1]] * 3
    assert len({entry.actor for entry in played}) == 2
