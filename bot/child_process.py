"""What a child process does between fork and exec."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dies_with_its_parent() -> None:
    """For `preexec_fn`: the kernel kills this process when the one that started it is gone, `kill -9` included.

    SIGKILL and not SIGTERM: nobody is left to insist, and every process of ours may be killed at any point.
    Elsewhere than on Linux it does nothing: there the children of a killed parent have to be stopped by hand.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
