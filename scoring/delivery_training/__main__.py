"""`make train-delivery [AUDIO=path]`: reads data/speech-fluency, writes scoring/heads/delivery-head.safetensors and its
figures beside it and into docs/model-card-speech.md.

With AUDIO the feature table is made anew from the recordings first (half an hour); the same data on the same machine
give the same head.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from safetensors.numpy import save_file

from core.errors import MianshiError
from scoring.delivery_training.card import write_card
from scoring.delivery_training.data import data_digest, extract, load_clips
from scoring.delivery_training.fit import FOLDS, figures, fit_arrays, out_of_fold
from scoring.engines.embedder import digest
from scoring.engines.packaged_whisper import NAME, packaged_whisper
from scoring.engines.speech_recogniser import WHISPER
from scoring.engines.voice_activity import SileroDetector
from scoring.engines.whisper import WhisperRecogniser
from scoring.scorers.delivery import HEAD
from scoring.scorers.delivery_features import NAMES

FIGURES: Final = HEAD.with_suffix(".json")


def main(arguments: list[str]) -> int:
    """Train on all clips; measure on speakers left out."""
    console = Console()
    if arguments:
        try:
            encoder = WhisperRecogniser(packaged_whisper(WHISPER), NAME)
            extract(Path(arguments[0]), SileroDetector(), encoder, console.print)
        except (MianshiError, OSError) as failure:
            sys.stderr.write(f"{failure}\n")
            return 1
    clips = load_clips()
    measured = figures(clips, out_of_fold(clips))
    arrays = fit_arrays(clips, np.arange(len(clips.ages)))
    meta = {"encoder": NAME, "features": list(NAMES), "clips": len(clips.ages), "data": data_digest()}
    fresh = HEAD.with_suffix(".new")
    save_file(
        {name: np.asarray(array, np.float32, order="C") for name, array in arrays.items()},
        fresh,
        metadata={"mianshi": json.dumps(meta, sort_keys=True)},
    )
    os.replace(fresh, HEAD)
    report = {
        "made_on": datetime.now(UTC).date().isoformat(),
        "head": digest(HEAD),
        "encoder": NAME,
        "data": data_digest(),
        "clips": len(clips.ages),
        "speakers": len(np.unique(clips.speakers)),
        "folds": FOLDS,
        "figures": measured,
    }
    FIGURES.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    write_card(report)
    console.print_json(json.dumps(measured))
    console.print(f"wrote {HEAD.name}, {HEAD.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main([argument for argument in sys.argv[1:] if argument]))
