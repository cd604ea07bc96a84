"""Spoken answers in a real browser, whose microphone plays a real recording, against the real door."""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Route, expect
from sqlmodel import col, select

from bot.recordings import recorded_bytes
from core.clock import now
from core.content import Language
from core.settings import ROOT
from core.tables import Answer, EnvironmentRecord, Interview, Recording, RecordingChunk
from dialogue.recordings import offer_reply
from dialogue.turn import Button, Reply
from scoring.heard import Delivery, Heard, Quality, Word
from tests.bot.gateway.chat_door import Invited, changed, invite, question, say
from tests.journey.chat_house import (
    DESKTOP,
    FOCUSED,
    PHONE,
    WCAG,
    House,
    chromium,
    house_open,
    new_phone,
    opened,
    press_until,
    ready,
)
from tests.stack import CandidateClient, Stack, eventually

FOLDER = ROOT / "data" / "speech-fluency" / "clips"
CLIPS = sorted(FOLDER.glob("01372*.ogg"))
"""Of one speaker, who reads fluently."""
RATE = 48_000
QUESTIONS = {"zh": "请讲一次您说服客户的经历。", "en": "Tell me about a time you persuaded a customer."}
WORDS = {
    "zh": (("我跟客户", 0.9), ("核实", 0.2), ("了", 0.3), ("交期，", 0.9), ("避免了索赔。", 0.8)),
    "en": (("We", 0.9), ("tailored", 0.2), ("the", 0.9), ("pitch", 0.3), ("and won.", 0.9)),
}
KEPT = """() => new Promise(done => {
    const request = indexedDB.open('mianshi-recordings');
    request.onsuccess = () => {
        const database = request.result;
        if (!database.objectStoreNames.contains('chunks')) return done(0);
        const counting = database.transaction('chunks').objectStore('chunks').count();
        counting.onsuccess = () => done(counting.result);
    };
})"""
LIT = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] && data[at] < 100) return true;
    return false;
}"""
NO_RECORDER = "delete window.MediaRecorder"
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.47"


def script(kind: str, before: int) -> list[Reply]:
    return [Reply("status", "收到。")]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fake microphone can play: people reading, one after the other."""
    spoken = np.concatenate([_decoded(clip) for clip in CLIPS[:6]])
    return _wav(tmp_path_factory.mktemp("speech") / "speech.wav", spoken)


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _wav(tmp_path_factory.mktemp("silence") / "silence.wav", np.zeros(10 * RATE, np.int16))


@pytest.fixture(scope="module")
def browser(playwright: Playwright, speech: Path) -> Iterator[Browser]:
    launched = chromium(playwright, *_microphone(speech))
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def silent_browser(playwright: Playwright, silence: Path) -> Iterator[Browser]:
    launched = chromium(playwright, *_microphone(silence))
    yield launched
    launched.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_open(tmp_path, script) as opened_house:
        yield opened_house


@pytest.fixture
def invited(house: House) -> Invited:
    return asked(house, "zh")


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    with new_phone(browser, permissions=["microphone"]) as context:
        yield context


def _microphone(sound: Path) -> list[str]:
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
    ]


def _decoded(clip: Path | io.BytesIO) -> np.ndarray:
    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(clip if isinstance(clip, io.BytesIO) else str(clip)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames])


def _wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def asked(house: House, language: str) -> Invited:
    """A candidate before an open question."""
    invited = invite(house.door, language)
    with changed(house.door, invited.interview_id) as interview:
        interview.consented_at = now()
    say(house.door, invited.interview_id, question(1, QUESTIONS[language]))
    return invited


def record(page: Page, seconds: float) -> None:
    page.locator("#voice-record").click()
    expect(page.locator("#voice-stop")).to_be_visible()
    page.wait_for_timeout(seconds * 1000)


def stop(page: Page) -> None:
    page.locator("#voice-stop").click()
    expect(page.locator("#voice-player")).to_be_visible()


def received(house: House, invited: Invited) -> list[tuple[Recording, bytes]]:
    """The acknowledged recordings with their bytes, opened."""
    with house.door.database.reading() as session:
        key = house.door.services.key_of(session, session.get_one(Interview, invited.interview_id))
        rows = session.exec(select(Recording).where(col(Recording.received_at).is_not(None))).all()
        return [(row, recorded_bytes(session, key, row.id)) for row in rows]


