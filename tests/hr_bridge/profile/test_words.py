from __future__ import annotations

import pytest

from hr_bridge.profile import Effect, Importance, ProposedWeight
from hr_bridge.profile.words import evidence_lines, reason_of

IMPORTANCE = Importance("51-1011.00", ("1.C.2.b",), 4.44, 1.62)


def weight(performance: Effect, sentence: str | None = "带好班组长", share: float = 0.6) -> ProposedWeight:
    return ProposedWeight("leadership", 0.4, 0.3, performance, Effect(0), sentence, share, IMPORTANCE)


def test_every_kind_of_evidence_has_its_sentence_in_both_languages() -> None:
    clear = weight(Effect(36, 0.41, 0.1, 0.65, 33))
    assert evidence_lines(clear, "zh") == (
        "得分高的人绩效也好：r = 0.41，95% 区间 0.10 至 0.65（n = 36）。",
        "岗位说明：“带好班组长”。",
        "O*NET 27.0（51-1011.00）：领导意愿（1.C.2.b）的重要性为 4.44（满分 5），比各职业的平均水平高 1.6 个标准差。",
    )
    assert evidence_lines(clear, "en")[2] == (
        "O*NET 27.0 (51-1011.00): importance of Leadership (1.C.2.b) 4.44 of 5, "
        "1.6 standard deviations above that of all occupations."
    )


@pytest.mark.parametrize(
    ("effect", "zh", "en"),
    [
        (Effect(0), "还没有", "yet"),
        (Effect(7, 0.9, 0.5, 0.98, 4), "下不了结论（n = 7）", "Too few to conclude (n = 7)"),
        (Effect(12, all_alike=True), "看不出关系（n = 12）", "all alike"),
        (Effect(30, 0.1, -0.27, 0.44, 27), "−0.27 至 0.44", "No clear link"),
        (Effect(30, 0.4, 0.004, 0.67, 27), "0.004 至 0.67", "0.004 to 0.67"),
        (Effect(30, -0.5, -0.7, -0.2, 27), "绩效反而差：r = −0.50", "worse performance"),
    ],
)
def test_the_sentence_says_what_may_be_concluded(effect: Effect, zh: str, en: str) -> None:
    assert zh in evidence_lines(weight(effect), "zh")[0]
    assert en in evidence_lines(weight(effect), "en")[0]


def test_a_clause_that_hardly_speaks_for_it_is_not_quoted() -> None:
    assert "岗位说明里没有提到。" in evidence_lines(weight(Effect(0), share=0.1), "zh")
    assert "带好" not in reason_of(weight(Effect(0), share=0.1)).zh
