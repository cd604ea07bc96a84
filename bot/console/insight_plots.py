"""Pictures of a link as figures for SVG: people as dots, and the mean outcome of each third with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from hr_bridge.insights.validity.association import Array
from hr_bridge.insights.validity.shapes import BINARY, Link

WIDTH: Final = 320.0
HEIGHT: Final = 200.0
LEFT: Final = 40.0
BOTTOM: Final = 26.0
TOP: Final = 8.0
MOST_DOTS: Final = 300
"""Of more people so many are drawn, evenly by score; the figures are those of all."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, at `place` in the picture's own units."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """`dots` and `line` are paths; `shown` of `n` people are drawn."""

    dots: str
    line: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    shown: int
    n: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One third: where its mean and interval lie, and the mean in words."""

    x: float
    mean: float
    low: float
    high: float
    text: str
    n: int


@dataclass(frozen=True, slots=True)
class ThirdsPlot:
    bars: tuple[Bar, ...]
    up: tuple[Tick, ...]
    floor: float


def scatter(link: Link) -> Scatter | None:
    """The people of a link that may be concluded from; None for yes-or-no outcomes, whose dots would be two rows."""
    if link.association is None or link.outcome in BINARY:
        return None
    order = np.argsort(link.scores, kind="stable")
    if len(order) > MOST_DOTS:
        order = order[np.linspace(0, len(order) - 1, MOST_DOTS).astype(int)]
    x_low, x_high, across = _axis(link.scores)
    y_low, y_high, up = _axis(link.outcomes)
    xs, ys = _across(link.scores, x_low, x_high), _upward(link.outcomes, y_low, y_high)
    slope, intercept = np.polyfit(link.scores, link.outcomes, 1)
    ends = np.array([link.scores.min(), link.scores.max()])
    line_x, line_y = (
        _across(ends, x_low, x_high),
        _upward(np.clip(slope * ends + intercept, y_low, y_high), y_low, y_high),
    )
    return Scatter(
        dots=" ".join(f"M{xs[i]:.1f} {ys[i]:.1f}h0" for i in order),
        line=f"M{line_x[0]:.1f} {line_y[0]:.1f}L{line_x[1]:.1f} {line_y[1]:.1f}",
        across=tuple(Tick(float(_across(np.array([at]), x_low, x_high)[0]), text) for at, text in across),
        up=tuple(Tick(float(_upward(np.array([at]), y_low, y_high)[0]), text) for at, text in up),
        shown=len(order),
        n=link.n,
    )


def thirds_plot(link: Link) -> ThirdsPlot | None:
    """Mean outcome of each third of scores with its 95 % interval: Student's, of shares Wilson's."""
    if link.thirds is None:
        return None
    first, second = np.quantile(link.scores, [1 / 3, 2 / 3])
    groups = [
        link.outcomes[link.scores <= first],
        link.outcomes[(link.scores > first) & (link.scores <= second)],
        link.outcomes[link.scores > second],
    ]
    binary = link.outcome in BINARY
    found = [(place, values, *_interval(values, binary)) for place, values in enumerate(groups) if len(values) > 1]
    low, high, ticks = _axis(np.array([end for _, _, *ends in found for end in ends]), share=binary)
    third = (WIDTH - LEFT) / 3
    bars = tuple(
        Bar(
            x=LEFT + third * (place + 0.5),
            mean=float(_upward(np.array([values.mean()]), low, high)[0]),
            low=float(_upward(np.array([bottom]), low, high)[0]),
            high=float(_upward(np.array([top]), low, high)[0]),
            text=f"{100 * values.mean():.0f}%" if binary else f"{values.mean():.1f}",
            n=len(values),
        )
        for place, values, bottom, top in found
    )
    up = tuple(Tick(float(_upward(np.array([at]), low, high)[0]), text) for at, text in ticks)
    return ThirdsPlot(bars, up, HEIGHT - BOTTOM)


def _interval(values: Array, binary: bool) -> tuple[float, float]:
    if binary:
        found = stats.binomtest(int(values.sum()), len(values)).proportion_ci(method="wilson")
        return float(found.low), float(found.high)
    reach = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return float(values.mean()) - reach, float(values.mean()) + reach


def _axis(values: Array, share: bool = False) -> tuple[float, float, list[tuple[float, str]]]:
    """Round ends of an axis that holds all values, and its marks."""
    low, high = float(values.min()), float(values.max())
    step = _round_step((high - low) / 4 or 1.0)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    if share:
        low, high = max(0.0, low), min(1.0, high)
    marks = np.arange(low, high + step / 2, step)
    digits = max(0, -math.floor(math.log10(step)))
    return (
        low,
        high,
        [(float(at), f"{100 * at:.0f}%" if share else f"{at + 0.0:.{digits}f}".replace("-", "−")) for at in marks],
    )


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return float(next(size * times for times in (1, 2, 5, 10) if size * times >= rough))


def _across(values: Array, low: float, high: float) -> Array:
    return np.asarray(LEFT + 6 + (values - low) / ((high - low) or 1) * (WIDTH - LEFT - 16))


def _upward(values: Array, low: float, high: float) -> Array:
    return np.asarray(HEIGHT - BOTTOM - (values - low) / ((high - low) or 1) * (HEIGHT - BOTTOM - TOP))
