"""Skills and certificates out of lists and half sentences: 熟练使用Excel、SQL；持有低压电工证."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hr_bridge.resume.lines import strip_bullet, trim

_LEVEL = re.compile(
    r"^(?:(?:(?:能够|可以|具备|具有|拥有|熟悉|熟练|精通|掌握|了解|擅长|善于|[能会](?=熟练|使用|操作|运用|独立)|较强的|良好的|一定的|扎实的|基本的)+"
    r"(?:使用|运用|操作|应用|独立|地|的)*)|"
    r"(?:proficient|skilled|experienced|fluent|competent|expert|familiar)\s+(?:in|with|at)\s+|(?:strong|excellent|good|solid|basic|working)\s+(?:knowledge of\s+)?|"
    r"(?:knowledge|experience)\s+(?:of|in|with)\s+|proficiency in\s+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:等(?:办公|常用)?(?:软件|工具|技能|设备)?|相关(?:知识|技能|软件)?|[（(](?:熟练|精通|熟悉|良好|了解|一般|掌握|advanced|basic|intermediate|fluent|native|proficient|expert)[^）)]*[）)])$",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"^[^:：、,，]{2,24}[:：]\s*")
_LIST = re.compile(r"[、,，;；|｜\t•·]|\s{2,}|\s/\s|。|(?<=[a-z)])\.(?:\s|$)")
_SLASH = re.compile(r"(?<=[A-Za-z+#]{2})/(?=[A-Za-z]{2})")
_CERTIFICATE = re.compile(
    r"证$|证书|驾照$|[一二三四五初中高]级.*师$|管理师$|建造师|会计师$|资格|执照|职称|CET-?[46]|英语[四六]级|普通话.{0,4}[甲乙]等?|[四六]级$|[一二三四五](?:级|等)技|[初中高]级工$|技师$|计算机[二三]级|"
    r"\bcertifi(?:ed|cate|cation)\b|\blicen[cs]ed?\b|\b(?:PMP|CPA|ACCA|CFA|BLS|ACLS|PALS|TEFL|CELTA|OSHA|NEBOSH|IOSH|TOEFL|IELTS|SHRM|CCNA|ITIL|CDL|RN|NMC|AWS Certified)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"[（(]?\s*(?:19|20)\d\d(?:\s*[年./-]\s*\d{0,2}\s*月?)?\s*(?:取得|获得|考取|颁发|通过)?\s*[）)]?|[（(]\s*[）)]"
)
_WISH = re.compile(r"希望|本人|我|i\s", re.IGNORECASE)
_HOLDING = re.compile(r"^(?:持有?|取得|获得?|考取|具备|具有|拥有|已?通过|已?取得|held|obtained|holder of)\s*")


def read_skills(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """(skills, certificates that stood among them), each once and in the order of the page."""
    skills: list[str] = []
    certificates: list[str] = []
    for word in _words(lines):
        if "█" in word:
            continue
        if _CERTIFICATE.search(word):
            certificates.append(_certificate(word))
            continue
        skill = trim(_TAIL.sub("", _LEVEL.sub("", word)))
        if 1 < len(skill) <= 40 or skill in ("C", "R"):
            skills.append(skill)
    return _once(skills), _once(certificates)


def read_certificates(lines: Iterable[str]) -> list[str]:
    """Certificates without the dates on which they were given."""
    return _once(_certificate(word) for word in _words(lines))


def is_certificate_line(line: str) -> bool:
    """Whether a line without a heading lists certificates and nothing else."""
    words = _words([line])
    return bool(words) and all(len(word) <= 14 and _CERTIFICATE.search(word) for word in words)


def _words(lines: Iterable[str]) -> list[str]:
    words = []
    for line in lines:
        text = _CATEGORY.sub("", strip_bullet(line)[0])
        for word in _outside_brackets(text):
            words += (
                [part for part in (trim(one) for one in _SLASH.split(word)) if part]
                if not _CERTIFICATE.search(word)
                else [trim(word)]
            )
    return [word for word in words if word and not _WISH.match(word)]


def _outside_brackets(text: str) -> list[str]:
    """Splits a list at its commas, not at those inside brackets: Excel（数据透视表、VLOOKUP）."""
    hidden = re.sub(
        r"[（(][^）)]{0,60}[）)]",
        lambda match: _LIST.sub("\x00", match.group()) if len(match.group()) < 60 else match.group(),
        text,
    )
    if hidden.count("\x00"):
        whole = [
            trim(word)
            for word in _LIST.split(text.replace("（", "\t").replace("(", "\t").replace("）", "\t").replace(")", "\t"))
        ]
        return [word for word in whole if word]
    return [word for word in (part.strip() for part in _LIST.split(text)) if word]


def _certificate(word: str) -> str:
    return trim(_HOLDING.sub("", trim(_DATE.sub("", word))))


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if 1 < len(word) <= 60 or word in ("C", "R")))
