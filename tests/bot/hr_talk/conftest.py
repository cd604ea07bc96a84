from __future__ import annotations

from tests.bot.outreach.conftest import house_with_mail, mail, mail_for_all

__all__ = ["house_with_mail", "mail", "mail_for_all"]
