"""What is weak in a competency that a recruiter wrote: `mianshi competency check FILE`.

Loading a file stops at its first fault; a check reads the raw YAML and names everything in one run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from core.content import Language
from scoring.competency_rules.advice import advise
from scoring.competency_rules.completeness import (
    few_indicators,
    few_questions,
    missing_anchors,
    only_from_resumes,
    wrong_fields,
    wrong_keys,
)
from scoring.competency_rules.fairness import unfair_questions, weak_anchors
from scoring.competency_rules.likeness import mirrored, said_twice
from scoring.rubric import RubricInvalid

_RULES: Final = (
    wrong_fields,
    missing_anchors,
    few_indicators,
    few_questions,
    wrong_keys,
    only_from_resumes,
    weak_anchors,
    unfair_questions,
    said_twice,
    mirrored,
)


@dataclass(frozen=True)
class Finding:
    """One weakness: the `field` of the file, the `rule` by name, and a sentence on what is wrong and what to do."""

    field: str
    rule: str
    sentence: str


@dataclass(frozen=True)
class CheckedCompetency:
    """What was found in `file`; it is clean where there are no findings."""

    file: str
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """The document of `mianshi competency check --json`."""
        findings = [asdict(finding) for finding in self.findings]
        return {"file": self.file, "clean": not findings, "findings": findings}


def check_competency(file: Path, language: Language) -> CheckedCompetency:
    """Return everything that is weak in `file`, told in `language`. The first run embeds the library, some seconds.

    Raises:
        RubricInvalid: it is not UTF-8, not YAML, or has no named fields.
    """
    try:
        draft = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RubricInvalid(f"{file.name} cannot be used: it is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(draft, dict):
        raise RubricInvalid(f"{file.name} cannot be used: it has no named fields such as key, title and anchors.")
    found = (
        Finding(weakness.field, weakness.rule, advise(weakness.rule, language, weakness.facts))
        for rule in _RULES
        for weakness in rule(draft)
    )
    return CheckedCompetency(file.name, tuple(dict.fromkeys(found)))
