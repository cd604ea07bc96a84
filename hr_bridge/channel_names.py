"""Channels of origin under one name each, however people and files write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from core.content import Phrase

_KNOWN: Final[tuple[tuple[Phrase, tuple[str, ...]], ...]] = (
    (Phrase(zh="内推", en="Referral"), ("内部推荐", "员工推荐", "employee referral", "referrals")),
    (Phrase(zh="招聘网站", en="Job board"), ("招聘网", "job boards", "job site")),
    (Phrase(zh="BOSS直聘", en="BOSS Zhipin"), ("boss", "直聘")),
    (Phrase(zh="智联招聘", en="Zhaopin"), ("智联",)),
    (Phrase(zh="前程无忧", en="51job"), ("51", "前程")),
    (Phrase(zh="猎聘", en="Liepin"), ("猎聘网",)),
    (Phrase(zh="拉勾", en="Lagou"), ("拉勾网", "拉勾招聘")),
    (Phrase(zh="校招", en="Campus"), ("校园招聘", "校园", "campus fair", "campus recruiting")),
    (Phrase(zh="猎头", en="Headhunter"), ("猎头推荐", "headhunters", "search firm")),
    (Phrase(zh="扫码", en="Walk-in"), ("扫码报名", "walk in")),
)


def _plain(text: str) -> str:
    """Without differences of width, case, spaces and hyphens."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", text)).casefold()


_BY_SPELLING: Final[Mapping[str, Phrase]] = {
    _plain(spelling): name for name, others in _KNOWN for spelling in (name.zh, name.en, *others)
}
_BY_NAME: Final[Mapping[str, Phrase]] = {name.zh: name for name, _ in _KNOWN}


def one_name(written: str | None) -> str | None:
    """The name that a channel is counted under: of a known one its Chinese name, else as written but for width and
    spaces around; None where nothing was written."""
    text = " ".join(unicodedata.normalize("NFKC", written or "").split())
    known = _BY_SPELLING.get(_plain(text))
    return known.zh if known else text or None


def title_of_channel(name: str) -> Phrase:
    """What a channel is called on a page."""
    return _BY_NAME.get(name) or Phrase(zh=name, en=name)
