"""The evidence of a proposed weight in sentences, written in each language for its own readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.content import Language, Phrase
from hr_bridge.profile.competencies import WORK_STYLES
from hr_bridge.profile.shapes import Effect, Importance, ProposedWeight, Verdict

_PERFORMANCE: Final[Mapping[Verdict, Phrase]] = {
    "none": Phrase(
        zh="还没有同类岗位录用者的得分和绩效可以对照。",
        en="No past hire of this family has both a score and an appraisal yet.",
    ),
    "too_few": Phrase(zh="人数太少，下不了结论（n = {n}）。", en="Too few to conclude (n = {n})."),
    "all_alike": Phrase(
        zh="得分或绩效都一样，看不出关系（n = {n}）。",
        en="Scores or appraisals are all alike, so nothing can be told (n = {n}).",
    ),
    "unclear": Phrase(
        zh="看不出与绩效有明确关系：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
        en="No clear link with performance: r = {r}, 95% interval {low} to {high} (n = {n}).",
    ),
    "helps": Phrase(
        zh="得分高的人绩效也好：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
        en="Higher scores go with better performance: r = {r}, 95% interval {low} to {high} (n = {n}).",
    ),
    "hurts": Phrase(
        zh="得分高的人绩效反而差：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
        en="Higher scores go with worse performance: r = {r}, 95% interval {low} to {high} (n = {n}).",
    ),
}
_STAYING: Final[Mapping[Verdict, Phrase]] = {
    "too_few": Phrase(
        zh="是否干满一年：人数太少，下不了结论（n = {n}）。", en="Staying a year: too few to conclude (n = {n})."
    ),
    "all_alike": Phrase(
        zh="是否干满一年：情况都一样，看不出关系（n = {n}）。",
        en="Staying a year: all alike, so nothing can be told (n = {n}).",
    ),
    "unclear": Phrase(
        zh="与是否干满一年没有明确关系：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
        en="No clear link with staying a year: r = {r}, 95% interval {low} to {high} (n = {n}).",
    ),
    "helps": Phrase(
        zh="得分高的人更可能干满一年：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
        en="Higher scores go with staying a year: r = {r}, 95% interval {low} to {high} (n = {n}).",
    ),
    "hurts": Phrase(
        zh="得分高的人更可能不满一年就离开：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
        en="Higher scores go with leaving within a year: r = {r}, 95% interval {low} to {high} (n = {n}).",
    ),
}
_SENTENCE: Final = Phrase(zh="岗位说明：“{sentence}”。", en="Job description: “{sentence}”.")
_UNSAID: Final = Phrase(zh="岗位说明里没有提到。", en="The job description does not speak of it.")
_IMPORTANCE: Final = Phrase(
    zh="O*NET 27.0（{occupation}）：{names}的重要性为 {value}（满分 5），{compared}。",
    en="O*NET 27.0 ({occupation}): importance of {names} {value} of 5, {compared}.",
)
LEAST_SHARE: Final = 0.15
"""Of a sentence: about three times what each of the 19 competencies would have by chance."""


def evidence_lines(weight: ProposedWeight, language: Language) -> tuple[str, ...]:
    """Return what speaks for a weight, a sentence each: performance, staying where known, description, O*NET."""
    lines = [_effect(_PERFORMANCE, weight.performance, language)]
    if weight.staying.n:
        lines.append(_effect(_STAYING, weight.staying, language))
    if weight.sentence and weight.sentence_share >= LEAST_SHARE:
        lines.append(_SENTENCE.text(language).format(sentence=weight.sentence))
    else:
        lines.append(_UNSAID.text(language))
    if weight.importance:
        lines.append(_importance(weight.importance, language))
    return tuple(lines)


def reason_of(weight: ProposedWeight) -> Phrase:
    """Return the evidence as the `why` of a position's competency."""
    return Phrase(zh="".join(evidence_lines(weight, "zh")), en=" ".join(evidence_lines(weight, "en")))


def _effect(sentences: Mapping[Verdict, Phrase], effect: Effect, language: Language) -> str:
    shown = {name: _signed(getattr(effect, name)) for name in ("r", "low", "high")}
    return sentences[effect.verdict].text(language).format(n=effect.n, **shown)


def _importance(importance: Importance, language: Language) -> str:
    names = ("、" if language == "zh" else ", ").join(
        f"{WORK_STYLES[element].text(language)}{'（' if language == 'zh' else ' ('}{element}{'）' if language == 'zh' else ')'}"
        for element in importance.elements
    )
    gap = f"{abs(importance.deviation):.1f}"
    if gap == "0.0":
        compared = "与各职业的平均水平相当" if language == "zh" else "about the average of all occupations"
    elif language == "zh":
        compared = f"比各职业的平均水平{'高' if importance.deviation > 0 else '低'} {gap} 个标准差"
    else:
        compared = (
            f"{gap} standard deviations {'above' if importance.deviation > 0 else 'below'} that of all occupations"
        )
    return _IMPORTANCE.text(language).format(
        occupation=importance.occupation, names=names, value=f"{importance.value:.2f}", compared=compared
    )


def _signed(value: float | None) -> str:
    """With a true minus, two decimals, three where two would show nothing."""
    return "" if value is None else f"{value:.{2 if abs(value) >= 0.005 else 3}f}".replace("-", "−")
