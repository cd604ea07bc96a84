from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from core.settings import ROOT
from tests.recordings import CLIPS, clips, video

MIANSHI = Path(sys.executable).with_name("mianshi")
KEYS = {"file", "error", "transcript", "language", "words", "duration_s", "quality", "delivery", "model"}


def listen(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MIANSHI, "listen", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)


def test_a_batch_is_heard_in_order_and_what_is_no_recording_has_its_sentence(tmp_path: Path) -> None:
    film, empty, missing = tmp_path / "film.ogg", tmp_path / "empty.ogg", tmp_path / "missing.ogg"
    film.write_bytes(video())
    empty.touch()
    spoken = CLIPS / f"{clips()[24]['id']}.ogg"
    listed, out = tmp_path / "list.txt", tmp_path / "out.jsonl"
    listed.write_text("".join(f"{path}\n" for path in (film, spoken, empty, missing)))

    done = listen("--batch", listed, "--out", out, "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"heard": 1, "refused": 3, "out": str(out)}
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["file"] for line in lines] == [str(path) for path in (film, spoken, empty, missing)]
    assert all(set(line) == KEYS and isinstance(line["delivery"], dict) for line in lines)
    assert "video" in lines[0]["error"]
    assert "empty" in lines[2]["error"]
    assert "cannot be read" in lines[3]["error"]
    heard = lines[1]
    assert heard["error"] is None
    assert heard["language"] == "en"
    assert set(heard["words"][0]) == {"text", "start", "end", "confidence"}
    assert 0 <= heard["delivery"]["fluency"] <= 100
    assert heard["quality"]["verdict"] == "good"


def test_a_file_that_is_no_recording_ends_with_one_line_and_status_1(tmp_path: Path) -> None:
    words = tmp_path / "words.wav"
    words.write_text("nothing to hear here")

    done = listen(words, "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["quality"]["reason"] == "unreadable"
    assert done.stderr.strip().splitlines()[-1].startswith(f"mianshi: {words}: We cannot read this file as a recording")


def test_a_batch_without_a_place_for_its_results_is_bad_usage(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.touch()

    assert listen("--batch", listed).returncode == 2
    assert listen().returncode == 2
