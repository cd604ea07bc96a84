"""Telegram's shapes and ours: a raw update becomes `Received`, a message of the talk becomes `Piece`s.

Texts are sent without any parse mode, so that nothing a candidate or a position writes is ever read as formatting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import telegram
import yaml

from bot.channels.base import Choice, OfferedFile, Piece, Received, ReceivedKind
from dialogue.interview_clock import TIMED_STAGES

UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")
TEXT_UNITS: Final = 4096
"""The longest text of a message, in UTF-16 code units."""
COMMANDS: Final = (
    "repeat", "clarify", "skip", "time_left", "progress", "pause", "resume", "question", "human", "help", "withdraw",
)  # fmt: skip
"""As shown in Telegram's menu: the commands of the dialogue by their own names, but for `question`, which needs words."""
LISTEN: Final = "listen:"
"""Before a question's number: its button asks us to read it aloud and says nothing in the talk."""
PAGE_TEXTS: Final = Path(__file__).parents[1] / "pages" / "chat" / "texts.yml"


def received(update: telegram.Update) -> Received | None:
    """What an update says, or None where it is nothing to us."""
    user = update.effective_user
    language = "en" if user and user.language_code and not user.language_code.startswith("zh") else "zh"
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, language)
    if update.callback_query is not None:
        query = update.callback_query
        shown = query.message
        return Received(
            "button",
            query.from_user.id,
            language,
            button_id=query.data or "",
            callback_id=query.id,
            message_id=shown.message_id if shown else None,
        )
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type != "private":
        return Received("group", message.chat.id, language) if _is_meant_for_us(message) else None
    if update.edited_message is not None:
        return Received("edited", message.chat.id, language)
    return _message(message, language)


def _message(message: telegram.Message, language: str) -> Received:
    chat = message.chat.id
    if message.text is not None:
        return _text(message.text, chat, language)
    recording = message.voice or message.audio
    if recording is not None:
        return Received("recording", chat, language, file=OfferedFile(recording.file_id, recording.file_size, ""))
    if message.document is not None:
        document = message.document
        kind: ReceivedKind = "recording" if (document.mime_type or "").startswith("audio/") else "resume"
        return Received(
            kind, chat, language, file=OfferedFile(document.file_id, document.file_size, document.file_name or "")
        )
    return Received("unsupported", chat, language)


def _text(text: str, chat: int, language: str) -> Received:
    word, rest = [*text.split(maxsplit=1), "", ""][:2]
    name = word[1:].partition("@")[0].lower() if word.startswith("/") else ""
    if name == "start":
        return Received("start", chat, language, text=rest)
    if name in COMMANDS:
        return Received("command", chat, language, command=name, text=rest)
    return Received("text", chat, language, text=text)


def _membership(change: telegram.ChatMemberUpdated, language: str) -> Received | None:
    is_here = change.new_chat_member.status not in (telegram.ChatMember.LEFT, telegram.ChatMember.BANNED)
    if change.chat.type == "private":
        return Received("unblocked" if is_here else "blocked", change.chat.id, language)
    return Received("group", change.chat.id, language) if is_here and change.chat.type != "channel" else None


def _is_meant_for_us(message: telegram.Message) -> bool:
    """In a group only what begins with a command is for a bot; the rest is nobody's business here."""
    return (message.text or "").startswith("/")


def pieces_of(message: Mapping[str, Any], language: str, from_the_web: bool) -> list[Piece]:
    """One message of the talk as Telegram shows it, the buttons under its last piece.

    `message` is as the chat API gives it. `from_the_web`: the candidate is busy on the web page, so this one only
    stands here for later, and the candidate's own words stand with their name.
    """
    text = message["text"]
    if message["from"] == "candidate":
        text = _as_said(words(language)["on_the_web"], text, language)
    elif mark := heading(message, language):
        text = f"{mark}\n\n{text}"
    elif doubts := unsure_words(message):
        text = f"{text}\n\n{words(language)['unsure'].format(words=('、' if language == 'zh' else ', ').join(doubts))}"
    parts = split(text)
    choices = tuple(Choice(button["id"], button["title"]) for button in message["buttons"])
    if message.get("aloud"):
        choices += (Choice(f"{LISTEN}{message['seq']}", words(language)["listen"]),)
    return [
        Piece(part, choices if number == len(parts) else (), silent=from_the_web)
        for number, part in enumerate(parts, 1)
    ]


