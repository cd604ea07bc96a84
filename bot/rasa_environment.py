"""The Rasa environment: its Python, and the variables its commands get.

Rasa lives in an environment of its own (docs/decisions/0001-rasa-apart.md). Nothing of ours is handed on but what
is named here and in `bot/rasa_process.py`: no master key, no database of ours.
"""

from __future__ import annotations

import os
from pathlib import Path

from core.settings import ROOT

RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
HANDED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def rasa_environment(home: Path) -> dict[str, str]:
    """The variables of a Rasa command. `home` stands for its home folder, where it writes settings of its own."""
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    return kept | {
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
