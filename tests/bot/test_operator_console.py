from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.operator_console import PIPE, OperatorPipe, tell_operator
from core.settings import ROOT

TELL = "from bot.operator_console import tell_operator; tell_operator('Code: 402718')"


def test_a_process_that_runs_alone_tells_the_operator_on_stderr() -> None:
    environment = {name: value for name, value in os.environ.items() if name != PIPE}
    alone = subprocess.run([sys.executable, "-c", TELL], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert (alone.returncode, alone.stdout, alone.stderr) == (0, "", "Code: 402718\n")


def test_with_a_pipe_nothing_reaches_the_streams_that_are_logged() -> None:
    pipe = OperatorPipe()
    watched = subprocess.run(
        [sys.executable, "-c", TELL],
        env=dict(os.environ) | {PIPE: str(pipe.writing)},
        pass_fds=(pipe.writing,),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, "", "")
    assert pipe.read_lines() == ["Code: 402718"]
    pipe.close()


def test_every_line_is_read_once_and_reading_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = OperatorPipe()
    monkeypatch.setenv(PIPE, str(pipe.writing))
    assert pipe.read_lines() == []
    lines = [f"验证码 {number}" for number in range(800)]
    for line in lines:
        tell_operator(line)
    assert pipe.read_lines() == lines
    assert pipe.read_lines() == []
    pipe.close()
