"""Lines that the person who runs Mianshi has to see and that no log may keep, such as a 6-digit code.

Under the supervisor they go through a pipe of their own to its console, past the log that takes everything else a
process says. A process that runs alone has its console on stderr.
"""

from __future__ import annotations

import os
import sys
from typing import Final

PIPE: Final = "OPERATOR_PIPE"
"""The environment variable that holds the number of the pipe's end for writing."""
LINE_BYTES: Final = 4096
"""POSIX's PIPE_BUF on Linux: a line up to this length is never mixed with another."""


def tell_operator(line: str) -> None:
    """Show one line, at most 4 KB long, on the console of whoever runs the product."""
    pipe = os.environ.get(PIPE)
    if pipe is None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    else:
        os.write(int(pipe), f"{line}\n".encode())


class OperatorPipe:
    """The supervisor's end. Both ends stay open over restarts of the process that writes."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)

    def read_lines(self) -> list[str]:
        """What was told since the last look, without waiting."""
        told = b""
        try:
            while part := os.read(self._reading, LINE_BYTES):
                told += part
        except BlockingIOError:
            pass
        return told.decode(errors="replace").splitlines()

    def close(self) -> None:
        os.close(self._reading)
        os.close(self.writing)
