"""A second rating made of several samples, by rule: what is kept, which level it comes to, when a person must look."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Final, Literal

from scoring.cleaning import fold, is_plea
from scoring.engines.judge import AnswerToJudge, Judge, Rating
from scoring.engines.language_model import LIMIT_S, LanguageModelFailed, Trouble
from scoring.llm_permission import Obstacle

Failure = Obstacle | Trouble | Literal["quote_missing", "failed"]

SAMPLES: Final = 3
FEWEST_KEPT: Final = 2
"""One sample alone is no rating: nothing speaks for it."""
MOST_APART: Final = 1.0
"""Levels; two ratings further apart go to a person."""
_ATTEMPTS: Final = 3
_LEAST_PAUSE_S: Final = 0.5
_QUOTES_FROM: Final = 1.5
_SHORTEST_QUOTE: Final = 4
"""Letters and digits; "the" stands in every answer."""

log = logging.getLogger("mianshi.second_rating")


@dataclass(frozen=True, slots=True, repr=False)
class Combined:
    """`level` 1-5 with the passages behind it, or None with a `failure`. `samples` are the levels kept, lowest first."""

    level: float | None
    samples: tuple[float, ...]
    dropped: tuple[Failure, ...]
    quotes: tuple[str, ...]
    failure: Failure | None

    @classmethod
    def failed(cls, failure: Failure) -> Combined:
        """Nothing was asked, for this reason."""
        return cls(None, (), (), (), failure)


def needs_a_person(first: float | None, second: float | None) -> bool:
    """True where both levels are known and more than one level lies between them."""
    return first is not None and second is not None and abs(first - second) > MOST_APART


async def rate_again(judge: Judge, asked: AnswerToJudge, limit_s: float = LIMIT_S) -> Combined:
    """Ask `judge` three times at once and combine what has come after `limit_s` seconds. Never raises."""
    until = asyncio.get_running_loop().time() + limit_s
    samples = [asyncio.create_task(_sample(judge, asked, until)) for _ in range(SAMPLES)]
    _, late = await asyncio.wait(samples, timeout=limit_s)
    for sample in late:
        sample.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return combine(["timeout" if sample in late else sample.result() for sample in samples], asked.answer)


def combine(samples: Sequence[Rating | Failure], answer: str) -> Combined:
    """Return the middle level of the ratings whose quotes all stand in `answer`; of two, the lower.

    With fewer than two of them there is no level, and the failure is the most frequent reason of the others.
    """
    checked = [_checked(sample, answer) for sample in samples]
    kept = [sample for sample in checked if isinstance(sample, Rating)]
    dropped = tuple(sample for sample in checked if not isinstance(sample, Rating))
    levels = tuple(sorted(rating.level for rating in kept))
    if len(kept) < FEWEST_KEPT:
        return Combined(None, levels, dropped, (), Counter(dropped).most_common(1)[0][0])
    level = median_low(levels)
    quotes = dict.fromkeys(quote.strip() for rating in kept if rating.level == level for quote in rating.quotes)
    return Combined(level, levels, dropped, tuple(sorted(quotes, key=answer.find)), None)


def _checked(sample: Rating | Failure, answer: str) -> Rating | Failure:
    """The rating if every quote is the candidate's own evidence, word for word, and a level above 1 has one."""
    if not isinstance(sample, Rating):
        return sample
    quotes = [quote.strip() for quote in sample.quotes]
    grounded = all(quote in answer and len(fold(quote)) >= _SHORTEST_QUOTE and not is_plea(quote) for quote in quotes)
    return sample if grounded and (quotes or sample.level < _QUOTES_FROM) else "quote_missing"


async def _sample(judge: Judge, asked: AnswerToJudge, until: float) -> Rating | Failure:
    """One rating, or why there is none. An endpoint that is too busy is asked again when it says, time permitting."""
    loop = asyncio.get_running_loop()
    for attempt in range(_ATTEMPTS):
        try:
            return await judge.rate(asked)
        except LanguageModelFailed as error:
            pause = max(error.retry_after_s or 0.0, _LEAST_PAUSE_S * 2**attempt)
            last = attempt == _ATTEMPTS - 1 or not loop.time() + pause < until
            if error.trouble != "rate_limited" or last:
                return error.trouble
            await asyncio.sleep(pause)
        except Exception as error:  # a rating is never worth a report
            log.warning("a second rating failed: %s", type(error).__name__)
            return "failed"
    raise AssertionError("unreachable")
