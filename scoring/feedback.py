"""What a candidate is told of an interview: the outcome, what was strong in their own words, what to practise.

Pure: facts of the report in, sentences out. It holds no score, no level, no pay, and nothing of the questions' anchors:
what a strong answer contains is said in general, so that the next candidate learns no more than this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.content import Language, Phrase
from scoring.findings import CLEAR_FROM, OWN_UNCLEAR_BELOW, AnswerFacts, CompetencyFacts, ReportFacts

Outcome = Literal["advance", "reject"]
Tip = Literal["situation", "action", "result", "find_out", "steps", "check", "own", "numbers", "more"]

STORY: Final[tuple[Tip, ...]] = ("result", "action", "situation")
STRENGTHS: Final = 2
TO_PRACTISE: Final = 2
LEAST_QUOTED: Final = 2.0
"""BARS level of an answer below which nothing of it is held up as good."""
MASK: Final = "█"
"""Stands for what the policy hides; a passage with it is not quoted."""

_GREETING: Final = Phrase(
    zh="{name}，您好！\n感谢您参加「{position}」的面试。",
    en="Dear {name},\nThank you for interviewing for {position}.",
)
_OUTCOMES: Final[dict[Outcome, Phrase]] = {
    "advance": Phrase(
        zh="面试结果：您已进入下一轮。招聘负责人会联系您，约定后面的安排。",
        en="The outcome: you have made it to the next round. The recruiter will be in touch about what comes next.",
    ),
    "reject": Phrase(
        zh="面试结果：您目前的情况与这个岗位暂不匹配，这次没有进入下一轮。这只针对这一个岗位的要求，欢迎您以后应聘其他岗位。",
        en="The outcome: this position and your profile are not a match at present, so we will not take this application "
        "further. That concerns this one position, and we would be glad to hear from you again.",
    ),
}
_STRONG: Final = Phrase(zh="您讲得比较好的地方", en="What came across best")
_SAID: Final = Phrase(zh="· {title}：您提到“{quote}”", en='· {title}: you said, "{quote}"')
_PRACTISE: Final = Phrase(zh="可以再练习的地方", en="What to practise")
_TIPS: Final[dict[Tip, Phrase]] = {
    "situation": Phrase(
        zh="先用一两句话交代时间、场合和难处，听的人更容易明白您为什么那样做。",
        en="begin with a sentence or two on when it was, where, and what made it hard, so that what you did makes sense.",
    ),
    "action": Phrase(
        zh="多讲一步一步做了什么、为什么这样做，少讲道理和态度。",
        en="say step by step what you did and why, rather than what one ought to do.",
    ),
    "result": Phrase(
        zh="讲完做法，再补上结果：最后怎么样了，别人怎么说，您从中学到了什么。",
        en="go on to how it ended: what changed, what others said, and what you took from it.",
    ),
    "find_out": Phrase(
        zh="遇到假设的问题，先说您会弄清哪些情况，再说怎么做。",
        en="when asked what you would do, begin with what you would find out.",
    ),
    "steps": Phrase(
        zh="遇到假设的问题，把打算说具体：先做什么，再做什么，为什么。",
        en="when asked what you would do, give your steps in order, each with its reason.",
    ),
    "check": Phrase(
        zh="遇到假设的问题，最后说说怎么判断办法有没有用。",
        en="when asked what you would do, end with how you would know that it worked.",
    ),
    "own": Phrase(
        zh="说清楚哪些是您自己做的，哪些是团队一起做的。",
        en="make clear which part was yours and which was the team's.",
    ),
    "numbers": Phrase(
        zh="用一两个数字或时间点，说明做到了什么程度。",
        en="give a figure or a date or two to show how far it went.",
    ),
    "more": Phrase(
        zh="回答可以再展开一些，挑一件真实发生过的事，从头讲到尾。",
        en="take more room: pick one thing that really happened and tell it from beginning to end.",
    ),
}
_GOOD_ANSWERS: Final = Phrase(
    zh="一般来说，好的回答会讲清三件事：当时是什么情况，您自己做了什么，结果怎么样。"
    "遇到假设的问题，可以先说要弄清什么，再说打算怎么做，最后说怎么知道有没有效果。",
    en="In general, a strong answer tells three things: what the situation was, what you yourself did, and how it ended. "
    "When a question asks what you would do, say what you would find out first, then your steps, then how you would "
    "know that they worked.",
)
_HUMAN_REVIEW: Final = Phrase(
    zh="对结果有疑问，可以申请人工复核：打开面试链接，点“申请人工复核”，或者联系招聘负责人。会由人重新看一遍您的回答，不影响您以后的申请。",
    en="If you have doubts about the outcome, you can ask for a human review: open your interview link and choose "
    '"Ask for a human review", or tell the recruiter. A person will go through your answers again, and asking never '
    "counts against you.",
)
_COMPANY: Final = Phrase(zh="关于我们", en="About us")
_COLON: Final[dict[Language, str]] = {"zh": "：", "en": ": "}


@dataclass(frozen=True, slots=True, repr=False)
class Addressee:
    """Who is told, about which position; `company` introduces it, where the position says so."""

    name: str
    position: str
    company: str | None


def tell_candidate(facts: ReportFacts, outcome: Outcome, to: Addressee, language: Language) -> str:
    """Return the whole feedback as paragraphs in the interview's language."""
    colon = _COLON[language]
    greeting = _GREETING.text(language).format(name=to.name, position=to.position)
    paragraphs = [greeting, _OUTCOMES[outcome].text(language)]
    strong = _strengths(facts.competencies)
    if strong:
        said = [_SAID.text(language).format(title=c.title.text(language), quote=quote) for c, quote in strong]
        paragraphs.append("\n".join([f"{_STRONG.text(language)}{colon.rstrip()}", *said]))
    if tips := _to_practise(facts.competencies, {c.key for c, _ in strong}, language):
        paragraphs.append("\n".join([f"{_PRACTISE.text(language)}{colon.rstrip()}", *tips]))
    paragraphs += [_GOOD_ANSWERS.text(language), _HUMAN_REVIEW.text(language)]
    if to.company:
        paragraphs.append(f"{_COMPANY.text(language)}{colon}{to.company}")
    return "\n\n".join(paragraphs)


