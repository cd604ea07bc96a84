"""Answers made longer without saying more, rated as before: training sees that padding and keywords earn nothing.

The texts here are used for training alone; the tests pad with others.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from scoring.score import Language
from scoring.training.data import RatedAnswer

PADDING: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "It was cloudy that morning and the forecast said it might clear up.",
        "My apartment is about twenty minutes from campus if traffic is light.",
        "The parking lot fills up early on Mondays.",
        "I usually have cereal or toast before I leave the house.",
        "The town has two supermarkets, a library and a small cinema.",
        "Our building was painted again a few years ago.",
        "There is a long hallway with lockers on one side.",
        "In winter it gets dark before five.",
        "The company was founded in the nineties and has several branches.",
        "Most of the chairs in the meeting room are blue.",
        "I grew up with one brother and a dog.",
        "On weekends I like hiking and watching basketball.",
        "The train was on time and not very full.",
        "There was music playing in the store, mostly old songs.",
        "The lunch break is from twelve to one.",
        "They sell sandwiches and fruit in the lobby.",
        "The website has a page with photos of the staff.",
        "My phone was charging on the desk.",
        "It is a common topic and many books have been written about it.",
        "The form has three pages and comes in two colors.",
        "The city is known for its river and its old bridge.",
        "Some of the lights in the corridor turn off automatically.",
        "We have a microwave and a fridge in the break room.",
        "That year there were many holidays in May.",
    ),
    "zh": (
        "那天早上阴天，天气预报说下午可能转晴。",
        "我住的地方离公司坐地铁大概二十分钟。",
        "停车场周一早上一般比较满。",
        "我早饭通常吃包子或者喝粥。",
        "我们那个镇上有两家超市和一个小公园。",
        "楼道前两年重新刷过一遍漆。",
        "走廊很长，一边是柜子，一边是窗户。",
        "冬天五点多天就黑了。",
        "公司是九几年成立的，在外地也有分部。",
        "会议室里的椅子大多是蓝色的。",
        "我家里还有一个弟弟，养了一只狗。",
        "周末我喜欢爬山，也看看篮球。",
        "那趟火车很准点，人也不多。",
        "店里一直放着音乐，多数是老歌。",
        "午休是十二点到一点半。",
        "一楼大厅有卖水果和面包的。",
        "公司网站上有员工的照片。",
        "手机当时放在桌上充电。",
        "这是一个很常见的话题，市面上有不少这方面的书。",
        "那张表一共三页，有两种颜色。",
        "这座城市有一条江，江上有座老桥。",
        "走廊的灯有些是自动熄灭的。",
        "休息室里有微波炉和冰箱。",
        "那一年五月份放假比较多。",
    ),
}
_KEYWORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "leadership", "ownership", "stakeholder management", "data-driven", "measurable outcome", "root cause",
        "action plan", "collaboration", "customer focus", "continuous improvement", "risk assessment", "follow-up",
        "reflection", "lessons learned", "prioritisation", "clear communication", "situation, task, action, result",
    ),
    "zh": (
        "执行力", "责任心", "数据驱动", "结果导向", "根因分析", "行动计划", "协同", "客户第一", "持续改进", "风险评估",
        "跟进", "反思", "经验沉淀", "优先级", "有效沟通", "情境任务行动结果", "量化成果",
    ),
}  # fmt: skip
_LOW: Final = 2.0
_EVERY: Final = 4


def manipulated(rated: list[RatedAnswer], seed: int = 0) -> list[RatedAnswer]:
    """Return a padded or keyword-stuffed copy of every low answer and of every fourth other, ratings unchanged."""
    rng = random.Random(seed)
    chosen = [a for i, a in enumerate(rated) if a.level <= _LOW or i % _EVERY == 0]
    return [_stuffed(a, rng) if rng.random() < 0.25 else _padded(a, rng) for a in chosen]


def _padded(answer: RatedAnswer, rng: random.Random) -> RatedAnswer:
    gap = " " if answer.language == "en" else ""
    pool = PADDING[answer.language]
    padding = gap.join(rng.sample(pool, rng.randint(4, len(pool) - 4)))
    if rng.random() < 0.5:
        return replace(answer, answer=f"{answer.answer}{gap}{padding}", manipulated=True)
    shift = len(padding) + len(gap)
    quotes = tuple((start + shift, end + shift) for start, end in answer.quotes)
    return replace(answer, answer=f"{padding}{gap}{answer.answer}", quotes=quotes, manipulated=True)


def _stuffed(answer: RatedAnswer, rng: random.Random) -> RatedAnswer:
    words = rng.sample(_KEYWORDS[answer.language], rng.randint(5, 12))
    listed = f" {', '.join(words)}." if answer.language == "en" else f"{'、'.join(words)}。"
    return replace(answer, answer=answer.answer + listed, manipulated=True)
