"""Resume: what a résumé says about education, work and skills. This is the language of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Degree = Literal["博士", "硕士", "本科", "大专", "中专", "技校", "高中"]
Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Contact:
    """How to reach the person: kept apart, and no part of what is matched, asked about or scored."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Education:
    """One school. Dates are "YYYY-MM" or "YYYY"; an end of None is not known or still going on."""

    school: str
    degree: Degree | None = None
    major: str | None = None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Work:
    """One job or internship. `end` None with a `start` means 至今; both None, that no believable dates were found."""

    employer: str | None
    title: str | None
    start: str | None = None
    end: str | None = None
    description: str = ""
    internship: bool = False


@dataclass(frozen=True)
class Project:
    """One project; `name` is its first line."""

    name: str
    start: str | None = None
    end: str | None = None
    description: str = ""


@dataclass(frozen=True)
class Resume:
    """A résumé without protected facts; `removed` names the kinds that were taken out, never their values.

    `years_of_experience` counts jobs, not internships, and months held twice once; None where nothing is known.
    """

    language: Language
    contact: Contact = Contact()
    education: tuple[Education, ...] = ()
    work: tuple[Work, ...] = ()
    projects: tuple[Project, ...] = ()
    years_of_experience: float | None = None
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The résumé as plain lists and dictionaries, in the order of the fields."""
        plain: dict[str, Any] = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The résumé that `to_json` wrote down."""
        return cls(
            **{
                **plain,
                "contact": Contact(**plain["contact"]),
                "education": tuple(Education(**one) for one in plain["education"]),
                "work": tuple(Work(**one) for one in plain["work"]),
                "projects": tuple(Project(**one) for one in plain["projects"]),
                **{key: tuple(plain[key]) for key in ("skills", "certificates", "removed")},
            }
        )
