"""Somebody's application as an HR system tells it, free of any vendor's words, and who takes such news in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

from hr_bridge.assessment import HiredPackage

Standing = Literal["open", "hired", "refused", "archived", "deleted"]
GONE: Final[frozenset[Standing]] = frozenset({"refused", "archived", "deleted"})
FetchFile = Callable[[int], Awaitable[bytes | None]]
"""Id of a file over there → its bytes; None when it is there no more."""


@dataclass(frozen=True, slots=True, repr=False)
class ResumeFile:
    """A file on the application that looks like a résumé; `size` in bytes, `checksum` as the other system counts it."""

    id: int
    name: str
    size: int
    checksum: str


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """One application as it stands over there. Texts are as written, None where there is none."""

    remote_id: int
    version: str
    """When it last changed, as the other system writes times: not for comparing with our clock."""
    was_there_before: bool
    """It is older than our looking: not news, unless it is somebody whom we know already."""
    candidate_id: str | None
    """Ours, where the record over there was made by us."""
    name: str | None
    email: str | None
    phone: str | None
    job_id: int | None
    job_title: str | None
    position: str | None
    """Key of our position that the job stands for."""
    standing: Standing
    resume: ResumeFile | None
    hired_on: date | None
    starts_on: date | None
    package: HiredPackage | None


class Intake(Protocol):
    """Takes applications in; taking the same one again changes nothing. Unavailable from any method ends the poll, and
    the next one begins where this one stood."""

    async def known(self) -> Mapping[int, str]:
        """Every application that was taken and is not deleted: its id, and its version."""
        ...

    async def to_read_again(self) -> Sequence[int]:
        """Applications to be read whether they changed or not."""
        ...

    async def take(self, application: Application, fetch: FetchFile) -> None:
        """Take one in."""
        ...

    async def deleted(self, remote_ids: Sequence[int]) -> None:
        """These are there no more."""
        ...
