"""What the pages say, in Chinese and English side by side (`bot/pages/console/texts.yml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from fastapi import Request

from bot.accounts import Account
from core.content import Language

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
PAGES: Final = Path(__file__).resolve().parent.parent / "pages" / "console"


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """`{"list.title": {"zh": …, "en": …}}`, read once."""
    groups = yaml.safe_load((PAGES / "texts.yml").read_text(encoding="utf-8"))
    return {f"{group}.{name}": text for group, texts in groups.items() for name, text in texts.items()}


def say(language: str, key: str, **facts: object) -> str:
    """The text `key` with its {facts} filled in. Raises KeyError when texts.yml lacks it."""
    text = all_texts()[key][language]
    return text.format(**facts) if facts else text


def pay_unit(pay: Any, language: str) -> str:
    """What the amounts of a suggestion, in thousands, are counted in: 千元人民币; in English the code alone, because K
    stands before. One from before currencies were kept is in yuan."""
    currency = pay.get("currency", "CNY") if isinstance(pay, Mapping) else pay.currency
    known = all_texts().get(f"unit.{currency}")
    return known[language] if known else f"千 {currency}" if language == "zh" else currency


def language_of(request: Request, account: Account | None) -> Language:
    """The signed-in person's language; before that ?language=, then Accept-Language, then Chinese."""
    asked = account.language if account is not None else request.query_params.get("language")
    return next((language for language in LANGUAGES if language == asked), None) or accepted_language(request)


def accepted_language(request: Request) -> Language:
    """The first of zh and en in Accept-Language; Chinese when it names neither."""
    for part in request.headers.get("accept-language", "").lower().split(","):
        for language in LANGUAGES:
            if part.strip().startswith(language):
                return language
    return "zh"
