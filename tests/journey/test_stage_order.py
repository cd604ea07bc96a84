"""Rasa decides the course: swapping two stages in the rules, and nothing else, swaps them in the interview."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bot.rasa_environment import RASA_PYTHON, rasa_environment
from core.settings import ROOT
from tests.stack import CandidateClient, Stack

ANSWER = "去年我负责一条产线的改造，先量了三天节拍，再跟班组一起调了工位，一个月后产量多了一成二。" * 2


def swap_stages(rules: str) -> str:
    """`structured` and `situational` change places in every rule."""
    return rules.replace("structured", "\0").replace("situational", "structured").replace("\0", "situational")


def test_swapping_two_stages_in_the_rules_swaps_them_in_the_interview(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "dialogue" / "data", data)
    rules = data / "rules" / "interview.yml"
    rules.write_text(swap_stages(rules.read_text("utf-8")), "utf-8")
    home = tmp_path / "home"
    home.mkdir()
    command = [str(RASA_PYTHON), "-m", "rasa", "train", "--data", str(data), "--out", str(tmp_path)]
    subprocess.run(
        [*command, "--fixed-model-name", "swapped"],
        cwd=ROOT,
        env=rasa_environment(home),
        check=True,
        capture_output=True,
    )
    stack = Stack(tmp_path / "stack", model=tmp_path / "swapped.tar.gz")
    try:
        stack.start("rasa")
        stack.start("app")
        stack.wait_until_ready()
        candidate = CandidateClient(stack.base, stack.invite().token)
        candidate.go_to("own_questions", ANSWER)
    finally:
        stack.stop()
    stages = [m["question"]["kind"] for m in candidate.log if m["question"] and m["kind"] == "question"]
    in_order = list(dict.fromkeys(stages))
    assert in_order == ["background", "facts", "opening", "situational", "structured", "own_questions"]
