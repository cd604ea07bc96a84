"""Writes the measured figures into docs/model-card.md, between its two marks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from core.settings import ROOT

CARD: Final = ROOT / "docs" / "model-card.md"
_END: Final = "<!-- end of figures -->"
_ROWS: Final = (
    ("answers", "answers"),
    ("r", "Pearson r, level"),
    ("length_only_r", "r of log length alone"),
    ("partial_r", "partial r given log length"),
    ("r_middle", "r among the middle levels (1.75 to 4)"),
    ("kappa", "quadratic weighted kappa (half levels)"),
    ("mae", "mean absolute error, levels"),
    ("within_half_a_level", "within half a level"),
    ("sure", "share with confidence ≥ .8"),
    ("sure_within_half_a_level", "of these, within half a level"),
    ("quote_overlap", "a quote overlaps a rater's (level ≥ 2)"),
    ("pairs_auc", "own question against questions of other competencies, AUC"),
    ("level_right", "mean level of good answers, own question"),
    ("level_wrong", "the same answers beside another question"),
    ("wrong_loses_half", "share of these that lose at least half of what is above 1"),
    ("relevance_right", "mean relevance, own question"),
    ("relevance_wrong", "mean relevance, another question"),
    ("sure_right", "share with confidence ≥ .8, own question"),
    ("sure_wrong", "share with confidence ≥ .8, another question"),
)
_PARTS: Final = ("situation", "action", "result", "own", "relevance")


def write_card(report: dict[str, Any], path: Path = CARD) -> None:
    """Replace the figures of the card."""
    replace_figures(path, "make train-scorer", _table(report))


def replace_figures(path: Path, command: str, table: str) -> None:
    """Put `table` between the marks that say which command writes it."""
    begin = f"<!-- figures: written by `{command}` -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{begin}\n{table}\n{_END}{after}", encoding="utf-8")


def _table(report: dict[str, Any]) -> str:
    columns = [(held, language) for language in ("en", "zh") for held in ("person", "question")]
    lines = [
        f"Head `{report['head']}`, made on {report['made_on']}, data `{report['data']}`, encoder `{report['encoder']}`. "
        + " ".join(
            f"In {language}, log odds below {on:g} take away from the level, {off:g} and less all that it is above 1."
            for language, (off, on) in report["gate"].items()
        ),
        "",
        "| agreement with language-model raters | " + " | ".join(f"{lang}, by {held}" for held, lang in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    found = [report["figures"][held][language] for held, language in columns]
    for key, title in _ROWS:
        lines.append(f"| {title} | " + " | ".join(_shown(f[key]) for f in found) + " |")
    for part in _PARTS:
        lines.append(f"| r, {part} | " + " | ".join(_shown(f["parts_r"][part]) for f in found) + " |")
    return "\n".join(lines)


def _shown(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}".replace("0.", ".", 1)
