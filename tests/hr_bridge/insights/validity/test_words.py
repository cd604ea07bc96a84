from __future__ import annotations

import pytest

from hr_bridge.insights.validity.words import signed


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.0, "0.000"), (-0.0001, "0.000"), (-0.004, "−0.004"), (-0.25, "−0.25"), (0.3, "0.30")]
)
def test_a_figure_has_a_true_minus_and_zero_has_none(value: float, shown: str) -> None:
    assert signed(value) == shown
