"""Who acts in what is told: the candidate, a group, or nobody in particular."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scoring.score import Language

_I_EN: Final = r"\b(?:i|i'm|im|i've|ive|i'd|i'll)\b"
_STATE_EN: Final = re.compile(
    _I_EN
    + r"(?: (?:really|also|always|just|truly|personally|usually|never|often|would|do|don't|can|will|am|was|have|had"
    r"|feel like|did not|didn't))*"
    r" (?:think|thought|believe|feel|felt|know|knew|like|love|want|wanted|hope|wish|guess|suppose|understand|find|enjoy"
    r"|being|been|able|very|a|an|the|not|in|at|so|good|friendly)\b"
)
"""I, but no deed: "I think", "I was a …"."""
_NAMED_EN: Final = re.compile(_I_EN)
_WE_EN: Final = re.compile(r"\b(?:we|we're|we've|we'd|we'll)\b")
_GENERAL_EN: Final = re.compile(
    r"\b(?:you|you're|your|yourself|people|person|individuals?|employees?|someone|everyone|everybody|anyone|one"
    r"|it is important|it's important|should|must|needs? to|have to)\b"
)
_DEED_ZH: Final = re.compile(
    r"[我俺](?!们|司|国|方|校|俩|觉得|认为|想|是|相信|知道|喜欢|感觉|的|能|有|很|非常|特别|也不|不|没|这个人|个人|叫|年年|始终|一直|会秉)"
    r"[^，。！？]{0,4}?[先就把去跟给找问打做写带拿让请改查拉算发说讲建试定看画记陪送接拆换买盯列约守跑翻教帮调搬量回开核对比挑排留等站蹲抄贴装拍学用按]"
)
_WE_ZH: Final = re.compile(
    r"[我俺咱]们(?!公司|店|厂|部门|这|那|家|学校|单位|班|组|线|小区|医院|老板|领导|经理)|咱(?!们)|我俩"
)
"""Who acts; 我们公司 and the like only say where."""
_GENERAL_ZH: Final = re.compile(r"应该|应当|要|必须|需要|得(?=[^了到很])|一个人|人们|你(?!们)|不能|才能|关键|重要")
_CLOSE_TO_NOTHING: Final = 0.5
"""Added to what is counted, so that a single word does not decide."""


@dataclass(frozen=True)
class Ownership:
    """How often the answer tells a deed of the candidate's own, of "we", and what one does or ought to do."""

    own: int
    shared: int
    general: int

    @property
    def share(self) -> float:
        """Own deeds among all of these, 0-1."""
        return self.own / (self.own + self.shared + self.general + _CLOSE_TO_NOTHING)


def ownership(plain: str, language: Language) -> Ownership:
    """Count the voices of `plain`, the transcript as models read it: lower case, without punctuation."""
    if language == "zh":
        found = (_DEED_ZH, _WE_ZH, _GENERAL_ZH)
        return Ownership(*(len(pattern.findall(plain)) for pattern in found))
    own = len(_NAMED_EN.findall(plain)) - len(_STATE_EN.findall(plain))
    return Ownership(own, len(_WE_EN.findall(plain)), len(_GENERAL_EN.findall(plain)))
