"""A chat outside the console in which recruiters ask. Telegram is one; 飞书, 钉钉 and 企业微信 may become others: they keep
what came in, say whose account it is by `linking.linked`, and send the pieces that `pieces_of` makes.
"""

from __future__ import annotations

from typing import Final, Protocol

from bot.channels.base import Choice, Piece
from bot.recruiter_chat.answer import AnswerItem, RecruiterAnswer

WHO: Final = "who:"
"""Before an interview's id: the button that settles whom a name means."""


class AskingChannel(Protocol):
    """`name` is what links and the audit log call it; `account_id` is the vendor's own id of the recruiter's chat."""

    name: str

    async def send(self, account_id: str, piece: Piece) -> None:
        """Show one piece in the recruiter's private chat with the bot."""


def pieces_of(answer: RecruiterAnswer, base_url: str, with_quotes: bool) -> list[Piece]:
    """The answer as plain text. Candidates' words stay in the console unless `with_quotes`; the link leads to them."""
    lines = [answer.text, *(line for item in answer.items for line in _lines(item, base_url, with_quotes))]
    lines += [f"{link.title} {base_url}{link.path}" for link in answer.links]
    return [Piece("\n".join(lines), tuple(Choice(f"{WHO}{choice.id}", choice.title) for choice in answer.choices))]


def _lines(item: AnswerItem, base_url: str, with_quotes: bool) -> list[str]:
    told = [f"· {item.text}"] if item.text else []
    if with_quotes:
        told += [f"「{quote}」" for quote in item.quotes]
    if item.link is not None:
        told.append(f"{item.link.title} {base_url}{item.link.path}")
    return told
