"""Lets torchaudio be imported beside a torch that was built without CUDA.

torchaudio's published wheel links CUDA libraries, which a CPU-only torch does not bring: importing it ends in an
OSError, and since transformers imports it wherever it is installed, sentence-transformers ends too. torchaudio itself
goes on in Python when its native libraries are not there (resampling, spectrograms, filter banks; only forced alignment
is missing). So a native library that cannot be opened is treated as one that is not there. Where CUDA is, it opens
and nothing changes.

Run by an environment's Python, this file copies itself into that environment with a `.pth` line that imports it at
every start; no installed package is edited. Standard library only.
"""

from __future__ import annotations

import sys

TARGET = "torchaudio._extension.utils"
NAME = "torchaudio_without_cuda"


class NativeLibrariesAreOptional:
    """A finder for the one module of torchaudio that opens native libraries; it finds nothing else."""

    @staticmethod
    def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name != TARGET:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):  # type: ignore[no-untyped-def]
                execute(module)
                module._load_lib = _or_false(module._load_lib)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _or_false(load):  # type: ignore[no-untyped-def]
    def load_if_possible(library):  # type: ignore[no-untyped-def]
        try:
            return load(library)
        except OSError:
            return False

    return load_if_possible


def install() -> None:
    """Put this file and its `.pth` line into the environment whose Python runs it."""
    import shutil
    import sysconfig
    from pathlib import Path

    packages = Path(sysconfig.get_path("purelib"))
    shutil.copyfile(__file__, packages / f"{NAME}.py")
    (packages / f"{NAME}.pth").write_text(f"import {NAME}\n")


if __name__ == "__main__":
    install()
else:
    sys.meta_path.insert(0, NativeLibrariesAreOptional)
