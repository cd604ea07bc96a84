"""The one place that loads a sentence encoder by name, and the hidden layers that the scorers read from it.

A sentence vector throws away how something is told; the middle layers of the encoder keep it. So scorers get token
states. Each text is run alone, never padded beside others: the same answer gives the same numbers in any company.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from core.errors import Rejected
from core.settings import ROOT, ModelSettings
from scoring.engines.eight_bit import in_eight_bits
from scoring.engines.packaged_e5 import NAME as PACKAGED_NAME
from scoring.engines.packaged_e5 import packaged_encoder

MODELS: Final = ROOT / "models"
HUB_REVISIONS: Final = {"intfloat/multilingual-e5-small": "614241f622f53c4eeff9890bdc4f31cfecc418b3"}
PREFIX: Final = "query: "
WINDOW: Final = 400
"""Tokens read at once; the encoder has 512 positions."""

FloatArray = npt.NDArray[np.float32]


class EncoderMissing(Rejected):
    """The encoder named in the settings is on no disk of ours, and nothing is downloaded at run time."""


@dataclass(frozen=True)
class EncoderSource:
    """Where an encoder lies and what to call it in a score's `model`."""

    name: str
    location: str
    revision: str | None = None


@dataclass(frozen=True)
class Token:
    """A token of a text: `text[start:end]`."""

    start: int
    end: int


def find_encoder(settings: ModelSettings, models: Path = MODELS) -> EncoderSource:
    """Return the encoder to load: a local directory, the hub's cache at a pinned revision, or the packaged default.

    Raises:
        EncoderMissing: ENCODER names neither a directory nor a hub model of known revision.
    """
    if settings.encoder is None:
        return EncoderSource(PACKAGED_NAME, str(packaged_encoder(models / "e5-small")))
    if Path(settings.encoder).is_dir():
        return EncoderSource(Path(settings.encoder).name, settings.encoder)
    revision = settings.encoder_revision or HUB_REVISIONS.get(settings.encoder)
    if revision is None:
        raise EncoderMissing(f"ENCODER is {settings.encoder}: give a directory, or set ENCODER_REVISION to pin it")
    return EncoderSource(settings.encoder, settings.encoder, revision)


def load_sentence_transformer(source: EncoderSource, *, device: str = "cpu") -> SentenceTransformer:
    """Return the encoder through sentence-transformers, from disk only.

    Raises:
        EncoderMissing: the directory is not a model, or the hub's cache does not hold the revision.
    """
    # It warns that half precision is slow on a CPU; the layers in use are widened below.
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            source.location,
            revision=source.revision,
            device=device,
            local_files_only=True,
            model_kwargs={"dtype": "auto", "add_pooling_layer": False, "attn_implementation": "sdpa"},
        )
    except (OSError, ValueError) as error:
        raise EncoderMissing(
            f"the encoder {source.name} cannot be loaded: fetch it first (`hf download {source.location}"
            f"{f' --revision {source.revision}' if source.revision else ''}`) or unset ENCODER"
        ) from error


class Embedder:
    """Token states of the lower layers of a BERT-like encoder, on CPU or GPU.

    Layers compute in 8 bits on a CPU, in float32 on a GPU. The word table, nine tenths of the file, stays on disk as it is and is mapped into
    memory: only the rows of words that occur are read.
    """

    def __init__(self, source: EncoderSource, depth: int, *, device: str | None = None) -> None:
        """`depth` layers are kept; the upper ones are let go."""
        self.source = source
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        model = load_sentence_transformer(source)
        bert: Any = model[0].auto_model
        if len(bert.encoder.layer) < depth:
            raise EncoderMissing(f"the encoder {source.name} has too few layers: unset ENCODER to use the default")
        layers = bert.encoder.layer[:depth].float().eval()
        if self.device == "cpu":
            layers = torch.nn.ModuleList(in_eight_bits(layer) for layer in layers)
        self.layers = layers.to(self.device)
        self._embeddings = bert.embeddings.eval()
        _map_word_table(self._embeddings, Path(source.location))
        for name, part in self._embeddings.named_children():
            if name != "word_embeddings":
                part.float()
        self._embeddings.to(self.device)
        self._tokenizer: Any = model.tokenizer
        # Without its space, which belongs to the first word that follows.
        self._prefix: list[int] = self._tokenizer(PREFIX.rstrip(), add_special_tokens=False)["input_ids"]
        self.width: int = bert.config.hidden_size

    def tokens(self, text: str) -> tuple[list[int], list[Token]]:
        """Return the ids of `text` after the prefix, without the marks at both ends, and where each token stands."""
        encoded = self._tokenizer(PREFIX + text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        skip, shift = len(self._prefix), len(PREFIX)
        places = [Token(max(0, a - shift), max(0, b - shift)) for a, b in encoded["offset_mapping"][skip:]]
        return list(encoded["input_ids"][skip:]), places

    @torch.inference_mode()
    def states(self, ids: Sequence[int]) -> list[torch.Tensor]:
        """Return the states [marks + prefix + tokens, width] before the first layer and after each of the layers."""
        row = [self._tokenizer.bos_token_id, *self._prefix, *ids, self._tokenizer.eos_token_id]
        hidden = self._embeddings(input_ids=torch.tensor([row], device=self.device)).float()
        all_states = [hidden[0]]
        for layer in self.layers:
            hidden = run_layer(layer, hidden)
            all_states.append(hidden[0])
        return all_states

    @property
    def content(self) -> slice:
        """The rows of `states` that belong to the text's own tokens."""
        return slice(1 + len(self._prefix), -1)


def compute_on_one_core() -> None:
    """Tell torch to use one core in the calling thread; other threads keep their own number."""
    torch.set_num_threads(1)


def _map_word_table(embeddings: Any, folder: Path) -> None:
    file = folder / "model.safetensors"
    if not file.exists():
        return
    with safe_open(str(file), framework="pt") as tensors:
        name = next((key for key in tensors.keys() if key.endswith("word_embeddings.weight")), None)
        if name is not None:
            embeddings.word_embeddings.weight = torch.nn.Parameter(tensors.get_tensor(name), requires_grad=False)


def run_layer(layer: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    """Apply one BERT layer to [batch, tokens, width]; nothing is masked."""
    out = layer(hidden)
    state: torch.Tensor = out[0] if isinstance(out, tuple) else out
    return state


def digest(path: Path) -> str:
    """Return the first twelve hex digits of a file's sha256: how scores name the head that made them."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
