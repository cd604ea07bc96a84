"""`mianshi score`: one answer from a file, or many from JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import Refused
from scoring.assess import AnswerScorer, CompetencyUnknown
from scoring.score import COMPETENCIES, AnswerScore, AnswerToScore, Language

_AT_ONCE: Final = 256


class FileUnreadable(Refused):
    """A file that cannot be opened or is not UTF-8 text."""


class AnswerLine(BaseModel):
    """One line of a batch. Fields that we do not know are ignored, so that a line may carry its own notes."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    competency: str
    question: str
    answer: str
    language: Language | None = None
    transcript_confidence: float | None = Field(default=None, ge=0, le=1)

    @field_validator("competency")
    @classmethod
    def _is_ours(cls, key: str) -> str:
        if key not in COMPETENCIES:
            raise ValueError(str(CompetencyUnknown(key)))
        return key


@dataclass(frozen=True)
class BatchReport:
    """What became of a batch. `broken` has one sentence a line that could not be read, with its number."""

    scored: int
    unscored: int
    broken: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        return 1 if self.broken else 0


def score_file(
    scorer: AnswerScorer, competency: str, question: str, answer_file: Path, language: Language | None = None
) -> AnswerScore:
    """Score the answer that a text file holds.

    Raises:
        FileUnreadable, CompetencyUnknown: one sentence says what to do.
    """
    return scorer.score([AnswerToScore(competency, question, _read(answer_file), language)])[0]


def score_batch(scorer: AnswerScorer, in_path: Path, out_path: Path) -> BatchReport:
    """Score every line of `in_path` and write one JSON object with its `id` a line to `out_path`, in input order.

    A broken line is named in the report, gets no line in the output, and the rest is finished.

    Raises:
        FileUnreadable: the input cannot be read, or the output not be written.
    """
    lines = _read(in_path).splitlines()
    broken: list[str] = []
    scored = unscored = 0
    try:
        with out_path.open("w", encoding="utf-8") as out:
            for block in _blocks(lines, broken):
                scores = scorer.score([_asked(line) for line in block])
                for line, score in zip(block, scores, strict=True):
                    out.write(json.dumps({"id": line.id, **score.to_json()}, ensure_ascii=False) + "\n")
                    scored += score.level is not None
                    unscored += score.level is None
    except OSError as error:
        raise FileUnreadable(f"cannot write {out_path}: {error.strerror}") from error
    return BatchReport(scored, unscored, tuple(broken))


def _asked(line: AnswerLine) -> AnswerToScore:
    return AnswerToScore(
        line.competency, line.question, line.answer, line.language, transcript_confidence=line.transcript_confidence
    )


def _blocks(lines: list[str], broken: list[str]) -> Iterator[list[AnswerLine]]:
    block: list[AnswerLine] = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            block.append(AnswerLine.model_validate_json(text))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            broken.append(f"line {number}: {field + ': ' if field else ''}{first['msg'].removeprefix('Value error, ')}")
        if len(block) == _AT_ONCE:
            yield block
            block = []
    if block:
        yield block


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileUnreadable(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"{path} is not UTF-8 text: save it as UTF-8") from error