def arrived(page: Page, house: House, invited: Invited) -> tuple[Recording, bytes]:
    """The recording that the page shows as sent, as the server has it."""
    expect(page.locator("deep-chat .by-candidate")).to_contain_text("🎤", timeout=30_000)
    return received(house, invited)[0]


def figures(house: House, kind: str) -> dict[str, object]:
    with house.door.database.reading() as session:
        return session.exec(select(EnvironmentRecord).where(EnvironmentRecord.kind == kind)).one().figures


def offer_transcript(
    house: House, invited: Invited, language: Language, lasts_s: float = 120, client_id: str = "heard"
) -> str:
    """A recording that was heard, and the message that lays its transcript before the candidate."""
    joint = "" if language == "zh" else " "
    words = tuple(Word(text, i, i + 1.0, sure) for i, (text, sure) in enumerate(WORDS[language]))
    transcript = joint.join(word.text for word in words)
    quality = Quality(20.0, 0.0, 0.8, -20.0, "good", None)
    heard = Heard(transcript, language, words, 5.0, quality, Delivery(), "by hand")
    with house.door.database.unit_of_work() as session:
        interview = session.get_one(Interview, invited.interview_id)
        key = house.door.services.key_of(session, interview)
        row = Recording(
            interview_id=interview.id,
            client_id=client_id,
            channel="web",
            begun_at=now(),
            received_at=now(),
            heard_at=now(),
            heard_sealed=key.seal(json.dumps(heard.to_json(), ensure_ascii=False), "heard"),
            offered_at=now(),
            transcript_confidence=0.9,
            correct_until=now() + timedelta(seconds=lasts_s),
        )
        session.add(row)
        session.flush()
        recording_id, reply = row.id, offer_reply(row, key, None, language)
    say(house.door, invited.interview_id, reply)
    return recording_id


def corrected(house: House, invited: Invited, recording_id: str) -> str | None:
    with house.door.database.reading() as session:
        key = house.door.services.key_of(session, session.get_one(Interview, invited.interview_id))
        sealed = session.get_one(Recording, recording_id).corrected_sealed
        return key.open(sealed, "transcript") if sealed else None


def test_an_answer_is_recorded_heard_and_then_sent_whole(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    sent: list[str] = []
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: sent.append(request.url) if "/recordings/" in request.url else None)
    record(page, 1)
    eventually(lambda: page.locator("#voice-level").evaluate(LIT), 5, "the level meter stays dark")
    page.wait_for_timeout(5_500)
    expect(page.locator("#voice-time")).to_have_text(re.compile(r"0:0[67]"))
    assert page.evaluate(KEPT) == 1  # the first 5 seconds are safe while it goes on
    stop(page)
    expect(page.locator("#voice-heading")).to_contain_text("录好了")
    length = page.locator("#voice-player").evaluate("p => p.play().then(() => { p.pause(); return p.duration })")
    assert 6 < length < 10
    assert sent == []  # not before the candidate says so
    page.locator("#voice-send").click()
    _, data = arrived(page, house, invited)
    with house.door.database.reading() as session:
        assert len(session.exec(select(RecordingChunk)).all()) == 2
    sound = _decoded(io.BytesIO(data))
    assert abs(len(sound) / RATE - length) < 0.5
    assert np.abs(sound).max() > 1000
    expect(page.locator("#voice-record")).to_be_visible()
    assert figures(house, "network") | {"rtt_ms": 0, "level_db": 0} == {
        "dropped_packets": 0,
        "disconnects": 0,
        "rtt_ms": 0,
        "level_db": 0,
    }
    eventually(lambda: page.evaluate(KEPT) == 0, 5, "the recording is still in the browser")
    assert complaints == []


def test_a_silent_microphone_is_found_before_anything_is_sent(silent_browser: Browser, house: House) -> None:
    with new_phone(silent_browser, permissions=["microphone"]) as context:
        page = opened(context, house, asked(house, "zh"))
        record(page, 0)
        expect(page.locator("#voice-note")).to_contain_text("还没有听到声音", timeout=10_000)
        expect(page.locator("#voice-level-name")).to_have_text("没有声音")
        stop(page)
        expect(page.locator("#voice-heading")).to_contain_text("没有声音")
        expect(page.locator("#voice-note")).to_contain_text("请检查麦克风是否静音")
        expect(page.locator("#voice-again")).to_have_class("solid")
        page.locator("#voice-delete").click()
        expect(page.locator("#voice-record")).to_be_focused()


