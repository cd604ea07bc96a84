"""SFTP: results are carried from the exchange folder to a server that the HR department reaches, spreadsheets from there.

The folder here stays what the connector and the imports work on (docs/files.md); this is the job that carries. What was
carried is written down, so that a file that somebody takes away over there stays away. A file that comes is first whole
here, then put into `in/taken` there: cut off in between it comes twice, and a second import changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import asyncssh

from core.clock import now
from core.errors import Rejected
from core.settings import ExchangeSettings
from hr_bridge.connectors.base import HrmsUnavailable
from hr_bridge.connectors.files.folder import OUT, alone, faults_in_words, make_folder, plain_files, write_whole
from hr_bridge.imports.folder import IN, LONGEST_NAME, is_finished
from hr_bridge.imports.table_file import MAX_BYTES

CARRY_EVERY_S: Final = 60.0
CONNECT_S: Final = 20.0
TAKEN: Final = "taken"
_RECORD: Final = ".carried.json"
_FOLDERS: Final = (f"{OUT}/effects", f"{OUT}/erased", f"{IN}/{TAKEN}", f"{IN}/done", f"{IN}/refused")
_BESIDE: Final = (".report.csv", ".invitations.csv")
"""What of `in/done` and `in/refused` goes over: the answers, not the files that came from there."""


class CarrierSettingsWrong(Rejected):
    """HRMS_SFTP or what belongs to it cannot be used; the message says what to write."""


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """Where to carry, and how we and it prove who we are."""

    host: str
    port: int
    user: str
    path: PurePosixPath
    known_hosts: Path
    key: Path | None
    password: str | None


def read_server(settings: ExchangeSettings) -> Server | None:
    """The server of HRMS_SFTP; None where there is none. Raises CarrierSettingsWrong."""
    if not settings.sftp:
        return None
    place = urlsplit(settings.sftp)
    if place.scheme != "sftp" or not place.hostname or not place.username or place.password:
        raise CarrierSettingsWrong("HRMS_SFTP is written sftp://user@host[:port]/folder, without a password.")
    if settings.folder is None:
        raise CarrierSettingsWrong("HRMS_SFTP carries the folder of HRMS_FOLDER; name that too.")
    if settings.sftp_known_hosts is None or not settings.sftp_known_hosts.is_file():
        raise CarrierSettingsWrong(
            "HRMS_SFTP_KNOWN_HOSTS names no file: `ssh-keyscan -p PORT HOST` writes one; compare its key with the "
            "server's owner before you use it."
        )
    password = settings.sftp_password.get_secret_value() or None
    if password is None and (settings.sftp_key is None or not settings.sftp_key.is_file()):
        raise CarrierSettingsWrong("HRMS_SFTP needs HRMS_SFTP_KEY, the file of a private key, or HRMS_SFTP_PASSWORD.")
    path = PurePosixPath(unquote(place.path.removeprefix("/")) or ".")
    known_hosts, key = settings.sftp_known_hosts, settings.sftp_key
    return Server(place.hostname, place.port or 22, unquote(place.username), path, known_hosts, key, password)


class Carrier:
    """Carries between the exchange folder `root` and `server`; one process at a time."""

    def __init__(self, root: Path, server: Server) -> None:
        self._root = root
        self._server = server
        self._seen: dict[str, tuple[int, int]] = {}
        self._next_time = 0.0

    async def carry_if_due(self) -> None:
        """Carry, if the last time was CARRY_EVERY_S ago. Raises what `carry` raises."""
        if time.monotonic() >= self._next_time:
            self._next_time = time.monotonic() + CARRY_EVERY_S
            await self.carry()

    async def carry(self) -> None:
        """Bring over what is new here, remove there what was erased here, and fetch what came to rest there between two
        calls. Raises HrmsUnavailable; what was not carried is carried the next time."""
        with faults_in_words(self._root), alone(self._root) as first:
            if not first:
                return
            make_folder(self._root / OUT)
            make_folder(self._root / IN)
            async with self._connected() as sftp:
                for folder in _FOLDERS:
                    await sftp.makedirs(self._there(folder), exist_ok=True)
                await self._bring(sftp)
                await self._fetch(sftp)

    async def look(self) -> None:
        """Connect and look at the server's folder. Raises HrmsUnavailable."""
        async with self._connected() as sftp:
            await sftp.listdir(str(self._server.path))

    async def _bring(self, sftp: asyncssh.SFTPClient) -> None:
        record = self._root / _RECORD
        carried: dict[str, list[int]] = json.loads(record.read_text()) if record.exists() else {}
        before = dict(carried)
        try:
            here = await asyncio.to_thread(self._files_to_bring)
            for name, mark in here.items():
                if carried.get(name) != mark:
                    await self._put(sftp, name)
                    carried[name] = mark
            for name in carried.keys() - here.keys():
                if await sftp.exists(self._there(name)):
                    await sftp.remove(self._there(name))
                del carried[name]
        finally:
            if carried != before:
                write_whole(record, json.dumps(carried).encode())

    def _files_to_bring(self) -> dict[str, list[int]]:
        """Size and time of change by path under the folder."""
        found = []
        for folder in (OUT, *_FOLDERS):
            if (self._root / folder).is_dir() and not (self._root / folder).is_symlink():
                files = plain_files(self._root / folder)
                found += [path for path in files if folder.startswith(OUT) or path.name.endswith(_BESIDE)]
        marks = {path: path.lstat() for path in found if not path.name.startswith(".")}
        return {
            path.relative_to(self._root).as_posix(): [mark.st_size, mark.st_mtime_ns] for path, mark in marks.items()
        }

    async def _put(self, sftp: asyncssh.SFTPClient, name: str) -> None:
        """Whole under its name or not at all."""
        place = PurePosixPath(self._there(name))
        part = str(place.with_name(f".{place.name}.part"))
        await sftp.put(str(self._root / name), part)
        await sftp.posix_rename(part, str(place))

    async def _fetch(self, sftp: asyncssh.SFTPClient) -> None:
        waiting = {}
        for entry in await sftp.readdir(self._there(IN)):
            name, attributes = str(entry.filename), entry.attrs
            plain = attributes.type == asyncssh.FILEXFER_TYPE_REGULAR and "/" not in name and is_finished(name)
            if plain and len(name.encode()) <= LONGEST_NAME:
                waiting[name] = (attributes.size or 0, attributes.mtime or 0)
        before, self._seen = self._seen, waiting
        for name, mark in waiting.items():
            if before.get(name) == mark and not (self._root / IN / name).exists():
                await self._take(sftp, name)

    async def _take(self, sftp: asyncssh.SFTPClient, name: str) -> None:
        there = self._there(f"{IN}/{name}")
        async with sftp.open(there, "rb") as file:
            # One more byte than the imports take: they say that it is too large, in the report that goes back.
            data = await file.read(MAX_BYTES + 1)
        write_whole(self._root / IN / name, data if isinstance(data, bytes) else data.encode())
        away = PurePosixPath(self._there(f"{IN}/{TAKEN}/{name}"))
        if await sftp.exists(str(away)):
            away = away.with_name(f"{away.stem}-{now():%Y%m%d-%H%M%S-%f}{away.suffix}")
        await sftp.posix_rename(there, str(away))

    def _there(self, name: str) -> str:
        return str(self._server.path / name)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncssh.SFTPClient]:
        server = self._server
        try:
            connection = await asyncssh.connect(
                server.host,
                server.port,
                username=server.user,
                password=server.password,
                client_keys=[str(server.key)] if server.key else [],
                known_hosts=str(server.known_hosts),
                config=None,
                agent_path=None,
                connect_timeout=CONNECT_S,
                login_timeout=CONNECT_S,
                keepalive_interval=15,
            )
        except (asyncssh.Error, asyncssh.KeyImportError, OSError) as error:
            raise HrmsUnavailable(_sentence(server, error)) from error
        async with connection:
            try:
                async with connection.start_sftp_client() as sftp:
                    yield sftp
            except (asyncssh.Error, ConnectionError) as error:
                raise HrmsUnavailable(_sentence(server, error)) from error


def _sentence(server: Server, error: Exception) -> str:
    """Of what the server says nothing is kept: it may name a file, and that a candidate."""
    match error:
        case asyncssh.HostKeyNotVerifiable():
            return f"The SFTP server {server.host} shows another key than HRMS_SFTP_KNOWN_HOSTS holds: ask its owner."
        case asyncssh.KeyImportError():
            return "HRMS_SFTP_KEY is no private key that can be read: name the file of one, without a passphrase."
        case asyncssh.SFTPPermissionDenied():
            return f"The SFTP server does not let us write in {server.path}: ask its owner for the right."
        case asyncssh.SFTPError():
            return f"The SFTP server refused something in {server.path}; it is tried again."
        case asyncssh.PermissionDenied():
            return f"The SFTP server {server.host} does not let {server.user} in: check the user, key and password."
    return f"The SFTP server {server.host} cannot be reached; it is tried again."
