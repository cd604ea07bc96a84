"""Schools out of the lines of an education section: one entry a school, whichever line its dates stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hr_bridge.resume.dates import Period, find_month, find_period
from hr_bridge.resume.lines import is_table_head, label_of, pieces, strip_bullet, trim
from hr_bridge.resume.names import degree_of_school, find_degree, find_school, is_place
from hr_bridge.resume.resume import Degree, Education

_MAJOR_ZH = re.compile(r"(?P<major>[\u4e00-\u9fffA-Za-z（）()与]{2,20}?)专业")
_MAJOR_EN = re.compile(
    r"\b(?:bachelor|master|doctor|associate|diploma|certificate|degree|b\.?sc|m\.?sc|b\.?a|m\.?a|b\.?s|m\.?s|b\.?eng|m\.?eng|btech|ph\.?d|bba|hnd|btec|nvq)\b\.?(?:['’]s)?(?:\s+degree)?"
    r"(?:\s*\(hons\)|\s+hons|\s+level\s+\d|\s+\(?[123](?::[12]|st|nd)\)?)*"
    r"(?:\s+of\s+(?:science|arts|engineering|applied science|technology|philosophy|commerce)(?:\s+degree)?)?(?:\s*\(hons\))?(?:\s+of\b|\s+in\b|\s*,|\s*[-–—:]|\s)\s*"
    r"(?:in\s+)?(?P<major>[A-Z][A-Za-z&/+ ]{2,40}?)(?=\s*(?:$|[,;|\t()–—]|\s-\s|\bat\b|\bfrom\b|\bwith\b|GPA|\d))",
    re.IGNORECASE,
)
_NOT_A_MAJOR = re.compile(
    r"GPA|绩点|排名|全日制|统招|非全|自考|函授|毕业|在读|学位|学历|主修|课程|奖|荣誉|成绩|证|hons|grade|distinction|class|coursework|dean|award|honou?rs|\d|"
    r"graduat|a-?levels?|degree|dual|expected|school|diploma|学院$|系$",
    re.IGNORECASE,
)
_SUBJECT_LINE = re.compile(
    r"^(?:主修课程|主要课程|相关课程|核心课程|课程|GPA|绩点|荣誉|获奖|奖学金|relevant|coursework|modules|honou?rs|awards?|subjects)",
    re.IGNORECASE,
)


@dataclass
class _Entry:
    school: str | None = None
    degree: Degree | None = None
    major: str | None = None
    period: Period | None = None
    last_month: str | None = None


def read_education(lines: list[str], today: date) -> list[Education]:
    """Schools of one section, in the order of the page."""
    entries: list[_Entry] = []
    for raw in lines:
        line, _ = strip_bullet(raw)
        if is_table_head(raw) or _SUBJECT_LINE.match(line):
            continue
        entry = _entry_for(entries, line, today)
        if entry is not None:
            _take_line(entry, line, today)
    return [_finished(entry) for entry in entries if entry.school]


def _entry_for(entries: list[_Entry], line: str, today: date) -> _Entry | None:
    labelled = label_of(line)
    opens_school = _school(line) is not None or (labelled is not None and labelled[0] == "school")
    opens_period = find_period(line, today) is not None
    last = entries[-1] if entries else None
    if last is None or (opens_school and last.school) or (opens_period and last.period and last.school):
        if not opens_school and not opens_period and find_degree(line) is None and labelled is None:
            return None
        entries.append(_Entry())
    return entries[-1]


def _take_line(entry: _Entry, line: str, today: date) -> None:
    found = find_period(line, today)
    if found is not None:
        entry.period = entry.period or found.period
        line = f"{line[: found.begin]}\t{line[found.stop :]}"
    else:
        single = find_month(line)
        if single:
            entry.last_month = entry.last_month or str(single[0])
            line = f"{line[: single[1]]}\t{line[single[2] :]}"
    for part in line.split("\t"):
        labelled = label_of(part)
        if labelled and labelled[0] == "ignored":
            continue
        if labelled and labelled[0] == "major":
            entry.major = entry.major or _major_name(labelled[1])
        elif labelled and labelled[0] == "school" and not entry.school:
            entry.school = trim(labelled[1])[:60] or None
        else:
            _take_words(entry, labelled[1] if labelled else part)


def _take_words(entry: _Entry, words: str) -> None:
    # 专业 and the degree are looked for beside the school's name, which may itself hold such a word.
    school = _school(words) if entry.school is None else None
    if school is not None:
        entry.school = trim(school)[:60]
    rest = words.replace(school, "\t", 1) if school else words
    degree = find_degree(rest)
    if degree is not None and entry.degree is None:
        entry.degree = degree[0]
    if entry.major is not None:
        return
    zh, en = _MAJOR_ZH.search(rest), _MAJOR_EN.search(rest)
    if zh:
        entry.major = _major_name(zh["major"])
    elif en:
        entry.major = _major_name(en["major"])
    elif entry.school is not None or degree is not None:
        entry.major = next((major for major in map(_major_name, pieces(rest)) if major), None)


def _major_name(text: str) -> str | None:
    text = trim(
        re.sub(r"专业$|\(hons\)|[（(](?:本科|硕士|博士|大专|专科|中专|学士)[)）]", "", trim(text), flags=re.IGNORECASE)
    )
    if re.search(r"[\u4e00-\u9fff]", text):
        text = re.sub(
            r"^(?:大学)?(?:本科|硕士|博士|大专|专科|中专|研究生)\s*|(?:大学)?(?:本科|硕士|博士|大专|专科|中专|研究生)$",
            "",
            text,
        )
    degree = find_degree(text)
    if (
        not 2 <= len(text) <= 40
        or _NOT_A_MAJOR.search(text)
        or is_place(text)
        or (degree and len(degree[1]) > len(text) - 3)
    ):
        return None
    return text


def _school(text: str) -> str | None:
    match = find_school(text)
    return match.group() if match else None


def _finished(entry: _Entry) -> Education:
    school = entry.school or ""
    start, end = None, entry.last_month
    if entry.period is not None and entry.period.start is not None:
        start = str(entry.period.start)
        end = str(entry.period.end) if entry.period.end else None
    usual = degree_of_school(school)
    degree = usual if usual == "高中" else entry.degree or usual
    return Education(school, degree, None if degree == "高中" else entry.major, start, end)
