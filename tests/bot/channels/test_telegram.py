"""Between Telegram's shapes and ours, without a network."""

from __future__ import annotations

from typing import Any

import pytest
import telegram
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import (
    COMMANDS,
    TEXT_UNITS,
    digest_of,
    heading,
    keyboard,
    menu,
    pieces_of,
    received,
    sentence,
    split,
    units,
    words,
)

CHAT = {"id": 7, "type": "private", "first_name": "U"}


def update(language: str | None = "zh-hans", **content: Any) -> telegram.Update:
    sender = {"id": 7, "is_bot": False, "first_name": "U", **({"language_code": language} if language else {})}
    message = {"message_id": 1, "date": 1, "chat": CHAT, "from": sender, **content}
    return telegram.Update.de_json({"update_id": 1, "message": message}, None)


def message(text: str, **more: Any) -> dict[str, Any]:
    return {"seq": 1, "from": "bot", "kind": "status", "text": text, "buttons": [], "time_left_s": 1052, "question": None, **more}  # fmt: skip


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=9000))
def test_split_keeps_every_character_but_blanks_at_the_cuts(text: str) -> None:
    parts = split(text, 100)
    assert all(units(part) <= 100 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_split_cuts_where_a_reader_would() -> None:
    first, second = split("一" * 3000 + "。\n\n" + "二" * 2000)
    assert (first, second) == ("一" * 3000 + "。", "二" * 2000)
    assert split("短") == ["短"]
    assert [units(part) for part in split("😀" * 3000)] == [TEXT_UNITS, 6000 - TEXT_UNITS]


@pytest.mark.parametrize(
    ("text", "kind", "command", "rest"),
    [
        ("/start abc_DEF-1", "start", "", "abc_DEF-1"),
        ("/start", "start", "", ""),
        ("/repeat@mianshi_bot", "command", "repeat", ""),
        ("/question 要倒班吗？\n几点？", "command", "question", "要倒班吗？\n几点？"),
        ("/answer{}", "text", "", "/answer{}"),
        ("  我的回答 ", "text", "", "  我的回答 "),
    ],
)
def test_a_text_is_a_start_a_command_of_ours_or_words(text: str, kind: str, command: str, rest: str) -> None:
    said = received(update(text=text))
    assert said is not None
    assert (said.kind, said.command, said.text) == (kind, command, rest)


def test_an_audio_file_is_a_recording_whatever_it_is_sent_as() -> None:
    file = {"file_id": "f", "file_unique_id": "f", "file_size": 9}
    sent = ({"voice": {**file, "duration": 1}}, {"audio": {**file, "duration": 1}}, {"document": {**file, "mime_type": "audio/mpeg"}})  # fmt: skip
    assert [said.kind for one in sent if (said := received(update(**one)))] == ["recording"] * 3
    said = received(update(document={**file, "file_name": "cv.pdf", "mime_type": "application/pdf"}))
    assert said is not None
    assert said.file is not None
    assert (said.kind, said.file.name, said.file.size) == ("resume", "cv.pdf", 9)


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
        {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "U"}},
        {"video_note": {"file_id": "v", "file_unique_id": "v", "length": 1, "duration": 1}},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_known_as_such(content: dict[str, Any]) -> None:
    said = received(update(**content))
    assert said is not None
    assert said.kind == "unsupported"


@pytest.mark.parametrize(
    ("code", "language"), [("zh-hans", "zh"), ("zh", "zh"), (None, "zh"), ("en", "en"), ("de", "en")]
)
def test_an_account_without_an_interview_is_spoken_to_in_its_language(code: str | None, language: str) -> None:
    said = received(update(code, text="hi"))
    assert said is not None
    assert said.language == language


def test_a_question_has_its_head_and_other_messages_have_none() -> None:
    structured = message("请讲一件事。", question={"kind": "structured", "number": 2, "of": 5})
    assert heading(structured, "zh") == "结构化问题 2/5 · 剩余 17:32"
    assert heading(structured, "en") == "Structured question 2/5 · 17:32 left"
    assert heading(message("几年？", question={"kind": "background", "number": None, "of": 5}), "zh") == "基本情况"
    assert pieces_of(message("好的。"), "zh", from_the_web=False)[0].text == "好的。"


def test_words_that_were_not_heard_well_are_named() -> None:
    transcript = {"words": [{"text": "我们", "unsure": False}, {"text": "注塑，", "unsure": True}, {"text": "注塑", "unsure": True}]}  # fmt: skip
    shown = pieces_of(message("这是您刚才说的：\n\n我们注塑，注塑", transcript=transcript), "zh", from_the_web=False)
    assert shown[0].text.endswith("\n\n没听准的词：注塑")


def test_a_digest_holds_every_message_and_says_how_far_it_goes() -> None:
    talk = [{**message("字" * 700), "seq": seq, "from": ("bot", "candidate")[seq % 2]} for seq in range(1, 20)]
    parts = list(digest_of(talk, "zh"))
    assert [seq for seq, _ in parts][-1] == 19
    assert sum(piece.text.count("字" * 700) for _, piece in parts) == 19
    assert all(units(piece.text) <= TEXT_UNITS for _, piece in parts)
    assert parts[0][1].text.startswith("（之前的对话）\n\n您：字")


def test_both_languages_say_the_same_things() -> None:
    assert words("zh").keys() == words("en").keys()
    assert words("zh")["sentences"].keys() == words("en")["sentences"].keys()
    assert tuple(words("zh")["commands"]) == tuple(words("en")["commands"]) == COMMANDS
    for language in ("zh", "en"):
        assert all(1 <= len(command.description) <= 256 for command in menu(language))
        assert "{" not in sentence("code_sent", language, contact="138****1234")
    assert keyboard(()) is None
