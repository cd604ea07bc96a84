from __future__ import annotations

import json

import pytest

from scoring.batch import FileUnreadable, score_batch, score_file
from tests.scoring.test_assess import GOOD_EN, QUESTION_EN

LINE = {"competency": "results", "question": QUESTION_EN, "answer": GOOD_EN}
KEYS = {"id", "score", "level", "confidence", "evidence", "star", "relevance", "unscored_reason", "model"}


def test_a_batch_keeps_order_names_broken_lines_and_finishes_the_rest(scorer, tmp_path):
    lines = [
        json.dumps({"id": "a", **LINE}),
        "{not json",
        json.dumps({"id": "b", "competency": "charisma", "question": "?", "answer": "x"}),
        "",
        json.dumps({"id": "c", **LINE, "answer": ""}),
        json.dumps({"id": 7, **LINE, "language": "en", "note": "ignored"}),
    ]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    report = score_batch(scorer, source, out)
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [w["id"] for w in written] == ["a", "c", 7]
    assert all(set(w) == KEYS for w in written)
    assert written[1]["score"] is None
    assert report.exit_code == 1
    assert [line.split(":")[0] for line in report.broken] == ["line 2", "line 3"]
    assert (report.scored, report.unscored) == (2, 1)


def test_a_whole_batch_exits_zero(scorer, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "a", **LINE}), encoding="utf-8")
    assert score_batch(scorer, source, tmp_path / "out.jsonl").exit_code == 0


def test_one_file_scores_like_a_batch_line(scorer, tmp_path):
    file = tmp_path / "answer.txt"
    file.write_text(GOOD_EN, encoding="utf-8")
    assert score_file(scorer, "results", QUESTION_EN, file).level is not None


def test_a_missing_or_binary_file_is_one_clear_sentence(scorer, tmp_path):
    with pytest.raises(FileUnreadable, match="cannot read"):
        score_batch(scorer, tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    binary = tmp_path / "b"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(FileUnreadable, match="UTF-8"):
        score_file(scorer, "results", QUESTION_EN, binary)
