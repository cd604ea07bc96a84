"""How a talk is told: in letters, in the conversation and on the candidate's page. Neither language is a translation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlmodel import Session

from bot.identity import bound_chat, masked
from bot.outreach.letters import Addressee, new_link
from bot.outreach.wording import moment
from bot.services import Services
from core.content import Language
from core.tables import Interview, Talk
from dialogue.notice import language_of

PURPOSE: Final = "talk"
_WAYS: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {"link": "到时打开会议链接：{url}", "phone": "到时招聘人员会打您登记的电话 {phone}，请保持畅通。"},
    "en": {
        "link": "Open this meeting link when it is time: {url}",
        "phone": "The recruiter will call you on {phone}, the number we have on file.",
    },
}
_WORDS: Final[Mapping[Language, str]] = {"zh": "招聘人员留言：{words}", "en": "A word from the recruiter: {words}"}
_SAID: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {
        "talk": "已约好：{start}和招聘人员聊十分钟，不计入评分。",
        "talk_moved": "和招聘人员的沟通有变动，现在定在{start}，大约十分钟。",
        "talk_off": "原定{start}和招聘人员的沟通已取消。",
        "reminder": "提醒：您约了{start}和招聘人员聊十分钟。",
    },
    "en": {
        "talk": "Booked: ten minutes with the recruiter on {start}. It is not scored.",
        "talk_moved": "Your talk with the recruiter has changed. It is now on {start}, for about ten minutes.",
        "talk_off": "Your talk with the recruiter on {start} has been cancelled.",
        "reminder": "A reminder: your ten minutes with the recruiter are on {start}.",
    },
}
_ON_THE_WEB: Final[Mapping[Language, str]] = {
    "zh": "要改时间或取消，请打开这个网页：{url}\n打开后获取验证码，验证码会发到这个对话里。",
    "en": "To change or cancel it: {url}\nAsk for a code there and it arrives in this chat.",
}
TALK_OFFERED: Final[Mapping[Language, str]] = {
    "zh": "可以。面试结束后，您可以约招聘人员聊十分钟，不计入评分，到时会告诉您在哪里选时间。",
    "en": "Yes. After the interview you can book ten minutes with the recruiter, which are not scored; you will be told then where to choose a time.",
}
_AFTER_THE_END: Final[Mapping[Language, str]] = {
    "zh": "如果想直接和招聘人员聊聊，可以约十分钟的沟通，不计入评分。请在「查看进展、反馈和我的数据」里选时间。",
    "en": "If you would like to speak with the recruiter, you can book ten minutes. It is not scored. Choose a time under “See how it stands, your feedback and your data”.",
}
_AFTER_THE_END_IN_TELEGRAM: Final[Mapping[Language, str]] = {
    "zh": "如果想直接和招聘人员聊聊，可以约十分钟的沟通，不计入评分。请打开这个网页选时间：{url}\n打开后获取验证码，验证码会发到这个对话里。",
    "en": "If you would like to speak with the recruiter, you can book ten minutes. It is not scored. Choose a time here: {url}\nAsk for a code there and it arrives in this chat.",
}


def way_line(talk: Talk, to: Addressee, language: Language) -> str:
    """Where the talk is held; of the phone number, what its owner knows it by."""
    return _WAYS[language][talk.way].format(url=talk.meeting_url, phone=masked(to.phone or ""))


def words_line(talk: Talk, to: Addressee, language: Language) -> str:
    """What the recruiter added; empty where they added nothing."""
    if talk.words_sealed is None:
        return ""
    return _WORDS[language].format(words=to.key.open(talk.words_sealed, PURPOSE))


def said_in_chat(
    services: Services, session: Session, interview: Interview, talk: Talk, to: Addressee, kind: str
) -> str:
    """What the conversation says: `talk`, `talk_moved`, `talk_off` or `reminder`."""
    language = language_of(interview)
    lines = [_SAID[language][kind].format(start=moment(talk.starts_at, to.zone, language))]
    if kind != "talk_off":
        lines.append(way_line(talk, to, language))
    if kind != "reminder" and (words := words_line(talk, to, language)):
        lines.append(words)
    if bound_chat(session, interview.id) is not None:  # there is no page beside a Telegram chat
        lines.append(_ON_THE_WEB[language].format(url=f"{new_link(services, session, interview.id)}/status"))
    return "\n".join(lines)


def offer_in_chat(services: Services, session: Session, interview: Interview) -> str:
    """What the goodbye adds where a talk can be booked."""
    language = language_of(interview)
    if bound_chat(session, interview.id) is None:
        return _AFTER_THE_END[language]
    url = f"{new_link(services, session, interview.id)}/status"
    return _AFTER_THE_END_IN_TELEGRAM[language].format(url=url)