def digest_of(messages: Sequence[Mapping[str, Any]], language: str) -> Iterator[tuple[int, Piece]]:
    """A stretch of talk that happened elsewhere, as few messages as it takes; with each the last seq that it holds.

    A message longer than Telegram's limit is cut short here: it is the candidate's own, and they know it.
    """
    text, upto, intro = "", 0, words(language)["earlier"]
    for message in messages:
        speaker = words(language)["you" if message["from"] == "candidate" else "we"]
        line = split(_as_said(speaker, message["text"], language), TEXT_UNITS - units(intro) - 2)[0]
        joined = f"{text}\n\n{line}" if text else f"{intro}\n\n{line}"
        if units(joined) > TEXT_UNITS:
            yield upto, Piece(text, silent=True)
            joined = line
        text, upto = joined, message["seq"]
    if text:
        yield upto, Piece(text, silent=True)


def heading(message: Mapping[str, Any], language: str) -> str:
    """What the head of the web page says about a question: its kind, its number, the time left."""
    question = message["question"]
    if not question or question["kind"] not in _page_texts(language)["kinds"]:
        return ""
    kind = _page_texts(language)["kinds"][question["kind"]]
    mark: str = f"{kind} {question['number']}/{question['of']}" if question["number"] else kind
    if question["kind"] in TIMED_STAGES and message["time_left_s"] is not None:
        clock = "{}:{:02d}".format(*divmod(message["time_left_s"], 60))
        mark = f"{mark} · {_page_texts(language)['script']['time_left'].format(time=clock)}"
    return mark


def unsure_words(message: Mapping[str, Any]) -> list[str]:
    """Of a transcript that is laid before the candidate: what the recogniser was not sure of, each word once."""
    transcript = message.get("transcript") or {"words": []}
    bare = [word["text"].strip(" ，。？！,.?!") for word in transcript["words"] if word["unsure"]]
    return list(dict.fromkeys(word for word in bare if word))


def keyboard(choices: Sequence[Choice]) -> telegram.InlineKeyboardMarkup | None:
    """One button a row, so that no title is cut on a narrow phone."""
    rows = [[telegram.InlineKeyboardButton(choice.title, callback_data=choice.id)] for choice in choices]
    return telegram.InlineKeyboardMarkup(rows) if rows else None


def menu(language: str) -> list[telegram.BotCommand]:
    """The commands with what they do."""
    described = words(language)["commands"]
    return [telegram.BotCommand(name, described[name]) for name in COMMANDS]


def sentence(key: str, language: str, **parameters: str) -> str:
    """One of the bot's own sentences."""
    text: str = words(language)["sentences"][key]
    return text.format(**parameters)


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int = TEXT_UNITS) -> list[str]:
    """Pieces of at most `limit` UTF-16 units that together hold every word: cut at a paragraph, else at the end of a
    sentence, else at a space, else anywhere between two characters."""
    pieces = []
    while units(text) > limit:
        fits = _longest_prefix(text, limit)
        for mark in ("\n\n", "\n", "。", ". ", " "):
            cut = fits.rfind(mark)
            if cut > len(fits) // 2:
                fits = fits[: cut + len(mark)]
                break
        pieces.append(fits.rstrip())
        text = text[len(fits) :].lstrip()
    return [*pieces, text] if text or not pieces else pieces


def _longest_prefix(text: str, limit: int) -> str:
    used = 0
    for at, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > limit:
            return text[:at]
    return text


def _as_said(speaker: str, text: str, language: str) -> str:
    return f"{speaker}：{text}" if language == "zh" else f"{speaker}: {text}"


@cache
def words(language: str) -> dict[str, Any]:
    """Everything the bot says of its own in a language."""
    texts: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("telegram_texts.yml").read_text("utf-8"))
    return texts[language]


@cache
def _page_texts(language: str) -> dict[str, Any]:
    texts: dict[str, dict[str, Any]] = yaml.safe_load(PAGE_TEXTS.read_text("utf-8"))
    return texts[language]
