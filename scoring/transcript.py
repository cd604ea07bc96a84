"""What was said, made readable for a model: language, passages, and plain text that keeps the way back to the answer.

Speech recognition gives no punctuation, typing gives too much of it, and neither says anything about the content. Nor do
the speaker's name, where they come from, and whether somebody is a he or a she. So models read text without punctuation,
case, fillers, introductions, the size of numbers and the sex of pronouns; `origin` leads each character back to the
verbatim answer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scoring.cleaning import Copies, fold, foreign, grams, is_invisible, occurrences
from scoring.score import Language

LONGEST_ANSWER: Final = 20_000
"""Characters that are read; a person speaks about 4000 in twenty minutes."""

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_KANA: Final = re.compile(r"[\u3041-\u30fa]")
_OTHER_SCRIPT: Final = re.compile(
    r"[\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u0900-\u097f\u0590-\u05ff\u0370-\u03ff]"
)
_FEWEST_KANA: Final = 2
"""Japanese can be nearly all Chinese characters; Chinese has no kana."""
_WORD: Final = re.compile(r"[a-zA-Z]+(?:['’][a-zA-Z]+)?")
_ENGLISH: Final = frozenset(
    "the a an i me my we our you your he she it its they them his her their this that these those there is was are were "
    "be been am do did does had have has will would can could should not no and or but so because if when then than "
    "to of in on at for with from by about as into out up down over after before just what who how all any some "
    "i'm i've i'd it's that's don't didn't wasn't couldn't going get got like".split()
)
_CODE: Final = re.compile(r"[{}();=<>\[\]_\\/|$#&*+]")

_SENTENCE_END: Final = re.compile(r"(?<=[。！？!?；;…\n])|(?<=\.)(?=\s|$|[\u3400-\u9fff])")
_CLAUSE_END: Final = re.compile(
    r"(?<=[，,：:、—])|(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])"
    r"|\s+(?=(?:and then|and|but|so|because|then|after that|which|when|while|where|however|therefore|finally)\b)"
    r"|(?=(?:然后|后来|所以|但是|不过|结果|于是|接着|最后|因为|当时|后面|之后我|我就))",
    re.IGNORECASE,
)
_SENTENCE_LIMIT: Final[dict[Language, int]] = {"en": 150, "zh": 60}
_CLAUSE_LIMIT: Final[dict[Language, int]] = {"en": 110, "zh": 36}
_TELLING_CLAUSE: Final = 18
"""Letters, a Chinese character counting two."""

_FILLERS: Final = re.compile(
    r"\b(?:u+h+m*|u+m+|e+r+m*|h+m+|m{2,}|you know|i mean|sort of|kind of)\b|[嗯呃唔]+|那个(?:那个)+|这个(?:这个)+|就是说"
)
_PLACES: Final = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|内蒙古?|广西|西藏|宁夏|新疆|香港|澳门|东北|西北|江南|农村|乡下|山里|城里|外地|本地|南方|北方"
)
_INTRODUCTION: Final = re.compile(
    r"\bmy (?:full )?name is (?:[\w'’-]+)(?: (?!(?:and|but|so|i)\b)[\w'’-]+)?"
    r"|(?:我的名字[叫是]|我名字叫|我叫|本人叫)(?:(?![来去帮给把先停住他她你它人过])[\u3400-\u9fff]){2,7}(?:[·•][\u3400-\u9fff]{1,8})*(?=[，,。.；;！!\s]|$)"
    rf"|我(?:是|来自|老家在?|家在)(?:{_PLACES})[省市]?(?:人|的|来的|出来的|长大的|出身)?(?=[，,。.；;！!\s]|$)"
    r"|我是[\u3400-\u9fff]{1,4}族(?:人|的)?(?=[，,。.；;！!\s]|$)"
)
_PRONOUNS: Final = (
    (re.compile(r"\bshe\b"), "he"),
    (re.compile(r"\b(?:her|hers|him)\b"), "his"),
    (re.compile(r"\bherself\b"), "himself"),
    (re.compile("她"), "他"),
)
_NUMBER: Final = re.compile(
    r"\d+(?:[.,:/]\d+)*"
    r"|(?<![第周期一二两三四五六七八九十百千万几])[二两三四五六七八九十百千万]+(?=[个年天次人块家台条件位张箱袋吨岁套名])"
)
_ANY_NUMBER: Final = "12"
_NOT_TEXT: Final = re.compile(r"[^\w'%]+|_+|(?<![a-z])'|'(?![a-z])")
_SPACE_IN_CHINESE: Final = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")


@dataclass(frozen=True)
class Passage:
    """A sentence or clause of the answer: `answer[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True)
class Transcript:
    """`plain[i]` stems from `answer[origin[i]]`; `removed` are the passages that are no evidence."""

    answer: str
    language: Language | None
    plain: str
    origin: tuple[int, ...]
    passages: tuple[Passage, ...]
    removed: tuple[Passage, ...]


def read_answer(answer: str, question: str, pasted: Iterable[frozenset[str]] = ()) -> Transcript:
    """Return the answer as models read it. `pasted` are the `grams` of rubric texts, which are nobody's own words."""
    answer = answer[:LONGEST_ANSWER]
    known = Copies([grams(question), *pasted])
    kept: list[Passage] = []
    removed: list[Passage] = []
    read_back = [Passage(start, end) for start, end in occurrences(answer, question)]
    removed += read_back
    passages = [p for p in _outside(answer, read_back) if fold(answer[p.start : p.end])]
    texts = [answer[p.start : p.end] for p in passages]
    for passage, text, is_foreign in zip(passages, texts, foreign(texts), strict=True):
        if is_foreign or known.hold(text):
            removed.append(passage)
            continue
        pieces = [_trimmed(answer, *piece) for piece in _split(_CLAUSE_END, answer, passage.start, passage.end)]
        held = [p for p in pieces if _says_something(p, answer) and known.hold(answer[p.start : p.end])]
        removed += held
        kept += [piece for piece in pieces if piece not in held and piece.end > piece.start] if held else [passage]
        known.add(grams(text))
    plain, origin = _plain(answer, kept)
    language = language_of(" ".join(answer[p.start : p.end] for p in kept))
    return Transcript(answer, language, plain, origin, tuple(_clauses(answer, kept)), tuple(removed))


def language_of(text: str) -> Language | None:
    """Return zh or en, the one that carries the sentence where both are mixed, or None for any other language."""
    text = "".join(char for char in text if not is_invisible(char))
    han, other = len(_HAN.findall(text)), len(_OTHER_SCRIPT.findall(text))
    words = [w.lower().replace("’", "'") for w in _WORD.findall(text)]
    kana = len(_KANA.findall(text))
    if other > 0.15 * (han + other + len(words)) or (kana >= _FEWEST_KANA and kana > 0.04 * (han + kana)):
        return None
    if han >= 2 and han >= 0.4 * len(words):
        return "zh"
    if not words:
        return None
    accented = len(re.findall(r"[à-öø-ÿœßñ¿¡]", text.lower()))
    known = sum(w in _ENGLISH for w in words)
    if known < 0.2 * len(words) or accented > 0.25 * len(words):
        return None
    return "en"


def is_code(text: str) -> bool:
    """True where signs of a programming language make up a good part of the text."""
    visible = re.sub(r"\s", "", text)
    return len(visible) > 0 and len(_CODE.findall(visible)) > 0.15 * len(visible)


def count_words(text: str) -> int:
    """Chinese characters count as one word each."""
    text = "".join(char for char in text if not is_invisible(char))
    return len(_HAN.findall(text)) + len(_WORD.findall(text))


def split_sentences(answer: str, start: int = 0, end: int | None = None) -> list[Passage]:
    """Return sentences; where a transcript has none, pieces of clause length cut at connectives or spaces."""
    sentences = _split(_SENTENCE_END, answer, start, len(answer) if end is None else end)
    pieces: list[Passage] = []
    for start, end in sentences:
        language: Language = "zh" if _HAN.search(answer, start, end) else "en"
        if end - start <= _SENTENCE_LIMIT[language]:
            pieces.append(_trimmed(answer, start, end))
        else:
            pieces.extend(_cut(answer, start, end, _SENTENCE_LIMIT[language]))
    return [p for p in pieces if p.end > p.start]


def _outside(answer: str, holes: Iterable[Passage]) -> list[Passage]:
    """Return the sentences of the answer without what lies in `holes`, which are in order."""
    ends = [0, *(hole.end for hole in holes)]
    starts = [*(hole.start for hole in holes), len(answer)]
    return [p for start, end in zip(ends, starts, strict=True) for p in split_sentences(answer, start, end)]


def _says_something(clause: Passage, answer: str) -> bool:
    """False for clauses so short ("I told him so") that any long text may happen to hold their letters."""
    letters = fold(answer[clause.start : clause.end])
    return sum(2 if _HAN.match(letter) else 1 for letter in letters) >= _TELLING_CLAUSE


def _clauses(answer: str, passages: Iterable[Passage]) -> list[Passage]:
    clauses: list[Passage] = []
    for p in passages:
        language: Language = "zh" if _HAN.search(answer, p.start, p.end) else "en"
        clauses.extend(_cut(answer, p.start, p.end, _CLAUSE_LIMIT[language]))
    return [c for c in clauses if c.end > c.start]


def _cut(answer: str, start: int, end: int, limit: int) -> list[Passage]:
    """Join clauses until `limit`; a clause longer than it is cut at the space, or the character, nearest to it."""
    pieces: list[Passage] = []
    at = start
    for clause_start, clause_end in _split(_CLAUSE_END, answer, start, end):
        if clause_end - at > limit and clause_start > at:
            pieces.append(_trimmed(answer, at, clause_start))
            at = clause_start
        while clause_end - at > 1.5 * limit:
            space = answer.rfind(" ", at + limit // 2, at + limit)
            cut = space if space > 0 else at + limit
            pieces.append(_trimmed(answer, at, cut))
            at = cut
    pieces.append(_trimmed(answer, at, end))
    return pieces


def _split(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    marks = [start, *(m.end() for m in pattern.finditer(text, start, end) if start < m.end() < end), end]
    return list(itertools.pairwise(marks))


def _trimmed(answer: str, start: int, end: int) -> Passage:
    while start < end and (answer[start].isspace() or answer[start] in "，,、。；;：:"):
        start += 1
    while end > start and answer[end - 1].isspace():
        end -= 1
    return Passage(start, end)


def _plain(answer: str, passages: Iterable[Passage]) -> tuple[str, tuple[int, ...]]:
    text: list[str] = []
    origin: list[int] = []
    for p in passages:
        for i in range(p.start, p.end):
            if not is_invisible(answer[i]):
                lower = answer[i].lower()
                text.append(lower if len(lower) == 1 else answer[i])
                origin.append(i)
        text.append(" ")
        origin.append(max(p.start, p.end - 1))
    plain = "".join(text).replace("’", "'").replace("‘", "'")
    for pattern, replacement in (
        (_INTRODUCTION, " "),
        (_FILLERS, " "),
        *_PRONOUNS,
        (_NUMBER, _ANY_NUMBER),
        (_NOT_TEXT, " "),
        (_SPACE_IN_CHINESE, ""),
    ):
        plain, origin = _replaced(pattern, replacement, plain, origin)
    return plain.strip(), tuple(origin[len(plain) - len(plain.lstrip()) :][: len(plain.strip())])


def _replaced(pattern: re.Pattern[str], new: str, text: str, origin: list[int]) -> tuple[str, list[int]]:
    out: list[str] = []
    places: list[int] = []
    at = 0
    for m in pattern.finditer(text):
        out.append(text[at : m.start()])
        places.extend(origin[at : m.start()])
        out.append(new)
        places.extend(origin[min(m.start() + i, m.end() - 1)] for i in range(len(new)))
        at = m.end()
    out.append(text[at:])
    places.extend(origin[at:])
    return "".join(out), places
