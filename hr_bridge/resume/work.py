"""Jobs out of the lines of a work section, in the layouts that people use.

An entry is known by its dates. Whether employer and title stand before, beside or after the dates is told from the
first entry and held for the whole section, since one person writes all entries the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hr_bridge.resume.dates import FoundPeriod, Period, find_period
from hr_bridge.resume.lines import is_table_head, label_of, labelled_cells, pieces, reads_as_head, strip_bullet, trim
from hr_bridge.resume.names import employer_weight, is_department, is_place, title_weight
from hr_bridge.resume.resume import Work

_MAX_NAME = 60
_GLUED = re.compile(
    r"^(?P<employer>.{2,30}?(?:有限公司|公司|集团|医院|[^师]厂|酒店|事务所))(?:[的，,]|担任|任职?)?(?P<title>[^（(有责].{1,15})$"
)
_TOLD = re.compile(
    r"^(?:一直|先后)?(?:就职于|任职于|供职于|在|于)(?P<employer>.{2,30}?)(?:担任|任职?|做|当|从事|跑|送|开|上班|工作|干)(?P<title>[^，,。；;]{0,16})(?P<rest>.*)$"
)
_OWN = re.compile(r"^自己(?:做|干|开)?(?P<title>[^，,。；;]{2,16})")
_INTERN = re.compile(r"实习|\bintern(?:ship)?\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[。；;]|^\.\s|(?<=[a-z]{2})(?<!Inc)(?<!Ltd)(?<!Co)(?<!Corp)\. (?=[A-Z])")
_UNKNOWN = Period(None, None)


@dataclass
class _Entry:
    period: Period
    employer: str | None = None
    title: str | None = None

    @property
    def complete(self) -> bool:
        return self.employer is not None and self.title is not None


@dataclass(frozen=True)
class _Line:
    text: str
    bullet: bool
    found: FoundPeriod | None

    @property
    def besides(self) -> str:
        """The line without its dates, up to the end of the sentence that they stand in."""
        if self.found is None:
            return self.text
        after = self.text[self.found.stop :]
        return f"{self.text[: self.found.begin]}\t{after[: len(after) - len(self.told_after)]}"

    @property
    def told_after(self) -> str:
        """What the line goes on to tell after that sentence."""
        if self.found is None:
            return ""
        after = self.text[self.found.stop :]
        end = _SENTENCE_END.search(after)
        return after[end.start() :] if end else ""


def read_work(lines: list[str], today: date, *, internship: bool = False) -> list[Work]:
    """Jobs of one section, in the order of the page."""
    rows = [cell for raw in lines if not is_table_head(raw) for cell in labelled_cells(raw)]
    section = [_line(text, today) for row in rows for text in _one_period_each(row, today)]
    starts = [number for number, line in enumerate(section) if _starts_entry(line)]
    if not starts:
        starts = [number for number, line in enumerate(section) if _names_employer(line)]
    if not starts:
        return []
    lead = _lead(section, starts)
    heads = [_head_start(section, number, lead, after) for number, after in zip(starts, [-1, *starts], strict=False)]
    found = []
    for number, head, stop in zip(starts, heads, [*heads[1:], len(section)], strict=True):
        job = _read_entry(section, head, number, stop, internship)
        if job.employer or job.title:
            found.append(job)
    return found


def _line(raw: str, today: date) -> _Line:
    text, bullet = strip_bullet(raw)
    labelled = label_of(text)
    if labelled and labelled[0] == "period":
        text = labelled[1]
    return _Line(text, bullet, find_period(text, today))


def _one_period_each(raw: str, today: date) -> list[str]:
    """ "2019年到2021年送外卖，2021年至今跑快递" tells two jobs in one line."""
    parts: list[str] = []
    for clause in re.split(r"(?<=[，。；;])", raw):
        has_period = find_period(clause, today) is not None
        if parts and not (has_period and find_period(parts[-1], today) is not None):
            parts[-1] += clause
        else:
            parts.append(clause)
    return parts


def _starts_entry(line: _Line) -> bool:
    if line.found is None:
        return False
    rest = trim(line.besides)
    if line.bullet and line.found.begin > 2 and not employer_weight(rest) == 2:
        return False
    at_edge = line.found.begin <= 2 or line.found.stop >= len(line.text) - len(line.told_after) - 2
    return at_edge or (len(rest) <= 60 and reads_as_head(rest, False))


def _names_employer(line: _Line) -> bool:
    return reads_as_head(line.text, line.bullet) and any(employer_weight(piece) == 2 for piece in pieces(line.text))


def _lead(section: list[_Line], starts: list[int]) -> int:
    """How many lines before its dates an entry begins: the lines before the first dates, at most two."""
    before = section[: starts[0]]
    if len(before) > 2 or not all(reads_as_head(line.text, line.bullet) or label_of(line.text) for line in before):
        before = before[-1:] if before and reads_as_head(before[-1].text, before[-1].bullet) else []
    return len(before)


def _head_start(section: list[_Line], number: int, lead: int, after: int) -> int:
    begin = number
    while begin > max(after + 1, number - lead) and _may_lead(section[begin - 1]):
        begin -= 1
    return begin


def _may_lead(line: _Line) -> bool:
    labelled = label_of(line.text)
    if labelled:
        return labelled[0] in ("employer", "title")
    return reads_as_head(line.text, line.bullet)


def _read_entry(section: list[_Line], head: int, number: int, stop: int, internship: bool) -> Work:
    line = section[number]
    entry = _Entry(line.found.period if line.found else _UNKNOWN)
    told = _TOLD.match(trim(line.besides))
    description: list[str] = []
    if told:
        entry.employer, entry.title = _short(told["employer"]), _short(told["title"]) or None
        description.append(trim(told["rest"]))
    elif own := _OWN.match(trim(line.besides)):
        entry.title = _short(own["title"])
    else:
        _take_pieces(entry, [piece for one in section[head : number + 1] for piece in _head_pieces(entry, one)])
    body = number + 1
    while body < stop and _continues_head(entry, section[body]):
        _take_pieces(entry, _head_pieces(entry, section[body]))
        body += 1
    description.append(trim(line.told_after.lstrip(". ")))
    for one in section[body:stop]:
        labelled = label_of(one.text)
        if labelled and labelled[0] in ("employer", "title"):
            _take_label(entry, *labelled)
        elif labelled and labelled[0] in ("ignored", "description"):
            description += [labelled[1]] if labelled[0] == "description" else []
        else:
            description.append(one.text)
    intern = internship or _INTERN.search(entry.title or "") is not None
    start, end = (str(point) if point else None for point in (entry.period.start, entry.period.end))
    return Work(entry.employer, entry.title, start, end, "\n".join(text for text in description if text), intern)


def _continues_head(entry: _Entry, line: _Line) -> bool:
    """After the dates, a line belongs to the head while it tells what is still missing."""
    labelled = label_of(line.text)
    if labelled:
        return labelled[0] in ("employer", "title")
    if entry.complete or line.found is not None or not reads_as_head(line.text, line.bullet) or len(line.text) > 50:
        return False
    if entry.employer is None and entry.title is None:
        return True
    if entry.employer is None:
        return any(employer_weight(piece) or title_weight(piece) for piece in pieces(line.text))
    return any(title_weight(piece) == 2 for piece in pieces(line.text)) and len(line.text) <= 40


def _head_pieces(entry: _Entry, line: _Line) -> list[str]:
    labelled = label_of(line.text) if line.found is None else None
    if labelled and labelled[0] in ("employer", "title"):
        _take_label(entry, *labelled)
        return []
    found: list[str] = []
    for piece in pieces(line.besides):
        if re.fullmatch(r"[A-Z]{2}", piece) and len(found) > 1 and title_weight(found[-1]) == 0:
            found.pop()  # "Acme Corp, Milwaukee, WI": the town goes with its state
            continue
        glued = _GLUED.match(piece)
        if glued and title_weight(glued["title"]) == 2:
            found += [glued["employer"], glued["title"]]
        elif not is_place(piece):
            found.append(piece)
    return found


def _take_label(entry: _Entry, kind: str, value: str) -> None:
    first = _short(value)
    if kind == "employer":
        entry.employer = entry.employer or first
    else:
        entry.title = entry.title or first


def _take_pieces(entry: _Entry, found: list[str]) -> None:
    """Employer and title by what the words are made of; where they do not tell, the employer comes first."""
    left = [piece for piece in found if not is_department(piece)] or found
    sure_titles = [piece for piece in left if title_weight(piece) == 2]
    sure_employers = [piece for piece in left if employer_weight(piece) == 2]
    if entry.title is None and sure_titles:
        only_title = [piece for piece in sure_titles if piece not in sure_employers]
        choice = only_title[0] if only_title else (sure_titles[-1] if len(left) > 1 or entry.employer else None)
        if choice is not None:
            entry.title = _short(choice)
            left.remove(choice)
    if entry.employer is None and left:
        sure = [piece for piece in left if piece in sure_employers]
        choice = sure[0] if sure else left[0]
        entry.employer = _short(choice)
        left.remove(choice)
    if entry.title is None and left:
        entry.title = _short(left[0])


def _short(text: str) -> str | None:
    return trim(text)[:_MAX_NAME] or None
