"""Why a file is no recording that we can hear, in one sentence that says what to do."""

from __future__ import annotations

from typing import Final, Literal

from core.content import Phrase
from core.errors import Refused

RefusalKey = Literal["empty", "truncated", "not_audio", "video", "too_large", "too_long"]

SENTENCES: Final[dict[RefusalKey, Phrase]] = {
    "empty": Phrase(
        zh="录音文件是空的，请重新录一次，或改用文字回答。",
        en="The recording is empty: please record it again, or type your answer.",
    ),
    "truncated": Phrase(
        zh="录音文件不完整或已损坏，请重新录一次，或改用文字回答。",
        en="The recording is incomplete or damaged: please record it again, or type your answer.",
    ),
    "not_audio": Phrase(
        zh="这不是能识别的录音文件，请发送 OGG、WebM、M4A、WAV 或 MP3 格式的录音，或改用文字回答。",
        en="We cannot read this file as a recording. Please send OGG, WebM, M4A, WAV or MP3, or type your answer.",
    ),
    "video": Phrase(
        zh="这是一段视频，请只发送录音，或改用文字回答。",
        en="This is a video: please send sound only, or type your answer.",
    ),
    "too_large": Phrase(
        zh="录音文件超过 20 MB，请录短一些再发送，或改用文字回答。",
        en="The recording is over 20 MB: please make it shorter, or type your answer.",
    ),
    "too_long": Phrase(
        zh="录音超过 10 分钟，请录短一些再发送，或改用文字回答。",
        en="The recording is over 10 minutes: please make it shorter, or type your answer.",
    ),
}


class RecordingRefused(Refused):
    """The bytes are no recording that can be heard. `key` says why; the sentence for the candidate is in SENTENCES."""

    def __init__(self, key: RefusalKey) -> None:
        super().__init__(SENTENCES[key].en)
        self.key: RefusalKey = key
        self.phrase = f"recording_{key}"
