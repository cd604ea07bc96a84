"""The fonts of the report: cut beforehand for everyday writing, cut anew for a rare sign, the same to look at."""

from __future__ import annotations

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from bot.console import report_fonts
from bot.console.report_fonts import BOLD, REGULAR, is_prepared, use_fonts
from bot.console.texts import all_texts
from core.content import Language

EVERYDAY = "他说：“签了。”—— He said: “Signed.” Łukasz, 85%"
RARE = "龘"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_rare_sign_changes_no_width_of_the_others(language: Language) -> None:
    assert is_prepared()
    widths = []
    for text in (EVERYDAY, EVERYDAY + RARE):
        use_fonts(text, language)
        widths.append([stringWidth(sign, name, 10) for sign in EVERYDAY for name in (REGULAR, BOLD)])
    assert widths[0] == widths[1]
    assert stringWidth(RARE, REGULAR, 10) == 10
    assert min(widths[0]) > 0


def test_quotation_marks_are_as_wide_as_a_character_in_chinese_alone() -> None:
    use_fonts(EVERYDAY, "zh")
    assert stringWidth("“", REGULAR, 10) == 10
    use_fonts(EVERYDAY, "en")
    assert stringWidth("“", REGULAR, 10) < 6


def test_everyday_writing_and_every_label_of_ours_is_never_cut_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[set[int]] = []
    real = report_fonts._cut
    monkeypatch.setattr(report_fonts, "_cut", lambda signs: cut.append(signs) or real(signs))
    for language in report_fonts.LANGUAGES:
        use_fonts(EVERYDAY + "林晓芸 🙂" + "".join(text[language] for text in all_texts().values()), language)
    assert cut == []
    use_fonts(RARE, "zh")
    assert len(cut) == 1
