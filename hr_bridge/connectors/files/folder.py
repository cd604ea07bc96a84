"""The folder that results are written into: whole files or none, one writer at a time, faults in plain words."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hr_bridge.connectors.base import HrmsUnavailable

OUT: Final = "out"
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.EHOSTDOWN})
_NOT_ALLOWED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class OutFolder:
    """`out` in the exchange folder `root`, which has to be there: a share that is not mounted must not be made anew."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.effects = root / OUT / "effects"
        self.erased = root / OUT / "erased"
        self.results = root / OUT / "results.csv"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against every other process and thread; the lock ends with its holder. Raises
        HrmsUnavailable, and turns each OSError of the block into one."""
        with faults_in_words(self.root):
            if not self.root.is_dir():
                raise FileNotFoundError(errno.ENOENT, "no such folder")
            for folder in (self.root / OUT, self.effects, self.erased):
                make_folder(folder)
            lock = os.open(self.root / OUT / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o660)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)


@contextmanager
def faults_in_words(root: Path) -> Iterator[None]:
    """Turn what the file system refuses into HrmsUnavailable with one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        raise HrmsUnavailable(_sentence(root, error)) from error


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """True while no other process looks; the lock ends with its holder."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o660)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Have the folder there. A link in its place is an OSError: others write here too, and it may lead anywhere."""
    folder.mkdir(exist_ok=True)  # without its parents: a share that is not mounted must not be made anew
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "a link in place of a folder")


def plain_files(folder: Path) -> list[Path]:
    """What lies in the folder and is neither link nor pipe nor folder."""
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False)]


def read_plain(path: Path, most: int = -1) -> bytes:
    """The file, or the first `most` bytes of it. OSError where it is a link: none is followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that a reader finds the whole of it or nothing, also after a power cut. OSError
    means that nothing is there. The folder's own entry is not safe before `sync_folder`."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # half a file that a crash left, or a link that somebody laid there
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660)
    try:
        _write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(part, path)


def append(path: Path, content: bytes) -> None:
    """Add `content` at the end of a file that is there and no link. OSError means that part of it may be."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network shares know no fsync of folders
            raise
    finally:
        os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]


def _sentence(root: Path, error: OSError) -> str:
    if error.errno in _NOT_THERE:
        return f"The folder {root} is not there: mount it, or correct HRMS_FOLDER."
    if error.errno in _NOT_ALLOWED:
        return f"The folder {root} may not be written to: give the worker's user the right to write in it."
    if error.errno in _FULL:
        return f"The disk of {root} is full: make room on it."
    if error.errno == errno.ELOOP:
        return f"A link lies among the files that Mianshi keeps in {root}: remove it, links are not followed."
    return f"The folder {root} cannot be used ({errno.errorcode.get(error.errno or 0, 'unknown fault')})."