def test_a_killed_page_loses_nothing(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    record(page, 5.6)
    eventually(lambda: page.evaluate(KEPT) == 1, 5, "nothing was kept")
    with suppress(Error):
        page.goto("chrome://crash")
    again = opened(phone, house, invited)
    expect(again.locator("#voice-heading")).to_contain_text("还没发送的录音")
    again.locator("#voice-send").click()
    _, data = arrived(again, house, invited)
    assert len(_decoded(io.BytesIO(data))) / RATE > 4.5
    again.reload()
    ready(again)
    expect(again.locator("#voice-record")).to_be_visible()


def test_a_recording_for_an_earlier_question_says_so(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    record(page, 2)
    stop(page)
    say(house.door, invited.interview_id, question(2, "下一题"))
    expect(page.locator("#question")).to_contain_text("2/7")
    page.reload()
    expect(page.locator("#voice-note")).to_contain_text("在前面的问题时录的")
    page.locator("#voice-delete").click()
    expect(page.locator("#voice-record")).to_be_visible()
    eventually(lambda: page.evaluate(KEPT) == 0, 5, "a deleted recording is still there")


def test_a_recording_that_another_tab_is_making_is_not_offered(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    record(page, 5.5)
    other = opened(phone, house, invited)
    expect(other.locator("#voice-record")).to_be_visible()
    other.wait_for_timeout(500)
    expect(other.locator("#voice-player")).to_be_hidden()


def test_pieces_wait_for_the_line_and_the_trouble_is_counted(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    record(page, 6)
    phone.set_offline(True)
    expect(page.locator("#line")).to_contain_text("连接中断")
    stop(page)
    page.locator("#voice-send").click()
    expect(page.locator("#voice-note")).to_contain_text("录音已存在本机")
    phone.set_offline(False)
    _, data = arrived(page, house, invited)
    assert len(_decoded(io.BytesIO(data))) / RATE > 5
    found = figures(house, "network")
    assert found["dropped_packets"] >= 1  # type: ignore[operator]
    assert found["disconnects"] == 1


def test_a_piece_that_got_lost_on_the_way_is_sent_again(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.url.endswith("/chunks/1") and not lost:
            lost.append(route.request.url)
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route("**/chunks/*", lose)
    record(page, 6)
    stop(page)
    page.locator("#voice-send").click()
    _, data = arrived(page, house, invited)
    assert len(lost) == 1
    assert len(_decoded(io.BytesIO(data))) / RATE > 5


def test_an_answer_that_is_not_ours_costs_no_recording(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    page.route("**/finish", lambda route: route.fulfill(status=403, body="<h1>Proxy</h1>"), times=1)
    record(page, 2)
    stop(page)
    page.locator("#voice-send").click()
    expect(page.locator("#voice-note")).to_contain_text("没有发送成功")
    page.locator("#voice-send").click()
    assert len(arrived(page, house, invited)[1]) > 1000


def test_what_a_call_interrupts_is_kept_and_offered(phone: BrowserContext, house: House, invited: Invited) -> None:
    phone.add_init_script(
        "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = async asked => (window.stream = await open(asked))"
    )
    page = opened(phone, house, invited)
    record(page, 2)
    page.evaluate("stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#voice-note")).to_contain_text("录音被打断了")
    expect(page.locator("#voice-player")).to_be_visible()
    page.locator("#voice-send").click()
    assert len(arrived(page, house, invited)[1]) > 1000


def test_a_recording_may_last_ten_minutes_and_then_ends_by_itself(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = phone.new_page()
    page.clock.install()
    page.goto(house.link(invited))
    ready(page)
    record(page, 0)
    expect(page.locator("#voice-level-name")).to_have_text("声音正常")
    page.clock.fast_forward(200_000)
    expect(page.locator("#voice-time")).to_have_text(re.compile("3:2[0-9]"))
    expect(page.locator("#voice-stop")).to_be_visible()
    page.clock.fast_forward(400_000)
    expect(page.locator("#voice-note")).to_contain_text("10 分钟")
    expect(page.locator("#voice-player")).to_be_visible()


def test_a_long_recording_is_not_thrown_away_with_one_press(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    record(page, 5.5)
    drop = page.locator("#voice-drop")
    drop.click()
    expect(drop).to_have_text("确定放弃？")
    expect(page.locator("#voice-stop")).to_be_visible()
    drop.click()
    expect(page.locator("#voice-record")).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate(KEPT) == 0
    page.reload()
    ready(page)
    expect(page.locator("#voice-record")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NotAllowedError", "没有得到麦克风权限"),
        ("NotFoundError", "没有找到麦克风"),
        ("NotReadableError", "麦克风正被占用"),
    ],
)
def test_without_a_microphone_one_sentence_says_what_to_do(
    phone: BrowserContext, house: House, invited: Invited, name: str, sentence: str
) -> None:
    phone.add_init_script(f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{name}'))")
    page = opened(phone, house, invited)
    page.locator("#voice-record").click()
    expect(page.locator("#voice-note")).to_contain_text(sentence)
    expect(page.locator("#voice-note")).to_contain_text("打字")
    expect(page.locator("#voice-record")).to_be_enabled()


def test_a_browser_that_cannot_record_takes_a_file(phone: BrowserContext, house: House, invited: Invited) -> None:
    phone.add_init_script(NO_RECORDER)
    page = opened(phone, house, invited)
    expect(page.locator("#voice-note")).to_contain_text("可以上传一段录音")
    expect(page.locator("#voice-file")).to_have_attribute("capture", "")
    page.set_input_files("#voice-file", CLIPS[0])
    _, data = arrived(page, house, invited)
    assert data == CLIPS[0].read_bytes()
    page.set_input_files("#voice-file", {"name": "声音.ogg", "mimeType": "audio/ogg", "buffer": b""})
    expect(page.locator("#voice-note")).to_contain_text("录音文件是空的")


def test_inside_wechat_one_line_says_how_to_get_out(browser: Browser, house: House, invited: Invited) -> None:
    with new_phone(browser, user_agent=WECHAT) as context:
        context.add_init_script(NO_RECORDER)
        page = opened(context, house, invited)
        expect(page.locator("#voice-note")).to_contain_text("在浏览器打开")
        expect(page.locator("#text-input")).to_be_visible()


def test_the_device_check_is_offered_and_tells_what_it_found(phone: BrowserContext, house: House) -> None:
    invited = invite(house.door)
    say(house.door, invited.interview_id, Reply("notice", "您好。", (Button("开始", "acknowledge"),)))
    page = opened(phone, house, invited)
    expect(page.locator("#voice")).to_be_hidden()
    page.locator("#check-now").click()
    expect(page.locator("#check-microphone .result")).to_have_text("正常", timeout=12_000)
    page.get_by_role("button", name="没听到").click()
    expect(page.locator("#check-speaker")).to_contain_text("请调大音量")
    expect(page.locator("#check-network")).to_contain_text("延迟")
    expect(page.locator("#check-say")).to_contain_text("检测完成")
    eventually(lambda: _has_check(house), 5, "the check was not stored")
    found = figures(house, "device_check")
    assert (found["microphone"], found["speaker"]) == ("ok", "none")
    assert found["kbit_s"] > 0  # type: ignore[operator]
    page.locator("#check-close").click()
    expect(page.locator("#check")).to_be_hidden()


def _has_check(house: House) -> bool:
    with house.door.database.reading() as session:
        return bool(session.exec(select(EnvironmentRecord)).all())


def test_the_device_check_blocks_nothing(phone: BrowserContext, house: House) -> None:
    invited = invite(house.door)
    say(house.door, invited.interview_id, Reply("notice", "您好。", (Button("开始", "acknowledge"),)))
    page = opened(phone, house, invited)
    page.locator("#check-now").click()
    expect(page.locator("#check")).to_be_visible()
    page.get_by_role("button", name="开始").click()
    expect(page.locator("deep-chat .said")).to_have_count(3)
    page.get_by_role("button", name="跳过检测").click()
    expect(page.locator("#check")).to_be_hidden()
    expect(page.locator("#check-offer")).to_be_hidden()
    eventually(lambda: _has_check(house), 5, "that the check was begun was not stored")
    found = figures(house, "device_check")
    assert (found["microphone"], found["speaker"]) == ("skipped", "skipped")


def test_unsure_words_are_marked_and_corrected_once(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    recording_id = offer_transcript(house, invited, "zh")
    expect(page.locator("deep-chat mark")).to_have_text("核实了（不确定）")
    expect(page.locator("deep-chat .transcript-legend")).to_contain_text("可能没听准")
    assert "underline" in page.locator("deep-chat mark").evaluate("m => getComputedStyle(m).textDecorationLine")
    page.reload()
    ready(page)
    expect(page.locator("deep-chat mark")).to_have_text("核实了（不确定）")
    page.get_by_role("button", name="修改").click()
    expect(page.locator("#editor-text")).to_be_focused()
    expect(page.locator("#editor-text")).to_have_value("我跟客户核实了交期，避免了索赔。")
    expect(page.locator("#editor-time")).to_have_text(re.compile("还剩 1:[0-5][0-9]"))
    page.locator("#editor-text").fill("我跟客户核对了交期，避免了索赔。")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("deep-chat .by-candidate")).to_contain_text("核对了交期")
    assert corrected(house, invited, recording_id) == "我跟客户核对了交期，避免了索赔。"
    page.reload()
    ready(page)
    expect(page.get_by_role("button", name="修改")).to_be_disabled()


def test_a_correction_that_is_not_sent_in_time_goes_by_itself(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    recording_id = offer_transcript(house, invited, "zh", lasts_s=8)
    page.get_by_role("button", name="修改").click()
    page.locator("#editor-text").fill("改到一半")
    eventually(lambda: corrected(house, invited, recording_id) == "改到一半", 10, "the correction was lost")
    expect(page.locator("#editor")).to_be_hidden()


def test_a_correction_after_its_time_is_declined_kindly(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    recording_id = offer_transcript(house, invited, "zh")
    expect(page.get_by_role("button", name="修改")).to_be_enabled()
    page.route("**/messages?*", lambda route: route.fulfill(status=429, body="{}"), times=1)
    page.get_by_role("button", name="修改").click()
    expect(page.locator("deep-chat .kind-note")).to_contain_text("请再试一次")  # busy is not too late
    with house.door.database.unit_of_work() as session:
        session.get_one(Recording, recording_id).settled_at = now()
    page.get_by_role("button", name="修改").click()
    expect(page.locator("deep-chat .kind-note").last).to_contain_text("不能再修改")


def test_two_transcripts_stand_open_side_by_side(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    first = offer_transcript(house, invited, "zh", client_id="first")
    second = offer_transcript(house, invited, "zh", client_id="second")
    for recording_id in (first, second):
        expect(page.locator(f"[data-recording='{recording_id}'] [data-act=confirm]")).to_be_enabled()
    page.locator(f"[data-recording='{first}'] [data-act=confirm]").click()
    expect(page.locator(f"[data-recording='{first}'] [data-act=confirm]")).to_be_disabled()
    expect(page.locator(f"[data-recording='{second}'] [data-act=confirm]")).to_be_enabled()
    say(house.door, invited.interview_id, question(2, "下一题"))
    expect(page.locator(f"[data-recording='{second}'] [data-act=confirm]")).to_be_disabled()


def test_not_sending_yet_stops_a_piece_that_is_on_its_way(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    page.route("**/chunks/*", lambda route: None)  # never answered
    record(page, 2)
    stop(page)
    with page.expect_request("**/chunks/0"):
        page.locator("#voice-send").click()
    with page.expect_event("requestfailed") as ended:
        page.locator("#voice-back").click()
    expect(page.locator("#voice-player")).to_be_visible()
    assert ended.value.url.endswith("/chunks/0")
    page.wait_for_timeout(300)
    assert page.locator("#voice-note").inner_text() == ""


def test_a_recorder_that_cannot_begin_lets_the_microphone_go_and_says_what_to_do(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    phone.add_init_script(
        "window.MediaRecorder = class { static isTypeSupported() { return true } "
        "constructor(stream) { window.stream = stream; throw new DOMException('', 'NotSupportedError') } }"
    )
    page = opened(phone, house, invited)
    page.locator("#voice-record").click()
    expect(page.locator("#voice-note")).to_contain_text("现在录不了音")
    assert page.evaluate("stream.getAudioTracks()[0].readyState") == "ended"
    expect(page.locator("#voice-record")).to_be_enabled()


def test_the_keyboard_alone_is_enough_to_answer_by_voice(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    press_until(page, "button", "录音回答")
    page.keyboard.press("Enter")
    expect(page.locator("#voice-stop")).to_be_focused()
    page.wait_for_timeout(2_000)
    page.keyboard.press("Enter")
    expect(page.locator("#voice-send")).to_be_focused()
    page.keyboard.press("Enter")
    arrived(page, house, invited)
    expect(page.locator("#voice-record")).to_be_focused()
    offer_transcript(house, invited, "zh")
    expect(page.get_by_role("button", name="修改")).to_be_enabled()
    press_until(page, "button", "修改", back=True)
    page.keyboard.press("Enter")
    expect(page.locator("#editor-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#editor")).to_be_hidden()
    assert page.evaluate(FOCUSED)[0] != "body"


@pytest.mark.parametrize(("language", "size"), [("zh", PHONE), ("en", DESKTOP)], ids=["zh-phone", "en-desktop"])
def test_axe_finds_no_violation_in_any_part(
    browser: Browser, house: House, language: Language, size: dict[str, int]
) -> None:
    invited = asked(house, language)
    context = browser.new_context(viewport=size, permissions=["microphone"])  # type: ignore[arg-type]
    page = opened(context, house, invited)

    def check() -> None:
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        bottoms = page.locator(".panel:visible").evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
        assert all(bottom <= size["height"] + 1 for bottom in bottoms)

    check()
    record(page, 1)
    check()
    stop(page)
    check()
    page.locator("#voice-delete").click()
    page.locator("#voice-check").click()
    expect(page.locator("#check")).to_be_visible()
    check()
    page.locator("#check-close").click()
    offer_transcript(house, invited, language)
    page.locator("[data-act=correct]").click()
    expect(page.locator("#editor")).to_be_visible()
    check()
    context.close()


def test_recording_again_is_one_step_from_the_transcript(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    offer_transcript(house, invited, "zh")
    page.get_by_role("button", name="重录").click()
    expect(page.locator("#voice-record")).to_be_focused()
    expect(page.locator("deep-chat .by-candidate")).to_contain_text("重录")


@pytest.mark.parametrize(("asked_for", "animation"), [("reduce", "none"), ("no-preference", "breathe")])
def test_the_dot_stands_still_for_those_who_asked_for_stillness(
    browser: Browser, house: House, invited: Invited, asked_for: str, animation: str
) -> None:
    with new_phone(browser, permissions=["microphone"], reduced_motion=asked_for) as context:
        page = opened(context, house, invited)
        record(page, 0.5)
        assert page.locator(".dot").evaluate("dot => getComputedStyle(dot).animationName") == animation


def test_an_answer_goes_by_voice_through_the_whole_product(browser: Browser, stack: Stack) -> None:
    invitation = stack.invite("en")
    CandidateClient(stack.base, invitation.url.rsplit("/", 1)[-1]).go_to("opening", "That is all.")
    with new_phone(browser, permissions=["microphone"]) as context:
        page = context.new_page()
        page.goto(invitation.url)
        ready(page)
        expect(page.locator("#question")).to_contain_text("Introduction")
        record(page, 12)
        stop(page)
        page.locator("#voice-send").click()
        expect(page.locator("deep-chat .by-bot").last).to_contain_text(
            "Turning your recording into text", timeout=20_000
        )
        confirm = page.locator("[data-act=confirm]")
        expect(confirm).to_be_enabled(timeout=90_000)
        heard = page.locator("deep-chat [data-recording]").last.get_attribute("data-heard") or ""
        assert len(heard.split()) >= 8
        read = {json.loads(line)["text"].lower() for line in (FOLDER / "clips.jsonl").read_text("utf-8").splitlines()}
        known = set(re.findall(r"[\w']+", " ".join(read)))
        words = re.findall(r"[\w']+", heard.lower())
        assert sum(word in known for word in words) > len(words) / 2
        confirm.click()
        expect(page.locator("#question")).to_contain_text("Structured question", timeout=60_000)
    with stack.services() as services, services.database.reading() as session:
        spoken = select(Answer).where(Answer.interview_id == invitation.id, col(Answer.recording_id).is_not(None))
        answer = session.exec(spoken).one()
        assert answer.transcript_confirmed is True


def test_where_voice_is_off_the_page_says_nothing_of_it(phone: BrowserContext, house: House) -> None:
    invited = invite(house.door)
    say(house.door, invited.interview_id, Reply("notice", "您好。", (Button("开始", "acknowledge"),)))
    page = opened(phone, house, invited)
    expect(page.locator("#check-offer")).to_be_visible()  # so it is offered here where voice is on
    house.door.services.settings.voice.enabled = False
    page.reload()
    ready(page)
    page.wait_for_timeout(500)
    expect(page.locator("#check-offer")).to_be_hidden()
    with changed(house.door, invited.interview_id) as interview:
        interview.consented_at = now()
    say(house.door, invited.interview_id, question(1, QUESTIONS["zh"]))
    expect(page.locator("#question")).to_contain_text("1/7")
    page.wait_for_timeout(500)
    expect(page.locator("#voice")).to_be_hidden()
