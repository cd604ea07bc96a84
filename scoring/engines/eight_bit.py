"""Linear layers in 8 bits for the CPU: half the time. Weights are rounded once, activations at each call.

The range of the activations is that of one call. A few rows, the marks at both ends of a text, reach ten times as far
as the words between them inside a BERT-like encoder; rounded together with the words they would take their digits.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

import torch
from torch import nn

_LARGEST: Final = 63.0
"""Weights use 7 of the 8 bits, so that sums of two products fit 16 bits on every processor."""


class EightBitLinear(nn.Module):
    """`nn.Linear` on [1, tokens, width], with one scale an output row; both ends are rounded apart from the words."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scales = (weight.abs().amax(1) / _LARGEST).clamp(min=1e-8).double()
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings():
            # Tensors of this kind are to leave torch one day; the version in use is pinned and has no other fast way.
            warnings.simplefilter("ignore", UserWarning)
            rounded = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        bias = None if linear.bias is None else linear.bias.detach().float()
        self._packed: Any = torch.ops.quantized.linear_prepack(rounded, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[1] < 3:
            return self._apply_to(x)
        marks = self._apply_to(torch.cat([x[:, :1], x[:, -1:]], 1))
        return torch.cat([marks[:, :1], self._apply_to(x[:, 1:-1]), marks[:, 1:]], 1)

    def _apply_to(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = torch.ops.quantized.linear_dynamic(x, self._packed, reduce_range=False)
        return out


def in_eight_bits(layer: nn.Module) -> nn.Module:
    """Replace all linear parts of one BERT layer in place and return it."""
    for name, part in list(layer.named_modules()):
        if isinstance(part, nn.Linear):
            parent, _, last = name.rpartition(".")
            setattr(layer.get_submodule(parent), last, EightBitLinear(part))
    return layer
