"""What a letter says: from the facts of an interview to a mail in text and HTML, or to one short text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Formatter
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from core.content import Language
from core.settings import Settings
from dialogue.notice import advertised_pay, who_decides
from hr_bridge.position import PositionProfile

UCS2: Final = 70
GSM: Final = 160
"""Characters of one text message, by the alphabet that it needs (3GPP TS 23.038)."""
_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED: Final = frozenset("^{}\\[~]|€")
_WEEKDAYS: Final = "一二三四五六日"
_CITIES: Final[Mapping[str, str]] = {"Asia/Shanghai": "Beijing", "Asia/Urumqi": "Beijing"}


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """What a letter may speak of. Times are points in time; `zone` is the candidate's."""

    name: str
    profile: PositionProfile
    language: Language
    zone: ZoneInfo
    company: str
    voice: bool
    until: datetime
    start: datetime | None = None
    url: str = ""
    stop_url: str = ""
    """Where reminders are stopped; empty where there is nothing to stop."""

    def words(self) -> dict[str, Any]:
        """The parameters of letters.yml."""
        position, company = self.profile.title.text(self.language), self.company
        return {
            "name": self.name,
            "position": position,
            "location": self.profile.location.text(self.language),
            "company": company,
            "of_company": f"{company}的" if company else "",
            "at_company": f" at {company}" if company else "",
            "until": moment(self.until, self.zone, self.language),
            "until_short": short_moment(self.until, self.zone, self.language),
            "start": moment(self.start, self.zone, self.language) if self.start else "",
            "start_short": short_moment(self.start, self.zone, self.language) if self.start else "",
            "minutes": self.profile.time_budget_minutes,
            "count": self.profile.scored_questions,
            "days": self.profile.outreach.new_window_days,
            "pay": advertised_pay(self.profile, self.language),
            "notice": who_decides(self.profile, self.language),
            "ways": texts()["frame"][self.language]["ways"][self.voice],
            "url": self.url,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Worded:
    """A letter as it goes out; `subject`, `html` and the calendar part are a mail's alone."""

    to: str
    text: str
    subject: str = ""
    html: str = ""
    language: str = "zh"
    stop_url: str = ""
    calendar: str = ""
    calendar_method: str = ""
    kind: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    """Of a text: the words it is made of by name, for gateways that keep the wording themselves."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Worded:
        return cls(**json.loads(text))


def word_mail(kind: str, to: str, facts: Facts, **more: str) -> Worded:
    """The mail of a kind of letters.yml; `more` are further parameters of its words."""
    words = facts.words() | more
    letter, frame = texts()[kind][facts.language], texts()["frame"][facts.language]
    lines = facts_of(facts, letter["facts"])
    lead = [part for line in letter["lead"] for part in line.format(**words).split("\n\n")]
    hello = frame["hello"].format(**words) if facts.name else ""
    closing, signed = letter["closing"].format(**words), frame["signed"].format(**words)
    colon = "：" if facts.language == "zh" else ": "
    text = [
        *([hello] if hello else []),
        *lead,
        *([f"{letter['button']}{colon}{facts.url}"] if letter["button"] else []),
        *(["\n".join(f"· {title}{colon}{line}{frame['no_end']}" for title, line in lines)] if lines else []),
        closing,
        signed,
        *([f"{frame['stop']}{facts.stop_url}"] if facts.stop_url else []),
    ]
    return Worded(
        to=to,
        subject=letter["subject"].format(**words),
        text="\n\n".join(text) + "\n",
        html=_html(facts, hello, lead, letter["button"], lines, closing, signed, frame),
        language=facts.language,
        stop_url=facts.stop_url,
    )


def word_sms(kind: str, to: str, facts: Facts, signature: str, **more: str) -> Worded:
    """The text of a kind: the fullest wording that fits one message, else the shortest.

    Mainland numbers and Chinese texts carry the signature in 【】, as their carriers ask; it puts a text into the
    alphabet of 70 characters.
    """
    words, language = facts.words() | more, facts.language
    if signature and (language == "zh" or to.startswith("+86")):
        before = f"【{signature}】"
    else:
        before = f"{signature}: " if signature else ""
    wordings = [before + wording.format(**words) for wording in texts()[kind][language]["sms"]]
    text = next((wording for wording in wordings if fits_one_message(wording)), wordings[-1])
    named = {name for wording in texts()[kind][language]["sms"] for _, name, _, _ in Formatter().parse(wording) if name}
    params = {name: str(words[name]) for name in sorted(named)}
    return Worded(to=to, text=text, language=language, kind=kind, params=params)


def fits_one_message(text: str) -> bool:
    """True when a phone is sent one message and charged for one."""
    if all(char in _GSM_BASIC or char in _GSM_EXTENDED for char in text):
        return len(text) + sum(char in _GSM_EXTENDED for char in text) <= GSM
    return len(text.encode("utf-16-be")) // 2 <= UCS2


def facts_of(facts: Facts, names: list[str]) -> list[tuple[str, str]]:
    """Title and line of each named fact, as the letters and the landing page show them."""
    words, found = facts.words(), texts()["facts"][facts.language]
    return [(found[name]["title"], found[name]["text"].format(**words)) for name in names]


def moment(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """11月30日（周一）20:15（北京时间), Monday 30 November, 20:15 (Beijing time)."""
    local = at.astimezone(zone)
    if language == "zh":
        place = "北京时间" if _CITIES.get(zone.key) else f"当地时间，{_offset(local)}"
        return f"{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）{local:%H:%M}（{place}）"
    city = _CITIES.get(zone.key) or zone.key.rpartition("/")[2].replace("_", " ")
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}, {local:%H:%M} ({city} time)"


def day_of(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """11月30日（周一）, Monday 30 November: a day by the candidate's calendar."""
    written = moment(at, zone, language)
    return written.partition("）")[0] + "）" if language == "zh" else written.partition(",")[0]


