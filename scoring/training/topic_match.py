"""Learns which answer belongs to which question: each answer against all questions of its language, other competencies.

All rated answers take part, the written English ones too: what an answer is about does not depend on how it is told.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression
from torch import nn

from scoring.engines.rating_head import relevance_features
from scoring.engines.reader import Reading
from scoring.engines.topic_match import LANGUAGES, TopicMatch
from scoring.training.data import RatedAnswer
from scoring.training.validate import Floats, Ints

SHOWS_SOMETHING: Final = 2.0
"""Level of the answers that wrong pairs are made of: a slogan fits no question better than another."""
ANSWERS_THE_QUESTION: Final = 1.5
_TAUGHT_FROM: Final = 1.5
_PARTLY: Final = 1.0
_AXES: Final = 64
_PASSES: Final = 20
_BATCH: Final = 64
_RATE: Final = 2e-3
_DECAY: Final = 0.1
_DROPPED: Final = 0.5
_LENGTH: Final = 25.0
"""About one for each number of a topic of 768, so that the learning rate suits."""
_WRONG_PAIRS_WEIGH: Final = 0.05


def wrong_questions(rated: list[RatedAnswer], among: Ints) -> dict[int, list[int]]:
    """Return, for each of `among`, rows of answers to the other questions there: same source, another competency."""
    first: dict[tuple[str, str], int] = {}
    for i in among:
        first.setdefault((rated[i].source, rated[i].question), int(i))
    return {
        int(i): [
            k
            for (source, _), k in first.items()
            if source == rated[i].source and rated[k].competency != rated[i].competency
        ]
        for i in among
    }


def fit_topic_match(rated: list[RatedAnswer], readings: list[Reading]) -> TopicMatch:
    """Fit centers, scales and the learned axes; cross-entropy over the questions of a language."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    topics = np.stack([r.topic for r in readings])
    asked = np.stack([r.question_topic for r in readings])
    language = np.array([LANGUAGES.index(a.language) for a in rated])
    question = np.array([a.question for a in rated])
    competency = np.array([a.competency for a in rated])
    heads = {row: np.unique(question[language == row], return_index=True)[1] for row in range(len(LANGUAGES))}
    rows = {row: np.flatnonzero(language == row) for row in heads}
    own = {row: rows[row][heads[row]] for row in heads}
    centers = [(topics[rows[row]], asked[own[row]]) for row in heads]
    width = topics.shape[1]
    blank = TopicMatch(
        np.stack([a.mean(0) for a, _ in centers]),
        np.stack([a.std(0) + 1e-6 for a, _ in centers]),
        np.stack([q.mean(0) for _, q in centers]),
        np.stack([q.std(0) + 1e-6 for _, q in centers]),
        np.zeros((width, _AXES), np.float32),
        np.zeros((width, _AXES), np.float32),
    )
    answers, questions = np.zeros_like(topics), np.zeros_like(asked)
    for row, name in enumerate(LANGUAGES):
        answers[rows[row]], questions[rows[row]] = blank.axes(topics[rows[row]], asked[rows[row]], name)
    taught = np.array([a.level >= _TAUGHT_FROM and a.ratings[5] >= _PARTLY and not a.manipulated for a in rated])
    answer_map = nn.Linear(width, _AXES, bias=False)
    question_map = nn.Linear(width, _AXES, bias=False)
    question_map.load_state_dict(answer_map.state_dict())
    sharp = nn.Parameter(torch.tensor(2.0))
    maps = [*answer_map.parameters(), *question_map.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": maps, "weight_decay": _DECAY}, {"params": [sharp], "weight_decay": 0.0, "lr": 1e-2}], lr=_RATE
    )
    a_all, q_all = torch.from_numpy(answers) * _LENGTH, torch.from_numpy(questions) * _LENGTH
    for _ in range(_PASSES):
        for row in heads:
            order = rng.permutation(rows[row][taught[rows[row]]])
            for at in range(0, len(order), _BATCH):
                batch = order[at : at + _BATCH]
                a = nn.functional.normalize(answer_map(torch.dropout(a_all[batch], _DROPPED, True)), dim=-1)
                q = nn.functional.normalize(question_map(torch.dropout(q_all[own[row]], _DROPPED, True)), dim=-1)
                right = question[own[row]][None] == question[batch][:, None]
                akin = (competency[own[row]][None] == competency[batch][:, None]) & ~right
                logits = (a @ q.T * torch.exp(sharp)).masked_fill(torch.from_numpy(akin), -30.0)
                loss = nn.functional.cross_entropy(logits, torch.from_numpy(right.argmax(1)))
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
    return TopicMatch(
        blank.answer_center,
        blank.answer_scale,
        blank.question_center,
        blank.question_scale,
        answer_map.weight.detach().numpy().T.copy(),
        question_map.weight.detach().numpy().T.copy(),
    )


def fit_odds(right: Floats, wrong: Floats) -> Floats:
    """Return weights (bias and one a cosine) for log odds, as if there were as many wrong pairs as right ones."""
    x = np.concatenate([right, wrong])
    y = np.repeat([1, 0], [len(right), len(wrong)])
    model = LogisticRegression(C=100.0, class_weight="balanced", max_iter=1000).fit(x, y)
    return np.concatenate([model.intercept_, model.coef_[0]])


def fit_relevance(told: Floats, odds: Floats, rated: Floats, wrong_told: Floats, wrong_odds: Floats) -> Floats:
    """Return weights of `relevance_features`; pairs made wrong count as 0, and in all a twentieth of the others."""
    x = relevance_features(np.concatenate([told, wrong_told]), np.concatenate([odds, wrong_odds]))
    y = np.concatenate([rated, np.zeros(len(wrong_told))])
    weight = np.concatenate(
        [np.ones(len(told)), np.full(len(wrong_told), _WRONG_PAIRS_WEIGH * len(told) / len(wrong_told))]
    )
    return np.asarray(LinearRegression(fit_intercept=False).fit(x, y, weight).coef_)


def cosines_of(
    match: TopicMatch, readings: list[Reading], rated: list[RatedAnswer], answers: list[int], questions: list[int]
) -> npt.NDArray[np.float64]:
    """Return both cosines [n, 2] of answers beside the questions that other answers were given to."""
    out = np.zeros((len(answers), 2))
    for language in LANGUAGES:
        at = [n for n, i in enumerate(answers) if rated[i].language == language]
        if at:
            out[at] = match.cosines(
                np.stack([readings[answers[n]].topic for n in at]),
                np.stack([readings[questions[n]].question_topic for n in at]),
                language,
            )
    return out
