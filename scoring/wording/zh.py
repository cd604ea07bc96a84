"""报告里的中文句子。说什么由 `scoring/narrative.py` 决定，这里只管怎么说。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hr_bridge.match import Grade
from scoring.findings import (
    OFF_THE_QUESTION_BELOW,
    PARTLY_BELOW,
    AnswerFacts,
    CompetencyFacts,
    DimensionFacts,
    Judged,
    ReportFacts,
    Standing,
    Unheard,
)
from scoring.scorers.structure import Part
from scoring.scorers.unscorable import reason_in

GRADES: Final[dict[Grade, str]] = {"junior": "初级", "mid": "中级", "senior": "高级"}
_STANDINGS: Final[dict[Standing, str]] = {
    "far_above": "明显高于岗位要求",
    "above": "高于岗位要求",
    "meets": "达到岗位要求",
    "just_below": "略低于岗位要求",
    "below": "低于岗位要求",
    "far_below": "与岗位要求差距较大",
}
_STORY: Final[dict[Part, str]] = {"situation": "背景", "action": "做法", "result": "结果"}
_PLAN: Final[dict[Part, str]] = {"situation": "情况", "action": "步骤", "result": "预期效果"}
_UNHEARD: Final[dict[Unheard, str]] = {
    "skipped": "候选人跳过了{which}",
    "not_asked": "{which}没有问到",
    "unanswered": "{which}问了但没有回答",
}


def overview(facts: ReportFacts) -> list[str]:
    if facts.match is None:
        return ["能评分的能力不足总权重的一半，未给出岗位匹配度和能力等级。"]
    line = "达到" if facts.match >= facts.pass_line else "低于"
    sentences = [f"岗位匹配度{facts.match:.1f}，{line}及格线{facts.pass_line:g}。{_level(facts)}"]
    if facts.core_match is None:
        sentences.append("核心题里能评分的不足总权重的一半，没有单独的核心题匹配度。")
    elif not facts.resume_scored:
        sentences.append("得分全部来自核心题，没有简历题计入。")
    else:
        gain = round(facts.match, 1) - round(facts.core_match, 1)
        effect = (
            "简历题没有改变这个分数" if abs(gain) < 0.05 else f"简历题{'拉高' if gain > 0 else '拉低'}了{abs(gain):.1f}"
        )
        sentences.append(f"只看核心题为{facts.core_match:.1f}，{effect}。")
    return sentences


def strength(judged: Judged, grade: Grade) -> str:
    answer, star = judged.answer, _clear(judged)
    quote, where = _quotes(answer), _where(answer)
    if judged.against:
        opening = f"{_title(judged)}总体未达要求，不过{where}达到了（{_number(answer.level)}级）"
        return f"{opening}：{quote}。{star}" if quote else f"{opening}。{star}"
    opening = _opening(judged, grade)
    star += _lesson(answer) + _ask_back(judged)
    if not quote:
        basis = (
            f"答得最好的是{where}（{_number(answer.level)}级）" if judged.is_one_of_several else f"评定依据是{where}"
        )
        return f"{opening}{basis}。{star}{_unsure(judged)}"
    evidence = (
        f"{where}中，{quote}最能说明这一点。{star}",
        f"依据主要来自{where}：{quote}。{star}",
        f"在{where}里讲到{quote}。{star}",
    )[judged.turn % 3]
    return f"{opening}{evidence}{_unsure(judged)}"


def weakness(judged: Judged, grade: Grade) -> str:
    answer = judged.answer
    quote, where = _quotes(answer), _where(answer)
    if judged.against:
        opening = f"{_title(judged)}总体达到要求，但{where}偏弱（{_number(answer.level)}级）"
        gap = _gap(judged)
        return f"{opening}{f'：{gap}' if gap else ''}。{_only(quote)}"
    opening = _opening(judged, grade)
    gap = _gap(judged)
    if gap:
        evidence = f"{where}{gap}"
    elif judged.is_one_of_several:
        evidence = f"相对弱的是{where}（{_number(answer.level)}级）"
    else:
        evidence = f"评定依据是{where}"
    return f"{opening}{evidence}。{_only(quote)}{_unsure(judged)}"


def unscored(competency: CompetencyFacts, answers: Sequence[AnswerFacts]) -> str | None:
    title = competency.title.zh
    reasons = [f"{_where(a)}：{reason_in('zh', a.unscored_reason or '').rstrip('。.')}" for a in answers]
    reasons += [_UNHEARD[why].format(which=_question(number)) for number, why in competency.unheard]
    if not reasons and competency.level is not None:
        return None
    if competency.level is not None:
        return f"{title}有题目未计入，按其余回答评分。{'；'.join(reasons)}。"
    return f"{title}未评分，不算零分。{'；'.join(reasons) or '这次面试没有问到相关题目'}。"


def dimension(facts: DimensionFacts, heard: bool) -> str:
    """`heard` 表示这项能力有可以评分的回答。"""
    if facts.level is None:
        return f"{facts.title.zh}未评分：{'没有找到能说明这一点的话' if heard else '这项能力没有可以评分的回答'}，不算零分。"
    opening = f"{facts.title.zh}{_number(facts.level)}级"
    quote = f"“{facts.passage}”" if facts.passage else ""
    if len(facts.answers) > 1:
        numbers = "、".join(str(number) for number in facts.answers)
        return f"{opening}，是第{numbers}题的平均{f'，如第{facts.told_in}题：{quote}' if quote else ''}。"
    where = f"第{facts.answers[0]}题" if facts.answers else "回答"
    return f"{opening}，依据是{where}{f'：{quote}' if quote else ''}。"


def scorer(model: str, version: int, corrected: Sequence[str] = ()) -> str:
    by_person = f"{'、'.join(corrected)}的等级由复核人员更正。" if corrected else ""
    return f"由评分模型 {model} 给出，第{version}版报告。{by_person}"


def _level(facts: ReportFacts) -> str:
    applied = GRADES[facts.grade]
    if facts.level is None:
        return (
            "能力等级未评出：没有达到初级的要求。"
            if facts.grade == "junior"
            else f"能力等级未评出：应聘{applied}，初级的要求也没有达到。"
        )
    order = list(GRADES)
    apart = order.index(facts.level) - order.index(facts.grade)
    relation = "与应聘职级一致" if apart == 0 else f"{'高于' if apart > 0 else '低于'}应聘的{applied}"
    return f"能力等级{GRADES[facts.level]}，{relation}。{_in_spite(facts) if apart < 0 else ''}"


def _in_spite(facts: ReportFacts) -> str:
    """匹配度过线、等级却不够的时候，读的人会问为什么。"""
    if facts.match is None or facts.match < facts.pass_line:
        return ""
    return (
        f"匹配度过线而等级未达到，是因为达到{GRADES[facts.grade]}要求的能力权重合计不足三分之二，或有必备能力未达标。"
    )


def _title(judged: Judged) -> str:
    return judged.facts.title.zh


def _opening(judged: Judged, grade: Grade) -> str:
    level, expected = _number(judged.facts.level), f"{judged.facts.expected:g}"
    if judged.standing == "just_below":
        level = f"{judged.facts.level:.2f}"
    title, stands = _title(judged), _STANDINGS[judged.standing]
    return (
        f"{title}{stands}：评为{level}级，{GRADES[grade]}岗位要求{expected}级。",
        f"{title}评为{level}级，{stands}（{GRADES[grade]}{expected}级）。",
    )[judged.turn % 2]


def _number(level: float | None) -> str:
    return f"{level:.1f}"


def _question(number: int | None) -> str:
    return f"第{number}题" if number is not None else "有一题"


def _where(answer: AnswerFacts) -> str:
    if answer.number is None:
        return "回答"
    return f"第{answer.number}题" + ("（简历题）" if answer.stage == "resume" else "")


def _quotes(answer: AnswerFacts) -> str:
    """最能说明问题的一两段原话。"""
    return "".join(f"“{quote}”" for quote in answer.quotes)


def _parts(judged: Judged, wanted: str) -> list[str]:
    names = _PLAN if judged.answer.stage == "situational" else _STORY
    return [names[part] for part, clarity in judged.parts.items() if clarity == wanted]


def _clear(judged: Judged) -> str:
    clear, blurred = _parts(judged, "clear"), _parts(judged, "unspecific")
    said = f"{_and(clear)}{'都' if len(clear) > 1 else ''}讲得具体" if clear else ""
    lacking = f"没有讲出具体的{_and(blurred)}" if blurred else ""
    if said and lacking:
        return f"{said}，只是{lacking}。"
    return f"{said or lacking}。" if said or lacking else ""


def _gap(judged: Judged) -> str:
    """弱在哪里；说不准就不说。"""
    answer, blurred = judged.answer, _parts(judged, "unspecific")
    if answer.relevance < OFF_THE_QUESTION_BELOW:
        return "几乎没有讲到题目要问的内容"
    faults = ["没有完全回答所问的问题"] if answer.relevance < PARTLY_BELOW else []
    if judged.is_general:
        faults.append(
            "讲的多是道理，没有说清自己具体会怎么做"
            if judged.is_plan
            else "讲的多是道理或者别人的事，没有说自己做过什么"
        )
        blurred = [part for part in blurred if part not in (_STORY["action"], _PLAN["action"])]
    elif judged.is_mostly_we:
        faults.append("讲的多是“我们”，不大看得出候选人自己做了什么")
    if blurred:
        faults.append(f"{'也' if faults else ''}没有讲出具体的{_and(blurred)}")
    if faults and judged.is_without_figures:
        faults.append("通篇没有数字和时间")
    return "，".join(faults)


def _lesson(answer: AnswerFacts) -> str:
    return f"事后的体会是“{answer.lesson}”。" if answer.lesson else ""


def _ask_back(judged: Judged) -> str:
    return "这题讲的多是“我们”，面谈时请追问候选人本人做了什么。" if judged.is_mostly_we else ""


def _only(quote: str) -> str:
    return f"最有内容的原话是{quote}。" if quote else "系统没有找到可以引用的原话。"


def _unsure(judged: Judged) -> str:
    return f"这一项系统把握不大（置信度{judged.facts.confidence:.0%}），请读原文再判断。" if judged.unsure else ""


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else "、".join(names[:-1]) + "和" + names[-1]
