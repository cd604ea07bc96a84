from __future__ import annotations

import re
import string

from bot.console.texts import PAGES, all_texts


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_everything_with_the_same_facts() -> None:
    for key, text in all_texts().items():
        assert set(text) == {"zh", "en"}, key
        assert all(text.values()), key
        assert fields(text["zh"]) == fields(text["en"]), key


def test_every_text_that_a_template_names_exists() -> None:
    templates = "".join(page.read_text("utf-8") for page in PAGES.glob("*.html"))
    named = set(re.findall(r"t\('([\w.]+)'[,)]", templates))
    assert len(named) > 100
    assert named <= set(all_texts())


def test_candidates_are_never_called_eliminated() -> None:
    assert not [key for key, text in all_texts().items() if "淘汰" in text["zh"]]


def test_chinese_texts_use_full_width_punctuation() -> None:
    wrong = [key for key, text in all_texts().items() if re.search(r"[\u4e00-\u9fff][,;!?:]", text["zh"])]
    assert wrong == []


def test_pages_carry_no_inline_script_or_style() -> None:
    for page in PAGES.glob("*.html"):
        html = page.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|<style", html), page.name
        assert not re.search(r"(?:src|href)=\"https?:", html), page.name
