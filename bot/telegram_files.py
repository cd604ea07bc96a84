"""Files that people send in Telegram: fetched into memory, never to disk, never more than the limit."""

from __future__ import annotations

import telegram
from telegram.error import BadRequest, RetryAfter, TelegramError

from core.errors import Refused, Rejected, Unavailable


class FileGone(Rejected):
    """Telegram does not have a file, or not any more."""


async def download(bot: telegram.Bot, file_id: str, limit: int, too_large: Refused) -> bytes:
    """The file's bytes. Telegram itself hands out nothing over 20 MB, whatever size it named before.

    Raises:
        `too_large`: over `limit` bytes.
        FileGone: Telegram does not have it.
        RetryAfter: Telegram wants to be left alone for a while.
        Unavailable: Telegram cannot be reached now.
    """
    try:
        file = await bot.get_file(file_id)
        if (file.file_size or 0) > limit:
            raise too_large
        data = bytes(await file.download_as_bytearray())
    except BadRequest as error:
        if "too big" in str(error).lower():
            raise too_large from None
        raise FileGone("Telegram does not have a file any more") from None
    except RetryAfter:
        raise
    except TelegramError as error:
        raise Unavailable(f"a file could not be downloaded ({type(error).__name__})") from None
    if len(data) > limit:
        raise too_large
    return data
