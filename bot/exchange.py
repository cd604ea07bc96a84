"""Files of other systems, taken in by hand or from `in` of the exchange folder (docs/files.md)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from bot.imported_positions import PositionKeeper
from bot.outreach.imported_candidates import CandidateKeeper, InvitedRow
from bot.services import Services
from core.settings import ExchangeSettings
from hr_bridge.connectors.files.carrier import Carrier, CarrierSettingsWrong, read_server
from hr_bridge.connectors.files.folder import append, faults_in_words, write_whole
from hr_bridge.connectors.files.row import moment
from hr_bridge.csv_text import csv_file, csv_line, phone_as_text
from hr_bridge.imports.folder import InFolder, free_place
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.kinds import Kind
from hr_bridge.imports.report import ImportReport
from hr_bridge.imports.set_up import open_keepers

log = logging.getLogger("mianshi.files")

LINKS: Final = ".invitations.csv"
_LINK_HEADINGS: Final = (
    "行 line",
    "外部编号 external_id",
    "姓名 name",
    "手机 phone",
    "邮箱 email",
    "岗位 position",
    "链接 link",
    "Telegram 链接 telegram_link",
    "有效期至 expires_at",
)


class LinkList:
    """Who was invited and by which link, a line each as they come; the file is made with the first."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, invited: InvitedRow) -> None:
        """Write one line, safe before the next candidate is invited."""
        if not self.path.exists():
            write_whole(self.path, csv_file(_LINK_HEADINGS, []))
        row, invitation = invited.row, invited.invitation
        cells = (str(invited.line), row.external_id, row.name, phone_as_text(row.phone), row.email, row.position)
        links = (invitation.url, invitation.telegram_url, moment(invited.expires_at))
        append(self.path, csv_line([cell or "" for cell in (*cells, *links)]))


def take_in(
    services: Services,
    data: bytes,
    source: str,
    links: LinkList,
    *,
    kind: Kind | None,
    preset: str | None,
    dry_run: bool,
) -> ImportReport:
    """Import one file of any kind. Raises what `import_file` raises."""
    keepers = open_keepers(services.database, services.keys)
    keepers["positions"] = PositionKeeper(services.database)
    keepers["candidates"] = CandidateKeeper(services, links.add)
    return import_file(data, source, keepers, kind=kind, preset=preset, dry_run=dry_run)


def looking_at(services: Services, root: Path) -> Callable[[], Awaitable[None]]:
    """A job that looks at the exchange folder about once a minute. It raises HrmsUnavailable when the folder is away."""
    folder = InFolder(root, partial(_take_from_folder, services))

    def look() -> None:
        with faults_in_words(root):
            folder.look_if_due()

    return lambda: asyncio.to_thread(look)


def carrying(settings: ExchangeSettings) -> Callable[[], Awaitable[None]] | None:
    """A job that carries the exchange folder over SFTP about once a minute; None where there is no server, or none that
    can be used: `mianshi doctor` says why. It raises HrmsUnavailable."""
    try:
        server = read_server(settings)
    except CarrierSettingsWrong as error:
        log.error("%s", error)
        return None
    return Carrier(settings.folder, server).carry_if_due if server and settings.folder else None


def _take_from_folder(services: Services, data: bytes, path: Path) -> ImportReport:
    links = LinkList(free_place(path.parent / "done", path.name, LINKS))
    return take_in(services, data, path.name, links, kind=None, preset=None, dry_run=False)
