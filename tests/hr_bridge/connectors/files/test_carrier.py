"""The exchange folder carried over a real SSH connection to a real SFTP server, which troubles may befall."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import SecretStr

from core.settings import ExchangeSettings
from hr_bridge.connectors.base import HrmsUnavailable
from hr_bridge.connectors.files.carrier import Carrier, CarrierSettingsWrong, Server, read_server

USER, PASSWORD = "mianshi", "only-in-this-test"


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class House:
    """Our folder, theirs, and an SFTP server before theirs that can be stopped and started on one port."""

    def __init__(self, folder: Path) -> None:
        self.ours, self.theirs = folder / "ours", folder / "theirs"
        self.ours.mkdir()
        (self.theirs / "hr").mkdir(parents=True)
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.known_hosts = folder / "known_hosts"
        self.cut_after: int | None = None
        """Renames that succeed before the connection breaks."""
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self.port = 0

    async def start(self) -> None:
        house = self

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
                super().__init__(channel, chroot=str(house.theirs).encode())
                self._connection = channel.get_connection()

            def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
                if house.cut_after == 0:
                    self._connection.abort()
                    raise asyncssh.SFTPFailure("cut")
                if house.cut_after is not None:
                    house.cut_after -= 1
                return super().posix_rename(oldpath, newpath)

        self._acceptor = await asyncssh.listen(
            "127.0.0.1", self.port, server_host_keys=[self._host_key], server_factory=_Door, sftp_factory=Files
        )
        self.port = self._acceptor.get_port()
        self.trust(self._host_key)

    async def stop(self) -> None:
        assert self._acceptor is not None
        self._acceptor.close()
        await self._acceptor.wait_closed()

    def trust(self, key: asyncssh.SSHKey) -> None:
        self.known_hosts.write_bytes(f"[127.0.0.1]:{self.port} ".encode() + key.export_public_key())

    def settings(self, **changes: Any) -> ExchangeSettings:
        values = {
            "HRMS_FOLDER": self.ours,
            "HRMS_SFTP": f"sftp://{USER}@127.0.0.1:{self.port}/hr",
            "HRMS_SFTP_PASSWORD": SecretStr(PASSWORD),
            "HRMS_SFTP_KNOWN_HOSTS": self.known_hosts,
        }
        return ExchangeSettings.model_validate(values | changes)

    def carrier(self, **changes: Any) -> Carrier:
        server = read_server(self.settings(**changes))
        assert isinstance(server, Server)
        return Carrier(self.ours, server)

    def write(self, name: str, text: str) -> Path:
        place = self.ours / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        return place

    def there(self, folder: str = "") -> set[str]:
        root = self.theirs / "hr" / folder
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.start()
    yield house
    await house.stop()


async def test_results_go_over_once_and_again_when_they_change(house: House) -> None:
    house.write("out/results.csv", "one")
    house.write("out/effects/E1.csv", "one")
    house.write("out/.lock", "")
    await house.carrier().carry()
    assert house.there() == {"out/results.csv", "out/effects/E1.csv"}
    (house.theirs / "hr/out/effects/E1.csv").unlink()  # HR has taken it
    house.write("out/results.csv", "one, two")
    await house.carrier().carry()  # by a worker that started anew
    assert house.there() == {"out/results.csv"}
    assert (house.theirs / "hr/out/results.csv").read_text() == "one, two"


async def test_what_is_erased_here_is_removed_there(house: House) -> None:
    effect = house.write("out/effects/E1.csv", "林晓芸")
    carrier = house.carrier()
    await carrier.carry()
    effect.unlink()
    house.write("out/erased/C1", "2026-11-23")
    await carrier.carry()
    assert house.there() == {"out/erased/C1"}


async def test_a_spreadsheet_comes_once_it_stands_still_and_its_report_goes_back(house: House) -> None:
    carrier = house.carrier()
    await carrier.carry()
    coming = house.theirs / "hr/in/候选人.csv"
    for text in ("姓名,手", "姓名,手机\n李雷,13800001234\n"):
        coming.write_text(text, "utf-8")
        os.utime(coming, (len(text), len(text)))
        await carrier.carry()
        assert not (house.ours / "in/候选人.csv").exists()
    await carrier.carry()
    assert (house.ours / "in/候选人.csv").read_text("utf-8") == text
    assert house.there("in") == {"taken/候选人.csv"}
    house.write("in/done/候选人.csv", text)
    house.write("in/done/候选人.csv.report.csv", "1")
    await carrier.carry()
    assert house.there("in/done") == {"候选人.csv.report.csv"}


async def test_links_and_unfinished_files_there_are_left_alone(house: House, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the server")
    carrier = house.carrier()
    await carrier.carry()
    (house.theirs / "hr/in/a.csv").symlink_to(tmp_path / "secret")
    (house.theirs / "hr/in/b.csv.part").write_text("half")
    for _ in range(3):
        await carrier.carry()
    assert list((house.ours / "in").iterdir()) == []


async def test_a_cut_connection_leaves_no_half_file_and_the_next_round_brings_the_rest(house: House) -> None:
    for number in range(3):
        house.write(f"out/effects/E{number}.csv", "one")
    house.cut_after = 1
    carrier = house.carrier()
    with pytest.raises(HrmsUnavailable):
        await carrier.carry()
    assert len([name for name in house.there() if name.endswith(".csv")]) == 1
    house.cut_after = None
    await carrier.carry()
    assert house.there("out/effects") == {"E0.csv", "E1.csv", "E2.csv"}


async def test_cut_between_taking_and_putting_away_it_comes_twice_and_never_not_at_all(house: House) -> None:
    carrier = house.carrier()
    await carrier.carry()
    (house.theirs / "hr/in/a.csv").write_text("x")
    await carrier.carry()
    house.cut_after = 0
    with pytest.raises(HrmsUnavailable):
        await carrier.carry()
    assert (house.ours / "in/a.csv").read_text() == "x"
    assert house.there("in") == {"a.csv"}


@pytest.mark.parametrize("trouble", ["another key", "wrong password", "down", "no such name"])
async def test_a_server_that_cannot_be_used_is_named_in_one_sentence(house: House, trouble: str) -> None:
    changes: dict[str, Any] = {}
    if trouble == "another key":
        house.trust(asyncssh.generate_private_key("ssh-ed25519"))
        words = "shows another key than HRMS_SFTP_KNOWN_HOSTS"
    elif trouble == "wrong password":
        changes, words = {"HRMS_SFTP_PASSWORD": SecretStr("guess")}, "does not let mianshi in"
    elif trouble == "down":
        await house.stop()
        words = "cannot be reached"
    else:
        changes, words = {"HRMS_SFTP": f"sftp://{USER}@nobody.invalid/hr"}, "cannot be reached"
    house.write("out/results.csv", "one")
    with pytest.raises(HrmsUnavailable, match=words):
        await house.carrier(**changes).carry()
    assert house.there() == set()


async def test_of_two_workers_one_carries(house: House) -> None:
    house.write("out/results.csv", "one")
    await asyncio.gather(house.carrier().carry(), house.carrier().carry())
    assert house.there() == {"out/results.csv"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"HRMS_SFTP": "ftp://x@y/z"}, "is written sftp://"),
        ({"HRMS_SFTP": "sftp://a:secret@y/z"}, "without a password"),
        ({"HRMS_FOLDER": None}, "HRMS_FOLDER"),
        ({"HRMS_SFTP_KNOWN_HOSTS": None}, "ssh-keyscan"),
        ({"HRMS_SFTP_PASSWORD": SecretStr("")}, "HRMS_SFTP_KEY"),
    ],
)
async def test_wrong_settings_are_named(house: House, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CarrierSettingsWrong, match=words):
        read_server(house.settings(**changes))
    assert read_server(house.settings(HRMS_SFTP=None)) is None
