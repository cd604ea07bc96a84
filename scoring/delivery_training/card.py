"""Writes the measured figures into docs/model-card-speech.md, between its two marks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from core.settings import ROOT
from scoring.training.card import replace_figures

CARD: Final = ROOT / "docs" / "model-card-speech.md"
_ROWS: Final = (
    ("all", "Pearson r, all ages"),
    ("adults", "adults (16 and older)"),
    ("children", "children"),
    ("mae", "mean absolute error, points of 100"),
    ("length_alone", "r of shortness alone, for comparison"),
)


def write_card(report: dict[str, Any], path: Path = CARD) -> None:
    """Replace the figures of the card."""
    replace_figures(path, "make train-delivery", _table(report))


def _table(report: dict[str, Any]) -> str:
    parts = report["figures"]
    lines = [
        f"Head `{report['head']}`, made on {report['made_on']}, data `{report['data']}`, encoder `{report['encoder']}`; "
        f"{report['clips']} clips, {report['speakers']} speakers, {report['folds']} folds, no speaker in two of them.",
        "",
        f"| | {' | '.join(parts)} |",
        f"|---|{'---|' * len(parts)}",
    ]
    for key, name in _ROWS:
        cells = []
        for figures in parts.values():
            value = f"{figures[key]:.1f}" if key == "mae" else f"{figures[key]:.3f}"
            cells.append(f"{value} [{figures['low']:.3f}, {figures['high']:.3f}]" if key == "all" else value)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
