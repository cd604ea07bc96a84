"""What can be pinned down in an answer: numbers, times, names, and words that were really said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scoring.score import Language
from scoring.transcript import Passage

_UNITS_ZH: Final = (
    "个次天年月号日点分周人家块元万千百成倍单条台件张份页米里斤吨遍趟位名层楼组种套箱瓶批秒岁店车桌户轮季级寸厘毛封本部只把根片盒桶袋"
    "包双道步句段项门科课期届线班队排遍多几%％小星礼公平多来"
)
_NUMBER: Final[dict[Language, re.Pattern[str]]] = {
    "zh": re.compile(
        rf"\d+(?:[.,:：/]\d+)*|百分之[一二三四五六七八九十百零点两\d]+|(?:(?<!十)[两二三四五六七八九]|[一二两三四五六七八九]?[十百千万][一二两三四五六七八九十百千万]*)(?=[{_UNITS_ZH}])"
    ),
    "en": re.compile(
        r"\d+(?:[.,:/]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
        r"|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|half|twice|dozens?|double[ds]?|triple[ds]?)\b"
    ),
}
_NO_NUMBER_ZH: Final = re.compile(
    r"十分(?![钟之])|万一|千万|三番|四处|四面|五花|七上|一五一十|百分百|千方|百计|万般|三心|十足|百般"
)
_TIME: Final[dict[Language, re.Pattern[str]]] = {
    "zh": re.compile(
        r"[去前今]年|上个?[月周星]|下个?[月周]|昨[天晚]|前[天几]天?|当[天晚时]|那[天年晚]|第[一二三四五六七八九十\d]+[天周年个]|[大高初研][一二三四]|"
        r"(?:周|星期|礼拜)[一二三四五六日末天]|早上|上午|中午|下午|晚上|凌晨|半夜|傍晚|[一二三四五六七八九十\d]+[点月]|暑假|寒假|春节|国庆|年底|月底|"
        r"双十一|实习(?:的?时)|毕业(?:前|后|那)|[一半](?:个多?)?(?:小时|钟头|礼拜|星期|月|天|周|年|晚上|早上|上午|下午)|每(?:个)?[天周月年晚]"
    ),
    "en": re.compile(
        r"\b(?:last|this|past|next|that|every|each) (?:year|month|week|weekend|summer|winter|spring|fall|autumn|semester"
        r"|quarter|night|day|morning|afternoon|evening)|\byesterday|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
        r"|\b(?:in|last|since|until|by|early|late|mid) (?:march|may)\b|\b(?:january|february|april|june|july|august|september|october|november|december)\b|\b(?:19|20)\d\d\b"
        r"|\b(?:freshman|sophomore|junior|senior) year|\bhigh school|\bcollege\b|\b(?:hours?|days?|weeks?|months?|years?)"
        r" (?:later|ago|before|after)|\b(?:one|all|half an?|first|(?:in|within|for|took|after) an?) (?:hour|day|week|weekend|month|year|minute|morning|afternoon|night)\b"
    ),
}
_NAME: Final[dict[Language, re.Pattern[str]]] = {
    "zh": re.compile(
        r"[A-Za-z][A-Za-z0-9+#.-]{1,}|[小老][王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董](?![子了是的])|"
        r"[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗][总姐哥工]|《[^》]+》"
    ),
    "en": re.compile(r"(?<![.!?\n] )(?<!^)(?<![“\"])\b(?!I\b|I')[A-Z][A-Za-z0-9&+]+"),
}
_SAID: Final = re.compile(r"[“「][^”」]{2,60}[”」]|\"[^\"]{2,60}\"")


@dataclass(frozen=True)
class Specificity:
    """How many different numbers, times, names and verbatim words an answer gives."""

    numbers: int
    times: int
    names: int
    remarks: int

    @property
    def facts(self) -> int:
        """All of them."""
        return self.numbers + self.times + self.names + self.remarks


def specificity(answer: str, passages: Iterable[Passage], language: Language) -> Specificity:
    """Count in `passages` of the answer as it was given; where all is lower or upper case, English names are not found."""
    texts = [answer[p.start : p.end] for p in passages]
    joined = " ".join(texts).replace("’", "'")
    lower = joined.lower()
    rest = _TIME[language].sub(" ", lower)
    numbers = _NO_NUMBER_ZH.sub("", rest) if language == "zh" else rest
    return Specificity(
        numbers=len(set(_NUMBER[language].findall(numbers))),
        times=len(set(_TIME[language].findall(lower))),
        names=0
        if language == "en" and joined.isupper()
        else len({found for text in texts for found in _NAME[language].findall(text)}),
        remarks=len(set(_SAID.findall(joined))),
    )
