"""torchaudio's published wheel wants CUDA; beside a CPU torch it has to be imported all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch

from core.settings import ROOT

CURE = ROOT / "scripts" / "torchaudio_without_cuda.py"
USE = """
import torch, torchaudio
noise = torch.randn(1, 16_000)
assert torchaudio.functional.resample(noise, 16_000, 8_000).shape == (1, 8_000)
assert torchaudio.compliance.kaldi.fbank(noise, num_mel_bins=80).shape[1] == 80
"""


def run(python: Path | str, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)


def test_encoders_recognisers_and_speechbrain_live_in_this_environment_together() -> None:
    done = run(
        sys.executable,
        "import sentence_transformers, transformers, speechbrain, faster_whisper\n"
        "from transformers import WhisperModel\n"
        "from speechbrain.processing.vocal_features import compute_autocorr_features\n" + USE,
    )

    assert done.returncode == 0, done.stderr


def test_what_speechbrain_leaves_behind_can_be_looked_at() -> None:
    look = "import sys, scoring.scorers.delivery_features\n[getattr(m, '__file__', None) for m in list(sys.modules.values())]"

    done = run(sys.executable, look)

    assert done.returncode == 0, done.stderr


def test_a_fresh_environment_is_cured_by_what_set_up_runs(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    (packages,) = (tmp_path / "venv").glob("lib/python3.*/site-packages")
    # The packages of this environment without its .pth lines, so without the cure.
    (packages / "ours.pth").write_text(str(Path(torch.__file__).parents[1]) + "\n")
    assert torch.version.cuda is not None or run(python, USE).returncode != 0

    subprocess.run([python, CURE], check=True)

    done = run(python, USE)
    assert done.returncode == 0, done.stderr
