"""`make train-scorer`: reads data/, writes scoring/heads/answer-head.safetensors and its figures beside it.

The figures go to docs/model-card.md; the same data on the same machine give the same head.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rich.console import Console
from safetensors.numpy import save_file

from core.settings import ModelSettings
from scoring.assess import HEAD
from scoring.engines.embedder import Embedder, digest, find_encoder
from scoring.engines.passage_kinds import WEIGHTS
from scoring.engines.rating_head import HEADS
from scoring.engines.reader import DEPTH, LAYERS, TOPIC_LAYERS, Reader, Reading
from scoring.engines.topic_match import LANGUAGES
from scoring.training import passage_kinds
from scoring.training.card import write_card
from scoring.training.data import RatedAnswer, data_digest, load_rated_answers, ratings_of, transcript_of
from scoring.training.figures import figures
from scoring.training.fit import (
    WRITTEN_ENGLISH,
    OutOfFold,
    blocks_of,
    calibrate,
    counts_of,
    fit_machine,
    fit_tokens,
    out_of_fold,
)
from scoring.training.manipulation import manipulated
from scoring.training.topic_match import fit_topic_match
from scoring.training.validate import HELD, Held

FIGURES: Final = HEADS / f"{HEAD}.json"


def main() -> None:
    """Train on all rated answers; measure on people and questions left out."""
    console = Console()
    passage_kinds.main()  # what the model reads depends on it
    rated = [a for a in load_rated_answers() if transcript_of(a).plain]
    plain = {a.id: transcript_of(a).plain for a in rated}
    copies = manipulated([a for a in rated if a.source not in WRITTEN_ENGLISH])
    rated += [a for a in copies if transcript_of(a).plain not in ("", plain[a.id])]
    source = find_encoder(ModelSettings())
    reader = Reader(Embedder(source, DEPTH, device="cpu"))
    readings = read_all(rated, reader, console)
    held: dict[Held, OutOfFold] = {by: out_of_fold(rated, readings, by) for by in HELD}
    calibration = calibrate(rated, held)

    token_weights, token_bias = fit_tokens(rated, readings)
    machine = fit_machine(blocks_of(readings, token_weights, token_bias), ratings_of(rated), counts_of(rated))
    arrays: dict[str, npt.NDArray[Any]] = {
        "center": machine.center,
        "scale": machine.scale,
        "support": machine.support.astype(np.float16),
        "dual": machine.dual,
        "intercept": machine.intercept,
        "committee": machine.committee,
        "committee_intercept": machine.committee_intercept,
        "token_weights": token_weights,
        "token_bias": np.array(token_bias),
        **calibration.arrays(),
        **fit_topic_match(rated, readings).arrays(),
    }
    meta = {
        "encoder": source.name,
        "layers": [*LAYERS, *TOPIC_LAYERS],
        "data": data_digest(),
        "passages": digest(WEIGHTS),
        "answers": len(rated),
    }
    path = save_head(arrays, meta)
    report = {
        "made_on": datetime.now(UTC).date().isoformat(),
        "head": digest(path),
        **meta,
        "gate": {language: [float(odds) for odds in calibration.gate[language]] for language in LANGUAGES},
        "figures": {by: figures(rated, readings, out, calibration, by) for by, out in held.items()},
    }
    FIGURES.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    write_card(report)
    console.print_json(json.dumps(report["figures"]))
    console.print(f"wrote {path.name}, {path.stat().st_size / 1e6:.1f} MB")


def read_all(rated: list[RatedAnswer], reader: Reader, console: Console) -> list[Reading]:
    """Read every answer with the encoder."""
    readings: list[Reading] = []
    for i, answer in enumerate(rated):
        readings.append(reader.read(transcript_of(answer), answer.question))
        if i % 100 == 0:
            console.print(f"read {i} of {len(rated)} answers")
    return readings


def save_head(arrays: dict[str, npt.NDArray[Any]], meta: dict[str, Any]) -> Path:
    """Write the head whole or not at all."""
    path = HEADS / f"{HEAD}.safetensors"
    fresh = path.with_suffix(".new")
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(contiguous, fresh, metadata={"mianshi": json.dumps(meta, sort_keys=True)})
    os.replace(fresh, path)
    return path


if __name__ == "__main__":
    main()
