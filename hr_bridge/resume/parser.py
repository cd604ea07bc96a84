"""A résumé's text becomes a Resume: regular letters, protected facts out, contact apart, then section by section."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import date

from hr_bridge.resume.abilities import is_certificate_line, read_certificates, read_skills
from hr_bridge.resume.contact import take_contact
from hr_bridge.resume.dates import Month, Period, find_period, years_worked
from hr_bridge.resume.education import read_education
from hr_bridge.resume.headings import Section, split_heading
from hr_bridge.resume.lines import label_of, strip_bullet, trim
from hr_bridge.resume.names import find_degree, find_school
from hr_bridge.resume.normalise import normalise
from hr_bridge.resume.prior_pay import mask_prior_pay
from hr_bridge.resume.protected import remove_protected
from hr_bridge.resume.resume import Language, Project, Resume, Work
from hr_bridge.resume.work import read_work

_CLAIMED = re.compile(
    r"(\d{1,2})\s*\+?\s*年(?:以上)?(?:的)?[\u4e00-\u9fff]{0,12}经验|(\d{1,2})\+?\s+years?(?:['’])?\s+(?:of\s+)?(?:[a-z]+\s+){0,3}experience",
    re.IGNORECASE,
)
_CLAIMED_LABEL = re.compile(r"(?:工作年限|工龄|工作经验|years of experience)\s*[:：]\s*(\d{1,2})", re.IGNORECASE)
# A form without headings goes on from the last job to the school: 毕业院校：…
_SCHOOL_FIELD = re.compile(r"(?:毕业院校|毕业学校|学校名称|学历|最高学历|文化程度|专业|所学专业|毕业时间)\s*[:：]")
_SCATTERED = re.compile(
    r"^(?:证书|资格证书|职业资格|技能|专业技能|certificates?|certifications?|skills)\s*[:：]", re.IGNORECASE
)


def parse_text(text: str, *, today: date, mask_pay: bool = True, pictures: bool = False) -> Resume:
    """The résumé in a text; whatever it does not say is left empty."""
    if mask_pay:
        text = mask_prior_pay(text)
    language = _language(text)
    clean = remove_protected(normalise(text), pictures=pictures)
    contact, lines = take_contact(clean.lines, language)
    sections = _sections(lines, today)
    skills, found = read_skills([*sections["skills"], *sections["languages"]])
    work = [*read_work(sections["work"], today), *read_work(sections["internship"], today, internship=True)]
    resume = Resume(
        language=language,
        contact=contact,
        education=tuple(read_education(sections["education"], today)),
        work=tuple(work),
        projects=tuple(_read_projects(sections["projects"], today)),
        skills=tuple(skills),
        certificates=tuple(dict.fromkeys([*read_certificates(sections["certificates"]), *found])),
        removed=clean.removed,
    )
    return replace(resume, years_of_experience=_years(work, lines, today))


def _language(text: str) -> Language:
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    return "zh" if chinese > 0.5 * len(re.findall(r"[A-Za-z]+", text)) else "en"


def _sections(lines: list[str], today: date) -> defaultdict[Section, list[str]]:
    """Lines by section; a résumé without any heading is sorted line by line."""
    sections: defaultdict[Section, list[str]] = defaultdict(list)
    current: Section = "personal"
    for line in lines:
        heading = split_heading(line)
        if heading is not None:
            current, line = heading
        if line:
            labelled = _SCHOOL_FIELD.match(line) if current not in ("education", "personal") else None
            sections["education" if labelled else current].append(line)
    if not sections["work"] and not sections["internship"]:
        rest = _unsorted(sections, today)
        sections["work"] = [line for line in rest if not _about_school(line) and not is_certificate_line(line)]
        sections["certificates"] += [line for line in rest if is_certificate_line(line)]
    if not sections["education"]:
        sections["education"] = [line for line in sections["personal"] if _about_school(line)]
    return sections


def _unsorted(sections: dict[Section, list[str]], today: date) -> list[str]:
    """What stands under no heading from the first line with dates on."""
    personal = sections.get("personal", [])
    first = next(
        (number for number, line in enumerate(personal) if find_period(line, today) and not _about_school(line)), None
    )
    if first is None:
        return []
    return [line for line in personal[first:] if not _SCATTERED.match(line)]


def _about_school(line: str) -> bool:
    labelled = label_of(line)
    return (
        find_school(line) is not None
        or find_degree(line) is not None
        or (labelled is not None and labelled[0] in ("school", "major", "degree"))
    )


def _years(work: list[Work], lines: list[str], today: date) -> float | None:
    """Counted from the dates of jobs; where there are none, what the person states."""
    periods = [_period(job) for job in work if job.start and not job.internship]
    counted = years_worked(periods, today)
    if counted is not None:
        return counted
    text = "\n".join(lines)
    claim = _CLAIMED_LABEL.search(text) or _CLAIMED.search(text)
    if claim is None:
        return None
    return float(next(number for number in claim.groups() if number))


def _period(job: Work) -> Period:
    return Period(_month(job.start), _month(job.end))


def _month(text: str | None) -> Month | None:
    if text is None:
        return None
    year, _, month = text.partition("-")
    return Month(int(year), int(month) if month else None)


def _read_projects(lines: list[str], today: date) -> list[Project]:
    projects: list[Project] = []
    for raw in lines:
        line, bullet = strip_bullet(raw)
        found = find_period(line, today)
        name = trim(line if found is None else f"{line[: found.begin]} {line[found.stop :]}")
        opens = found is not None or (
            not bullet and len(name) <= 40 and not re.search(r"[。；;：:]|\.$", name) and not projects
        )
        if opens and name:
            start, end = (
                (str(point) if point else None for point in (found.period.start, found.period.end))
                if found
                else (None, None)
            )
            projects.append(Project(name[:60], start, end))
        elif projects:
            last = projects[-1]
            projects[-1] = replace(last, description="\n".join(part for part in (last.description, line) if part))
    return projects
