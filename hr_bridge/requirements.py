"""What a position asks of a résumé before anybody is invited, and what each résumé tells of it.

A résumé that does not mention something has not denied it: `missing` means "not in the résumé", and a person decides.
Nothing here enters the match of an interview.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from core.content import Content, Words
from hr_bridge.resume.resume import Degree, Resume

Kind = Literal["education", "years", "skill", "certificate", "language"]
Verdict = Literal["met", "below", "missing"]
"""`below`: the résumé tells less than is asked for. `missing`: it tells nothing of it."""
AnyOf = Annotated[tuple[Words, ...], Field(min_length=1)]
"""Words of which one is enough: `[安全员证, 安全生产管理人员]`, `[Java, Go]`. The first is the one that is shown."""

LADDER: Final[Mapping[Degree, int]] = {"博士": 5, "硕士": 4, "本科": 3, "大专": 2, "中专": 1, "技校": 1, "高中": 1}
"""Steps of schooling as 学历 are counted in China; the three schools of upper secondary level stand on one step."""
LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "英语": (
        "英语",
        "英文",
        "english",
        "cet-4",
        "cet4",
        "cet-6",
        "cet6",
        "四级",
        "六级",
        "雅思",
        "ielts",
        "托福",
        "toefl",
    ),
    "日语": ("日语", "日文", "japanese", "jlpt"),
    "普通话": ("普通话", "mandarin", "chinese", "中文"),
}
"""Words by which a résumé tells a language; other languages are looked for by their own name."""
WRITTEN_IN: Final = {"英语": "en", "普通话": "zh"}
"""A résumé written in the language tells it, too."""


class Requirements(Content):
    """Every part is optional; what is not given is not asked for."""

    education: Degree | None = None
    """At least."""
    years: Annotated[float, Field(gt=0, le=40)] | None = None
    """Of work, without internships, at least."""
    skills: tuple[AnyOf, ...] = ()
    certificates: tuple[AnyOf, ...] = ()
    languages: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One requirement beside what the résumé says of it: `wanted` as the position has it, `found` verbatim or empty."""

    kind: Kind
    wanted: str
    verdict: Verdict
    found: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """The reasons, in the order of the requirements."""

    reasons: Sequence[Reason]

    @property
    def met(self) -> int:
        return sum(reason.verdict == "met" for reason in self.reasons)

    @property
    def is_below(self) -> bool:
        """The résumé itself tells less than is asked for."""
        return any(reason.verdict == "below" for reason in self.reasons)


def fit_of(resume: Resume, wanted: Requirements) -> Fit:
    """Hold a résumé against the requirements; protected facts were taken out of it before."""
    reasons: list[Reason] = []
    if wanted.education is not None:
        reasons.append(_education(resume, wanted.education))
    if wanted.years is not None:
        years = resume.years_of_experience
        verdict: Verdict = "missing" if years is None else "met" if years >= wanted.years else "below"
        reasons.append(Reason("years", f"{wanted.years:g}", verdict, "" if years is None else f"{years:g}"))
    places = [
        *resume.skills,
        *(work.description for work in resume.work),
        *(each.description for each in resume.projects),
    ]
    reasons += [_told("skill", words, places) for words in wanted.skills]
    papers = [*resume.certificates, *resume.skills]
    reasons += [_told("certificate", words, papers) for words in wanted.certificates]
    reasons += [_language(resume, name, papers) for name in wanted.languages]
    return Fit(tuple(reasons))


def _education(resume: Resume, least: Degree) -> Reason:
    degrees = [school.degree for school in resume.education if school.degree is not None]
    if not degrees:
        return Reason("education", least, "missing")
    best = max(degrees, key=LADDER.__getitem__)
    return Reason("education", least, "met" if LADDER[best] >= LADDER[least] else "below", best)


def _language(resume: Resume, name: str, places: Iterable[str]) -> Reason:
    told = _told("language", (name, *LANGUAGES.get(name, ())), places)
    if told.verdict == "missing" and WRITTEN_IN.get(name) == resume.language:
        return Reason("language", name, "met")
    return told


def _told(kind: Kind, words: Sequence[str], places: Iterable[str]) -> Reason:
    for place in places:
        for word in words:
            found = re.search(_pattern(word), place, re.IGNORECASE)
            if found is not None:
                return Reason(kind, words[0], "met", _around(place, found.start(), found.end()))
    return Reason(kind, words[0], "missing")


def _pattern(word: str) -> str:
    """Latin words stand apart ("Go" is not in "Google", "C" not in "C++"); Chinese ones have no borders."""
    left = r"(?<![A-Za-z0-9])" if word[0].isascii() else ""
    right = r"(?![A-Za-z0-9+#])" if word[-1].isascii() else ""
    return left + re.escape(word) + right


def _around(place: str, start: int, end: int) -> str:
    """The clause in which it stands, at most 40 characters to either side."""
    left = max(place.rfind(mark, 0, start) for mark in "。；;.\n") + 1
    rights = [at for mark in "。；;\n" if (at := place.find(mark, end)) >= 0]
    return place[max(left, start - 40) : min([*rights, end + 40, len(place)])].strip()