def tip_for(competency: CompetencyFacts) -> Tip:
    """What would have helped most: the part of the story least told, then whose deed it was, then figures."""
    scored = [answer for answer in competency.answers if answer.level is not None]
    if not scored:
        return "more"
    weakest = min(scored, key=lambda answer: answer.level or 0.0)
    told = (weakest.star.result, weakest.star.action, weakest.star.situation)
    names: tuple[Tip, ...] = ("check", "steps", "find_out") if weakest.stage == "situational" else STORY
    parts = dict(zip(names, told, strict=True))
    part = min(parts, key=lambda each: parts[each])
    if parts[part] < CLEAR_FROM:
        return part
    if weakest.telling is not None and weakest.telling.own < OWN_UNCLEAR_BELOW:
        return "own"
    return "numbers" if weakest.telling is None or not weakest.telling.numbers else "more"


def _strengths(competencies: Sequence[CompetencyFacts]) -> list[tuple[CompetencyFacts, str]]:
    """The competencies with the best answers, each with that answer's longest quote, verbatim."""
    best: list[tuple[float, CompetencyFacts, str]] = []
    for competency in competencies:
        quoted = [(answer, quote) for answer in competency.answers if (quote := _quote(answer)) is not None]
        if quoted:
            answer, quote = max(quoted, key=lambda pair: pair[0].level or 0.0)
            best.append(((answer.level or 0.0) - competency.expected, competency, quote))
    best.sort(key=lambda each: -each[0])
    told: dict[str, CompetencyFacts] = {}
    for _, competency, quote in best:
        told.setdefault(quote, competency)  # somebody who told one story twice is praised for it once
    return [(competency, quote) for quote, competency in list(told.items())[:STRENGTHS]]


def _quote(answer: AnswerFacts) -> str | None:
    usable = [quote for quote in answer.quotes if MASK not in quote]
    return max(usable, key=len) if (answer.level or 0.0) >= LEAST_QUOTED and usable else None


def _to_practise(competencies: Sequence[CompetencyFacts], strong: Collection[str], language: Language) -> list[str]:
    """A tip for each competency that falls short, or for the weakest one where none does; those with the same tip share
    a line. What was just held up as good comes last."""
    asked = [c for c in competencies if c.answers]
    weakest = sorted(asked, key=lambda c: (c.key in strong, (c.level or 0.0) - c.expected))
    short = [c for c in weakest if (c.level or 0.0) < c.expected and c.key not in strong]
    titles: dict[Tip, list[str]] = defaultdict(list)
    for competency in (short or weakest[:1])[:TO_PRACTISE]:
        titles[tip_for(competency)].append(competency.title.text(language))
    comma, colon = "、" if language == "zh" else ", ", _COLON[language]
    return [f"· {comma.join(named)}{colon}{_TIPS[tip].text(language)}" for tip, named in titles.items()]
