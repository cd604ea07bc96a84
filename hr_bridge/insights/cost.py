"""What an interview costs, by the prices that the house has set; what is not priced is not guessed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.errors import Rejected
from hr_bridge.channel_names import one_name
from hr_bridge.insights.course import Course


@dataclass(frozen=True, slots=True)
class ChannelPrice:
    """What a channel of origin takes, for each person invited from it or for each one hired."""

    amount: float
    per: Literal["invited", "hire"]


@dataclass(frozen=True, slots=True)
class Costs:
    """Prices in `currency`; None where none is set."""

    currency: str = "CNY"
    review_minute: float | None = None
    text: float | None = None
    """One SMS."""
    interview: float | None = None
    """One finished interview, for machines and their electricity."""
    channels: Mapping[str, ChannelPrice] = field(default_factory=dict)

    @property
    def are_set(self) -> bool:
        return any(price is not None for price in (self.review_minute, self.text, self.interview))

    @property
    def missing(self) -> tuple[str, ...]:
        """The prices that count as nothing because nobody set them."""
        named = {"review_minute": self.review_minute, "text": self.text, "interview": self.interview}
        return tuple(name for name, price in named.items() if price is None)

    def of(self, courses: Iterable[Course]) -> float:
        """Texts, interviews held and minutes of review of these people, without what channels take."""
        total = 0.0
        for course in courses:
            total += (self.review_minute or 0.0) * (course.review_minutes or 0.0)
            total += (self.text or 0.0) * course.texts_sent
            total += (self.interview or 0.0) * course.finished
        return total

    def unknown(self, courses: Iterable[Course]) -> int:
        """Of how many people something that has a price is deleted already: their texts and minutes of review."""
        if self.review_minute is None and self.text is None:
            return 0
        return sum(course.record_only for course in courses)

    def of_channel(self, channel: str | None, invited: int, hired: int) -> float | None:
        """What the channel takes for these people; None where no price is set for it."""
        price = self.channels.get(channel or "")
        return None if price is None else price.amount * (invited if price.per == "invited" else hired)


def read_channel_prices(text: str) -> Mapping[str, ChannelPrice]:
    """Read `内推=800/hire, 招聘网站=12`: an amount for each person invited, or with `/hire` for each one hired.

    Raises Rejected with one sentence that names the part which cannot be read.
    """
    prices: dict[str, ChannelPrice] = {}
    for part in filter(None, (each.strip() for each in text.replace("，", ",").split(","))):
        name, equals, price = part.partition("=")
        amount, _, per = price.partition("/")
        try:
            value = float(amount)
        except ValueError:
            value = math.nan
        readable = bool(equals) and bool(name.strip()) and math.isfinite(value) and value >= 0
        if not readable or per.strip() not in ("", "invited", "hire"):
            raise Rejected(f"COST_CHANNELS cannot be read at “{part[:40]}”; write it like 内推=800/hire, 招聘网站=12")
        prices[one_name(name) or name] = ChannelPrice(value, "hire" if per.strip() == "hire" else "invited")
    return prices
