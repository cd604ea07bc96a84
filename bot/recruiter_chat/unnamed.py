"""A question without whatever may be the name of somebody whom the asker does not see, before a model is given it.

What is taken out depends on the words alone, never on who is on file: else the model's answer would tell who is. A word
in Latin letters stays where our own phrases have it. In Chinese, what begins like a name goes: a surname and the two
characters after it, unless our own phrases have surname and next character side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

from bot.recruiter_chat.intent import phrases
from bot.recruiter_chat.slots import fold

TAKEN_OUT: Final = "[…]"
COMPOUND: Final = (
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "宇文", "长孙", "端木",
    "南宫", "独孤", "百里", "呼延", "西门", "申屠", "闻人", "轩辕", "赫连", "拓跋",
)  # fmt: skip
SINGLE: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫房裘缪干宗丁宣邓郁"
    "单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇"
    "栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰鄂索咸籍赖卓蔺屠蒙池乔阴胥苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦"
    "雍郤璩桑桂濮牛寿边扈燕冀郏浦尚农温庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步耿满弘匡国文寇广禄阙东欧殳沃利"
    "蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚简饶空曾毋沙乜养鞠须丰巢关蒯查荆红游竺权逯盖益桓公肖付代尧覃岳帅佟佘涂亓仝闫"
)
_WORDS: Final = Path(__file__).with_name("words.yml")
_LATIN: Final = re.compile(r"[^\W_㐀-鿿]+")
_CALLED: Final = re.compile(rf"[小老阿][{SINGLE}](?![㐀-鿿])|(?:{'|'.join(COMPOUND)})[㐀-鿿]{{0,2}}")
_NAME: Final = re.compile(rf"[{SINGLE}][㐀-鿿]{{1,2}}")


def without_possible_names(masked: str) -> str:
    """The question, in which known names are masked already, with every word that may be a name taken out."""
    text = _LATIN.sub(lambda found: found[0] if found[0] in _latin() else TAKEN_OUT, fold(masked))
    text, at = _CALLED.sub(TAKEN_OUT, text), 0
    while (found := _NAME.search(text, at)) is not None:
        if found[0][:2] in _pairs():
            at = found.start() + 1
        else:
            text = text[: found.start()] + TAKEN_OUT + text[found.end() :]
            at = found.start() + len(TAKEN_OUT)
    return text


@cache
def _latin() -> frozenset[str]:
    return frozenset(word for text in _ours() for word in _LATIN.findall(text))


@cache
def _pairs() -> frozenset[str]:
    return frozenset(first + second for text in _ours() for first, second in pairwise(text))


def _ours() -> Iterator[str]:
    """Every phrase and word that the chat is written with."""
    yield from map(fold, _strings(phrases()))
    yield from map(fold, _strings(yaml.safe_load(_WORDS.read_text("utf-8"))))


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for each in content.values():
            yield from _strings(each)
    elif isinstance(content, list):
        for each in content:
            yield from _strings(each)
