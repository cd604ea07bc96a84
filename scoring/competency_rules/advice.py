"""What is said to the author about each weakness: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.content import Language, Phrase

_KIND: Final[Mapping[str, str]] = {"structured": "结构化", "situational": "情景"}

_ADVICE: Final[Mapping[str, Phrase]] = {
    rule: Phrase(zh=zh, en=en)
    for rule, zh, en in (
        ("missing", "缺少这一项，请补上。", "This part is missing; add it."),
        ("empty", "这一项是空的，请写上内容。", "This part is empty; fill it in."),
        (
            "unknown",
            "没有叫这个名字的项，请检查是否写错，多余的请删掉。",
            "No part has this name; correct its spelling or take it out.",
        ),
        ("choice", "这里只能填 {choices}，请改正。", "This must be {choices}; correct it."),
        (
            "dimensions",
            "维度应当有两到三个，请增减。",
            "A competency splits into two or three dimensions; add or drop some.",
        ),
        (
            "slots",
            "花括号里只能用 {slots}，而且中英文要用相同的几个，请改正。",
            "Only {slots} may stand in braces, the same ones in both languages; correct them.",
        ),
        (
            "only_from_resumes",
            "两道题都要填简历里的内容，没有简历的人就没法问；请留一道不带花括号的。",
            "Both need something from a résumé, so that nobody without one can be asked; write one without braces.",
        ),
        (
            "unreadable",
            "这里的写法读不出来，请照能力库里现有的文件来写。",
            "This cannot be read; write it as the files of the library have it.",
        ),
        (
            "few_indicators",
            "只有 {count} 条，至少要 {least} 条，请补上候选人真会说出口的话。",
            "There are {count} phrases, at least {least} are needed; add some that candidates would really say.",
        ),
        (
            "few_questions",
            "{kind_zh}题的 {form} 卷只有 {count} 题，至少要 {least} 题，请补上。",
            "Form {form} has {count} {kind} questions, at least {least} are needed; add some.",
        ),
        (
            "question_key",
            "题号要以 {start} 开头，后面跟一个数字，请改正。",
            "The key of this question must be {start} and a number; rename it.",
        ),
        ("key_twice", "有两道题用了同一个题号，请改掉一个。", "Two questions have this key; rename one of them."),
        (
            "no_behaviour",
            "去掉评价和程度词以后，没有剩下看得见的行为；请写出候选人具体说了什么、做了什么。",
            "Without its words of praise and degree nothing is left to observe; write what the candidate says or did.",
        ),
        (
            "same_behaviour",
            "跟第 {levels} 级只差程度词，评分的人分不出来；请写出这一级才有的做法。",
            "It differs from level {levels} in words of degree only, which raters cannot tell apart; "
            "write what is done at this level alone.",
        ),
        (
            "two_asks",
            "一道题问了两件事，答了一件就像没答完；请只留一问，另一问放到追问里。",
            "It asks two things, so that an answer to one looks unfinished; keep one and make the other a follow-up.",
        ),
        (
            "hypothetical",
            "结构化题问做过的事，“{words}”问的却是设想；请改成“请讲一次……的经历”，或者改作情景题。",
            "A structured question asks what was done, yet “{words}” asks what would be; "
            "begin with “Tell me about a time”, or make it situational.",
        ),
        (
            "past",
            "情景题问会怎么做，“{words}”问的却是经历；请给一个情景再问怎么做，或者改作结构化题。",
            "A situational question asks what one would do, yet “{words}” asks for an experience; "
            "describe a situation, or make it structured.",
        ),
        (
            "leading",
            "“{words}”等于把想听的答案告诉了候选人；请换成中性的问法。",
            "“{words}” tells the candidate which answer is wanted; ask neutrally.",
        ),
        (
            "forbidden",
            "“{words}”涉及{topic_zh}，面试里不能问；请删去，如果另有所指，请换个词。",
            "“{words}” touches {topic_en}, which no interview may ask about; take it out, or use another word "
            "if something else is meant.",
        ),
        (
            "twin",
            "跟 {where} 的“{words}”几乎一样；请换一个只属于这里的说法。",
            "It nearly repeats {where}, “{words}”; say something that belongs here alone.",
        ),
        (
            "mirror",
            "断句、标点跟英文一一对应，像是照着翻译的；请按中文的说法重新写。",
            "The Chinese has the marks and proportions of the English, as a translation would; write it afresh in Chinese.",
        ),
        (
            "mirror_list",
            "这一组跟英文一条对一条，像是翻译过来的；请换成中国候选人会说的话和会举的例子。",
            "Phrase by phrase this list says what the English one says; write what Chinese candidates would say, "
            "with examples of their own.",
        ),
        ("not_chinese", "这里没有中文，请用中文写。", "The Chinese part holds no Chinese; write it in Chinese."),
        (
            "lengths",
            "中文 {characters} 字，英文 {words} 词，长短差得太多；请对一遍，看哪一边漏了内容。",
            "{characters} Chinese characters stand against {words} English words; see which side leaves something out.",
        ),
    )
}


def advise(rule: str, language: Language, facts: Mapping[str, Any]) -> str:
    """Return the sentence for `rule`, with the `facts` in it."""
    kind_zh = _KIND.get(facts.get("kind", ""), "")
    form = str(facts.get("form", "")).upper() if language == "zh" else facts.get("form")
    return _ADVICE[rule].text(language).format(**{**facts, "kind_zh": kind_zh, "form": form})
