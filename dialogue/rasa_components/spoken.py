"""Which messages there is something to understand in."""

from __future__ import annotations

from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message


def is_spoken(message: Message) -> bool:
    """False for `/intent` messages of ours, which Rasa runs through the whole pipeline though their intent is given."""
    text = message.get(TEXT)
    return bool(text) and not text.startswith(INTENT_MESSAGE_PREFIX)
