import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT

MIANSHI = Path(sys.executable).with_name("mianshi")


@pytest.mark.servers
def test_a_batch_is_understood_in_input_order_with_no_server_running(tmp_path: Path) -> None:
    source, out = tmp_path / "in.tsv", tmp_path / "out.jsonl"
    texts = ["请您再说一遍刚才的问题", '"引号"也是内容', "Please skip this question."]
    source.write_text("".join(f"{number}\tx\t{text}\n" for number, text in enumerate(texts)), encoding="utf-8")

    done = subprocess.run(
        [MIANSHI, "understand", "--batch", source, "--out", out, "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"RASA_URL": "http://127.0.0.1:1"},
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["understood"] == 3
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["text"] for line in lines] == texts
    assert [set(line) for line in lines] == [{"text", "intent", "confidence", "outcome"}] * 3
    assert lines[0]["intent"] == "repeat"
    assert lines[2]["intent"] == "skip"
    assert {line["outcome"] for line in lines} <= {"answer", "command", "ask"}