def short_moment(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """11月30日20:15, 30 Nov 20:15."""
    local = at.astimezone(zone)
    if language == "zh":
        return f"{local.month}月{local.day}日{local:%H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1][:3]} {local:%H:%M}"


def signature_of(settings: Settings) -> str:
    return settings.sms.signature or settings.house.company


@cache
def texts() -> dict[str, Any]:
    """letters.yml, read once."""
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("letters.yml").read_text(encoding="utf-8"))
    return loaded


def _offset(local: datetime) -> str:
    hours, minutes = divmod(int((local.utcoffset() or local - local).total_seconds()) // 60, 60)
    return f"UTC{hours:+d}" + (f":{minutes:02d}" if minutes else "")


def _html(
    facts: Facts,
    hello: str,
    lead: list[str],
    button: str,
    lines: list[tuple[str, str]],
    closing: str,
    signed: str,
    frame: Mapping[str, Any],
) -> str:
    """Plain enough for every mail program: inline styles, no pictures, nothing loaded from anywhere."""
    url, stop_url = escape(facts.url), escape(facts.stop_url)
    paragraphs = ["<p>" + escape(line).replace("\n", "<br>") + "</p>" for line in ([hello] if hello else []) + lead]
    if button:
        paragraphs.append(
            f'<p style="margin:24px 0"><a href="{url}" style="background:#0b6659;color:#fff;padding:12px 24px;'
            f'border-radius:6px;text-decoration:none;display:inline-block">{escape(button)}</a></p>'
            f'<p style="font-size:13px;color:#5b6764">{escape(frame["link"])}<br>{url}</p>'
        )
    if lines:
        rows = "".join(
            f'<tr><td style="padding:6px 16px 6px 0;color:#5b6764;white-space:nowrap;vertical-align:top">'
            f'{escape(title)}</td><td style="padding:6px 0">{escape(line[:1].upper() + line[1:])}{frame["no_end"]}</td></tr>'
            for title, line in lines
        )
        paragraphs.append(f'<table role="presentation" style="border-collapse:collapse">{rows}</table>')
    paragraphs += [f"<p>{escape(closing)}</p>", f"<p>{escape(signed)}</p>"]
    if facts.stop_url:
        words, _, _ = str(frame["stop"]).rpartition("：" if facts.language == "zh" else ":")
        paragraphs.append(
            f'<p style="font-size:12px;color:#5b6764;border-top:1px solid #e6ebe9;padding-top:12px">{escape(words)} '
            f'<a href="{stop_url}" style="color:#5b6764">{escape(frame["stop_link"])}</a></p>'
        )
    language = "zh-CN" if facts.language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"></head>'
        '<body style="margin:0;padding:16px;background:#fff;color:#1c2422;font:16px/1.6 sans-serif">'
        f'<div style="max-width:560px;margin:auto">{"".join(paragraphs)}</div></body></html>'
    )


_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
