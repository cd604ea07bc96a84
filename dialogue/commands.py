"""The few words that need no classifier, because the bot has just asked for them; and how a command is named back."""

from __future__ import annotations

import unicodedata

from core.content import Language

_YES = {"是", "是的", "确定", "确认", "对", "对的", "嗯", "好", "好的", "退出", "确定退出", "yes", "y", "yes please", "sure", "ok", "confirm", "yes withdraw", "withdraw"}  # fmt: skip
_NO = {"不", "不是", "不退出", "不了", "否", "算了", "继续", "取消", "不要", "没有", "no", "n", "no thanks", "cancel", "go on", "continue", "no go on"}  # fmt: skip
_NOTHING_MORE = {
    "没有", "没有了", "没了", "无", "暂时没有", "没什么了", "没有问题", "没问题", "没问题了", "没有其他问题了", "没有别的了", "不用了", "没有谢谢", "没有了谢谢",
    "no", "nope", "none", "nothing", "no thanks", "no thank you", "thats all", "no thats all", "no questions", "nothing else", "not really", "im good", "all good",
}  # fmt: skip

_NAMES: dict[str, dict[Language, str]] = {
    "repeat": {"zh": "再念一遍题目", "en": "repeat the question"},
    "clarify": {"zh": "解释一下题目", "en": "explain the question"},
    "skip": {"zh": "跳过这题", "en": "skip this question"},
    "time_left": {"zh": "报一下剩余时间", "en": "tell you the time left"},
    "progress": {"zh": "说说还有几题", "en": "tell you how far we are"},
    "pause": {"zh": "暂停面试", "en": "pause the interview"},
    "resume": {"zh": "继续面试", "en": "go on with the interview"},
    "withdraw": {"zh": "帮您退出面试", "en": "end the interview for you"},
    "human": {"zh": "转人工", "en": "call a person"},
    "company_question": {"zh": "把它转给招聘负责人答复", "en": "pass it on to the recruiter as a question"},
    "help": {"zh": "介绍一下可以怎么用", "en": "explain what you can say"},
}


def asked_to(intent: str, language: Language) -> str:
    """A command as the end of "… or shall I …?"."""
    return _NAMES[intent][language]


def is_yes(text: str) -> bool:
    return _bare(text) in _YES


def is_no(text: str) -> bool:
    return _bare(text) in _NO


def is_nothing_more(text: str) -> bool:
    """ "No, that's all", when the bot asked whether there is anything else."""
    return _bare(text) in _NOTHING_MORE


def _bare(text: str) -> str:
    """Lower case, without punctuation, spaces at single width: what is left to compare."""
    kept = [char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char)[0] not in "PS"]
    return " ".join("".join(kept).casefold().split())
