"""Answers in, scores out. The parts are in `scorers/`; this file says in which order they speak."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Final

from core.errors import Refused
from core.settings import ModelSettings
from hr_bridge.match import score_from_level
from scoring.cleaning import fold, grams
from scoring.engines.embedder import Embedder, compute_on_one_core, find_encoder
from scoring.engines.rating_head import HEADS, RatingHead, Ratings
from scoring.engines.reader import DEPTH, Reader
from scoring.rubric import Competency, RubricMissing, load_competency
from scoring.score import (
    COMPETENCIES,
    AnswerScore,
    AnswerToScore,
    DimensionShown,
    Evidence,
    Kind,
    Language,
    Star,
    Telling,
)
from scoring.scorers.dimensions import dimensions_shown
from scoring.scorers.evidence import evidence
from scoring.scorers.indicators import indicator_of
from scoring.scorers.ownership import ownership
from scoring.scorers.reflection import reflection
from scoring.scorers.relevance import relevance
from scoring.scorers.specificity import specificity
from scoring.scorers.structure import Part, missing_part, star
from scoring.scorers.unscorable import reason_unscored
from scoring.transcript import Passage, Transcript, language_of, read_answer

HEAD: Final = "answer-head"
_NO_EVIDENCE: Final = 1.0
_EVIDENCE_FROM: Final = 1.5
_SURE_OF_NOTHING: Final = 0.9
_OTHER_LANGUAGE: Final = 0.8
_HARD_TO_HEAR: Final = 0.75


class CompetencyUnknown(Refused):
    """The key is none of ours."""

    def __init__(self, key: str) -> None:
        super().__init__(f"unknown competency {key[:40]!r}: use one of {', '.join(COMPETENCIES)}")
        self.key = key


class AnswerScorer:
    """Scores answers one by one: the same answer gets the same score, whatever stands beside it."""

    def __init__(self, reader: Reader, head: RatingHead) -> None:
        self._reader = reader
        self._head = head

    @classmethod
    def load(cls, settings: ModelSettings | None = None) -> AnswerScorer:
        """Load the encoder and its head from disk (seconds; the first time the embedded encoder is unpacked).

        Raises:
            EncoderMissing, PackageMissing, HeadMissing: one sentence says what to do.
        """
        source = find_encoder(settings or ModelSettings())
        return cls(Reader(Embedder(source, DEPTH)), RatingHead(HEADS / f"{HEAD}.safetensors"))

    @property
    def reader(self) -> Reader:
        """The encoder, for whoever else compares texts in this process."""
        return self._reader

    @property
    def model(self) -> str:
        """What is stored with every score: encoder, head, and the head's digest."""
        return self._head.name

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]:
        """Return one score an answer, in order.

        Raises:
            CompetencyUnknown: a key outside the list, before anything is scored.
        """
        for answer in answers:
            if answer.competency not in COMPETENCIES:
                raise CompetencyUnknown(answer.competency)
        # One answer a core, the longest first: on a busy machine threads that share one answer wait for each other.
        order = sorted(range(len(answers)), key=lambda i: -len(answers[i].answer))
        with ThreadPoolExecutor(max_workers=_cores(), initializer=compute_on_one_core) as pool:
            done = dict(zip(order, pool.map(lambda i: self._score(answers[i]), order), strict=True))
        return [done[i] for i in range(len(answers))]

    def warm_up(self) -> None:
        """Look at one answer, for nobody: whatever is loaded at the first one is there before a candidate waits."""
        self.missing_star_part(
            "请讲一次您说服客户的经历。", "我先问清他为什么犹豫，再按他的用工算了一笔账，最后他签了。"
        )

    def missing_star_part(
        self, question: str, answer: str, language: Language | None = None, kind: Kind | None = None
    ) -> Part | None:
        """Return the STAR part that one follow-up should ask for; None where nothing is missing or nothing readable."""
        compute_on_one_core()
        transcript = read_answer(answer, question)
        if reason_unscored(transcript, language or "en") or not transcript.plain:
            return None
        ratings = self._rate(transcript, question, transcript.language or language or "en")
        return missing_part(ratings, kind)

    def _score(self, asked: AnswerToScore) -> AnswerScore:
        competency = _competency(asked.competency)
        transcript = read_answer(asked.answer, asked.question, _pasted(asked.competency))
        report_in: Language = asked.language or language_of(asked.question) or "zh"
        reason = reason_unscored(transcript, report_in, asked.transcript_confidence)
        if reason is not None:
            return AnswerScore.unscored(reason, self.model)
        if transcript.language is None or not fold(transcript.plain):
            return self._without_evidence()
        language = transcript.language
        reading = self._reader.read(transcript, asked.question)
        ratings = self._head.rate(reading, language)
        level = round(ratings.level, 4)
        confidence = ratings.confidence
        if asked.language not in (None, language):
            confidence *= _OTHER_LANGUAGE
        if asked.transcript_confidence is not None and asked.transcript_confidence < _HARD_TO_HEAR:
            confidence *= asked.transcript_confidence
        quotes: tuple[Evidence, ...] = ()
        shown: tuple[DimensionShown, ...] = ()
        if level >= _EVIDENCE_FROM:
            token_scores = self._head.token_scores(reading)
            name = partial(indicator_of, level=level, competency=competency, language=language)
            quotes = evidence(transcript, reading, token_scores, language, name)
            quoted = [Passage(quote.start, quote.end) for quote in quotes]
            shown = dimensions_shown(asked.answer, quoted, transcript.passages, competency, language)
        return AnswerScore(
            score=round(score_from_level(level), 2),
            level=level,
            confidence=round(confidence, 3),
            evidence=quotes,
            star=star(ratings),
            relevance=relevance(ratings),
            unscored_reason=None,
            model=self.model,
            dimensions=shown,
            telling=_telling(transcript, language, ratings),
        )

    def _rate(self, transcript: Transcript, question: str, language: Language) -> Ratings:
        return self._head.rate(self._reader.read(transcript, question), language)

    def _without_evidence(self) -> AnswerScore:
        """An answer of pleas, repeats and empty words alone: it was given, and shows nothing."""
        return AnswerScore(
            score_from_level(_NO_EVIDENCE),
            _NO_EVIDENCE,
            _SURE_OF_NOTHING,
            (),
            Star(0.0, 0.0, 0.0),
            0.0,
            None,
            self.model,
        )


def _telling(transcript: Transcript, language: Language, ratings: Ratings) -> Telling:
    voices = ownership(transcript.plain, language)
    facts = specificity(transcript.answer, transcript.passages, language)
    back = reflection(transcript.answer, transcript.passages, language)
    return Telling(
        own=round(ratings.own, 2),
        own_deeds=voices.own,
        shared_deeds=voices.shared,
        general=voices.general,
        numbers=facts.numbers,
        times=facts.times,
        names=facts.names,
        remarks=facts.remarks,
        looks_back=(back.start, back.end) if back else None,
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _competency(key: str) -> Competency | None:
    """Return the library's competency, or None for one of ours that the library does not describe yet."""
    try:
        return load_competency(key)
    except RubricMissing:
        return None


@cache
def _pasted(key: str) -> tuple[frozenset[str], ...]:
    """Return the fingerprints of everything in the library that is not a candidate's own words."""
    competency = _competency(key)
    if competency is None:
        return ()
    texts = [
        text for phrase in (competency.definition, *competency.anchors.values()) for text in (phrase.zh, phrase.en)
    ]
    for indicators in (competency.indicators_for, competency.indicators_against):
        texts += [*indicators.zh, *indicators.en]
    return tuple(grams(text) for text in texts)
